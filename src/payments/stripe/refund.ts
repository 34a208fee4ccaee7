import pLimit from 'p-limit';
import { z } from 'zod';
import type { Payment } from '../../domain/payment.ts';
import type { ProviderRefund, RefundOrder } from '../../domain/refund.ts';
import { formOf } from '../form.ts';
import { GatewayError } from '../gateway-error.ts';
import { joined } from '../joined.ts';
import { metadata, toldIn } from '../shape.ts';
import type { StripeApi } from './api.ts';

/** What is read of a Refund of the Stripe API v1; everything else in it may come and go. */
const shape = z.object({
  ...{ id: z.string().regex(/^\w{1,250}$/), amount: z.int().nonnegative(), status: z.string().nullish() },
  metadata,
});

/**
 * A refund that waits for the payer to do something is on its way, too, and so is one of which a later version has another word.
 */
const statuses: Readonly<Record<string, ProviderRefund['status']>> = {
  ...({ pending: 'pending', requires_action: 'pending', succeeded: 'succeeded' } as const),
  ...({ failed: 'failed', canceled: 'failed' } as const),
};

/** A refund in our words; undefined when the answer is none. */
export function refundOf(answer: unknown): ProviderRefund | undefined {
  const read = shape.safeParse(answer);
  if (!read.success) return undefined;
  const { id, status, amount, metadata } = read.data;
  return {
    ...{ providerId: id, amountMinor: amount, status: statuses[status ?? ''] ?? 'pending' },
    refundId: toldIn(metadata, 'refund_id'),
  };
}

const page = z.object({ data: z.array(z.unknown()), has_more: z.boolean() });

/** One page of a list; undefined when the answer is none, or one refund in it is. */
export function refundPageOf(answer: unknown): { refunds: ProviderRefund[]; isLast: boolean } | undefined {
  const read = page.safeParse(answer);
  if (!read.success) return undefined;
  const refunds = read.data.data.map(refundOf).filter(one => one !== undefined);
  if (refunds.length < read.data.data.length) return undefined;
  return { refunds, isLast: !read.data.has_more || refunds.length === 0 };
}

/**
 * The body of `POST /v1/refunds`, the same each time; our refund's id is in the metadata, by which a lost answer is found again.
 */
export const refundForm = ({ id, amountMinor }: RefundOrder, intentId: string): string =>
  formOf({ payment_intent: intentId, amount: amountMinor, 'metadata[refund_id]': id });

const atOnce = 2;
const refundsMaxOnPage = 100;
/** More than any payment has: a list that goes on and on is none. */
const pagesMax = 50;

/** 401 and 403 are not among them: the operator mends the key, and the refund is asked for again. */
const making = { what: '/refunds', refused: [400, 402, 404], read: refundOf };
const listing = { what: '/refunds', refused: [400, 404], read: refundPageOf };

/**
 * Refunds at Stripe, without retries: who asks decides when to ask again. Rejects with a GatewayError. They are asked for by the
 * intent that paid a session: `intentOf` reads it, null where nothing was paid.
 */
export function createStripeRefunds({ host, get, post }: StripeApi, intentOf: (sessionId: string) => Promise<string | null>) {
  const limit = pLimit(atOnce);
  const ofIntent = joined(async (intentId: string): Promise<readonly ProviderRefund[]> => {
    const found: ProviderRefund[] = [];
    for (let page = 0; page < pagesMax; page++) {
      const after = found.at(-1)?.providerId;
      const query = { payment_intent: intentId, limit: refundsMaxOnPage, ...(after && { starting_after: after }) };
      const { refunds, isLast } = await limit(() => get('/refunds', query, listing));
      found.push(...refunds);
      if (isLast) return found;
    }
    throw new GatewayError('unclear', `${host} GET /v1/refunds has no end`);
  });
  return {
    /** Keys are forgotten after a day, and a failure is kept with them: a refund that is there already is not asked for again. */
    async refund(order: RefundOrder, { providerId }: Pick<Payment, 'providerId'>): Promise<ProviderRefund> {
      const intentId = providerId && (await intentOf(providerId));
      if (!intentId) throw new GatewayError('rejected', `${host} has taken nothing that could go back`);
      const made = (await ofIntent(intentId)).find(({ refundId }) => refundId === order.id);
      return made ?? limit(() => post('/refunds', order.id, refundForm(order, intentId), making));
    },
    /** All refunds of a payment, whoever made them. */
    async refundsOf(providerId: string): Promise<readonly ProviderRefund[]> {
      const intentId = await intentOf(providerId);
      return intentId === null ? [] : ofIntent(intentId);
    },
  };
}
