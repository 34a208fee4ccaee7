import type { Context, Middleware } from 'koa';
import { type Answer, dropConnection, errorAnswer, okAnswer, writeAnswer } from './answers.ts';
import type { BotCall } from './bot-call.ts';
import type { CallRecord } from './calls.ts';
import { notFound, unauthorized } from './errors.ts';
import { faultAnswer, pause } from './fault-answers.ts';
import type { CallFault } from './faults.ts';
import { runMethod } from './methods/index.ts';
import type { TelegramNetwork } from './network.ts';
import { isObject, typedParams } from './params.ts';
import { readCall } from './request.ts';

export type BotApiOptions = { readonly token: string; readonly network: TelegramNetwork; readonly calls: CallRecord };

type Doing = () => Promise<Answer>;

const PATH = /^\/(file\/)?bot([^/]+)\/(.+)$/;
const NOT_IN_REPLIES = /^(get|setwebhook$|deletewebhook$|close$|logout$)/i;

/** `/bot<token>/<method>` and `/file/bot<token>/<file_path>`; every other path goes on to whoever comes next. */
export const botApi =
  (options: BotApiOptions): Middleware =>
  async (ctx, next) => {
    const [, file, token, rest] = PATH.exec(ctx.path) ?? [];
    if (token === undefined || rest === undefined) return next();
    const answer = await (decoded(token) !== options.token
      ? errorAnswer(unauthorized())
      : file
        ? download(options, rest)
        : call(options, ctx, rest));
    if (answer === 'dropped') dropConnection(ctx);
    else writeAnswer(ctx, answer);
  };

/** Some clients write the colon of the token as %3A. */
const decoded = (token: string): string => token.replace(/%3A/gi, ':');

const call = async ({ network, calls }: BotApiOptions, ctx: Context, method: string): Promise<Answer | 'dropped'> => {
  const input = await readCall(ctx.req, ctx.querystring).catch(errorAnswer);
  if ('status' in input) return input;
  const onGone = (listener: () => void) => void (ctx.res.closed ? listener() : ctx.res.once('close', listener));
  const made = calls.begin(method, input.params, input.uploads);
  return throughFaults(network, calls, made, async () => okAnswer(await runMethod(network, method, { ...input, onGone })));
};

const download = ({ network, calls }: BotApiOptions, path: string): Promise<Answer | 'dropped'> => {
  const made = calls.begin('file', { file_path: path }, []);
  return throughFaults(network, calls, made, async () => {
    const file = network.files.byPath(path);
    if (!file) throw notFound();
    return { status: 200, body: file.bytes, raw: true };
  });
};

/** A method call in the answer of the webhook: as in Telegram, nobody is told how it went. */
export const callInReply = async ({ network, calls }: BotApiOptions, body: string): Promise<void> => {
  const reply = parsedReply(body);
  if (!reply || NOT_IN_REPLIES.test(reply.method)) return;
  const { method, params } = reply;
  const made = calls.begin(method, params, []);
  await throughFaults(network, calls, made, async () =>
    okAnswer(await runMethod(network, method, { params, uploads: [], onGone: () => {} })),
  );
};

const parsedReply = (body: string) => {
  try {
    const reply: unknown = JSON.parse(body);
    if (!isObject(reply) || typeof reply['method'] !== 'string') return undefined;
    const { method, ...rest } = reply;
    return { method: String(method), params: typedParams(Object.entries(rest)) };
  } catch {
    return undefined;
  }
};

const throughFaults = async (
  { faults }: TelegramNetwork,
  calls: CallRecord,
  made: BotCall,
  doing: Doing,
): Promise<Answer | 'dropped'> => {
  const met = faults.meeting(made);
  await faults.held(made);
  await pause(met, 'before');
  const answer = await outcome(met, doing);
  await pause(met, 'after');
  calls.end(made, answer === 'dropped' ? answer : { status: answer.status, body: answer.body });
  return answer;
};

const outcome = async (met: readonly CallFault[], doing: Doing): Promise<Answer | 'dropped'> => {
  const fault = met.find(one => one.kind !== 'slow');
  if (fault?.kind === 'dropBeforeDoing') return 'dropped';
  if (fault?.kind === 'status' && !fault.done) return faultAnswer(fault);
  const answer = await doing().catch(errorAnswer);
  if (fault?.kind === 'dropAfterDoing') return 'dropped';
  return fault?.kind === 'status' ? faultAnswer(fault) : answer;
};
