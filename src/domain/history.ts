import type { EndReason, Job, JobState, JobTimes } from './job.ts';
import { isOpen } from './job.ts';
import type { Currency, PaymentState } from './payment.ts';
import type { Language } from './user.ts';

/** Entries on one page. */
export const historyPageSize = 8;

/**
 * A row of what touched a person's points, from whichever table. `points` are those of a payment, a refund, an edit's price, or
 * what a transfer moved, below zero when it left. `moved`: what the ledger took for the row: set aside for an edit, paid back for
 * a refund.
 */
export type HistoryRow = {
  source: 'payment' | 'refund' | 'transfer' | 'job';
  id: string;
  /** Unix milliseconds. */
  at: number;
  state: string;
  points: number;
  amountMinor: number | null;
  currency: Currency | null;
  reason: string | null;
  /** The account at the other end of a transfer. */
  other: string | null;
  moved: number | null;
  /** Of an edit by a preset; null for an own wish. */
  name: Names | null;
  presetPrice: number | null;
};
export type Names = Readonly<Record<Language, string>>;
export type Money = { amountMinor: number; currency: Currency };

/** How an edit stands. `lacking`: it was refused for want of points. */
export type EditEnd = 'open' | 'completed' | 'failed' | 'cancelled' | 'refused' | 'lacking';

/** What an entry is about. */
export type HistoryMatter =
  | { kind: 'payment'; state: 'pending' | 'succeeded' | 'failed' | 'cancelled'; money: Money; bought: number }
  /** `owed`: points of it that were not there to be taken. */
  | { kind: 'refund'; isDone: boolean; money: Money; owed: number }
  | { kind: 'initial' | 'weeklyBonus' | 'referral' | 'grant' | 'repayment' | 'practice' | 'gain' | 'loss' }
  | { kind: 'promo'; code: string }
  | { kind: 'edit'; jobId: string; name: Names | null; end: EditEnd; isReturned: boolean; free: FreeOf | null };

/**
 * One thing that happened to a person's points. `points` is what it did to the balance they can spend: all entries together are
 * that balance.
 */
export type HistoryEntry = { id: string; at: number; points: number } & HistoryMatter;

export function entryOf(row: HistoryRow): HistoryEntry {
  const { id, at } = row;
  switch (row.source) {
    case 'payment':
      return { id, at, points: row.state === 'succeeded' ? row.points : 0, ...paymentMatter(row) };
    case 'refund':
      return { id, at, points: 0 - (row.moved ?? 0), ...refundMatter(row) };
    case 'transfer':
      return { id, at, points: row.points, ...transferMatter(row) };
    case 'job':
      return { id, at, ...editMatter(row) };
    default:
      return row.source satisfies never;
  }
}

const moneyOf = ({ amountMinor, currency }: HistoryRow): Money => ({
  amountMinor: amountMinor ?? 0,
  currency: currency ?? 'RUB',
});

function paymentMatter(row: HistoryRow): HistoryMatter {
  const state = row.state as PaymentState;
  const shown = state === 'created' || state === 'pending' ? 'pending' : state;
  // One that the payer let pass was cancelled; one that the bank refused did not go through, as the messages say.
  const told = shown === 'cancelled' && row.reason !== 'expired' ? 'failed' : shown;
  return { kind: 'payment', state: told, money: moneyOf(row), bought: row.points };
}

const refundMatter = (row: HistoryRow): HistoryMatter => {
  const isDone = row.state === 'succeeded';
  return { kind: 'refund', isDone, money: moneyOf(row), owed: isDone ? Math.max(0, row.points - (row.moved ?? 0)) : 0 };
};

const promoPrefix = 'promo:';
const kindByReason: ReadonlyMap<string, 'initial' | 'weeklyBonus' | 'referral' | 'grant' | 'repayment' | 'practice'> = new Map([
  ['initial', 'initial'],
  ['weekly_bonus', 'weeklyBonus'],
  ['referral', 'referral'],
  ['grant', 'grant'],
  ['debt', 'repayment'],
  ['practice', 'practice'],
]);

function transferMatter({ other, reason, points }: HistoryRow): HistoryMatter {
  if (other?.startsWith(promoPrefix)) return { kind: 'promo', code: other.slice(promoPrefix.length) };
  return { kind: kindByReason.get(reason ?? '') ?? (points < 0 ? 'loss' : 'gain') };
}

function editMatter(row: HistoryRow): { points: number } & HistoryMatter {
  const { id: jobId, name, moved, presetPrice } = row;
  const end = editEnd(row.state as JobState, row.reason as EndReason | null);
  const isTaken = end === 'open' || end === 'completed';
  return {
    ...({ kind: 'edit', jobId, name, end, free: row.points === 0 ? freeOf(presetPrice) : null } as const),
    ...{ points: isTaken ? 0 - (moved ?? 0) : 0, isReturned: !isTaken && moved !== null },
  };
}

function editEnd(state: JobState, reason: EndReason | null): EditEnd {
  if (isOpen(state)) return 'open';
  if (state === 'refused') return reason === 'insufficient_points' ? 'lacking' : 'refused';
  return state as 'completed' | 'failed' | 'cancelled';
}

/** What made an edit free: its preset costs nothing, or the person pays nothing. */
export type FreeOf = 'preset' | 'person';
const freeOf = (presetPrice: number | null): FreeOf => (presetPrice === 0 ? 'preset' : 'person');

/** Why a person pays nothing now. Null for who does pay: what was free for them before is only called free. */
export type Freedom = 'admin' | 'unlimited' | 'everyone';

/** A page as it is shown. `until`: nothing later is on this list, so that pages stay what they were while new things happen. */
export type HistoryPage = { entries: readonly HistoryEntry[]; page: number; until: number; hasMore: boolean };

/** `rows` hold one more than a page where there is more. */
export const pageOf = (rows: readonly HistoryRow[], page: number, until: number | null): HistoryPage => ({
  entries: rows.slice(0, historyPageSize).map(entryOf),
  ...{ page, until: until ?? rows[0]?.at ?? 0, hasMore: rows.length > historyPageSize },
});

/** What a person may know of an edit of theirs. `prompt` is null for a preset's: it is the house's. */
export type JobCard = {
  id: string;
  name: Names | null;
  prompt: string | null;
  state: JobState;
  end: EditEnd;
  reason: EndReason | null;
  price: number;
  /** The price is the preset's own, not the house's. */
  isPresetPrice: boolean;
  free: FreeOf | null;
  /** Set aside for it, and given back when it came to nothing; null when none were. */
  moved: number | null;
  createdAt: number;
  times: JobTimes | null;
};

export const cardOf = (
  { id, presetId, prompt, state, reason, price, createdAt, times }: CardRow,
  { name, presetPrice, moved }: Pick<HistoryRow, 'name' | 'presetPrice' | 'moved'>,
): JobCard => ({
  ...{ id, name, state, reason, price, isPresetPrice: presetPrice !== null, moved, createdAt, times: times ?? null },
  ...{ prompt: presetId === null ? prompt : null, end: editEnd(state, reason), free: price === 0 ? freeOf(presetPrice) : null },
});
export type CardRow = Pick<Job, 'id' | 'presetId' | 'prompt' | 'state' | 'reason' | 'price' | 'createdAt' | 'times'>;

/** What is shown of the past. `until` null: the newest page as it is then. */
export type HistoryNotice =
  | { type: 'history'; page: number; until: number | null }
  /** `page` and `until`: where the person came from. */
  | { type: 'jobCard'; jobId: string; page: number; until: number };
