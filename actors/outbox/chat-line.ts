import { rankOrder } from '../../src/domain/notice.ts';
import { type Bucket, chatRate, fullBucket } from '../../src/domain/pace.ts';
import type { JobProgress, QueuedRow } from '../protocol.ts';

export type Queued = QueuedRow;
export type Live = { edits: string; job: JobProgress };

/** What waits to be said in one chat; one thing at a time goes out. */
export type ChatLine = {
  chatId: number;
  rows: Queued[];
  /** What is in doubt and waits beside the line, by its id or, of an edit, by the message. */
  aside: Map<string, { row: Queued; forget: () => void }>;
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
  ...{ chatId, rows: [], aside: new Map(), live: new Map(), messageIds: new Map() },
  ...{ busy: false, toldUntil: 0, forget: null },
  bucket: fullBucket(chatRate, now),
});

/**
 * Results before hints before edits before news; within a rank the order in which they were said. A newer edit of a message
 * replaces the older.
 */
export function enqueue(line: ChatLine, row: Queued): Queued | undefined {
  const rank = rankOrder[row.rank];
  const older = row.rank === 'edit' ? olderEdit(line, row) : undefined;
  const place = line.rows.findIndex(other => rankOrder[other.rank] > rank);
  line.rows.splice(place < 0 ? line.rows.length : place, 0, row);
  if (row.rank === 'edit' && typeof row.edits === 'string') line.live.delete(row.edits);
  return older;
}

/** Takes out the edit of the same message that waits, in the line or beside it. */
function olderEdit(line: ChatLine, row: Queued): Queued | undefined {
  const aside = line.aside.get(placeAside(row));
  if (aside) {
    takeAside(line, aside.row);
    aside.forget();
    return aside.row;
  }
  const place = line.rows.findIndex(other => other.rank === 'edit' && other.edits === row.edits);
  return place < 0 ? undefined : line.rows.splice(place, 1)[0];
}

const placeAside = ({ id, rank, edits }: Queued): string => (rank === 'edit' ? `edit of ${edits}` : id);

/** False if it is an edit that a newer one has taken the place of. */
export function setAside(line: ChatLine, row: Queued, forget: () => void): boolean {
  if (isReplaced(line, row)) {
    forget();
    return false;
  }
  line.aside.set(placeAside(row), { row, forget });
  return true;
}

/** Whether it was there. */
export const takeAside = (line: ChatLine, row: Queued): boolean =>
  line.aside.get(placeAside(row))?.row.id === row.id && line.aside.delete(placeAside(row));

const isReplaced = (line: ChatLine, row: Queued): boolean =>
  row.rank === 'edit' && line.rows.some(other => other.rank === 'edit' && other.edits === row.edits);

/** The row whose turn it is: news give way to passing news of a job of this chat, too. */
export const nextRow = ({ rows: [row], live }: ChatLine): Queued | undefined =>
  row?.rank === 'news' && live.size > 0 ? undefined : row;

/**
 * Puts a row that did not get through before the others of its rank. False if it is an edit that a newer one has taken the place
 * of.
 */
export function putBack(line: ChatLine, row: Queued): boolean {
  if (isReplaced(line, row)) return false;
  const place = line.rows.findIndex(other => rankOrder[other.rank] >= rankOrder[row.rank]);
  line.rows.splice(place < 0 ? line.rows.length : place, 0, row);
  return true;
}

export const isIdle = ({ rows, aside, live, busy, bucket }: ChatLine, now: number): boolean =>
  !busy &&
  rows.length === 0 &&
  aside.size === 0 &&
  live.size === 0 &&
  bucket.pausedUntil <= now &&
  bucket.left + (now - bucket.at) / 1000 >= chatRate.burst;
