import pLimit from 'p-limit';
import type { PaymentOrder, ProviderPayment } from '../../domain/payment.ts';
import type { ReceiptTerms } from '../../domain/receipt.ts';
import { inLanes } from '../lanes.ts';
import { createYooKassaApi, type YooKassaShop } from './api.ts';
import { orderBody, paymentOf } from './payment.ts';
import { createYooKassaRefunds } from './refund.ts';

export type YooKassaOptions = YooKassaShop & {
  /** What this gateway is called in our rows and in the ledger. */
  name: string;
  /** Where the payer comes back to; asked when an order is made. Null while it is not known. */
  returnUrl(): string | null;
  /** What fiscal receipts say of tax; null, or left out, where none are made. */
  receipts?: ReceiptTerms | null;
};

/** No limit is published. */
const ordersAtOnceMax = 2;

/**
 * Without a right to order nobody can be sent there: 401 and 403 say as surely as the others that asking again changes nothing.
 */
const orders = { what: '/payments', refused: [400, 401, 403, 404, 405, 415], read: paymentOf };
const one = { what: '/payments/…', refused: [400, 404], read: paymentOf };
/** Held money that is refused may have been taken meanwhile: only reading it tells. */
const captures = { what: '/payments/…/capture', refused: [], read: paymentOf };

/**
 * YooKassa's API v3, without retries: who asks decides when to ask again. Rejects with a GatewayError. Every POST carries a key
 * (`Idempotence-Key`, 24 hours) made of the order's id, so that it may be repeated without a second payment.
 */
export function createYooKassa({ name, returnUrl, receipts = null, ...shop }: YooKassaOptions) {
  const api = createYooKassaApi(shop);
  const ordersAtOnce = pLimit(ordersAtOnceMax);
  return {
    name,
    request(order: PaymentOrder): string | undefined {
      const back = returnUrl();
      return back ? JSON.stringify(orderBody(order, back, receipts)) : undefined;
    },
    create: (id: string, request: string): Promise<ProviderPayment> =>
      ordersAtOnce(() => api.post('/payments', id, request, orders)),
    read: inLanes(id => api.get(`/payments/${encodeURIComponent(id)}`, {}, one)),
    capture: (id: string): Promise<ProviderPayment> => {
      const key = `capture-${id}`.slice(0, 64);
      return ordersAtOnce(() => api.post(`/payments/${encodeURIComponent(id)}/capture`, key, '{}', captures));
    },
    ...createYooKassaRefunds(api),
  };
}
