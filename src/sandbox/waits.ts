export type Wait<T> = {
  readonly timeoutMs: number;
  /** Calls `settle` once with the thing waited for; returns how to stop listening. */
  readonly listen: (settle: (value: T) => void) => () => void;
  /** The words of the refusal when the time is over. */
  readonly why: () => string;
};

export const WAIT_MS = 60_000;

/** Whoever awaits the promise sees the refusal; a wait that nobody looks at must not end the process. */
export const quiet = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => {});
  return promise;
};

/** Open waits of tests. They end by an event, by their timeout or by `close`, never by looking again and again. */
export class Waits {
  readonly #open = new Set<(reason: string) => void>();

  until<T>(wait: Wait<T>): Promise<T> {
    const { timeoutMs, listen, why } = wait;
    const promise = new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => fail(`${why()} (waited ${timeoutMs} ms)`), timeoutMs);
      const end = () => {
        clearTimeout(timer);
        stop();
        this.#open.delete(fail);
      };
      const fail = (reason: string) => {
        end();
        reject(new Error(reason));
      };
      this.#open.add(fail);
      const stop = listen(value => {
        end();
        resolve(value);
      });
    });
    return quiet(promise);
  }

  close(): void {
    for (const fail of [...this.#open]) fail('the stand-in was closed during a wait');
  }
}
