import { type OutboxRow, rankOrder } from '../../src/domain/notice.ts';
import { type Bucket, chatRate, fullBucket } from '../../src/domain/pace.ts';
import type { JobProgress } from '../protocol.ts';

export type Queued = OutboxRow & { tries: number };
export type Live = { edits: string; job: JobProgress };

/** What waits to be said in one chat; one thing at a time goes out. */
export type ChatLine = {
  chatId: number;
  rows: Queued[];
  /** The newest passing news per message. */
  live: Map<string, Live>;
  /** Telegram's ids of what was sent since this line was last idle, by outbox id: newer than what a reader may see. */
  messageIds: Map<string, number>;
  busy: boolean;
  bucket: Bucket;
  /** Until when Telegram itself told this chat to wait. */
  toldUntil: number;
  /** Forgets the timer that wakes this line. */
  forget: (() => void) | null;
};

export const newLine = (chatId: number, now: number): ChatLine => ({
  ...{ chatId, rows: [], live: new Map(), messageIds: new Map(), busy: false, toldUntil: 0, forget: null },
  bucket: fullBucket(chatRate, now),
});

/**
 * Results before hints before edits before news; within a rank the order in which they were said. A newer edit of a message
 * replaces the older.
 */
export function enqueue(line: ChatLine, row: Queued): Queued | undefined {
  const rank = rankOrder[row.rank];
  const replaced = row.rank === 'edit' ? line.rows.findIndex(other => other.rank === 'edit' && other.edits === row.edits) : -1;
  const [older] = replaced >= 0 ? line.rows.splice(replaced, 1) : [];
  const place = line.rows.findIndex(other => rankOrder[other.rank] > rank);
  line.rows.splice(place < 0 ? line.rows.length : place, 0, row);
  if (row.rank === 'edit' && typeof row.edits === 'string') line.live.delete(row.edits);
  return older;
}

/** The row whose turn it is: news give way to passing news of a job of this chat, too. */
export const nextRow = ({ rows: [row], live }: ChatLine): Queued | undefined =>
  row?.rank === 'news' && live.size > 0 ? undefined : row;

/**
 * Puts a row that did not get through before the others of its rank. False if it is an edit that a newer one has taken the place
 * of.
 */
export function putBack(line: ChatLine, row: Queued): boolean {
  if (row.rank === 'edit' && line.rows.some(other => other.rank === 'edit' && other.edits === row.edits)) return false;
  const place = line.rows.findIndex(other => rankOrder[other.rank] >= rankOrder[row.rank]);
  line.rows.splice(place < 0 ? line.rows.length : place, 0, row);
  return true;
}

export const isIdle = ({ rows, live, busy, bucket }: ChatLine, now: number): boolean =>
  !busy &&
  rows.length === 0 &&
  live.size === 0 &&
  bucket.pausedUntil <= now &&
  bucket.left + (now - bucket.at) / 1000 >= chatRate.burst;
