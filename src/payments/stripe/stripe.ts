import pLimit from 'p-limit';
import type { PaymentOrder, PaymentWay, ProviderPayment } from '../../domain/payment.ts';
import { GatewayError } from '../gateway-error.ts';
import { joined } from '../joined.ts';
import { inLanes } from '../lanes.ts';
import { createStripeApi } from './api.ts';
import { createStripeRefunds } from './refund.ts';
import { firstSessionOf, sessionForm, sessionOf } from './session.ts';

export type StripeOptions = {
  /** What this gateway is called in our rows and in the ledger. */
  name: string;
  apiKey: string;
  /** Without `/v1`. */
  apiUrl: string;
  /** Where the payer comes back to; null while it is not known. */
  returnUrl(): string | null;
};

/** What its button says. */
export const stripeLabel: NonNullable<PaymentWay['label']> = { ru: '🌍 Зарубежная карта', en: '🌍 International card' };

/** A hundred requests a second are allowed; nobody is to be near that. */
const atOnce = 2;

/** No right to make one means that nobody can be sent there. */
const orders = { what: '/checkout/sessions', refused: [400, 401, 402, 403, 404], refusedWhenKept: true, read: sessionOf };
const one = { what: '/checkout/sessions/…', refused: [400, 404], read: sessionOf };
const byIntent = { what: '/checkout/sessions', refused: [400, 404], read: firstSessionOf };

/**
 * Stripe Checkout, without retries: who asks decides when to ask again. Rejects with a GatewayError. A payment is a session here;
 * the key of its order (`Idempotency-Key`) is the order's id, so that it may be asked for again without a second one.
 */
export function createStripe({ name, apiKey, apiUrl, returnUrl }: StripeOptions) {
  const api = createStripeApi({ apiKey, apiUrl });
  const [ordersAtOnce, lookupsAtOnce] = [pLimit(atOnce), pLimit(atOnce)];
  const readSession = inLanes(id =>
    api.get(`/checkout/sessions/${encodeURIComponent(id)}`, { 'expand[]': 'payment_intent.latest_charge' }, one),
  );
  const intentOf = async (sessionId: string): Promise<string | null> => (await readSession(sessionId, true)).intentId;

  return {
    name,
    request(order: PaymentOrder): string | undefined {
      const back = returnUrl();
      return back ? sessionForm(order, back) : undefined;
    },
    create: async (id: string, request: string): Promise<ProviderPayment> =>
      (await ordersAtOnce(() => api.post('/checkout/sessions', id, request, orders))).payment,
    read: async (id: string, isAwaited: boolean): Promise<ProviderPayment> => (await readSession(id, isAwaited)).payment,
    /** Never needed: Checkout takes money at once. */
    capture: async (_id: string): Promise<ProviderPayment> => {
      throw new GatewayError('rejected', `${api.host} holds no money`);
    },
    ...createStripeRefunds(api, intentOf),
    /** The session that an intent paid; null when it was paid in another way, and is none of ours. */
    sessionOfIntent: joined(
      (intentId: string): Promise<string | null> =>
        lookupsAtOnce(() => api.get('/checkout/sessions', { payment_intent: intentId, limit: 1 }, byIntent)),
    ),
  };
}
