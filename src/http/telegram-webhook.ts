import { createHash, timingSafeEqual } from 'node:crypto';
import type { Middleware } from 'koa';
import { readJson } from './json-body.ts';
import { HttpRefusal } from './refusal.ts';

export type TelegramWebhookDeps = {
  secret: string;
  /** Resolves once the update is durable; rejects when it cannot be. */
  receive(update: object): Promise<void>;
};

const updateBytesMax = 1024 * 1024;

/**
 * Telegram's updates: 401 without the secret, 200 only once durable, 503 when that cannot be, so that Telegram sends it again.
 */
export const telegramWebhook = ({ secret, receive }: TelegramWebhookDeps): Middleware => {
  const expected = hash(secret);
  return async ctx => {
    // Compared by their hashes: in the same time wherever they differ, whatever their length.
    if (!timingSafeEqual(hash(ctx.get('X-Telegram-Bot-Api-Secret-Token')), expected))
      throw new HttpRefusal(401, 'unauthorized', 'The secret token is wrong.');
    const update = await readJson(ctx.req, updateBytesMax);
    if (!Number.isSafeInteger(update['update_id'])) throw new HttpRefusal(400, 'invalid_body', 'An update has an update_id.');
    await receive(update);
    ctx.status = 200;
    ctx.body = {};
  };
};

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
