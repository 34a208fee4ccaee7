import { growingMs } from './growing-pause.ts';
import { isInvoice } from './invoice.ts';
import { creationWindowMs, type Payment, type PaymentOrder } from './payment.ts';

/**
 * Money that goes back for a payment that was credited.
 *
 * ```
 * created ──► pending ──► succeeded      (its points taken back, what is not there owed)
 *    └───────────┴──────► failed         (the gateway refuses it)
 * ```
 *
 * One that the gateway tells of by itself begins as succeeded. What the gateway confirms is booked from every state, also from
 * `failed`: the money has moved.
 */
export type RefundState = 'created' | 'pending' | 'succeeded' | 'failed';

export const openRefundStates = ['created', 'pending'] as const satisfies readonly RefundState[];
export const isRefundOpen = (state: RefundState): boolean => (openRefundStates as readonly RefundState[]).includes(state);

/**
 * `id` is a UUID and the idempotence key of the gateway; `byId` is the admin who wants it, null for what the gateway tells of.
 */
export type RefundOrder = {
  id: string;
  paymentId: string;
  /**
   * The charge that it is of: the gateway's id of the payment, for an order may be paid twice. Null in rows of earlier versions.
   */
  paidBy: string | null;
  gateway: string;
  amountMinor: number;
  /** What is taken back for it: as it was reckoned when it was ordered, and from then on that it is booked as it was booked. */
  points: number;
  byId: number | null;
  createdAt: number;
};

export type Refund = RefundOrder & { state: RefundState; providerId: string | null };

/** A refund as its gateway shows it. `refundId` is what we told it of our order; null when it is none of ours. */
export type ProviderRefund = {
  providerId: string;
  status: 'pending' | 'succeeded' | 'failed';
  amountMinor: number;
  refundId: string | null;
};

/**
 * What is said of a refund: to the person whose money it is, and to the admin who ordered it. `paymentId`: the payment it belongs
 * to.
 */
export type RefundNotice =
  | { type: 'refunded'; paymentId: string; amountMinor: number; points: number }
  /** `points` are left out in words of earlier versions. */
  | { type: 'refundEnded'; paymentId: string; amountMinor: number; isDone: boolean; points?: number };

/** What an admin asks for. `amountMinor` null: all that is left. */
export type RefundWish = { refundId: string; paymentId: string; amountMinor: number | null; byId: number };

/**
 * What became of the wish. `ordered`: it is durable, and the gateway is being asked; also for a repeat. `onlyWhole`: that gateway
 * gives back the whole payment or nothing. `unavailable`: nothing is known to be written, the same wish may be repeated.
 */
export type RefundAnswer =
  | { status: 'ordered'; amountMinor: number; points: number }
  | { status: 'tooMuch'; leftMinor: number }
  | { status: 'unknownPayment' | 'notPaid' | 'onlyWhole' | 'unavailable' };

/** What follows for an order of ours from what its gateway shows of it. */
export type RefundVerdict = 'book' | 'pend' | 'fail' | 'wait';

/** `seen` null: the gateway certainly has none like it, and will make none of what it was asked. */
export function judgeRefund({ state }: Refund, seen: ProviderRefund | null): RefundVerdict {
  if (seen?.status === 'succeeded') return 'book';
  if (seen?.status === 'failed') return 'fail';
  if (seen === null) return state === 'created' ? 'fail' : 'wait';
  return state === 'created' ? 'pend' : 'wait';
}

/**
 * The charge that a refund is of. Where its row does not say, it is that of the order's row; a refund of Stars bears the id of
 * its charge.
 */
export const chargeOf = ({ paidBy, providerId }: Pick<Refund, 'paidBy' | 'providerId'>, payment: Payment): string | null =>
  paidBy ?? (isInvoice(payment) ? providerId : null) ?? payment.providerId;

/**
 * The order of ours that a refund of the gateway is: by the id that it was told, or its own id; a whole charge goes back only
 * once, so that one is known by its sum, too. `paidBy`: the charge that it is of. Somebody may have paid one order twice, and
 * what is ordered of one charge is not what went back of the other.
 */
export const orderOf = <One extends Refund>(
  { providerId, refundId, amountMinor }: ProviderRefund,
  payment: Payment,
  refunds: readonly One[],
  paidBy: string | null,
): One | undefined => {
  const asked = refunds.filter(one => one.providerId === null && chargeOf(one, payment) === paidBy);
  return (
    refunds.find(one => one.providerId === providerId) ??
    asked.find(one => one.id === refundId) ??
    asked.find(one => isRefundOpen(one.state) && refundId === null && isWhole(one, payment) && amountMinor === one.amountMinor)
  );
};

const isWhole = (refund: RefundOrder, payment: PaymentOrder): boolean => refund.amountMinor === payment.amountMinor;

/** As an order is, a refund is asked for again with the same key for an hour; later it is only looked for. */
export const refundKeyMs = creationWindowMs;

/** One from the future is of an unknown age: the clock was set back. */
export const isRefundKeyFresh = (ageMs: number): boolean => Math.abs(ageMs) <= refundKeyMs;

/** The pause before a refund of unclear fate is asked about once more. */
export const refundRetryMs = (tries: number): number => growingMs(tries, { minMs: 2_000, maxMs: 60_000 });
