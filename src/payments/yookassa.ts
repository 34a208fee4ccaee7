import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import pLimit from 'p-limit';
import superagent from 'superagent';
import type { PaymentOrder, ProviderPayment } from '../domain/payment.ts';
import { GatewayError } from './gateway-error.ts';
import { joined } from './joined.ts';
import { orderBody, paymentOf } from './yookassa-payment.ts';

export type YooKassaOptions = {
  /** What this gateway is called in our rows and in the ledger. */
  name: string;
  shopId: string;
  apiKey: string;
  apiUrl: string;
  /**
   * Where the payer comes back to; asked when an order is made. Null while it is not known: an order that is asked for again must read
   * as it did before.
   */
  returnUrl(): string | null;
};

/** YooKassa gives up on its own side after 30 s and answers 500. */
const timeoutMs = 32_000;
/** No limit is published. What somebody waits for has lanes of its own: it never stands in line behind what is only looked after. */
const atOnce = { orders: 2, awaited: 2, unhurried: 2 } as const;
const answerBytesMax = 1024 * 1024;

/**
 * Statuses by which YooKassa says that the question itself is wrong. 401 and 403 are, too, when an order is made: nobody can be sent there.
 * Held money that is refused may have been taken meanwhile: only reading it tells.
 */
const refusals = { order: [400, 401, 403, 404, 405, 415], reading: [400, 404], capture: [] } as const;

/**
 * YooKassa's API v3, without retries: who asks decides when to ask again. Rejects with a GatewayError. Every POST carries a key
 * (`Idempotence-Key`, 24 hours) made of the order's id, so that it may be repeated without a second payment.
 */
export function createYooKassa({ name, shopId, apiKey, apiUrl, returnUrl }: YooKassaOptions) {
  const base = apiUrl.replace(/\/+$/, '');
  const { host, protocol } = new URL(base);
  const agent = new (protocol === 'https:' ? SecureAgent : Agent)({ keepAlive: true, timeout: 30_000 });
  const ordersAtOnce = pLimit(atOnce.orders);

  const ask = async (request: superagent.Request, what: string, refused: readonly number[]): Promise<ProviderPayment> => {
    const response = await answered(request.auth(shopId, apiKey).agent(agent), `${host} ${what}`);
    const { status, body } = response;
    if (status === 200) {
      const payment = paymentOf(body);
      if (payment) return payment;
      throw new GatewayError('unclear', `${host} ${what} answered in an unknown shape`);
    }
    const code = typeof body?.code === 'string' && /^[\w.-]{1,60}$/.test(body.code) ? ` (${body.code})` : '';
    throw new GatewayError(refused.includes(status) ? 'rejected' : 'unclear', `${host} ${what} answered ${status}${code}`);
  };
  const reader = (requestsAtOnce: number) => {
    const limit = pLimit(requestsAtOnce);
    const request = (id: string) => superagent.get(`${base}/payments/${encodeURIComponent(id)}`);
    return joined((id: string) => limit(() => ask(request(id), 'GET /payments/…', refusals.reading)));
  };
  const [readAwaited, readUnhurried] = [reader(atOnce.awaited), reader(atOnce.unhurried)];
  const post = (path: string, key: string, body: object): superagent.Request =>
    superagent
      .post(base + path)
      .set('Idempotence-Key', key)
      .send(body);

  return {
    name,
    create: async (order: PaymentOrder): Promise<ProviderPayment> => {
      const back = returnUrl();
      if (!back) throw new GatewayError('unclear', `${host} POST /payments waits for the address to come back to`);
      return ordersAtOnce(() => ask(post('/payments', order.id, orderBody(order, back)), 'POST /payments', refusals.order));
    },
    read: (id: string, isAwaited: boolean): Promise<ProviderPayment> => (isAwaited ? readAwaited(id) : readUnhurried(id)),
    capture: (id: string): Promise<ProviderPayment> => {
      const path = `/payments/${encodeURIComponent(id)}/capture`;
      return ordersAtOnce(() => ask(post(path, `capture-${id}`.slice(0, 64), {}), 'POST /payments/…/capture', refusals.capture));
    },
  };
}

/** Resolves for any complete answer; a connection that broke says nothing of what was done. */
async function answered(request: superagent.Request, what: string): Promise<superagent.Response> {
  try {
    return await request
      .timeout({ deadline: timeoutMs })
      .redirects(0)
      .maxResponseSize(answerBytesMax)
      .ok(() => true);
  } catch (error) {
    const { code } = error as { code?: string };
    throw new GatewayError('unclear', `${what} was not answered${code ? ` (${code})` : ''}`, { cause: error });
  }
}
