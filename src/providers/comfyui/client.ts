import { z } from 'zod';
import { type Lack, lacking, objectInfo } from './combos.ts';
import { comfyError } from './errors.ts';
import type { ComfyEvent } from './frames.ts';
import type { Graph } from './graph.ts';
import { acceptance, describeNodeErrors, describeRejection, rejection } from './rejection.ts';
import { accepted, createRequests, genuine, type Requests, shaped } from './requests.ts';
import { historyEntry, type ResultImage, type Settlement, settlementOf } from './settlement.ts';
import { type Connection, openSocket } from './socket.ts';

export type { Lack } from './combos.ts';
export type { ComfyEvent } from './frames.ts';
export type { Graph } from './graph.ts';
export type { ResultImage, Settlement } from './settlement.ts';

/**
 * Where a prompt is. `absent`: the server does not know it: never came, was removed while pending, or the server was restarted.
 */
export type Whereabouts = { at: 'running' } | { at: 'pending' } | { at: 'settled'; settlement: Settlement } | { at: 'absent' };

/**
 * One ComfyUI server. Every function makes its requests once, never again, and rejects with a ProviderError:
 * `rejected` (our graph or file is at fault), `failed` (what was asked for is not there), `unavailable`, `timedOut`.
 */
export type ComfyUI = {
  /** The base URL it was made for, as given. */
  readonly server: string;
  /**
   * A connection under a fresh client id; `closed` is its last event, exactly once, also after `close()`. That also breaks off
   * what is being submitted under its id.
   */
  connect(onEvent: (event: ComfyEvent) => void): Promise<Connection>;
  /**
   * Stores a picture among the inputs and returns the name for LoadImage: ComfyUI renames when the name is taken by other bytes.
   */
  upload(name: string, bytes: Buffer): Promise<string>;
  /**
   * Queues a prompt. `promptId`: a lowercase UUID, never used before. `rejected`: it will bring nothing; a graph of which
   * only a part is valid, which ComfyUI would run with 200, is removed again. After `unavailable` or `timedOut` that
   * `mayHaveArrived`, locate it: even a 500 can leave it in the queue.
   */
  submit(request: { promptId: string; clientId: string; graph: Graph }): Promise<void>;
  /**
   * Asks the queue and the history, and the history once more where neither has it: a prompt that ends in between is not seen as
   * absent.
   */
  locate(promptId: string): Promise<Whereabouts>;
  /** Takes a prompt from the queue or interrupts it, nobody else's. Both are silent when it is neither: verify with `locate`. */
  remove(promptId: string): Promise<void>;
  /** Running and pending prompts, anyone's. */
  outstanding(): Promise<number>;
  /** The bytes of a result, with ComfyUI's metadata (the graph!) still in it. `failed` when the file is gone. */
  view(image: ResultImage): Promise<Buffer>;
  /** Unloads the models and drops the cache, after the running prompt. */
  free(): Promise<void>;
  /** Resolves when the server answers within 5 s. */
  ask(): Promise<void>;
  /** What the graph needs and the server lacks: nodes, model files, other listed values; empty if nothing. */
  missing(graph: Graph): Promise<Lack[]>;
};

const askTimeoutMs = 5_000;

/** `server`: base URL, may have a path; throws TypeError when it is not a URL. `requestTimeoutMs`: of each request, 30 s. */
export const createComfyUI = ({ server, requestTimeoutMs = 30_000 }: { server: string; requestTimeoutMs?: number }): ComfyUI => {
  const requests = createRequests(server, requestTimeoutMs);
  const open = new Map<string, AbortController>();
  return {
    server,
    connect: async onEvent => {
      const { clientId, close } = await openSocket({ server, timeoutMs: requestTimeoutMs }, onEvent);
      open.set(clientId, new AbortController());
      return { clientId, close: () => hangUp(open, clientId, close) };
    },
    upload: (name, bytes) => upload(requests, name, bytes),
    submit: request => submit(requests, request, open.get(request.clientId)?.signal),
    locate: promptId => locate(requests, promptId),
    remove: promptId => remove(requests, promptId),
    outstanding: async () => {
      const { queue_running, queue_pending } = await readQueue(requests);
      return queue_running.length + queue_pending.length;
    },
    view: image => view(requests, image),
    free: async () => {
      accepted(await requests.post('/free', { unload_models: true, free_memory: true }));
    },
    ask: async () => {
      shaped(systemStats, accepted(await requests.get('/system_stats', {}, Math.min(askTimeoutMs, requestTimeoutMs))));
    },
    missing: graph => missing(requests, graph),
  };
};

const systemStats = z.object({ system: z.object({ comfyui_version: z.string().optional() }) });
const uploaded = z.object({ name: z.string().min(1), subfolder: z.string() });
const queueItem = z.tuple([z.number(), z.string()]).rest(z.unknown());
const queue = z.object({ queue_running: z.array(queueItem), queue_pending: z.array(queueItem) });

