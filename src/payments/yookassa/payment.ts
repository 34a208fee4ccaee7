import { z } from 'zod';
import type { PaymentEnd, PaymentMethod, PaymentOrder, ProviderPayment } from '../../domain/payment.ts';
import type { ReceiptTerms } from '../../domain/receipt.ts';
import { descriptionOf } from '../description.ts';
import { metadata, orAbsent, toldIn } from '../shape.ts';
import { amountOf, kopeks } from './amount.ts';
import { receiptOf } from './receipt.ts';

/** What is read of a Payment object of the YooKassa API v3; everything else in it may come and go. */
const shape = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/),
  status: z.enum(['pending', 'waiting_for_capture', 'succeeded', 'canceled']),
  amount: z.object({ value: kopeks, currency: z.string() }),
  refunded_amount: z.object({ value: kopeks }).nullish(),
  metadata,
  confirmation: orAbsent(z.object({ confirmation_url: z.url({ protocol: /^https?$/ }) })),
  cancellation_details: orAbsent(z.object({ reason: z.string() })),
});

/** The payment in our words; undefined when the answer is none. */
export function paymentOf(answer: unknown): ProviderPayment | undefined {
  const read = shape.safeParse(answer);
  if (!read.success) return undefined;
  const { id, status, amount, refunded_amount: refunded, metadata, confirmation, cancellation_details: details } = read.data;
  return {
    ...{ providerId: id, status: status === 'canceled' ? 'cancelled' : status },
    ...{ amountMinor: amount.value, currency: amount.currency },
    refundedMinor: refunded?.value ?? 0,
    orderId: toldIn(metadata, 'order_id'),
    confirmationUrl: confirmation?.confirmation_url ?? null,
    reason: details ? endOf(details.reason) : null,
  };
}

/** YooKassa's reasons of a cancellation in ours; one that is not known is a plain decline, as its documentation asks. */
const ends: Readonly<Record<string, PaymentEnd>> = {
  expired_on_confirmation: 'expired',
  expired_on_capture: 'expired',
  insufficient_funds: 'insufficient_funds',
  card_expired: 'card_refused',
  invalid_card_number: 'card_refused',
  invalid_csc: 'card_refused',
  '3d_secure_failed': 'card_refused',
  call_issuer: 'card_refused',
  issuer_unavailable: 'unreachable',
  internal_timeout: 'unreachable',
  payment_method_limit_exceeded: 'limit_exceeded',
  payment_method_restricted: 'card_refused',
  country_forbidden: 'card_refused',
  fraud_suspected: 'suspicious',
};
const endOf = (reason: string): PaymentEnd => (Object.hasOwn(ends, reason) ? ends[reason]! : 'declined');

/** The payer chooses on YooKassa's page where nothing stands here. */
const methodTypes: Readonly<Record<PaymentMethod, string>> = { card: 'bank_card', sbp: 'sbp' };

/** The body of `POST /payments`: taken at once, with our order's id in the metadata, by which a lost answer is found again. */
export function orderBody(order: PaymentOrder, returnUrl: string, receipts: ReceiptTerms | null = null): object {
  const { id, userId, method, amountMinor } = order;
  const type = methodTypes[method];
  return {
    amount: amountOf(amountMinor),
    capture: true,
    confirmation: { type: 'redirect', return_url: returnUrl },
    description: descriptionOf(order),
    metadata: { order_id: id, user_id: String(userId) },
    ...(type && { payment_method_data: { type } }),
    ...receiptOf(order, amountOf(amountMinor), receipts),
  };
}
