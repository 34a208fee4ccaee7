import { WAIT_MS } from '../waits.ts';
import type { Graph } from './graph.ts';
import { createObservers, type Observers } from './observers.ts';

export type Outcome = 'running' | 'success' | 'error' | 'interrupted' | 'lost';

/** One prompt that started; `lost` = the server went down under it. Times are Date.now(). */
export type Execution = {
  readonly promptId: string;
  readonly graph: Graph;
  readonly clientId?: string;
  readonly queuedAt: number;
  readonly startedAt: number;
  endedAt?: number;
  outcome: Outcome;
};
export type Accepted = { readonly promptId: string; readonly at: number };
/** Noted when the answer has gone out; `at` is when the request came in, `path` includes the query. No WebSockets. */
export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly at: number;
  readonly status: number | 'dropped';
};

export type ComfyEvents = { accepted: Accepted; started: Execution; ended: Execution; request: SeenRequest };
export type ComfyEvent = keyof ComfyEvents;

/** What happened to the stand-in since it was made, restarts included. */
export type ComfyRecord = Pick<Observers<ComfyEvents>, 'add' | 'on'> & {
  readonly executions: readonly Execution[];
  readonly accepted: readonly Accepted[];
  readonly requests: readonly SeenRequest[];
  maxOutstanding(): number;
  outstanding(count: number): void;
  /** With `match` the first that does, looking back too; without it the next one. Rejects after `timeoutMs` (30 s). */
  waitFor<E extends ComfyEvent>(event: E, match?: (item: ComfyEvents[E]) => boolean, timeoutMs?: number): Promise<ComfyEvents[E]>;
};

export const createRecord = (): ComfyRecord => {
  const observers = createObservers<ComfyEvents>();
  const past: { readonly [E in ComfyEvent]: ComfyEvents[E][] } = { accepted: [], started: [], ended: [], request: [] };
  let most = 0;
  return {
    executions: past.started,
    accepted: past.accepted,
    requests: past.request,
    maxOutstanding: () => most,
    outstanding: count => {
      most = Math.max(most, count);
    },
    on: observers.on,
    add: (event, item) => {
      past[event].push(item);
      observers.add(event, item);
    },
    waitFor: async (event, match, timeoutMs = WAIT_MS) =>
      (match && past[event].find(match)) ?? observers.next(event, match ?? (() => true), timeoutMs),
  };
};
