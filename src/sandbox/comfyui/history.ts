import type { ImageRef } from './graph.ts';
import type { QueueItem } from './queue.ts';

export type StatusMessage = readonly [event: string, data: Record<string, unknown> & { timestamp: number }];
export type NodeOutput = { readonly images: readonly ImageRef[] };
export type NodeMeta = { node_id: string; display_node: string; parent_node: null; real_node_id: string };

/** What `GET /history/{id}` says of an ended prompt; an interrupted one is an "error" like a failed one. */
export type HistoryEntry = {
  readonly prompt: QueueItem;
  readonly outputs: Readonly<Record<string, NodeOutput>>;
  readonly status: {
    readonly status_str: 'success' | 'error';
    readonly completed: boolean;
    readonly messages: readonly StatusMessage[];
  };
  readonly meta: Readonly<Record<string, NodeMeta>>;
};

/** Ended prompts, oldest first, in memory only. */
export type PromptHistory = {
  write(promptId: string, entry: HistoryEntry): void;
  get(promptId: string): HistoryEntry | undefined;
  /** Without `offset` the newest `max`; with it, `max` entries from there. */
  page(max?: number, offset?: number): Record<string, HistoryEntry>;
  remove(promptId: string): void;
  clear(): void;
};

const maxEntries = 10_000;

export const createHistory = (): PromptHistory => {
  const entries = new Map<string, HistoryEntry>();
  return {
    write: (promptId, entry) => {
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
      entries.set(promptId, entry);
    },
    get: promptId => entries.get(promptId),
    page: (max, offset = -1) => {
      const all = [...entries];
      const start = offset < 0 && max !== undefined ? Math.max(0, all.length - max) : Math.max(0, offset);
      return Object.fromEntries(all.slice(start, max === undefined ? undefined : start + max));
    },
    remove: promptId => entries.delete(promptId),
    clear: () => entries.clear(),
  };
};
