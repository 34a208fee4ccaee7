import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BlockList } from 'node:net';
import type { Context, Middleware } from 'koa';
import { clientAddress, isListed } from '../../http/client-address.ts';
import { parseJson, readBody } from '../../http/json-body.ts';
import { type Booking, createBookkeeping } from '../../http/notification.ts';
import { HttpRefusal } from '../../http/refusal.ts';

export type YooKassaWebhookDeps = {
  /** Who may notify us, and which proxies are our own. */
  allowed: BlockList;
  proxies: BlockList;
  /** Set when a proxy of ours signs: YooKassa itself signs nothing. */
  secret: string | null;
  /** Has the payment of that id read again, and booked. */
  notified(providerId: string): Promise<Booking>;
  /** The same for a payment of which something was given back: its refunds are read, too. */
  refunded(providerId: string): Promise<Booking>;
};

const notificationBytesMax = 256 * 1024;

/**
 * YooKassa's notifications. Nothing in one is believed but the id: the payment is read from YooKassa and what that shows is
 * booked. 403 from outside the list; 200 once booked, also for repeats, other people's ids and events that we do not know, for
 * anything else would be sent again for a day; 503 when YooKassa or the database could not be reached, or too many come at a
 * time.
 */
export function yookassaWebhook(deps: YooKassaWebhookDeps): Middleware {
  const answer = createBookkeeping();
  return async ctx => {
    const address = clientAddress(ctx.req.socket.remoteAddress ?? '', ctx.get('X-Forwarded-For'), deps.proxies);
    if (!isListed(deps.allowed, address)) throw new HttpRefusal(403, 'forbidden', 'Notifications come from YooKassa only.');
    await answer(ctx, () => take(ctx, deps));
  };
}

async function take(ctx: Context, deps: YooKassaWebhookDeps): Promise<Booking> {
  const body = await readBody(ctx.req, notificationBytesMax);
  if (deps.secret) assertSigned(ctx, body, deps.secret);
  const told = parseJson(body);
  const providerId = paymentIdOf(told);
  if (providerId === null) return 'foreign';
  return isOfRefund(told) ? deps.refunded(providerId) : deps.notified(providerId);
}

/** The payment that a notification is about; null for an event of another kind. A refund names its payment. */
export function paymentIdOf({ event, object }: Record<string, unknown>): string | null {
  if (typeof event !== 'string' || typeof object !== 'object' || object === null) return null;
  const { id, payment_id } = object as Record<string, unknown>;
  const found = event.startsWith('payment.') ? id : isOfRefund({ event }) ? payment_id : null;
  return typeof found === 'string' && /^[\w-]{1,64}$/.test(found) ? found : null;
}

const isOfRefund = ({ event }: Record<string, unknown>): boolean => typeof event === 'string' && event.startsWith('refund.');

function assertSigned(ctx: Context, body: Buffer, secret: string): void {
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(ctx.get('Signature'), 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new HttpRefusal(403, 'forbidden', 'The signature is wrong.');
}
