import type { Clock } from '../actors/protocol.ts';

type Timer = { at: number; call: () => void; handle: NodeJS.Timeout };

/** `hurry` makes it faster from now on, whatever is waited for already included. */
export type FastClock = Clock & { hurry(speed: number): void };

/** The real time, `speed` times as fast: what waits for seconds in the house waits for milliseconds in a test. */
export function fastClock(speed = 20): FastClock {
  let [since, real, factor] = [Date.now(), Date.now(), speed];
  const timers = new Set<Timer>();
  const now = (): number => since + (Date.now() - real) * factor;
  const arm = (at: number, call: () => void): NodeJS.Timeout => setTimeout(call, Math.max(0, at - now()) / factor).unref();
  return {
    now,
    after(ms, call) {
      const at = now() + ms;
      const once = (): void => void (timers.delete(timer) && call());
      const timer: Timer = { at, call: once, handle: arm(at, once) };
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer.handle);
      };
    },
    hurry(faster) {
      [since, real, factor] = [now(), Date.now(), faster];
      for (const timer of timers) {
        clearTimeout(timer.handle);
        timer.handle = arm(timer.at, timer.call);
      }
    },
  };
}
