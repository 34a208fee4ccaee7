import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BlockList } from 'node:net';
import type { Context, Middleware } from 'koa';
import { clientAddress, isListed } from './client-address.ts';
import { parseJson, readBody } from './json-body.ts';
import { HttpRefusal } from './refusal.ts';

export type YooKassaWebhookDeps = {
  /** Who may notify us, and which proxies are our own. */
  allowed: BlockList;
  proxies: BlockList;
  /** Set when a proxy of ours signs: YooKassa itself signs nothing. */
  secret: string | null;
  /** Has the payment of that id read again, and booked. */
  notified(providerId: string): Promise<'booked' | 'foreign' | 'unavailable'>;
};

const notificationBytesMax = 256 * 1024;
/** Each costs a question to YooKassa: more at a time are told to come again. */
const notificationsAtOnce = 100;

/**
 * YooKassa's notifications. Nothing in one is believed but the id: the payment is read from YooKassa and what that shows is booked.
 * 403 from outside the list; 200 once booked, also for repeats, other people's ids and events that we do not know, for anything else
 * would be sent again for a day; 503 when YooKassa or the database could not be reached, or too many come at a time.
 */
export function yookassaWebhook(deps: YooKassaWebhookDeps): Middleware {
  let open = 0;
  return async ctx => {
    const address = clientAddress(ctx.req.socket.remoteAddress ?? '', ctx.get('X-Forwarded-For'), deps.proxies);
    if (!isListed(deps.allowed, address)) throw new HttpRefusal(403, 'forbidden', 'Notifications come from YooKassa only.');
    if (open >= notificationsAtOnce) throw again();
    open++;
    try {
      await take(ctx, deps);
    } finally {
      open--;
    }
  };
}

const again = () => new HttpRefusal(503, 'unavailable', 'Please send it again.');

async function take(ctx: Context, deps: YooKassaWebhookDeps): Promise<void> {
  const body = await readBody(ctx.req, notificationBytesMax);
  if (deps.secret) assertSigned(ctx, body, deps.secret);
  const providerId = paymentIdOf(parseJson(body));
  const outcome = providerId === null ? 'foreign' : await deps.notified(providerId);
  if (outcome === 'unavailable') throw again();
  ctx.status = 200;
  ctx.body = {};
}

/** The payment that a notification is about; null for an event of another kind. A refund names its payment. */
export function paymentIdOf({ event, object }: Record<string, unknown>): string | null {
  if (typeof event !== 'string' || typeof object !== 'object' || object === null) return null;
  const { id, payment_id } = object as Record<string, unknown>;
  const found = event.startsWith('payment.') ? id : event.startsWith('refund.') ? payment_id : null;
  return typeof found === 'string' && /^[\w-]{1,64}$/.test(found) ? found : null;
}

function assertSigned(ctx: Context, body: Buffer, secret: string): void {
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(ctx.get('Signature'), 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new HttpRefusal(403, 'forbidden', 'The signature is wrong.');
}
