import type { Context } from 'koa';
import { invalid, StripeError } from './api-error.ts';
import { type Form, formOf } from './form.ts';

/** One call of the API, as it came in. */
export type StripeCall = {
  readonly method: string;
  /** Below `/v1`, for example `/checkout/sessions`. */
  readonly path: string;
  readonly query: Form;
  readonly idempotencyKey: string | undefined;
  readonly version: string | undefined;
  /** As it was sent. */
  readonly text: string;
  readonly body: Form;
};

const bytesMax = 1024 * 1024;

/** Throws a StripeError for what no call can look like. */
export async function readCall(ctx: Context): Promise<StripeCall> {
  const text = await readText(ctx);
  if (text && !/^application\/x-www-form-urlencoded\b/i.test(ctx.get('Content-Type')))
    throw new StripeError(400, 'invalid_request_error', 'A body is a form');
  return {
    method: ctx.method,
    path: ctx.path.slice('/v1'.length) || '/',
    query: parsed(ctx.querystring),
    idempotencyKey: ctx.get('Idempotency-Key') || undefined,
    version: ctx.get('Stripe-Version') || undefined,
    text,
    body: parsed(text),
  };
}

const parsed = (text: string): Form => {
  const form = formOf(text);
  if (!form) throw invalid('', 'A name is used for a value and for others');
  return form;
};

async function readText({ req }: Context): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new StripeError(413, 'invalid_request_error', 'The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
