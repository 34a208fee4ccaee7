import type { Context } from 'koa';
import { ApiError } from './api-error.ts';

/** One call of the API, as it came in. */
export type ApiCall = {
  readonly method: string;
  /** Below `/v3`, for example `/payments`. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly idempotenceKey: string | undefined;
  /** The JSON of the body; undefined when there is none, or none that can be read. */
  readonly body: unknown;
  /** Unix time in milliseconds. */
  readonly at: number;
};

/** What is needed to answer a call, and is not kept afterwards. */
export type ApiCallInput = ApiCall & {
  readonly authorization: string;
  readonly contentType: string;
  readonly text: string;
};

const bytesMax = 1024 * 1024;

export const readCall = async (ctx: Context, at: number): Promise<ApiCallInput> => {
  const text = await readText(ctx);
  return {
    method: ctx.method,
    path: ctx.path.slice('/v3'.length) || '/',
    query: ctx.querystring,
    idempotenceKey: ctx.get('Idempotence-Key') || undefined,
    body: parsed(text),
    at,
    authorization: ctx.get('Authorization'),
    contentType: ctx.get('Content-Type'),
    text,
  };
};

/** Throws 413 for more than any request of this API can need. */
export const readText = async ({ req }: Context): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new ApiError(413, 'invalid_request', 'The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
