import { createHash, timingSafeEqual } from 'node:crypto';
import type { Middleware } from 'koa';
import { type Answer, dropConnection, errorAnswer, okAnswer, writeAnswer } from './answers.ts';
import { ApiError, invalidCredentials, invalidRequest } from './api-error.ts';
import { type ApiCallInput, readCall } from './call.ts';
import { faultAnswer, pause } from './fault-answers.ts';
import type { CallFault, YooKassaFaults } from './faults.ts';
import type { Idempotence } from './idempotence.ts';
import type { Desk } from './operations/operation.ts';
import type { YooKassaRecord } from './record.ts';
import { routeOf } from './routes.ts';

export type ApiOptions = {
  readonly shopId: string;
  readonly apiKey: string;
  readonly desk: Desk;
  readonly idempotence: Idempotence;
  readonly faults: YooKassaFaults;
  readonly record: YooKassaRecord;
  readonly now: () => number;
};

/** Everything below `/v3`; every other path goes on to whoever comes next. */
export const api =
  (options: ApiOptions): Middleware =>
  async (ctx, next) => {
    if (!/^\/v3(\/|$)/.test(ctx.path)) return next();
    const read = await readCall(ctx, options.now()).catch(errorAnswer);
    if ('status' in read) return writeAnswer(ctx, read);
    const answer = await throughFaults(options, read);
    const { authorization: _, contentType: __, text: ___, ...call } = read;
    options.record.request({ ...call, status: answer === 'dropped' ? answer : answer.status });
    if (answer === 'dropped') dropConnection(ctx);
    else writeAnswer(ctx, answer);
  };

const throughFaults = async (options: ApiOptions, call: ApiCallInput): Promise<Answer | 'dropped'> => {
  const met = options.faults.meetingCall(call);
  await pause(met, 'before');
  const answer = outcome(
    met.find(({ kind }) => kind !== 'slow'),
    () => answerTo(options, call),
  );
  await pause(met, 'after');
  return answer;
};

const outcome = (fault: CallFault | undefined, doing: () => Answer): Answer | 'dropped' => {
  if (fault?.kind === 'down' || fault?.kind === 'dropBeforeDoing') return 'dropped';
  if ((fault?.kind === 'status' || fault?.kind === 'html') && !fault.done) return faultAnswer(fault);
  const answer = doing();
  if (!fault || fault.kind === 'slow') return answer;
  return fault.kind === 'dropAfterDoing' ? 'dropped' : faultAnswer(fault);
};

/** Without any waiting in between, so that two calls with one key can never both be new. */
const answerTo = ({ shopId, apiKey, desk, idempotence }: ApiOptions, call: ApiCallInput): Answer => {
  try {
    if (!isSame(call.authorization, `Basic ${Buffer.from(`${shopId}:${apiKey}`).toString('base64')}`)) throw invalidCredentials();
    const { run, id } = routeOf(call);
    if (call.method !== 'POST') return okAnswer(run(desk, call, id));
    assertJson(call);
    return idempotence.once(call, () => okAnswer(run(desk, call, id)));
  } catch (error) {
    return errorAnswer(error);
  }
};

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const isSame = (given: string, expected: string): boolean => timingSafeEqual(hashOf(given), hashOf(expected));

/** A body is a JSON object; `cancel` and `capture` come without any. */
const assertJson = ({ contentType, text, body }: ApiCallInput): void => {
  const isEmpty = text.trim() === '';
  if (!/^application\/json\b/i.test(contentType) && !(isEmpty && contentType === ''))
    throw new ApiError(415, 'invalid_request', 'Unsupported Media Type');
  if (isEmpty) return;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidRequest('body', 'The body is no JSON object');
};
