import { STATUS_CODES } from 'node:http';
import type { Context } from 'koa';
import { ApiError, errorBody } from './api-error.ts';

/** What goes back over the wire: JSON, or a text of another kind. */
export type Answer =
  | { readonly status: number; readonly json: object }
  | { readonly status: number; readonly text: string; readonly type: 'text/plain' | 'text/html' };

export const okAnswer = (json: object): Answer => ({ status: 200, json });

/** 405, 413 and 415 have no documented body. */
export const bareAnswer = (status: number): Answer => ({ status, text: STATUS_CODES[status] ?? '', type: 'text/plain' });

export const errorAnswer = (error: unknown): Answer => {
  const known = error instanceof ApiError ? error : new ApiError(500, 'internal_server_error', String(error));
  return [405, 413, 415].includes(known.status) ? bareAnswer(known.status) : { status: known.status, json: errorBody(known) };
};

export const writeAnswer = (ctx: Context, answer: Answer): void => {
  ctx.status = answer.status;
  ctx.type = 'json' in answer ? 'application/json' : answer.type;
  ctx.body = 'json' in answer ? JSON.stringify(answer.json) : answer.text;
};

/** Ends the connection without a word, as a broken network does. */
export const dropConnection = (ctx: Context): void => {
  ctx.respond = false;
  ctx.req.socket.destroy();
};
