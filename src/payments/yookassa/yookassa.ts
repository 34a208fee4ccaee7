import pLimit from 'p-limit';
import superagent from 'superagent';
import type { PaymentOrder, ProviderPayment } from '../../domain/payment.ts';
import type { ReceiptTerms } from '../../domain/receipt.ts';
import { answered, keepAliveAgent } from '../answered.ts';
import { GatewayError } from '../gateway-error.ts';
import { inLanes } from '../lanes.ts';
import { orderBody, paymentOf } from './payment.ts';
import { type AskYooKassa, createYooKassaRefunds } from './refund.ts';

export type YooKassaOptions = {
  /** What this gateway is called in our rows and in the ledger. */
  name: string;
  shopId: string;
  apiKey: string;
  apiUrl: string;
  /**
   * Where the payer comes back to; asked when an order is made. Null while it is not known.
   */
  returnUrl(): string | null;
  /** What fiscal receipts say of tax; null, or left out, where none are made. */
  receipts?: ReceiptTerms | null;
};

/** YooKassa gives up on its own side after 30 s and answers 500. */
const timeoutMs = 32_000;
/** No limit is published. */
const ordersAtOnceMax = 2;

/**
 * Statuses by which YooKassa says that the question itself is wrong. 401 and 403 are, too, when an order is made: nobody can be sent there.
 * Held money that is refused may have been taken meanwhile: only reading it tells.
 */
const refusals = { order: [400, 401, 403, 404, 405, 415], reading: [400, 404], capture: [] } as const;

/**
 * YooKassa's API v3, without retries: who asks decides when to ask again. Rejects with a GatewayError. Every POST carries a key
 * (`Idempotence-Key`, 24 hours) made of the order's id, so that it may be repeated without a second payment.
 */
export function createYooKassa({ name, shopId, apiKey, apiUrl, returnUrl, receipts = null }: YooKassaOptions) {
  const base = apiUrl.replace(/\/+$/, '');
  const { host, protocol } = new URL(base);
  const agent = keepAliveAgent(protocol);
  const ordersAtOnce = pLimit(ordersAtOnceMax);

  const ask: AskYooKassa = async (request, what, refused, read) => {
    const response = await answered(request.auth(shopId, apiKey).agent(agent), `${host} ${what}`, timeoutMs);
    const { status, body } = response;
    if (status === 200) {
      const found = read(body);
      if (found !== undefined) return found;
      throw new GatewayError('unclear', `${host} ${what} answered in an unknown shape`);
    }
    const code = typeof body?.code === 'string' && /^[\w.-]{1,60}$/.test(body.code) ? ` (${body.code})` : '';
    throw new GatewayError(refused.includes(status) ? 'rejected' : 'unclear', `${host} ${what} answered ${status}${code}`);
  };
  const post = (path: string, key: string, body: string): superagent.Request =>
    superagent
      .post(base + path)
      .set('Idempotence-Key', key)
      .type('json')
      .send(body);

  return {
    name,
    request(order: PaymentOrder): string | undefined {
      const back = returnUrl();
      return back ? JSON.stringify(orderBody(order, back, receipts)) : undefined;
    },
    create: (id: string, request: string): Promise<ProviderPayment> =>
      ordersAtOnce(() => ask(post('/payments', id, request), 'POST /payments', refusals.order, paymentOf)),
    read: inLanes(id =>
      ask(superagent.get(`${base}/payments/${encodeURIComponent(id)}`), 'GET /payments/…', refusals.reading, paymentOf),
    ),
    capture: (id: string): Promise<ProviderPayment> => {
      const request = post(`/payments/${encodeURIComponent(id)}/capture`, `capture-${id}`.slice(0, 64), '{}');
      return ordersAtOnce(() => ask(request, 'POST /payments/…/capture', refusals.capture, paymentOf));
    },
    ...createYooKassaRefunds(base, ask),
  };
}
