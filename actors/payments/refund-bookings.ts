import type { Payment } from '../../src/domain/payment.ts';
import { chargeOf, type ProviderRefund, type Refund } from '../../src/domain/refund.ts';
import * as saga from '../../src/domain/refund-saga.ts';
import { asPaidBy } from '../../src/domain/refundable.ts';
import type { LedgerAnswer } from '../protocol.ts';
import { type Booking, type PaymentsHouse, settle } from './till.ts';

/** The refunds of an order: its rows, and what is being booked and may not be in them yet. */
export type Standing = { rows: readonly Refund[]; bookings: readonly Booking[] };

/** What is being booked is noted before the rows are read: whatever is written meanwhile stands in one of both. */
export async function standingOf({ deps, payments }: PaymentsHouse, paymentId: string): Promise<Standing> {
  const bookings = [...payments.bookings].filter(({ refund }) => refund.paymentId === paymentId);
  return { bookings, rows: await deps.refundsOf(paymentId) };
}

/** Each as it stands, or as it is about to stand. */
export function refundsIn({ rows, bookings }: Standing): readonly Refund[] {
  const begun = new Set(bookings.map(({ refund }) => refund.id));
  return [...rows.filter(({ id }) => !begun.has(id)), ...bookings.map(({ refund }) => refund)];
}

/** What a refund is of: the order by its row, the charge, and how all refunds of the order stand. */
export type Paid = { payment: Payment; paidBy: string | null; standing: Standing };

/**
 * Hands in what a gateway shows as done, unless it is booked or being booked. What it takes depends on what went back before, so
 * that each is reckoned upon those that are handed in already. `known`: our row of it, null for one that we did not order. The
 * answer is the order's standing with it.
 */
export function bookRefund(
  { deps, payments }: PaymentsHouse,
  { payment, paidBy, standing }: Paid,
  seen: ProviderRefund,
  known: Refund | null,
): { outcome: Promise<LedgerAnswer>; standing: Standing } {
  const isIt = ({ providerId, state }: Refund): boolean => state === 'succeeded' && providerId === seen.providerId;
  const begun = standing.bookings.find(({ refund }) => isIt(refund));
  if (begun) return { outcome: begun.outcome.then(asRepeat), standing };
  if (standing.rows.some(isIt)) return { outcome: Promise.resolve({ status: 'repeated' }), standing };
  const before = refundsIn(standing).filter(one => one.state === 'succeeded' && chargeOf(one, payment) === paidBy);
  const at = deps.clock.now();
  const refund = saga.booked(asPaidBy(payment, paidBy), seen, known, before, at);
  const booking: Booking = { refund, outcome: settle({ deps }, saga.book(payment, refund, at)) };
  payments.bookings.add(booking);
  booking.outcome.then(() => payments.bookings.delete(booking));
  return { outcome: booking.outcome, standing: { ...standing, bookings: [...standing.bookings, booking] } };
}

/** Whoever comes second has booked nothing: it may be another row that the money went back for. */
const asRepeat = (outcome: LedgerAnswer): LedgerAnswer => (outcome.status === 'applied' ? { status: 'repeated' } : outcome);
