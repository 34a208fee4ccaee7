import type { Update } from 'telegraf/types';
import type { Clock, Observe } from '../../actors/protocol.ts';
import { growingMs } from '../domain/growing-pause.ts';

/** So often an update is tried; then it is kept as it is, for one person's trouble must not hold up everyone behind it. */
const triesMax = 10;
/** Between two tries, and two questions that Telegram did not answer. */
export const retryPause = { minMs: 400, maxMs: 15_000 };

export type InFlightDeps = {
  clock: Clock;
  observe: Observe;
  stopping: AbortSignal;
  /** Resolves once what the update says is durable; rejects when it must be tried again. */
  handle(update: Update): Promise<void>;
  /** Keeps an update that nothing can be made of, durably; rejects when that cannot be written either. */
  keep(update: Update): Promise<void>;
};

type Flight = { isDurable: boolean; over: Promise<void> };

/** Updates on their way into the house: each is tried by itself, with growing pauses, until it is durable or the house stops. */
export function createInFlight({ clock, observe, stopping, handle, keep }: InFlightDeps) {
  const flights = new Map<number, Flight>();

  async function isTaken(update: Update, tried: number): Promise<boolean> {
    try {
      await handle(update);
      return true;
    } catch (error) {
      observe({ step: 'update:unwritten', error: error as Error });
      if (tried < triesMax) return false;
      observe({ step: 'update:kept', error: error as Error });
      return keep(update).then(
        () => true,
        () => false,
      );
    }
  }

  async function fly(update: Update, flight: Flight): Promise<void> {
    for (let tried = 1; !stopping.aborted; tried++) {
      flight.isDurable = await isTaken(update, tried);
      if (flight.isDurable) return;
      await pause(clock, growingMs(tried, retryPause), stopping);
    }
  }

  return {
    /** Sends off those that are not on their way yet. */
    take(updates: readonly Update[]): void {
      for (const update of updates) {
        if (flights.has(update.update_id)) continue;
        const flight: Flight = { isDurable: false, over: Promise.resolve() };
        flights.set(update.update_id, flight);
        flight.over = fly(update, flight);
      }
    },
    /** Resolves when all of them are durable, or given up because the house stops. */
    over: (): Promise<unknown> => Promise.all([...flights.values()].map(({ over }) => over)),
    /** The id of the first that is not durable; all before it are forgotten. Undefined when all are. */
    firstOpen(): number | undefined {
      for (const [id, { isDurable }] of [...flights].sort(([one], [other]) => one - other)) {
        if (!isDurable) return id;
        flights.delete(id);
      }
      return undefined;
    },
  };
}

/** Ends at once when the house stops. */
export const pause = (clock: Clock, ms: number, stopping: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (stopping.aborted) return resolve();
    const end = () => {
      forget();
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const forget = clock.after(ms, end);
    stopping.addEventListener('abort', end);
  });
