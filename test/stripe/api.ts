import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { errorBody, StripeError } from './api-error.ts';
import { readCall, type StripeCall } from './call.ts';
import type { StripeFaults } from './faults.ts';
import type { Answer, Idempotence } from './idempotence.ts';
import { newId } from './ids.ts';
import { carryOut, type Desk } from './operations.ts';

/** A call and the status that it was answered with. */
export type SeenCall = StripeCall & { readonly status: number | 'dropped' };

export type ApiOptions = {
  readonly apiKey: string;
  readonly desk: Desk;
  readonly idempotence: Idempotence;
  readonly faults: StripeFaults;
  readonly seen: (call: SeenCall) => void;
};

/** Everything below `/v1`; every other path goes on to whoever comes next. */
export const api =
  (options: ApiOptions): Middleware =>
  async (ctx, next) => {
    if (!ctx.path.startsWith('/v1/')) return next();
    const call = await readCall(ctx).catch((error: Error) => error);
    if (call instanceof Error) return write(ctx, failure(call));
    const answer = await throughFaults(options, call, ctx.get('Authorization'));
    options.seen({ ...call, status: answer === 'dropped' ? answer : answer.status });
    if (answer !== 'dropped') return write(ctx, answer);
    ctx.respond = false;
    ctx.req.socket.destroy();
  };

async function throughFaults(options: ApiOptions, call: StripeCall, authorization: string): Promise<Answer | 'dropped'> {
  const { pauseMs, fault } = options.faults.meetingCall(call);
  if (pauseMs > 0) await new Promise<void>(resolve => void setTimeout(resolve, pauseMs).unref());
  if (fault?.kind === 'dropBeforeDoing') return 'dropped';
  if (fault?.kind === 'status' && !fault.done) return failWith(options, call, fault);
  const answer = answerTo(options, call, authorization);
  if (fault?.kind === 'dropAfterDoing') return 'dropped';
  return fault ? failWith(options, call, fault) : answer;
}

function failWith({ idempotence }: ApiOptions, call: StripeCall, { status, kept }: { status: number; kept?: boolean }): Answer {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'api_error' : 'invalid_request_error';
  const answer = failure(new StripeError(status, type, 'It went wrong on purpose'));
  if (kept) idempotence.keep(call, answer);
  return answer;
}

/** Without any waiting in between, so that two calls with one key can never both be new. */
function answerTo({ apiKey, desk, idempotence }: ApiOptions, call: StripeCall, authorization: string): Answer {
  try {
    if (!isSame(authorization, `Bearer ${apiKey}`)) throw new StripeError(401, 'invalid_request_error', 'No such key');
    const work = (): Answer => ({ status: 200, json: carryOut(desk, call) });
    return call.method === 'POST' ? idempotence.once(call, work) : work();
  } catch (error) {
    return failure(error as Error);
  }
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const isSame = (given: string, expected: string): boolean => timingSafeEqual(hashOf(given), hashOf(expected));

const failure = (error: Error): Answer => {
  const known = error instanceof StripeError ? error : new StripeError(500, 'api_error', String(error));
  return { status: known.status, json: errorBody(known) };
};

function write(ctx: Context, { status, json, replayed }: Answer): void {
  ctx.status = status;
  ctx.set('Request-Id', newId('req'));
  if (replayed) ctx.set('Idempotent-Replayed', 'true');
  ctx.type = 'application/json';
  ctx.body = JSON.stringify(json);
}
