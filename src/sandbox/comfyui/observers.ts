type Listener<T> = (item: T) => void;

/** Who listens to what: the events of `Events`, each with its own kind of item. */
export type Observers<Events> = {
  add<E extends keyof Events>(event: E, item: Events[E]): void;
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void;
  next<E extends keyof Events>(event: E, match: (item: Events[E]) => boolean, timeoutMs: number): Promise<Events[E]>;
};

export const createObservers = <Events>(): Observers<Events> => {
  const listeners: { [E in keyof Events]?: Set<Listener<Events[E]>> } = {};
  const on: Observers<Events>['on'] = (event, listener) => {
    listeners[event] ??= new Set();
    listeners[event].add(listener);
    return () => listeners[event]?.delete(listener);
  };
  return {
    on,
    add: (event, item) => {
      for (const listener of [...(listeners[event] ?? [])]) listener(item);
    },
    next: (event, match, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`ComfyUI stand-in: no "${String(event)}" that matches within ${timeoutMs} ms`));
        }, timeoutMs);
        const stop = on(event, item => {
          if (!match(item)) return;
          clearTimeout(timer);
          stop();
          resolve(item);
        });
      }),
  };
};
