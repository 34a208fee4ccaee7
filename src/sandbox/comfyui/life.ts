import { createCache } from './cache.ts';
import { createFrames, type Frame, type Frames } from './frames.ts';
import type { Ground } from './ground.ts';
import { createHistory, type PromptHistory } from './history.ts';
import type { Version } from './object-info.ts';
import { createQueue, type PromptQueue, type QueueItem } from './queue.ts';
import { createWorker, type Worker } from './worker.ts';

/** One process lifetime of the server: all of it is lost with a restart. */
export type Life = Pick<Worker, 'interrupt' | 'free' | 'release'> & {
  readonly queue: PromptQueue;
  readonly history: PromptHistory;
  readonly frames: Frames;
  /** The next `number`; also spent on prompts that are rejected. */
  nextNumber(): number;
  accept(item: QueueItem): void;
  end(): void;
};

export const featuresOf = (version: Version): Record<string, unknown> => ({
  supports_preview_metadata: true,
  ...(version !== '0.3.64' && { supports_model_type_tags: true }),
  max_upload_size: 104_857_600,
  ...(version !== '0.3.64' && { extension: { manager: { supports_v4: true } }, node_replacements: true, assets: false }),
});

const status = (remaining: number, more: Record<string, unknown> = {}): Frame => ({
  type: 'status',
  data: { status: { exec_info: { queue_remaining: remaining } }, ...more },
});

export const beginLife = (ground: Ground): Life => {
  const over = new AbortController();
  const history = createHistory();
  const queue = createQueue(remaining => frames.send(undefined, status(remaining)));
  /** A client that comes back hears which node runs, and nothing of what it missed. */
  const greeting = (clientId: string): Frame[] => {
    const node = worker.nodeOf(clientId);
    const hello = status(queue.remaining(), { sid: clientId });
    return node === undefined ? [hello] : [hello, { type: 'executing', data: { node } }];
  };
  const frames = createFrames(greeting, featuresOf(ground.version));
  const worker = createWorker(ground, { queue, history, frames, cache: createCache(), over: over.signal });
  let number = 0;

  return {
    ...worker,
    queue,
    history,
    frames,
    nextNumber: () => number++,
    accept: item => {
      worker.accept(item);
      // After the answer to its POST, as on the wire.
      const frame = status(queue.remaining());
      setImmediate(() => {
        frames.send(undefined, frame);
        void worker.workOff();
      });
    },
    end: () => {
      over.abort();
      worker.lose();
      frames.closeAll();
    },
  };
};
