import type { Update } from 'telegraf/types';
import { growingMs } from '../domain/growing-pause.ts';
import { allowedUpdates, type Bot } from './bot.ts';
import { callApi } from './call-api.ts';
import { createInFlight, type InFlightDeps, pause, retryPause } from './in-flight.ts';

export type Poller = { stop(): Promise<void> };
export type PollerDeps = Pick<InFlightDeps, 'clock' | 'observe' | 'keep'>;

/** Telegram caps it at 50 s. */
const pollSeconds = 50;
/**
 * So long the next question waits for what is on its way: behind it may stand somebody whom Telegram gives ten seconds to pay.
 */
const heldMs = 1_000;

/**
 * Long polling that confirms only what is durable: the offset moves to the first update that is not written yet. Updates run side
 * by side, and one that takes its time holds up nobody: it is on its way still while Telegram is asked for those behind it. The
 * mailbox of each person keeps theirs in order.
 */
export function startPolling(bot: Bot, { clock, observe, keep }: PollerDeps): Poller {
  const stopping = new AbortController();
  const handle = (update: Update): Promise<void> => bot.handleUpdate(update);
  const inFlight = createInFlight({ clock, observe, keep, handle, stopping: stopping.signal });
  let offset: number | undefined;
  let failures = 0;

  async function poll(): Promise<void> {
    const updates = await getUpdates(bot, offset, stopping.signal);
    failures = 0;
    inFlight.take(updates);
    const waited = new AbortController();
    await Promise.race([inFlight.over(), pause(clock, heldMs, waited.signal)]);
    waited.abort();
    const last = updates.at(-1);
    offset = inFlight.firstOpen() ?? (last ? last.update_id + 1 : offset);
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
      await inFlight.over();
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
  return retryAfter ? retryAfter * 1000 : growingMs(failures, retryPause);
}
