import type { Context } from 'koa';
import { BotApiError, errorBody } from './errors.ts';

/** What goes back over the wire; `raw` is a download or a text that is no JSON. */
export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  readonly raw?: boolean;
};

export const okAnswer = (result: unknown): Answer => ({ status: 200, body: { ok: true, result } });

export const errorAnswer = (error: unknown): Answer => {
  const known = error instanceof BotApiError ? error : new BotApiError(500, `Internal Server Error: ${String(error)}`);
  const retryAfter = known.parameters?.['retry_after'];
  const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
  return { status: known.code, body: errorBody(known), headers };
};

export const writeAnswer = (ctx: Context, { status, body, headers, raw }: Answer): void => {
  ctx.status = status;
  if (headers) ctx.set(headers);
  if (!raw) ctx.type = 'application/json';
  ctx.body = raw ? body : JSON.stringify(body);
};

/** Ends the connection without a word, as a broken network does. */
export const dropConnection = (ctx: Context): void => {
  ctx.respond = false;
  ctx.req.socket.destroy();
};
