import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from 'koa';
import { type ApiError, apiError } from './api-error.ts';
import { bare, drop, readObject, serverError } from './body.ts';
import { type PromptFault, promptFaultKinds } from './faults.ts';
import { findPhoto, uploadedNames } from './files.ts';
import { isObject } from './graph.ts';
import type { House } from './house.ts';
import { objectInfo } from './object-info.ts';
import type { QueueItem } from './queue.ts';
import { type NodeErrors, type Verdict, validatePrompt } from './validation.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const refuse = (ctx: Context, error: ApiError, nodeErrors: NodeErrors = {}): void => {
  ctx.status = 400;
  ctx.body = { error, node_errors: nodeErrors };
};

const wrongId = apiError(
  'invalid_prompt_id',
  'prompt_id must be a valid UUID',
  'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one',
);

const noPrompt = apiError('no_prompt', 'No prompt provided', 'No prompt provided');

/** 0.3.64 makes a string of anything, 0.33.0 takes canonical UUIDs only; undefined = refused. */
const promptIdOf = (body: Record<string, unknown>, { version }: House): string | undefined => {
  const { prompt_id: given } = body;
  if (version === '0.3.64') return 'prompt_id' in body ? String(given ?? 'None') : randomUUID();
  if (given === undefined || given === null) return randomUUID();
  return typeof given === 'string' && uuid.test(given) ? given : undefined;
};

const numberOf = ({ number, front }: Record<string, unknown>, { life }: House): number => {
  if (number !== undefined) return Number(number);
  const next = life().nextNumber();
  return front ? -next || 0 : next;
};

const extraDataOf = ({ extra_data, client_id }: Record<string, unknown>, { version }: House): Record<string, unknown> => ({
  ...(isObject(extra_data) && extra_data),
  ...(client_id !== undefined && { client_id }),
  ...(version !== '0.3.64' && { create_time: Date.now() }),
});

const judge = ({ prompt, partial_execution_targets: targets }: Record<string, unknown>, house: House): Verdict => {
  const { files, version } = house;
  const photoExists = (value: string) => findPhoto(files, value, version !== '0.3.64') !== undefined;
  const context = { info: objectInfo(version, uploadedNames(files)), version, photoExists };
  return validatePrompt(prompt, context, Array.isArray(targets) ? targets.map(String) : undefined);
};

/** Two pending prompts alike in number and id make Python compare dicts: it answers 500, yet the prompt is queued. */
const comparesDicts = (item: QueueItem, { life }: House): boolean =>
  life()
    .queue.pending()
    .some(other => other !== item && other[0] === item[0] && other[1] === item[1]);

const firstNodeRefused = ({ prompt }: Record<string, unknown>): NodeErrors => {
  const [id, node] = Object.entries(isObject(prompt) ? prompt : {})[0] ?? ['1', {}];
  const { class_type } = isObject(node) ? node : {};
  const error = apiError('value_not_in_list', 'Value not in list', "name: 'absent' not in []", { input_name: 'name' });
  return { [id]: { errors: [error], dependent_outputs: [id], class_type: String(class_type) } };
};

const accept = async (ctx: Context, house: House, body: Record<string, unknown>, fault?: PromptFault): Promise<void> => {
  const number = numberOf(body, house);
  const { prompt, extra_data: extraData, client_id: clientId } = body;
  if (prompt === undefined) return refuse(ctx, noPrompt);
  const promptId = promptIdOf(body, house);
  if (promptId === undefined) return refuse(ctx, wrongId);
  const verdict = judge(body, house);
  if (verdict.ok === 'trips' || (extraData === null && clientId !== undefined)) return serverError(ctx);
  if (!verdict.ok) return refuse(ctx, verdict.error, verdict.nodeErrors);
  const item: QueueItem = [number, promptId, verdict.graph, extraDataOf(body, house), verdict.outputs];
  house.life().accept(item);
  if (fault?.kind === 'dropAfterAccept') return drop(ctx);
  if (comparesDicts(item, house)) return serverError(ctx);
  if (fault?.kind === 'slow') await pause(fault.ms, undefined, { ref: false });
  const nodeErrors = fault?.kind === 'partlyRejected' ? firstNodeRefused(body) : verdict.nodeErrors;
  ctx.body = { prompt_id: promptId, number, node_errors: nodeErrors };
};

const failedValidation = apiError('prompt_outputs_failed_validation', 'Prompt outputs failed validation', '');

/** POST /prompt */
export const postPrompt =
  (house: House) =>
  async (ctx: Context): Promise<void> => {
    const body = await readObject(ctx);
    const fault = house.faults.take(...promptFaultKinds);
    switch (fault?.kind) {
      case 'dropBeforeAccept':
        return drop(ctx);
      case 'error500':
        return serverError(ctx);
      case 'html':
        ctx.type = 'text/html';
        ctx.body = '<!doctype html><title>Welcome</title><p>This is not ComfyUI.</p>';
        return;
      case 'rejectPrompt':
        return refuse(ctx, failedValidation, firstNodeRefused(body));
      case 'slowBeforeAccept':
        await pause(fault.ms, undefined, { ref: false });
        return ctx.req.socket.destroyed ? undefined : accept(ctx, house, body);
      default:
        return accept(ctx, house, body, fault);
    }
  };

/** GET /prompt */
export const getRemaining =
  ({ life }: House) =>
  (ctx: Context): void => {
    ctx.body = { exec_info: { queue_remaining: life().queue.remaining() } };
  };

/** POST /interrupt: 200 whatever it is about, the body optional. */
export const postInterrupt =
  ({ life }: House) =>
  async (ctx: Context): Promise<void> => {
    const { prompt_id: promptId }: Record<string, unknown> = await readObject(ctx).catch(() => ({}));
    life().interrupt(promptId === undefined || promptId === null || promptId === '' ? undefined : String(promptId));
    bare(ctx, 200);
  };
