/**
 * Money that goes back for a payment that was credited.
 *
 * ```
 * created ──► pending ──► succeeded      (its points taken back, what is not there owed)
 *    └───────────┴──────► failed         (the gateway refuses it)
 * ```
 *
 * One that the gateway tells of by itself begins as succeeded.
 */
export type RefundState = 'created' | 'pending' | 'succeeded' | 'failed';

export const openRefundStates = ['created', 'pending'] as const satisfies readonly RefundState[];

/** `id` is a UUID and the idempotence key of the gateway; `byId` is the admin who wants it, null for what the gateway tells of. */
export type RefundOrder = {
  id: string;
  paymentId: string;
  gateway: string;
  amountMinor: number;
  /** What is taken back for it. */
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
