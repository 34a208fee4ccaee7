import type { Payment, ProviderPayment } from '../src/domain/payment.ts';
import { credit } from '../src/domain/payment-saga.ts';
import { orderOf, type ProviderRefund, type Refund } from '../src/domain/refund.ts';
import * as saga from '../src/domain/refund-saga.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import { ask, tell } from './nact.ts';
import { hear, onUnseen } from './payment-steps.ts';
import type { Gateway, LedgerAnswer, PaymentsMessage } from './protocol.ts';
import { answer, gatewayOf, note, type PaymentsHouse } from './till.ts';

type Of<Type extends PaymentsMessage['type']> = Extract<PaymentsMessage, { type: Type }>;

const settleTimeoutMs = 20_000;

/**
 * Something was given back of a payment, says somebody: the payment is read first, for points are taken only of one that is credited. What
 * was paid in the chat cannot be read; our own row knows whether it was credited.
 */
export async function onRefunded(house: PaymentsHouse, { gateway: name, providerId, replyTo }: Of<'refunded'>): Promise<void> {
  const gateway = gatewayOf(house, name);
  if (!gateway) return answer(replyTo, 'foreign');
  note(house, { id: null, gateway: name }, 'refund_notified', providerId);
  if (!gateway.invoice)
    return hear(house, gateway.read(providerId, replyTo !== null), { gateway: name, paymentId: null, replyTo, wentBack: true });
  const payment = await rowOf(house, name, providerId);
  if (payment === 'unread') return answer(replyTo, 'unavailable');
  if (payment?.state !== 'succeeded' || payment.providerId !== providerId) return answer(replyTo, 'foreign');
  const { id: orderId, amountMinor, currency } = payment;
  const seen = { ...{ providerId, orderId, amountMinor, currency, refundedMinor: 0 }, confirmationUrl: null, reason: null };
  askForRefunds(house, gateway, { type: 'wentBack', payment, replyTo, seen: { ...seen, status: 'succeeded' } });
}

async function rowOf({ deps }: PaymentsHouse, gateway: string, providerId: string): Promise<Payment | undefined | 'unread'> {
  try {
    return await deps.paymentOf(gateway, providerId, null);
  } catch (error) {
    deps.observe({ step: 'refund:unread', error: error as Error });
    return 'unread';
  }
}

/** Of a success that is about to be credited money went back: all its refunds are asked for. */
export function onWentBack(house: PaymentsHouse, { payment, seen, replyTo }: Of<'wentBack'>): void {
  const gateway = gatewayOf(house, payment.gateway);
  if (!gateway) return answer(replyTo, 'unavailable');
  // A bill in the chat goes back as a whole or not at all, and its gateway has just said so itself.
  if (gateway.invoice) return tell(house.self, { type: 'refundsSeen', payment, seen, refunds: [wholeRefund(seen)], replyTo });
  askForRefunds(house, gateway, { type: 'wentBack', payment, seen, replyTo });
}

function askForRefunds({ deps, self }: PaymentsHouse, gateway: Gateway, { payment, seen, replyTo }: Of<'wentBack'>): void {
  gateway.refundsOf(seen.providerId).then(
    refunds => tell(self, { type: 'refundsSeen', payment, seen, refunds, replyTo }),
    (error: Error) => {
      deps.observe({ step: 'refund:unseen', paymentId: payment.id, userId: payment.userId, error });
      tell(self, { type: 'unseen', paymentId: payment.id, isRefused: false, replyTo });
    },
  );
}

const wholeRefund = ({ providerId, refundedMinor: amountMinor }: ProviderPayment): ProviderRefund => ({
  ...({ providerId, status: 'succeeded', amountMinor, refundId: null } as const),
});

/**
 * Books the refunds of a payment, and then its credit: a house that dies in between finds the payment open still. They are handed in
 * together, which makes them one transaction as a rule. Fewer refunds than the payment says went back are booked, too, and the rest is
 * asked for again; whoever told us tells of those that are on their way when they are done.
 */
export async function onRefundsSeen(house: PaymentsHouse, { payment, seen, refunds, replyTo }: Of<'refundsSeen'>): Promise<void> {
  const { deps, self } = house;
  const { id: paymentId, userId } = payment;
  const rows = await deps.refundsOf(paymentId).catch((error: Error) => ({ error }));
  if ('error' in rows) {
    deps.observe({ step: 'refund:unread', paymentId, userId, error: rows.error });
    return onUnseen(house, { type: 'unseen', paymentId, isRefused: false, replyTo });
  }
  noteReturned(house, payment, refunds, rows);
  const [done, at] = [refunds.filter(({ status }) => status === 'succeeded'), deps.clock.now()];
  const isShort = sumOf(done) < seen.refundedMinor;
  const isOnItsWay = replyTo !== null && sumOf(refunds.filter(({ status }) => status !== 'failed')) >= seen.refundedMinor;
  deps.observe({ step: isShort ? 'refunds:missing' : 'refunds:book', paymentId, userId });
  const unit = credit(payment, seen, at);
  settleAll(house, [...unbooked(payment, done, rows, at), unit]).then(outcome =>
    tell(self, { type: 'booked', payment, unit, outcome, replyTo: isShort && !isOnItsWay ? null : replyTo }),
  );
  if (isShort && !isOnItsWay) comeAgain(house, payment.gateway, seen.providerId, replyTo);
}

const sumOf = (refunds: readonly ProviderRefund[]): number => refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

/**
 * Money that was booked as given back and did not arrive: a bank may send it back to the shop weeks later. Its points are not given again
 * by themselves; the operator is told, and decides.
 */
function noteReturned(house: PaymentsHouse, payment: Payment, refunds: readonly ProviderRefund[], rows: readonly Refund[]): void {
  for (const { providerId } of refunds.filter(({ status }) => status === 'failed')) {
    if (!rows.some(row => row.providerId === providerId && row.state === 'succeeded')) continue;
    const { id: paymentId, userId } = payment;
    note(house, payment, 'refund_returned', providerId);
    house.deps.observe({
      step: 'refund:returned',
      paymentId,
      userId,
      error: new Error(`the refund ${providerId} did not arrive`),
    });
  }
}

/** What there is to book of the refunds that the gateway made. */
const unbooked = (payment: Payment, done: readonly ProviderRefund[], rows: readonly Refund[], at: number): WriteUnit[] =>
  done.flatMap(one => {
    const known = orderOf(one, payment, rows) ?? null;
    return known?.state === 'succeeded' ? [] : [saga.book(payment, one, known, at)];
  });

/** The outcome of the last one, unless one before was not written. */
async function settleAll({ deps }: PaymentsHouse, units: readonly WriteUnit[]): Promise<LedgerAnswer> {
  const failed: LedgerAnswer = { status: 'failed' };
  const settled = units.map(unit => ask(deps.ledger, { type: 'settle', unit }, settleTimeoutMs).catch(() => failed));
  const outcomes = await Promise.all(settled);
  return outcomes.find(({ status }) => status === 'failed') ?? outcomes.at(-1) ?? failed;
}

/** Whoever told us tells us again; where nobody did, the payment is asked about once more. */
function comeAgain({ deps, self }: PaymentsHouse, gateway: string, providerId: string, replyTo: Of<'refunded'>['replyTo']): void {
  if (replyTo) return answer(replyTo, 'unavailable');
  deps.clock.after(deps.reconcileMs, () => tell(self, { type: 'refunded', gateway, providerId, replyTo: null }));
}
