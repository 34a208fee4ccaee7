import { growingMs } from '../src/domain/growing-pause.ts';
import type { Directive, Ref } from './nact.ts';
import type { Clock, Observe } from './protocol.ts';

export type Backoff = { minMs: number; maxMs: number; windowMs: number; restartsMax: number };

/**
 * How long to wait before restart number `failures`, or undefined to give up. `random` is 0 … 1 and spreads the waits by a tenth.
 */
export function backoffMs(failures: number, { minMs, maxMs, restartsMax }: Backoff, random: number): number | undefined {
  if (failures > restartsMax) return undefined;
  return Math.round(growingMs(failures, { minMs, maxMs }) * (0.9 + 0.2 * random));
}

/**
 * Restarts the failing actor after a growing pause; its mailbox is kept, so that callers simply wait longer. Past the bound:
 * `giveUp`. `beforeRestart` is called after each pause, just before the reset; what it tells the actor is the first message of
 * the new life unless others were waiting.
 */
export function restartWithBackoff<Msg>(options: {
  policy: Backoff;
  clock: Clock;
  giveUp: Directive;
  /** Told of each crash, and whether it was one too many. */
  onError: (error: Error, givenUp: boolean) => void;
  beforeRestart?: (self: Ref<Msg>) => void;
  random?: () => number;
}): (error: Error, self: Ref<Msg>) => Promise<Directive> {
  const { policy, clock, giveUp, onError, beforeRestart, random = Math.random } = options;
  let failures: number[] = [];
  return async (error, self) => {
    failures = [...failures.filter(at => clock.now() - at < policy.windowMs), clock.now()];
    const ms = backoffMs(failures.length, policy, random());
    onError(error, ms === undefined);
    if (ms === undefined) return giveUp;
    await new Promise<void>(resolve => void clock.after(ms, resolve));
    beforeRestart?.(self);
    return 'reset';
  };
}

/** For an actor that the house cannot do without. `beforeRestart`: as in `restartWithBackoff`. */
export const essential = <Msg>(
  { clock, observe }: { clock: Clock; observe: Observe },
  actor: keyof typeof restartPolicies,
  beforeRestart?: (self: Ref<Msg>) => void,
): ((error: Error, self: Ref<Msg>) => Promise<Directive>) =>
  restartWithBackoff<Msg>({
    ...{ policy: restartPolicies[actor], clock, giveUp: 'escalate', onError: noteCrash(observe, actor) },
    ...(beforeRestart && { beforeRestart }),
  });

/** One crash too many is `fatal`, and whoever observes that ends the process. */
export const noteCrash =
  (observe: Observe, actor: string) =>
  (error: Error, givenUp: boolean): void =>
    observe({ step: givenUp ? 'fatal' : `crash:${actor}`, error });

/**
 * Who is restarted how. An actor that is past its bound and holds nothing but what rows hold ends the process: pm2 starts it
 * again, and the rows are driven on.
 */
export const restartPolicies = {
  /** Journal re-read; then stopped: `users` spawns it again for the next message. */
  user: { minMs: 100, maxMs: 5_000, windowMs: 60_000, restartsMax: 5 },
  users: { minMs: 100, maxMs: 5_000, windowMs: 60_000, restartsMax: 5 },
  ledger: { minMs: 50, maxMs: 5_000, windowMs: 60_000, restartsMax: 10 },
  payments: { minMs: 200, maxMs: 10_000, windowMs: 60_000, restartsMax: 5 },
  jobs: { minMs: 200, maxMs: 10_000, windowMs: 60_000, restartsMax: 5 },
  outbox: { minMs: 200, maxMs: 10_000, windowMs: 60_000, restartsMax: 5 },
  wakeups: { minMs: 200, maxMs: 10_000, windowMs: 60_000, restartsMax: 5 },
  desk: { minMs: 200, maxMs: 10_000, windowMs: 60_000, restartsMax: 5 },
  bonus: { minMs: 200, maxMs: 10_000, windowMs: 60_000, restartsMax: 5 },
  /** Answers first, then throws; past the bound the gpu stops it and opens a fresh one later. */
  session: { minMs: 500, maxMs: 15_000, windowMs: 120_000, restartsMax: 6 },
} as const satisfies Record<string, Backoff>;
