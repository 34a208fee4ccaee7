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

/** How a run knows the time: milliseconds from wherever, and a wait that may come back late or a little early. */
export type Time = { now(): number; wait(ms: number, signal: AbortSignal): Promise<void> };

const realTime: Time = {
  now: () => performance.now(),
  wait: (ms, signal) => timeout(ms, undefined, { signal }),
};

/** How time passes for one run; every wait ends with Lost when the server goes down. */
export type Pace = {
  /** 0 is one turn of the event loop. */
  pass(ms: number): Promise<void>;
  /**
   * Until the run is this old, the time it was held left out; at once when it is. Each step has its deadline from the beginning,
   * as a timer that comes late must not make all later ones later.
   */
  reach(ageMs: number): Promise<void>;
  /** Throws when an interrupt was asked for: called where ComfyUI looks, at step and node boundaries. */
  check(): void;
  /** Waits for `release`, or for an interrupt. */
  held(): Promise<void>;
  /** Waits for nothing, or only for an interrupt. */
  stuck(interruptible: boolean): Promise<never>;
  interrupt(): void;
  release(): void;
};

export const createPace = (life: AbortSignal, { now, wait }: Time = realTime): Pace => {
  let begin = now();
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
  const pass = async (ms: number): Promise<void> => {
    if (life.aborted) lost();
    await (ms > 0 ? wait(Math.ceil(ms), life) : immediate(undefined, { signal: life })).catch(lost);
  };
  return {
    pass,
    reach: async ageMs => {
      for (let left = begin + ageMs - now(); left > 0; left = begin + ageMs - now()) await pass(left);
    },
    check,
    held: async () => {
      const since = now();
      await anyOf(release.signal, interruption.signal);
      begin += now() - since;
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
