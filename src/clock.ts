import type { Clock } from '../actors/protocol.ts';

/** setTimeout fires at once beyond this; a longer wait is made of several. */
const timeoutMaxMs = 2 ** 31 - 1;

/** The real time. Timers do not keep the process alive by themselves. */
export const systemClock: Clock = {
  now: Date.now,
  after(ms, call) {
    let timer: NodeJS.Timeout;
    const arm = (left: number) => {
      timer = setTimeout(() => (left > timeoutMaxMs ? arm(left - timeoutMaxMs) : call()), Math.min(left, timeoutMaxMs));
      timer.unref();
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};
