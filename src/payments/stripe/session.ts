import { z } from 'zod';
import type { PaymentOrder, ProviderPayment } from '../../domain/payment.ts';
import { descriptionOf } from '../description.ts';
import { formOf } from '../form.ts';
import { metadata, orAbsent, toldIn } from '../shape.ts';

const minor = z.int().nonnegative();
const intentId = z.string().regex(/^pi_\w{1,250}$/);

/** Expanded as we ask for it; an id where it is not. */
const intent = z.object({
  id: intentId,
  status: z.string(),
  latest_charge: z.union([z.object({ amount_refunded: minor }), z.string()]).nullish(),
});

/**
 * What is read of a Checkout Session of the Stripe API v1; everything else in it may come and go. A session that only keeps a
 * card, of some other part of the business, has no amount and no currency.
 */
const session = z.object({
  id: z.string().regex(/^cs_\w{1,250}$/),
  status: z.enum(['open', 'complete', 'expired']),
  payment_status: z.enum(['paid', 'unpaid', 'no_payment_required']),
  amount_total: minor.nullish(),
  currency: z.string().nullish(),
  payment_intent: z.union([intent, intentId]).nullish(),
  url: orAbsent(z.url({ protocol: /^https?$/ })),
  metadata,
});
type Session = z.infer<typeof session>;

/** A session in our words, beside the intent that its refunds are asked for by; undefined when the answer is none. */
export function sessionOf(answer: unknown): { payment: ProviderPayment; intentId: string | null } | undefined {
  const read = session.safeParse(answer);
  if (!read.success) return undefined;
  const { id, amount_total: amountMinor, currency, url, metadata, payment_intent: paidBy } = read.data;
  const refundedMinor = refundedOf(read.data);
  if (refundedMinor === undefined) return undefined;
  return {
    payment: {
      ...{ providerId: id, ...statusOf(read.data) },
      ...{ amountMinor: amountMinor ?? 0, currency: (currency ?? '').toUpperCase(), refundedMinor },
      // The reference can be set by whoever opens a payment link of the same account, the metadata by us alone.
      orderId: toldIn(metadata, 'order_id'),
      confirmationUrl: url ?? null,
    },
    intentId: (typeof paidBy === 'object' ? paidBy?.id : paidBy) ?? null,
  };
}

/** Undefined for money of which is not known how much went back. */
function refundedOf({ payment_status, payment_intent: paidBy }: Session): number | undefined {
  if (payment_status !== 'paid' || !paidBy) return 0;
  if (typeof paidBy === 'string' || typeof paidBy.latest_charge !== 'object') return undefined;
  return paidBy.latest_charge?.amount_refunded;
}

/** A session that is complete and unpaid waits for a bank that takes its time, until the intent says that it did not pay. */
function statusOf({ status, payment_status, payment_intent: paidBy }: Session): Pick<ProviderPayment, 'status' | 'reason'> {
  if (status === 'expired') return { status: 'cancelled', reason: 'expired' };
  if (status === 'open') return { status: 'pending', reason: null };
  if (payment_status === 'paid') return { status: 'succeeded', reason: null };
  const isOver = typeof paidBy === 'object' && ['requires_payment_method', 'canceled'].includes(paidBy?.status ?? '');
  return isOver ? { status: 'cancelled', reason: 'declined' } : { status: 'pending', reason: null };
}

/**
 * How long a session is open, as the bills of other gateways are. Left alone it would be a day, and count as an unpaid bill all
 * that time. Stripe wants half an hour at least: so long an order may be late.
 */
const openSeconds = 60 * 60;

/** The body of `POST /v1/checkout/sessions`. Nothing in it comes from the clock: the same order reads the same each time. */
export const sessionForm = (order: PaymentOrder, returnUrl: string): string => {
  const { id, amountMinor, currency, createdAt } = order;
  return formOf({
    mode: 'payment',
    'line_items[0][quantity]': 1,
    'line_items[0][price_data][currency]': currency.toLowerCase(),
    'line_items[0][price_data][unit_amount]': amountMinor,
    'line_items[0][price_data][product_data][name]': descriptionOf(order),
    client_reference_id: id,
    'metadata[order_id]': id,
    'payment_intent_data[metadata][order_id]': id,
    success_url: returnUrl,
    cancel_url: returnUrl,
    expires_at: Math.floor(createdAt / 1000) + openSeconds,
    locale: 'auto',
  });
};

const sessions = z.object({ data: z.array(z.object({ id: z.string() })) });

/** The id of the first session in a list, null in an empty one; undefined when the answer is no list. */
export function firstSessionOf(answer: unknown): string | null | undefined {
  const read = sessions.safeParse(answer);
  return read.success ? (read.data.data[0]?.id ?? null) : undefined;
}
