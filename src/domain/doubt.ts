import { growingMs } from './growing-pause.ts';
import type { OutboxRow, Rank } from './notice.ts';
import { dayMs, hourMs, minuteMs } from './time.ts';

/** What follows when nobody knows whether words arrived: they are said again in their line, beside it after a pause, or never. */
export type AfterDoubt = { again: 'inLine' } | { again: 'aside'; pauseMs: number } | { again: 'never' };

/** So often others of the chat wait for what is in doubt. An edit holds nobody up. */
const inLineMax: Readonly<Record<Rank, number>> = { result: 9, hint: 1, edit: 0, news: 0 };
/** An edit that is made twice changes nothing, and one that is not made leaves a button that does nothing. */
const editsMax = 10;
const editPause = { minMs: 2_000, maxMs: minuteMs };
/** A picture and the word of money are owed: they outlast whatever ails Telegram. */
const resultPause = { minMs: 2 * minuteMs, maxMs: hourMs };
const resultAgeMaxMs = 7 * dayMs;

/** `doubts`: how often in all, this time included. What certainly did not arrive is no doubt. */
export function afterDoubt({ rank, at }: Pick<OutboxRow, 'rank' | 'at'>, doubts: number, now: number): AfterDoubt {
  if (doubts <= inLineMax[rank]) return { again: 'inLine' };
  if (rank === 'edit' && doubts < editsMax) return { again: 'aside', pauseMs: growingMs(doubts, editPause) };
  if (rank === 'result' && now - at < resultAgeMaxMs)
    return { again: 'aside', pauseMs: growingMs(doubts - inLineMax.result, resultPause) };
  return { again: 'never' };
}
