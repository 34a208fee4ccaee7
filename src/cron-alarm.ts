import { schedule } from 'node-cron';
import type { Alarm } from '../actors/protocol.ts';
import type { BonusTime } from './domain/bonus.ts';

/**
 * Rings when the bonus is due, by node-cron: each hour at its minute, for whoever is woken asks the clock. At its hour alone it
 * would stay silent for a week where clocks skip that hour, as node-cron skips it too, or where the machine slept through it.
 */
export const cronAlarm =
  (time: BonusTime | null): Alarm =>
  ring => {
    if (!time) return () => {};
    const { minute, timeZone } = time;
    const task = schedule(`${minute} * * * *`, ring, { timezone: timeZone, name: 'weekly bonus' });
    task.on('execution:missed', ring);
    return () => void task.destroy();
  };
