import { z } from 'zod';
import type { Payment } from '../../domain/payment.ts';
import type { ProviderRefund, RefundOrder } from '../../domain/refund.ts';
import { GatewayError } from '../gateway-error.ts';
import { joined } from '../joined.ts';
import { metadata, toldIn } from '../shape.ts';
import { amountOf, kopeks } from './amount.ts';
import type { YooKassaApi } from './api.ts';

const id = z.string().regex(/^[\w-]{1,64}$/);

/** What is read of a Refund object of the YooKassa API v3; everything else in it may come and go. */
const shape = z.object({
  ...{ id, payment_id: id, status: z.enum(['pending', 'succeeded', 'canceled']) },
  amount: z.object({ value: kopeks, currency: z.string() }),
  metadata,
});
const page = z.object({ items: z.array(shape), next_cursor: z.string().min(1).nullish() });

type Read = z.infer<typeof shape>;
const refundFrom = ({ id: providerId, status, amount, metadata }: Read): ProviderRefund => ({
  ...{ providerId, status: status === 'canceled' ? 'failed' : status, amountMinor: amount.value },
  refundId: toldIn(metadata, 'refund_id'),
});

/** The refund in our words; undefined when the answer is none. */
export function refundOf(answer: unknown): ProviderRefund | undefined {
  const read = shape.safeParse(answer);
  return read.success ? refundFrom(read.data) : undefined;
}

/** `cursor`: where the next one begins. */
type RefundPage = { items: Read[]; cursor: string | null };

/** One page of refunds; undefined when the answer is none. */
export function refundPageOf(answer: unknown): RefundPage | undefined {
  const read = page.safeParse(answer);
  return read.success ? { items: read.data.items, cursor: read.data.next_cursor ?? null } : undefined;
}

/** What is read of the body that the payment was ordered with. */
const receiptShape = z.looseObject({ items: z.tuple([z.looseObject({ quantity: z.unknown(), amount: z.unknown() })]) });

/**
 * The receipt of a refund: the one of the payment, with the sum that goes back. Undefined where the payment had none; an order of
 * ours has one item. `request` is the body that the payment was ordered with.
 */
export function refundReceipt(request: string | null, amountMinor: number): object | undefined {
  const receipt = receiptShape.safeParse(request === null ? undefined : (JSON.parse(request) as { receipt?: unknown }).receipt);
  if (!receipt.success) return undefined;
  const [item] = receipt.data.items;
  return { ...receipt.data, items: [{ ...item, quantity: 1, amount: amountOf(amountMinor) }] };
}

/** The body of `POST /refunds`, the same each time; our refund's id is in the metadata, by which a lost answer is found again. */
export function refundBody({ id: refundId, amountMinor }: RefundOrder, { providerId, request }: Payment): object {
  const receipt = refundReceipt(request, amountMinor);
  return {
    ...{ payment_id: providerId, amount: amountOf(amountMinor), description: 'Возврат пополнения баланса' },
    ...{ metadata: { refund_id: refundId }, ...(receipt && { receipt }) },
  };
}

/** 401 is not among them: the operator mends the key, and the refund is asked for again. */
const making = { what: '/refunds', refused: [400, 403, 404, 405, 415], read: refundOf };
const listing = { what: '/refunds', refused: [], read: refundPageOf };
/** A list that goes on and on is none. */
const pagesMax = 50;

/** Refunds at YooKassa, without retries: who asks decides when to ask again. Rejects with a GatewayError. */
export function createYooKassaRefunds({ host, get, post }: YooKassaApi) {
  const list = async (filter: Record<string, string>): Promise<readonly Read[]> => {
    const all: Read[] = [];
    let cursor: string | null = null;
    for (let n = 0; n < pagesMax; n++) {
      const query: object = { ...filter, limit: 100, ...(cursor && { cursor }) };
      const read: RefundPage = await get('/refunds', query, listing);
      all.push(...read.items);
      cursor = read.cursor;
      if (!cursor) return all;
    }
    throw new GatewayError('unclear', `${host} GET /refunds has no end`);
  };
  const ofPayment = async (paymentId: string): Promise<readonly ProviderRefund[]> =>
    (await list({ payment_id: paymentId })).filter(({ payment_id }) => payment_id === paymentId).map(refundFrom);
  return {
    /** The key of the request is the refund's id: asked again within a day, it is the same refund. */
    refund: (refund: RefundOrder, payment: Payment): Promise<ProviderRefund> =>
      post('/refunds', refund.id, JSON.stringify(refundBody(refund, payment)), making),
    /** All refunds of a payment, whoever made them. */
    refundsOf: joined(ofPayment),
    /** All that were made since, of any payment of the shop. */
    returned: async (since: number): Promise<{ refundId: string; providerId: string }[]> =>
      (await list({ status: 'succeeded', 'created_at.gte': new Date(since).toISOString() })).map(one => ({
        ...{ refundId: one.id, providerId: one.payment_id },
      })),
  };
}
