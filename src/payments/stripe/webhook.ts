import type { Middleware } from 'koa';
import { parseJson, readBody } from '../../http/json-body.ts';
import { type Booking, createBookkeeping } from '../../http/notification.ts';
import { HttpRefusal } from '../../http/refusal.ts';
import { isStripeSignature } from './signature.ts';

export type StripeWebhookDeps = {
  /** What the endpoint signs with, as Stripe shows it: `whsec_…`. */
  secret: string;
  now(): number;
  /** Has the payment of that session read again, and booked. */
  notified(providerId: string): Promise<Booking>;
  /** Has the refunds of that session's payment read, and booked. */
  refunded(providerId: string): Promise<Booking>;
  /** The session that an intent paid; null when it is none of ours. Rejects, as a gateway does, when Stripe cannot be asked. */
  sessionOfIntent(intentId: string): Promise<string | null>;
};

const notificationBytesMax = 256 * 1024;

/**
 * Stripe's notifications. Nothing in one is believed but what it is about: that is read from Stripe, and what Stripe shows is
 * booked. 400 without a fresh signature of ours, and for what is no JSON object; 200 once booked, also for repeats, other
 * people's ids and events that we do not know; 503 when Stripe or the database could not be reached, or too many come at a time:
 * Stripe sends it again for three days.
 */
export function stripeWebhook(deps: StripeWebhookDeps): Middleware {
  const answer = createBookkeeping();
  return async ctx => {
    const body = await readBody(ctx.req, notificationBytesMax);
    if (!isStripeSignature(ctx.get('Stripe-Signature'), body, deps.secret, deps.now()))
      throw new HttpRefusal(400, 'invalid_signature', 'The signature is wrong, or too old.');
    const subject = subjectOf(parseJson(body));
    await answer(ctx, () => book(deps, subject));
  };
}

/** What a notification is about. */
export type StripeSubject = { kind: 'session'; sessionId: string } | { kind: 'refund'; intentId: string };

const sessionEvents = ['completed', 'async_payment_succeeded', 'async_payment_failed', 'expired'].map(
  what => `checkout.session.${what}`,
);
const refundEvents = ['charge.refunded', 'refund.created', 'refund.updated', 'refund.failed'];

/**
 * The session, or the intent whose money went back; null for an event of another kind. A charge and a refund both name their
 * intent.
 */
export function subjectOf({ type, data }: Record<string, unknown>): StripeSubject | null {
  const { id, payment_intent: intentId } = objectIn(objectIn(data)['object']);
  if (sessionEvents.includes(String(type)) && isId('cs', id)) return { kind: 'session', sessionId: id };
  if (refundEvents.includes(String(type)) && isId('pi', intentId)) return { kind: 'refund', intentId };
  return null;
}

const objectIn = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const isId = (kind: 'cs' | 'pi', value: unknown): value is string =>
  typeof value === 'string' && value.startsWith(`${kind}_`) && /^\w{4,255}$/.test(value);

async function book(deps: StripeWebhookDeps, subject: StripeSubject | null): Promise<Booking> {
  if (!subject) return 'foreign';
  if (subject.kind === 'session') return deps.notified(subject.sessionId);
  try {
    const sessionId = await deps.sessionOfIntent(subject.intentId);
    return sessionId === null ? 'foreign' : deps.refunded(sessionId);
  } catch (error) {
    if ((error as { kind?: string }).kind === 'rejected') return 'foreign';
    throw error;
  }
}
