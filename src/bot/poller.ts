import type { Update } from 'telegraf/types';
import type { Clock, Observe } from '../../actors/protocol.ts';
import { allowedUpdates, type Bot } from './bot.ts';
import { callApi } from './call-api.ts';

export type Poller = { stop(): Promise<void> };

/** Telegram caps it at 50 s. */
const pollSeconds = 50;
const pauseMaxMs = 15_000;

/** So often an update is tried; then it is kept as it is, for one person's trouble must not hold up everyone behind it. */
const triesMax = 10;

export type PollerDeps = {
  clock: Clock;
  observe: Observe;
  /** Keeps an update that nothing can be made of, durably; rejects when that cannot be written either. */
  keep(update: Update): Promise<void>;
};

/**
 * Long polling that confirms only what is durable: the offset moves to the first update that could not be written. Updates of one
 * batch run side by side; the mailbox of each person keeps theirs in order.
 */
export function startPolling(bot: Bot, { clock, observe, keep }: PollerDeps): Poller {
  const stopping = new AbortController();
  let offset: number | undefined;
  let failures = 0;
  let tries = new Map<number, number>();

  async function take(update: Update): Promise<void> {
    const { update_id: id } = update;
    const tried = (tries.get(id) ?? 0) + 1;
    try {
      await bot.handleUpdate(update);
    } catch (error) {
      tries.set(id, tried);
      if (tried < triesMax) throw error;
      observe({ step: 'update:kept', error: error as Error });
      await keep(update);
    }
  }

  async function poll(): Promise<void> {
    const updates = await getUpdates(bot, offset, stopping.signal);
    const written = await Promise.allSettled(updates.map(take));
    const failed = written.findIndex(({ status }) => status === 'rejected');
    const confirmed = failed < 0 ? updates.length : failed;
    const last = updates[confirmed - 1];
    if (last) offset = last.update_id + 1;
    if (failed >= 0) throw (written[failed] as PromiseRejectedResult).reason;
    failures = 0;
    tries = new Map();
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await poll();
      } catch (error) {
        if (stopping.signal.aborted) return;
        observe({ step: 'poll:failed', error: error as Error });
        await pause(clock, pauseMs(++failures, error), stopping.signal);
      }
    }
  };

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Hangs up when it is stopped: Telegram would hold the question open, and end it with a conflict at the next start. */
async function getUpdates(bot: Bot, offset: number | undefined, stopping: AbortSignal): Promise<Update[]> {
  const asked = { timeout: pollSeconds, limit: 100, allowed_updates: allowedUpdates, ...(offset !== undefined && { offset }) };
  const call = new AbortController();
  const hangUp = () => call.abort();
  const timer = setTimeout(hangUp, (pollSeconds + 15) * 1000);
  stopping.addEventListener('abort', hangUp);
  try {
    return await callApi<Update[]>(bot.telegram, 'getUpdates', asked, call.signal);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener('abort', hangUp);
  }
}

/** What Telegram asks for, or a growing pause. */
function pauseMs(failures: number, error: unknown): number {
  const retryAfter = (error as { parameters?: { retry_after?: number } }).parameters?.retry_after;
  return retryAfter ? retryAfter * 1000 : Math.min(pauseMaxMs, 200 * 2 ** Math.min(failures, 8));
}

const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const end = () => {
      forget();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const forget = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
