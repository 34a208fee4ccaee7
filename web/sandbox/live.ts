import { emptyState, type Happening, reduce, type State } from './store.ts';

export type Store = {
  get(): State;
  dispatch(happening: Happening): void;
  /** Calls `listener` after each round of changes, not after each change. Returns what ends it. */
  subscribe(listener: (state: State) => void): () => void;
};

/** So long Telegram shows what a bot is doing. */
const actionMs = 5_000;

/** The state of the page and who watches it. */
export function createStore(): Store {
  let state = emptyState;
  let isQueued = false;
  const listeners = new Set<(state: State) => void>();
  const tell = () => {
    isQueued = false;
    for (const listener of [...listeners]) listener(state);
  };
  const dispatch = (happening: Happening): void => {
    const next = reduce(state, happening);
    if (next === state) return;
    state = next;
    if (happening.is === 'action') endLater(happening.data.personId);
    if (isQueued) return;
    isQueued = true;
    queueMicrotask(tell);
  };
  const endLater = (personId: number) => {
    const { turn } = state.actions[personId]!;
    setTimeout(() => dispatch({ is: 'actionOver', personId, turn }), actionMs);
  };
  return {
    get: () => state,
    dispatch,
    subscribe: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Something on the page that follows the state. */
export type View = { element: HTMLElement; update(state: State): void };
