import type { Graph } from './graph.ts';

/** A queued prompt, as `GET /queue` and the history show it. */
export type QueueItem = readonly [
  number: number,
  promptId: string,
  graph: Graph,
  extraData: Record<string, unknown>,
  outputs: readonly string[],
];

/** ComfyUI's queue: a binary min-heap over (number, id), shown in heap order, one prompt running. */
export type PromptQueue = {
  put(item: QueueItem): void;
  /** The smallest pending prompt becomes the running one. */
  take(): QueueItem | undefined;
  finish(): void;
  running(): QueueItem | undefined;
  pending(): readonly QueueItem[];
  remaining(): number;
  /** Removes the first pending prompt with that id; a running one stays. */
  remove(promptId: string): boolean;
  clear(): void;
};

const before = (a: QueueItem, b: QueueItem): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

/** Moves the item at `at` up to its place below `top`. */
const rise = (heap: QueueItem[], top: number, at: number): void => {
  const item = heap[at]!;
  let place = at;
  while (place > top) {
    const parent = (place - 1) >> 1;
    if (!before(item, heap[parent]!)) break;
    heap[place] = heap[parent]!;
    place = parent;
  }
  heap[place] = item;
};

/** Python's heapq: follow the smaller child down to a leaf, then rise; other heaps leave another order. */
const sink = (heap: QueueItem[], top: number): void => {
  const item = heap[top]!;
  let place = top;
  for (let child = 2 * place + 1; child < heap.length; child = 2 * place + 1) {
    if (child + 1 < heap.length && !before(heap[child]!, heap[child + 1]!)) child += 1;
    heap[place] = heap[child]!;
    place = child;
  }
  heap[place] = item;
  rise(heap, top, place);
};

const popSmallest = (heap: QueueItem[]): QueueItem | undefined => {
  const last = heap.pop();
  const smallest = heap[0];
  if (!last || !smallest) return last;
  heap[0] = last;
  sink(heap, 0);
  return smallest;
};

const heapify = (heap: QueueItem[]): void => {
  for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) sink(heap, at);
};

/** `changed` is called whenever the queue moves on its own or shrinks; not for `put`. */
export const createQueue = (changed: (remaining: number) => void): PromptQueue => {
  const heap: QueueItem[] = [];
  let current: QueueItem | undefined;
  const remaining = () => heap.length + (current ? 1 : 0);
  return {
    put: item => {
      heap.push(item);
      rise(heap, 0, heap.length - 1);
    },
    take: () => {
      current = popSmallest(heap);
      if (current) changed(remaining());
      return current;
    },
    finish: () => {
      current = undefined;
      changed(remaining());
    },
    running: () => current,
    pending: () => [...heap],
    remaining,
    remove: promptId => {
      const at = heap.findIndex(item => item[1] === promptId);
      if (at < 0) return false;
      heap.splice(at, 1);
      heapify(heap);
      changed(remaining());
      return true;
    },
    clear: () => {
      heap.length = 0;
      changed(remaining());
    },
  };
};
