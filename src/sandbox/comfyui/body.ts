import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { isObject } from './graph.ts';

export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Throws when the body is no JSON; the real server then answers 500. */
export const readJson = async ({ req }: Context): Promise<unknown> => JSON.parse((await readBody(req)).toString());

/** The JSON object in the body; another JSON value counts as an empty one. */
export const readObject = async (ctx: Context): Promise<Record<string, unknown>> => {
  const json = await readJson(ctx);
  return isObject(json) ? json : {};
};

export const paramOf = ({ params }: Context, name: string): string => String(params[name]);

/** An answer without a body, as aiohttp's `web.Response(status=…)`. */
export const bare = (ctx: Context, status: number): void => {
  ctx.status = status;
  ctx.body = Buffer.alloc(0);
  ctx.type = 'application/octet-stream';
};

export const text = (ctx: Context, status: number, body: string): void => {
  ctx.status = status;
  ctx.body = body;
  ctx.set('Content-Type', 'text/plain; charset=utf-8');
};

export const serverError = (ctx: Context): void => {
  text(ctx, 500, '500 Internal Server Error\n\nServer got itself in trouble');
  ctx.set('Connection', 'close');
};

/** Cuts the connection without an answer. */
export const drop = (ctx: Context): void => {
  ctx.respond = false;
  ctx.req.socket.destroy();
};
