import type { Context, Middleware } from 'koa';
import { HttpRefusal } from './refusal.ts';

/**
 * What became of a gateway's word. `foreign`: it is about nothing of ours; `unavailable`: nothing is booked, and it must come
 * again.
 */
export type Booking = 'booked' | 'foreign' | 'unavailable';

/** Each costs a question to the gateway: more at a time are told to come again. */
const notificationsAtOnce = 100;

/** Answers a notification with what became of it: 200, or 503 when it must come again, as those that are too many at a time. */
export function createBookkeeping(): (ctx: Context, book: () => Promise<Booking>) => Promise<void> {
  let open = 0;
  return async (ctx, book) => {
    if (open >= notificationsAtOnce) throw again();
    open++;
    try {
      if ((await book()) === 'unavailable') throw again();
    } finally {
      open--;
    }
    ctx.status = 200;
    ctx.body = {};
  };
}

const again = () => new HttpRefusal(503, 'unavailable', 'Please send it again.');

/** Where no gateway listens. */
export const paymentsDisabled: Middleware = () => {
  throw new HttpRefusal(503, 'payments_disabled', 'Payments are switched off here.');
};
