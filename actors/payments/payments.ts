import { type Context, type Parent, type Ref, spawn, tell } from '../nact.ts';
import type { PaymentsMessage } from '../protocol.ts';
import { essential } from '../supervision.ts';
import { lookBack } from './look-back.ts';
import { goOn, onNotified, onRequested, ordered } from './payment-orders.ts';
import { onBooked, onSeen, onUnseen } from './payment-steps.ts';
import { recoverRefund } from './refund-orders.ts';
import { onRefundMessage } from './refund-steps.ts';
import { newPayments, type Payments, type PaymentsDeps, type PaymentsHouse } from './till.ts';

/**
 * Every payment from its order to its end. Our own row stands first; then the gateway is asked; whatever is told from outside is
 * only a reason to ask the gateway again. What it confirms is booked by the ledger, once, whoever told us and however often.
 */
export const spawnPayments = (parent: Parent, deps: PaymentsDeps): Ref<PaymentsMessage> => {
  const payments: Ref<PaymentsMessage> = spawn(parent, 'payments', receiveWith(deps), {
    initialState: newPayments,
    onCrash: essential<PaymentsMessage>(deps, 'payments', self => tell(self, { type: 'start' })),
  });
  tell(payments, { type: 'start' });
  return payments;
};

const receiveWith =
  (deps: PaymentsDeps) =>
  async (payments: Payments, msg: PaymentsMessage, { self }: Context<PaymentsMessage>): Promise<Payments> => {
    const house = { deps, payments, self };
    switch (msg.type) {
      case 'start':
        await start(house);
        break;
      case 'ordered':
        goOn(house, ordered(msg.payment));
        break;
      case 'openPayments':
        tell(msg.replyTo, openOf(house, msg.userId));
        break;
      case 'notified':
        onNotified(house, msg);
        break;
      case 'again':
        goOn(house, payments.open.get(msg.paymentId)?.payment);
        break;
      case 'requested':
        onRequested(house, msg);
        break;
      case 'seen':
        await onSeen(house, msg);
        break;
      case 'unseen':
        onUnseen(house, msg);
        break;
      case 'booked':
        onBooked(house, msg);
        break;
      case 'lookBack':
        lookBack(house, msg.gateway);
        break;
      default:
        await onRefundMessage(house, msg);
    }
    return payments;
  };

async function start(house: PaymentsHouse): Promise<void> {
  for (const payment of await house.deps.openPayments()) goOn(house, payment);
  for (const refund of await house.deps.openRefunds()) await recoverRefund(house, refund);
  for (const gateway of house.deps.gateways.keys()) lookBack(house, gateway);
}

/** Only those of gateways in use: one that was changed for another can end nothing any more. */
const openOf = ({ payments, deps }: PaymentsHouse, userId: number): number =>
  [...payments.open.values()].filter(({ payment }) => payment.userId === userId && deps.gateways.has(payment.gateway)).length;
