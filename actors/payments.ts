import type { Payment } from '../src/domain/payment.ts';
import { type Context, type Parent, type Ref, spawn, tell } from './nact.ts';
import {
  askToPay,
  onBooked,
  onSeen,
  onUnseen,
  openPayment,
  type Payments,
  type PaymentsDeps,
  type PaymentsHouse,
  read,
  recover,
} from './payment-steps.ts';
import type { PaymentsMessage } from './protocol.ts';
import { directives, noteCrash, restartWithBackoff } from './supervision.ts';

/**
 * Every payment from its order to its end. Our own row stands first; then the gateway is asked; whatever is told from outside is only
 * a reason to ask the gateway again. What it confirms is booked by the ledger, once, whoever told us and however often.
 */
export const spawnPayments = (parent: Parent, deps: PaymentsDeps): Ref<PaymentsMessage> => {
  const payments: Ref<PaymentsMessage> = spawn(parent, 'payments', receiveWith(deps), {
    initialState: (): Payments => ({ open: new Map() }),
    onCrash: restartWithBackoff<PaymentsMessage>({
      ...{ policy: directives.payments, clock: deps.clock, giveUp: 'escalate' },
      onError: noteCrash(deps.observe, 'payments'),
      restarted: self => tell(self, { type: 'start' }),
    }),
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
        for (const payment of await deps.openPayments()) recover(house, payment);
        break;
      case 'ordered':
        openPayment(payments, ordered(msg.payment));
        askToPay(house, msg.payment.id);
        break;
      case 'openPayments':
        tell(msg.replyTo, openOf(house, msg.userId));
        break;
      case 'notified':
        read(house, msg.providerId, msg.replyTo);
        break;
      case 'again':
        recover(house, payments.open.get(msg.paymentId)?.payment);
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
      default:
        msg satisfies never;
    }
    return payments;
  };

/** Only those of the gateway in use: one that was changed for another can end nothing any more. */
const openOf = ({ payments, deps }: PaymentsHouse, userId: number): number =>
  [...payments.open.values()].filter(({ payment }) => payment.userId === userId && payment.gateway === deps.gateway?.name).length;

const ordered = (order: Extract<PaymentsMessage, { type: 'ordered' }>['payment']): Payment => ({
  ...order,
  ...{ state: 'created', request: null, providerId: null, confirmationUrl: null, reason: null },
});
