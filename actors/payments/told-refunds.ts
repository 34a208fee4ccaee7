import type { Payment, ProviderPayment } from '../../src/domain/payment.ts';
import { credit } from '../../src/domain/payment-saga.ts';
import { orderOf, type ProviderRefund, type Refund } from '../../src/domain/refund.ts';
import { tell } from '../nact.ts';
import type { Gateway, LedgerAnswer, Of, PaymentsMessage } from '../protocol.ts';
import { hear, onUnseen } from './payment-steps.ts';
import { bookRefund, refundsIn, type Standing, standingOf } from './refund-bookings.ts';
import { answer, gatewayOf, note, type PaymentsHouse, refusalOf, settle } from './till.ts';

/**
 * Something was given back of a payment, says somebody: the payment is read first, for points are taken only of one that is
 * credited. What was paid in the chat cannot be read; our own row knows whether it was credited.
 */
export async function onRefunded(
  house: PaymentsHouse,
  { gateway: name, providerId, replyTo }: Of<PaymentsMessage, 'refunded'>,
): Promise<void> {
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
export function onWentBack(house: PaymentsHouse, { payment, seen, replyTo }: Of<PaymentsMessage, 'wentBack'>): void {
  const gateway = gatewayOf(house, payment.gateway);
  if (!gateway) return answer(replyTo, 'unavailable');
  // A bill in the chat goes back as a whole or not at all, and its gateway has just said so itself.
  if (gateway.invoice) return tell(house.self, { type: 'refundsSeen', payment, seen, refunds: [wholeRefund(seen)], replyTo });
  askForRefunds(house, gateway, { type: 'wentBack', payment, seen, replyTo });
}

function askForRefunds(
  { deps, self }: PaymentsHouse,
  gateway: Gateway,
  { payment, seen, replyTo }: Of<PaymentsMessage, 'wentBack'>,
): void {
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
 * Books the refunds of a payment, and then its credit: a house that dies in between finds the payment open still. They are handed
 * in together, which makes them one transaction as a rule. Fewer refunds than the payment says went back are booked, too, and the
 * rest is asked for again; whoever told us tells of those that are on their way when they are done.
 */
export async function onRefundsSeen(
  house: PaymentsHouse,
  { payment, seen, refunds, replyTo }: Of<PaymentsMessage, 'refundsSeen'>,
): Promise<void> {
  const { deps, self } = house;
  const { id: paymentId, userId } = payment;
  const standing = await standingOf(house, paymentId).catch((error: Error) => ({ error }));
  if ('error' in standing) {
    deps.observe({ step: 'refund:unread', paymentId, userId, error: standing.error });
    return onUnseen(house, { type: 'unseen', paymentId, isRefused: false, replyTo });
  }
  noteReturned(house, payment, refunds, standing.rows);
  const done = refunds.filter(({ status }) => status === 'succeeded');
  const isShort = sumOf(done) < seen.refundedMinor;
  const isOnItsWay = replyTo !== null && sumOf(refunds.filter(({ status }) => status !== 'failed')) >= seen.refundedMinor;
  deps.observe({ step: isShort ? 'refunds:missing' : 'refunds:book', paymentId, userId });
  const outcomes = bookAll(house, payment, seen.providerId, done, asShown(standing, refunds, seen.providerId));
  const unit = credit(payment, seen, deps.clock.now());
  lastOf([...outcomes, settle(house, unit)]).then(outcome =>
    tell(self, { type: 'booked', payment, unit, outcome, replyTo: isShort && !isOnItsWay ? null : replyTo }),
  );
  if (isShort && !isOnItsWay) comeAgain(house, payment.gateway, seen.providerId, replyTo);
}

const sumOf = (refunds: readonly ProviderRefund[]): number => refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

/**
 * Money that was booked as given back and did not arrive: a bank may send it back to the shop weeks later. Its points are not
 * given again by themselves; the operator is told, and decides.
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

/**
 * How the refunds stand, by what the gateway shows of one charge: rows of earlier versions do not say which they are of. What it
 * has taken back again does not count as gone; the points that it took do, until somebody gives them back.
 */
const asShown = ({ rows, bookings }: Standing, refunds: readonly ProviderRefund[], paidBy: string): Standing => ({
  bookings,
  rows: rows.flatMap(row => {
    if (row.state !== 'succeeded') return [row];
    const shown = refunds.find(({ providerId }) => providerId === row.providerId);
    if (shown) return [{ ...row, paidBy, ...(shown.status !== 'succeeded' && { amountMinor: 0 }) }];
    return row.paidBy === null ? [] : [row];
  }),
});

/** One after the other, for what one takes depends on those before it; they are handed in together all the same. */
function bookAll(
  house: PaymentsHouse,
  payment: Payment,
  paidBy: string,
  done: readonly ProviderRefund[],
  shown: Standing,
): Promise<LedgerAnswer>[] {
  let standing = shown;
  return done.map(one => {
    const known = orderOf(one, payment, refundsIn(standing), paidBy) ?? null;
    const booked = bookRefund(house, { payment, paidBy, standing }, one, known);
    standing = booked.standing;
    return booked.outcome.then(outcome => noteRefusal(house, payment, outcome));
  });
}

function noteRefusal({ deps }: PaymentsHouse, { id: paymentId, userId }: Payment, outcome: LedgerAnswer): LedgerAnswer {
  const error = refusalOf(outcome);
  if (error) deps.observe({ step: 'refund:booked:refused', paymentId, userId, error });
  return outcome;
}

/** The outcome of the last one, unless one before was not written. */
async function lastOf(settled: readonly Promise<LedgerAnswer>[]): Promise<LedgerAnswer> {
  const outcomes = await Promise.all(settled);
  return outcomes.find(({ status }) => status === 'failed') ?? outcomes.at(-1) ?? { status: 'failed' };
}

/** Whoever told us tells us again; where nobody did, the payment is asked about once more. */
function comeAgain(
  { deps, self }: PaymentsHouse,
  gateway: string,
  providerId: string,
  replyTo: Of<PaymentsMessage, 'refunded'>['replyTo'],
): void {
  if (replyTo) return answer(replyTo, 'unavailable');
  deps.clock.after(deps.reconcileMs, () => tell(self, { type: 'refunded', gateway, providerId, replyTo: null }));
}
