import type { Bench } from './bench.ts';
import type { NodeResult } from './cache.ts';
import { type Graph, isSampler, readEdit } from './graph.ts';
import type { Mishap } from './mishap.ts';
import { NodeError } from './nodes.ts';
import { Crashed } from './pace.ts';
import type { Progress } from './progress.ts';

type Run = {
  readonly graph: Graph;
  readonly promptId: string;
  readonly clientId: string | undefined;
  readonly values: ReadonlyMap<string, NodeResult>;
  readonly progress: Progress;
  readonly bench: Bench;
};
export type Sampling = {
  /** Passes the scripted steps at a node, with their frames if it is a sampler; half-way faults strike. */
  steps(nodeId: string): Promise<void>;
  /** For a run that has nothing left to sample. */
  strikeNow(): Promise<void>;
  sample(samplerId: string): Promise<Buffer>;
};

/** Makes the preview of a step, or nothing where none is wanted. */
type Preview = (step: number) => Promise<Buffer | undefined>;

const outOfMemoryTips =
  'This error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might have accidentally set the batch_size to a large number.';

const errorText = (type: string, message: string): string => {
  if (message.endsWith('\n') || message.includes('ran out of memory')) return message;
  return type.includes('OutOfMemory') ? `${message}\n${outOfMemoryTips}` : `${message}\n`;
};

/** The part of `execution_error` that says what was raised. */
export const failureMessage = (error: unknown): Record<string, unknown> => {
  const type = error instanceof NodeError ? error.type : 'RuntimeError';
  const message = error instanceof Error ? error.message : String(error);
  return {
    exception_message: errorText(type, message),
    exception_type: type,
    traceback: ['  File "/opt/comfyui/execution.py", line 545, in execute\n', `    raise ${type}\n`],
  };
};

const strike = async ({ held, fault }: Mishap, { pace }: Bench): Promise<void> => {
  if (held === 'halfWay') await pace.held();
  if (fault?.kind === 'executionError') throw new NodeError(fault.exceptionType, fault.message);
  if (fault?.kind === 'outOfMemory') throw new NodeError('torch.cuda.OutOfMemoryError', 'Allocation on device ');
  if (fault?.kind === 'crash') throw new Crashed(fault.staysDown ?? false);
  if (fault?.kind === 'hang') await pace.stuck(fault.interruptible ?? false);
};

export const sampling = ({ graph, promptId, clientId, values, progress, bench }: Run): Sampling => {
  const { frames, pace, timing, mishap } = bench;
  const edits = new Map<string, Promise<Buffer>>();

  const photosOf = (samplerId: string): Buffer[] => readEdit(graph, samplerId).photos.flatMap(id => values.get(id)?.image ?? []);
  const begin = (samplerId: string): Promise<Buffer> => {
    const { prompt, seed } = readEdit(graph, samplerId);
    const edit = bench.edit(photosOf(samplerId), { prompt, seed, steps: timing.steps });
    edit.catch(() => undefined);
    edits.set(samplerId, edit);
    return edit;
  };
  const showStep = (id: string, value: number, jpeg: Buffer | undefined): void => {
    const node = { display_node_id: id, parent_node_id: null, real_node_id: id };
    const preview = jpeg && { jpeg, metadata: { node_id: id, prompt_id: promptId, ...node } };
    frames.send(clientId, progress.step(id, value, timing.steps));
    if (preview) frames.preview(clientId, preview, 'metadata');
    frames.send(clientId, { type: 'progress', data: { value, max: timing.steps, prompt_id: promptId, node: id } });
    if (preview) frames.preview(clientId, preview, 'legacy');
  };

  const strikeNow = async (): Promise<void> => {
    if (mishap.held === 'atBegin') await pace.held();
    await strike(mishap, bench);
  };
  const previewsOf = async (samplerId: string, edited: Promise<Buffer>): Promise<Preview> => {
    if (!bench.previews) return async () => undefined;
    const { seed } = readEdit(graph, samplerId);
    return bench.develop(edited, { photos: photosOf(samplerId), seed, steps: timing.steps });
  };
  const pass = async (id: string, preview?: Preview): Promise<void> => {
    const { steps, stepMs } = timing;
    for (let step = 1; step <= steps; step += 1) {
      if (step - 1 === Math.floor(steps / 2)) await strike(mishap, bench);
      const [jpeg] = await Promise.all([preview?.(step), stepMs > 0 ? pace.reach(step * stepMs) : pace.pass(0)]);
      pace.check();
      if (preview) showStep(id, step, jpeg);
    }
  };

  return {
    steps: async id => {
      const preview = isSampler(graph[id]!) ? await previewsOf(id, begin(id)) : undefined;
      if (timing.steps === 0) return strikeNow();
      if (mishap.held === 'atBegin') await pace.held();
      await pass(id, preview);
    },
    strikeNow,
    sample: samplerId => edits.get(samplerId) ?? begin(samplerId),
  };
};
