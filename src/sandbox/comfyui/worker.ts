import type { Bench, Timing } from './bench.ts';
import type { NodeCache } from './cache.ts';
import { clientOf, type Ending, runPrompt, takeMishap } from './execution.ts';
import type { Frames } from './frames.ts';
import { isSampler } from './graph.ts';
import type { Ground } from './ground.ts';
import type { PromptHistory } from './history.ts';
import type { Mishap } from './mishap.ts';
import { Crashed, createPace, Lost, type Pace } from './pace.ts';
import type { PromptQueue, QueueItem } from './queue.ts';
import type { Execution, Outcome } from './record.ts';

/** What the worker shares with the rest of one lifetime of the server; `over` ends it. */
export type Workshop = {
  readonly queue: PromptQueue;
  readonly history: PromptHistory;
  readonly frames: Frames;
  readonly cache: NodeCache;
  readonly over: AbortSignal;
};

/** Works the queue off, strictly one prompt at a time. */
export type Worker = {
  accept(item: QueueItem): void;
  workOff(): Promise<void>;
  /** Only the running prompt can be interrupted; with an id only that one. */
  interrupt(promptId?: string): void;
  /** Drops the node cache, after the running prompt. */
  free(): void;
  /** Ends the wait of a held run. */
  release(): void;
  /** The node that runs now, if it runs for that client. */
  nodeOf(clientId: string): string | undefined;
  lose(): void;
};
type Running = {
  readonly item: QueueItem;
  readonly execution: Execution;
  readonly pace: Pace;
  readonly mishap: Mishap;
  nodeId?: string;
};

const timingOf = ({ steps, stepMs, plan, record }: Ground, [, promptId, graph]: QueueItem): Timing => {
  if (plan) return plan({ promptId, graph, n: record.executions.length });
  const { steps: asked } = Object.values(graph).find(isSampler)?.inputs ?? {};
  return { steps: steps ?? Number(asked ?? 1), stepMs };
};

/** 0.33.0 also lets a prompt ask for previews. */
const wantsPreviews = ({ previews, version }: Ground, [, , , { preview_method }]: QueueItem): boolean =>
  previews || (version !== '0.3.64' && ['auto', 'latent2rgb', 'taesd'].some(method => method === preview_method));

const executionOf = (item: QueueItem, queuedAt: number): Execution => {
  const [, promptId, graph] = item;
  const clientId = clientOf(item);
  const whose = clientId === undefined ? {} : { clientId };
  return { promptId, graph, ...whose, queuedAt, startedAt: Date.now(), outcome: 'running' };
};

const benchFor = (running: Running, ground: Ground, { frames, cache }: Workshop): Bench => ({
  ...ground,
  frames,
  cache,
  pace: running.pace,
  previews: wantsPreviews(ground, running.item),
  timing: timingOf(ground, running.item),
  mishap: running.mishap,
  at: nodeId => {
    running.nodeId = nodeId;
  },
});

/** A run that is to hang heeds no interrupt from its start, so that it does hang. */
const isDeaf = ({ fault }: Mishap): boolean => fault?.kind === 'hang' && !fault.interruptible;

/** The history appears a moment after execution_success, and always before the null frame. */
const settle = async (running: Running, ending: Ending, settleMs: number, { queue, history, frames }: Workshop) => {
  const { promptId, clientId } = running.execution;
  await running.pace.pass(settleMs);
  history.write(promptId, ending.entry);
  queue.finish();
  if (clientId !== undefined) frames.send(clientId, { type: 'executing', data: { node: null, prompt_id: promptId } });
};

export const createWorker = (ground: Ground, shop: Workshop): Worker => {
  const { faults, record, settleMs } = ground;
  const { queue, frames, cache, over } = shop;
  const queuedAt = new WeakMap<QueueItem, number>();
  let running: Running | undefined;
  let working = false;
  let freeing = false;

  const finish = ({ execution }: Running, outcome: Outcome): void => {
    execution.outcome = outcome;
    execution.endedAt = Date.now();
    running = undefined;
    record.add('ended', execution);
  };
  const run = async (item: QueueItem): Promise<void> => {
    const execution = executionOf(item, queuedAt.get(item)!);
    const now: Running = { item, execution, pace: createPace(over), mishap: takeMishap(faults) };
    running = now;
    record.add('started', execution);
    frames.silence(faults.take('silentWebSocket') !== undefined);
    const ending = await runPrompt(item, benchFor(now, ground, shop));
    await settle(now, ending, settleMs, shop);
    frames.silence(false);
    if (freeing) cache.clear();
    freeing = false;
    finish(now, ending.outcome);
  };
  const workOff = async (): Promise<void> => {
    if (working || over.aborted) return;
    working = true;
    try {
      for (let item = queue.take(); item; item = queue.take()) await run(item);
    } catch (error) {
      if (error instanceof Crashed) ground.crash(error.staysDown);
      else if (!(error instanceof Lost)) throw error;
    }
    working = false;
  };

  return {
    workOff,
    accept: item => {
      const at = Date.now();
      queuedAt.set(item, at);
      queue.put(item);
      record.outstanding(queue.remaining());
      record.add('accepted', { promptId: item[1], at });
    },
    interrupt: promptId => {
      if (!running || isDeaf(running.mishap)) return;
      if (promptId === undefined || promptId === running.execution.promptId) running.pace.interrupt();
    },
    free: () => {
      if (running) freeing = true;
      else cache.clear();
    },
    release: () => running?.pace.release(),
    nodeOf: clientId => (running?.execution.clientId === clientId ? running.nodeId : undefined),
    lose: () => running && finish(running, 'lost'),
  };
};
