import { z } from 'zod';
import { invalid, StripeError } from './api-error.ts';
import type { Form } from './form.ts';

const whole = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);
const metadata = z.record(z.string().min(1).max(40), z.string().max(500)).default({});
const address = z.url({ protocol: /^https?$/ });

const item = z.strictObject({
  quantity: whole,
  price_data: z.strictObject({
    currency: z.string().regex(/^[a-z]{3}$/),
    unit_amount: whole,
    product_data: z.strictObject({ name: z.string().min(1).max(5000) }),
  }),
});

/** An unknown parameter is refused, as Stripe does. */
const order = z.strictObject({
  mode: z.literal('payment'),
  line_items: z.strictObject({ 0: item }),
  client_reference_id: z.string().max(200).optional(),
  metadata,
  payment_intent_data: z.strictObject({ metadata }).optional(),
  success_url: address,
  cancel_url: address.optional(),
  expires_at: whole
    .or(
      z
        .string()
        .regex(/^\d{10}$/)
        .transform(Number),
    )
    .optional(),
  locale: z.string().optional(),
});

/** What is asked for with `POST /checkout/sessions`. */
export type SessionOrder = z.infer<typeof order>;

export type SessionTerms = { readonly amountMinorMin: number; readonly nowSeconds: number };

export function sessionOrderOf(body: Form, { amountMinorMin, nowSeconds }: SessionTerms): SessionOrder {
  const parsed = order.safeParse(body);
  if (!parsed.success) throw invalid(parsed.error.issues[0]!.path.join('.'), 'A parameter is missing, unknown or malformed');
  if (totalOf(parsed.data) < amountMinorMin)
    throw new StripeError(400, 'invalid_request_error', 'The total is below the least that can be charged', {
      code: 'amount_too_small',
    });
  const openSeconds = (parsed.data.expires_at ?? nowSeconds + 24 * 3600) - nowSeconds;
  if (openSeconds < 30 * 60 || openSeconds > 24 * 3600)
    throw invalid('expires_at', 'A session is open for half an hour to a day');
  return parsed.data;
}

export const totalOf = ({ line_items: { 0: only } }: SessionOrder): number => only.quantity * only.price_data.unit_amount;