const upload = async (requests: Requests, name: string, bytes: Buffer): Promise<string> => {
  const slash = name.lastIndexOf('/'); // a slash in the file name is a 500: folders go into their own field
  const subfolder = name.slice(0, Math.max(slash, 0));
  const answer = genuine(await requests.postFile('/upload/image', { name: name.slice(slash + 1), subfolder, bytes }));
  if (answer.status === 400 || answer.status === 413) throw comfyError('rejected', `${answer.what} answered ${answer.status}`);
  const file = shaped(uploaded, accepted(answer));
  return file.subfolder ? `${file.subfolder}/${file.name}` : file.name;
};

type Submission = { promptId: string; clientId: string; graph: Graph };

/**
 * Whoever hangs up hears no answer to a submission any more, will find the prompt absent while it is on its way, and submit anew:
 * so it must not come in late. What remains is a prompt that something in between has taken whole and delivers although we have
 * gone, after it was looked for twice: then there are two of ours, each with its own id, and nobody waits for the first.
 */
const hangUp = (open: Map<string, AbortController>, clientId: string, close: () => void): void => {
  close();
  open.get(clientId)?.abort();
  open.delete(clientId);
};

const submit = async (requests: Requests, { promptId, clientId, graph }: Submission, signal?: AbortSignal): Promise<void> => {
  const answer = await requests.post('/prompt', { prompt: graph, prompt_id: promptId, client_id: clientId }, signal);
  if (answer.status === 400) {
    const why = describeRejection(shaped(rejection, genuine(answer)));
    throw comfyError('rejected', `${answer.what}: ${why}`, { mayHaveArrived: false });
  }
  const { prompt_id, node_errors } = shaped(acceptance, accepted(answer));
  if (Object.keys(node_errors).length > 0) {
    await removeQuietly(requests, prompt_id);
    throw comfyError('rejected', `${answer.what} accepted only a part: ${describeNodeErrors(node_errors).join(', ')}`, {
      mayHaveArrived: true,
    });
  }
  if (prompt_id !== promptId) {
    await removeQuietly(requests, prompt_id);
    throw comfyError('unavailable', `${answer.what} does not take the ids of its clients`);
  }
};

/** The prompt is lost either way; that the rest of it could not be removed changes nothing for the caller. */
const removeQuietly = (requests: Requests, promptId: string): Promise<void> => remove(requests, promptId).catch(() => undefined);

const remove = async (requests: Requests, promptId: string): Promise<void> => {
  try {
    accepted(await requests.post('/queue', { delete: [promptId] }));
  } finally {
    // Also when the first was lost: the prompt may be running. Always by its id, for without one it would stop whatever runs.
    accepted(await requests.post('/interrupt', { prompt_id: promptId }));
  }
};

const readQueue = async (requests: Requests): Promise<z.infer<typeof queue>> =>
  shaped(queue, accepted(await requests.get('/queue')));

/**
 * Both at once, for a GPU may stand idle meanwhile. What has left the queue without being in the history ended between the two
 * answers, or is gone.
 */
const locate = async (requests: Requests, promptId: string): Promise<Whereabouts> => {
  const [{ queue_running, queue_pending }, settlement] = await Promise.all([
    readQueue(requests),
    readSettlement(requests, promptId),
  ]);
  if (settlement) return { at: 'settled', settlement };
  if (queue_running.some(([, id]) => id === promptId)) return { at: 'running' };
  if (queue_pending.some(([, id]) => id === promptId)) return { at: 'pending' };
  const late = await readSettlement(requests, promptId);
  return late ? { at: 'settled', settlement: late } : { at: 'absent' };
};

const readSettlement = async (requests: Requests, promptId: string): Promise<Settlement | undefined> => {
  const answer = accepted(await requests.get(`/history/${encodeURIComponent(promptId)}`));
  const entry = shaped(z.record(z.string(), historyEntry), answer)[promptId];
  return entry && settlementOf(entry);
};

const view = async (requests: Requests, { filename, subfolder, type }: ResultImage): Promise<Buffer> => {
  const answer = genuine(await requests.get('/view', { filename, subfolder, type }));
  if (answer.status === 404) throw comfyError('failed', `${answer.what}: the file is gone`);
  const { body, contentType, what } = accepted(answer);
  if (!contentType.startsWith('image/')) throw comfyError('unavailable', `${what} answered something that is not a picture`);
  if (body.length === 0) throw comfyError('failed', `${what}: the file is empty`);
  return body;
};

/** Class by class: the whole of `/object_info` is megabytes and takes the server a second. */
const missing = async (requests: Requests, graph: Graph): Promise<Lack[]> => {
  const classes = [...new Set(Object.values(graph).map(node => node.class_type))];
  const infos = await Promise.all(
    classes.map(async name => shaped(objectInfo, accepted(await requests.get(`/object_info/${encodeURIComponent(name)}`)))),
  );
  return lacking(graph, Object.assign({}, ...infos));
};
