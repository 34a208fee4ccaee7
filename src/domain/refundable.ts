import type { Payment, PaymentOrder } from './payment.ts';
import { chargeOf, type Refund, type RefundAnswer, type RefundOrder, type RefundWish } from './refund.ts';

/**
 * What can go back of an order, and what it takes. A charge is a payment of the gateway that was credited; an order has one as a
 * rule, and another where somebody paid it twice. Each goes back for itself.
 */

/**
 * The charges of an order, in the order in which they go back. `credited`: those that its log tells of, which may begin later
 * than it.
 */
export const chargesOf = ({ state, providerId }: Payment, credited: readonly string[]): readonly string[] =>
  state === 'succeeded' && providerId !== null ? [...new Set([providerId, ...credited])] : [];

/** An order as it was paid by one of its charges. */
export const asPaidBy = (payment: Payment, paidBy: string | null): Payment => ({ ...payment, providerId: paidBy });

type Paid = Pick<PaymentOrder, 'points' | 'amountMinor'>;

/** The share of a charge's points that a sum of its money has. */
export const pointsOfRefund = ({ points, amountMinor: paidMinor }: Paid, amountMinor: number): number =>
  Math.min(points, Math.round((points * amountMinor) / paidMinor));

/**
 * What a part of a charge takes back: the share of all that has gone back with it, less what was taken `before`. So nothing
 * drifts by rounding, and a charge that went back as a whole took its points exactly, however many parts it were, and in whatever
 * order they came.
 */
export const pointsOfPart = (paid: Paid, amountMinor: number, before: readonly RefundOrder[]): number =>
  Math.max(0, pointsOfRefund(paid, sumOf(before) + amountMinor) - before.reduce((sum, { points }) => sum + points, 0));

const sumOf = (refunds: readonly RefundOrder[]): number => refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

/** What an admin is answered; `part`: what is to be ordered, null where nothing is. */
export type RefundJudgement = { answer: RefundAnswer; part: Pick<RefundOrder, 'paidBy' | 'amountMinor' | 'points'> | null };

/**
 * Answers what is ordered by the wish, or why nothing is; a repeat is what was ordered first. `refunds`: all of the order that
 * are known. The first charge that has something left gives it, of a certain sum the first that has as much; never more than one
 * of them.
 */
export function judgeRefundWish(
  wish: RefundWish,
  payment: Payment | undefined,
  charges: readonly string[],
  refunds: readonly Refund[],
  { onlyWhole }: { onlyWhole: boolean },
): RefundJudgement {
  const no = (answer: RefundAnswer): RefundJudgement => ({ answer, part: null });
  const known = refunds.find(({ id }) => id === wish.refundId);
  if (known) return no({ status: 'ordered', amountMinor: known.amountMinor, points: known.points });
  if (!payment) return no({ status: 'unknownPayment' });
  if (charges.length === 0) return no({ status: 'notPaid' });
  if (onlyWhole && wish.amountMinor !== null && wish.amountMinor !== payment.amountMinor) return no({ status: 'onlyWhole' });
  const left = charges.map(paidBy => leftOf(payment, paidBy, refunds));
  const from = left.find(({ leftMinor }) => leftMinor > 0 && leftMinor >= (wish.amountMinor ?? 0));
  const amountMinor = wish.amountMinor ?? from?.leftMinor ?? 0;
  if (!from || !Number.isSafeInteger(amountMinor) || amountMinor <= 0)
    return no({ status: 'tooMuch', leftMinor: Math.max(...left.map(({ leftMinor }) => leftMinor)) });
  if (onlyWhole && amountMinor !== payment.amountMinor) return no({ status: 'onlyWhole' });
  const points = pointsOfPart(payment, amountMinor, from.before);
  return { answer: { status: 'ordered', amountMinor, points }, part: { paidBy: from.paidBy, amountMinor, points } };
}

/** What can still go back of a charge: what was paid less what went back and what is on its way. */
function leftOf(payment: Payment, paidBy: string, refunds: readonly Refund[]) {
  const before = refunds.filter(one => one.state !== 'failed' && chargeOf(one, payment) === paidBy);
  return { paidBy, before, leftMinor: Math.max(0, payment.amountMinor - sumOf(before)) };
}
