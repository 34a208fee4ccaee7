import type { Clock } from '../actors/protocol.ts';

/** The real time, `speed` times as fast: what waits for seconds in the house waits for milliseconds in a test. */
export function fastClock(speed = 20): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * speed,
    after(ms, call) {
      const timer = setTimeout(call, ms / speed);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
