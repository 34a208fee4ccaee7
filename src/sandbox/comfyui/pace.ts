import { setImmediate as immediate, setTimeout as timeout } from 'node:timers/promises';

/** The server went down under the run. */
export class Lost extends Error {}
/** `POST /interrupt` reached the run. */
export class Interrupted extends Error {}
/** The `crash` fault: the whole server falls. */
export class Crashed extends Error {
  readonly staysDown: boolean;

  constructor(staysDown: boolean) {
    super('crashed');
    this.staysDown = staysDown;
  }
}

/** How time passes for one run; every wait ends with Lost when the server goes down. */
export type Pace = {
  /** A step's time; 0 is one turn of the event loop. */
  pass(ms: number): Promise<void>;
  /** Throws when an interrupt was asked for: called where ComfyUI looks, at step and node boundaries. */
  check(): void;
  /** Waits for `release`, or for an interrupt. */
  held(): Promise<void>;
  /** Waits for nothing, or only for an interrupt. */
  stuck(interruptible: boolean): Promise<never>;
  interrupt(): void;
  release(): void;
};

export const createPace = (life: AbortSignal): Pace => {
  const interruption = new AbortController();
  const release = new AbortController();
  const lost = (): never => {
    throw new Lost();
  };
  const anyOf = (...signals: AbortSignal[]): Promise<void> => {
    const any = AbortSignal.any([life, ...signals]);
    return new Promise(resolve => {
      if (any.aborted) resolve();
      else any.addEventListener('abort', () => resolve(), { once: true });
    });
  };
  const check = (): void => {
    if (life.aborted) lost();
    if (interruption.signal.aborted) throw new Interrupted();
  };
  return {
    pass: async ms => {
      if (life.aborted) lost();
      await (ms > 0 ? timeout(ms, undefined, { signal: life }) : immediate(undefined, { signal: life })).catch(lost);
    },
    check,
    held: async () => {
      await anyOf(release.signal, interruption.signal);
      check();
    },
    stuck: async interruptible => {
      await anyOf(...(interruptible ? [interruption.signal] : []));
      check();
      return lost();
    },
    interrupt: () => interruption.abort(),
    release: () => release.abort(),
  };
};
