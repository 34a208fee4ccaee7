import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import pLimit from 'p-limit';
import superagent from 'superagent';
import type { PaymentOrder, ProviderPayment } from '../domain/payment.ts';
import { GatewayError } from './gateway-error.ts';
import { orderBody, paymentOf } from './yookassa-payment.ts';

export type YooKassaOptions = {
  /** What this gateway is called in our rows and in the ledger. */
  name: string;
  shopId: string;
  apiKey: string;
  apiUrl: string;
  /** Where the payer comes back to; asked when an order is made. */
  returnUrl(): string;
};

/** YooKassa gives up on its own side after 30 s and answers 500. */
const timeoutMs = 32_000;
/** No limit is published; this is what its community clients keep to. */
const requestsAtOnce = 5;
const answerBytesMax = 1024 * 1024;

/** Statuses by which YooKassa says that the question itself is wrong. 401 and 403 are, too, when an order is made: nobody can be sent there. */
const refusals = { order: [400, 401, 403, 404, 405, 415], reading: [400, 404] } as const;

/**
 * YooKassa's API v3, without retries: who asks decides when to ask again. Rejects with a GatewayError. Every POST carries a key
 * (`Idempotence-Key`, 24 hours) made of the order's id, so that it may be repeated without a second payment.
 */
export function createYooKassa({ name, shopId, apiKey, apiUrl, returnUrl }: YooKassaOptions) {
  const base = apiUrl.replace(/\/+$/, '');
  const { host, protocol } = new URL(base);
  const agent = new (protocol === 'https:' ? SecureAgent : Agent)({ keepAlive: true, timeout: 30_000 });
  const limit = pLimit(requestsAtOnce);

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
  const post = (path: string, key: string, body: object, what: string) =>
    limit(() =>
      ask(
        superagent
          .post(base + path)
          .set('Idempotence-Key', key)
          .send(body),
        `POST ${what}`,
        refusals.order,
      ),
    );

  return {
    name,
    create: (order: PaymentOrder) => post('/payments', order.id, orderBody(order, returnUrl()), '/payments'),
    read: (id: string) =>
      limit(() => ask(superagent.get(`${base}/payments/${encodeURIComponent(id)}`), 'GET /payments/…', refusals.reading)),
    capture: (id: string) =>
      post(`/payments/${encodeURIComponent(id)}/capture`, `capture-${id}`.slice(0, 64), {}, '/payments/…/capture'),
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
