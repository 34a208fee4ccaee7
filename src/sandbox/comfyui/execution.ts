import type { Bench } from './bench.ts';
import { type NodeResult, signaturesOf } from './cache.ts';
import type { FaultPlan } from './faults.ts';
import { findPhoto } from './files.ts';
import { type Graph, isSampler, nextNode, reachable } from './graph.ts';
import type { HistoryEntry, NodeMeta } from './history.ts';
import type { Mishap } from './mishap.ts';
import { computeNode, type NodeTools } from './nodes.ts';
import { Crashed, Interrupted, Lost } from './pace.ts';
import { createProgress, type Progress } from './progress.ts';
import type { QueueItem } from './queue.ts';
import { failureMessage, type Sampling, sampling } from './sampling.ts';
import { createVoice, type Voice } from './voice.ts';

export type Ending = { readonly outcome: 'success' | 'error' | 'interrupted'; readonly entry: HistoryEntry };

type Run = {
  readonly item: QueueItem;
  readonly bench: Bench;
  readonly voice: Voice;
  readonly progress: Progress;
  readonly ids: readonly string[];
  readonly signatures: ReadonlyMap<string, string>;
  readonly values: Map<string, NodeResult>;
  readonly executed: string[];
  readonly work: Sampling;
  readonly tools: NodeTools;
  /** Where the scripted steps are passed and faults strike: the sampler, or the first output node if there is none to run. */
  readonly workplace: string;
  current: string;
};

export const takeMishap = (faults: FaultPlan): Mishap => {
  const hold = faults.take('hold');
  return {
    held: hold && (hold.halfWay ? 'halfWay' : 'atBegin'),
    fault: faults.take('executionError', 'outOfMemory', 'hang', 'emptySuccess', 'missingFile', 'crash'),
  };
};

const savingOf = ({ fault }: Mishap): NodeTools['saving'] => {
  if (fault?.kind === 'emptySuccess') return 'nothing';
  return fault?.kind === 'missingFile' ? 'withoutFile' : 'whole';
};

export const clientOf = ([, , , { client_id }]: QueueItem): string | undefined =>
  client_id === undefined ? undefined : String(client_id);

const workplaceOf = (
  graph: Graph,
  ids: readonly string[],
  outputs: readonly string[],
  isCached: (id: string) => boolean,
): string => ids.find(id => isSampler(graph[id]!) && !isCached(id)) ?? outputs[0]!;

const prepare = (item: QueueItem, bench: Bench): Run => {
  const [, promptId, graph, extraData, outputs] = item;
  const { frames, cache, files } = bench;
  const clientId = clientOf(item);
  const strictPaths = bench.version !== '0.3.64';
  const ids = reachable(graph, outputs);
  const signatures = signaturesOf(graph, ids, value => findPhoto(files, value, strictPaths));
  const voice = createVoice(promptId, clientId, frames);
  const progress = createProgress(promptId);
  const values = new Map<string, NodeResult>();
  const work = sampling({ graph, promptId, clientId, values, progress, bench });
  const tools = { files, strictPaths, extraData, sample: work.sample, saving: savingOf(bench.mishap) };
  const workplace = workplaceOf(graph, ids, outputs, id => cache.get(signatures.get(id)!) !== undefined);
  return { item, bench, voice, progress, ids, signatures, values, executed: [], work, tools, workplace, current: '' };
};

const cachedResult = ({ bench, signatures }: Run, id: string): NodeResult | undefined => bench.cache.get(signatures.get(id)!);

const runNode = async (run: Run, id: string): Promise<void> => {
  const { bench, voice, progress, values, tools, item } = run;
  run.current = id;
  voice.send(progress.start(id));
  voice.tell('executing', { node: id, display_node: id });
  bench.at(id);
  // In a timed run the steps are all that takes time; in any other each node takes a turn, in which an interrupt may come.
  if (bench.timing.stepMs === 0) await bench.pace.pass(0);
  bench.pace.check();
  if (id === run.workplace) await run.work.steps(id);
  const result = await computeNode(item[2], id, values, tools);
  values.set(id, result);
  if (tools.saving === 'whole') bench.cache.set(run.signatures.get(id)!, result);
  voice.show(id, result.shown);
  run.executed.push(id);
  voice.send(progress.finish(id));
};

/** A cached output node still reports its files, the same as before; other cached nodes say nothing. */
const reuseNode = async (run: Run, id: string, result: NodeResult): Promise<void> => {
  run.values.set(id, result);
  if (!run.item[4].includes(id)) return;
  run.current = id;
  if (id === run.workplace) await run.work.strikeNow();
  run.voice.show(id, run.tools.saving === 'nothing' ? undefined : result.shown);
  run.voice.send(run.progress.finish(id));
};

const walk = async (run: Run, cached: ReadonlySet<string>): Promise<void> => {
  const [, , graph, , outputs] = run.item;
  const waiting = new Set(run.ids);
  const done = new Set<string>();
  const next = () => nextNode(graph, [...waiting], done, outputs);
  for (let id = next(); id !== undefined; id = next()) {
    waiting.delete(id);
    const result = cached.has(id) ? cachedResult(run, id) : undefined;
    await (result ? reuseNode(run, id, result) : runNode(run, id));
    done.add(id);
  }
};

const metaOf = (id: string): NodeMeta => ({ node_id: id, display_node: id, parent_node: null, real_node_id: id });

const entryOf = ({ item, voice: { shown, messages } }: Run, completed: boolean): HistoryEntry => ({
  prompt: item,
  outputs: shown,
  status: { status_str: completed ? 'success' : 'error', completed, messages },
  meta: Object.fromEntries(Object.keys(shown).map(id => [id, metaOf(id)])),
});

const inputsAt = ({ item: [, , graph], ids, current }: Run): Record<string, unknown> => ({
  current_inputs: Object.fromEntries(Object.entries(graph[current]?.inputs ?? {}).map(([name, value]) => [name, [value]])),
  current_outputs: ids,
});

const endBadly = (run: Run, error: unknown): Ending => {
  const { item, current, executed, voice } = run;
  const place = { node_id: current, node_type: item[2][current]?.class_type ?? '', executed };
  if (error instanceof Interrupted) {
    voice.announce('execution_interrupted', place);
    return { outcome: 'interrupted', entry: entryOf(run, false) };
  }
  voice.announce('execution_error', { ...place, ...failureMessage(error), ...inputsAt(run) });
  return { outcome: 'error', entry: entryOf(run, false) };
};

/**
 * Runs one prompt as ComfyUI's executor does and sends the frames in its order.
 * Throws Lost or Crashed when the server goes down meanwhile; every other end is an Ending.
 */
export const runPrompt = async (item: QueueItem, bench: Bench): Promise<Ending> => {
  const run = prepare(item, bench);
  bench.cache.keepOnly(run.signatures.values());
  const cached = run.ids.filter(id => cachedResult(run, id));
  run.voice.announce('execution_start', {});
  run.voice.announce('execution_cached', { nodes: cached });
  try {
    await walk(run, new Set(cached));
  } catch (error) {
    if (error instanceof Lost || error instanceof Crashed) throw error;
    return endBadly(run, error);
  }
  run.voice.announce('execution_success', {});
  return { outcome: 'success', entry: entryOf(run, true) };
};
