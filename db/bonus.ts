import { type BonusSlice, bonusReason } from '../src/domain/bonus.ts';
import { bonusAccount } from '../src/domain/ledger.ts';
import type { Notice } from '../src/domain/notice.ts';
import type { Database } from './database.ts';

/** How far the bonus of a week has been handed out. */
export type BonusProgress = { points: number; isDone: boolean };

export const createBonusQueries = (reader: Database) => ({
  /** Undefined for a week that has not begun. */
  async bonusOf(week: string): Promise<BonusProgress | undefined> {
    const [row] = await reader.select<WeekRow>('SELECT points, cursor, done FROM bonuses WHERE week = $1', week);
    return row && { points: row.points, isDone: row.done === 1 };
  },
});

type WeekRow = { points: number; cursor: number; done: number };

/**
 * Hands out one slice of the bonus of a week, within the transaction of a batch and after its absolute balances: transfers,
 * accounts, words, and how far it has got, so that a kill leaves a slice done or not begun. Accounts move by what was inserted,
 * and by nothing else. Nothing happens to a week that is done. The words are numbered by `nextSeq`.
 */
export async function grantBonus(database: Database, slice: BonusSlice, nextSeq: () => number): Promise<void> {
  const { week, points, peopleMax, at } = slice;
  await database.run(statements.begin, week, points, at);
  const [begun] = await database.select<WeekRow>('SELECT points, cursor, done FROM bonuses WHERE week = $1', week);
  if (!begun || begun.done === 1) return;
  const [looked] = await database.select<{ last: number | null; people: number }>(statements.lookAhead, begun.cursor, peopleMax);
  const last = looked?.last ?? begun.cursor;
  await credit(database, slice, { ...begun, last }, nextSeq);
  await database.run(statements.advance, week, last, (looked?.people ?? 0) < peopleMax ? 1 : 0, at);
}

async function credit(
  database: Database,
  { week, seenFrom, at }: BonusSlice,
  { points, cursor, last }: WeekRow & { last: number },
  nextSeq: () => number,
): Promise<void> {
  const credited = await database.select<{ credit: string }>(
    statements.transfers,
    ...[week, points, at, bonusAccount, bonusReason, cursor, last, seenFrom],
  );
  if (credited.length === 0) return;
  const accounts = JSON.stringify(credited.map(({ credit: account }) => account));
  await database.run(statements.accounts, accounts, points);
  await database.run(statements.pot, bonusAccount, -points * credited.length);
  const notice: Notice = { type: 'weeklyBonus', points };
  const firstSeq = nextSeq();
  for (let n = 1; n < credited.length; n++) nextSeq();
  await database.run(statements.say, accounts, week, firstSeq, JSON.stringify(notice), at);
}

const statements = {
  begin: 'INSERT INTO bonuses (week, points, cursor, done, at) VALUES ($1, $2, 0, 0, $3) ON CONFLICT (week) DO NOTHING',
  advance: 'UPDATE bonuses SET cursor = $2, done = $3, at = $4 WHERE week = $1',
  /** So many people by their ids, whoever they are: a slice costs no more where nobody has been seen for long. */
  lookAhead: 'SELECT MAX(id) AS last, COUNT(*) AS people FROM (SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2) AS slice',
  transfers: `INSERT INTO transfers (id, kind, debit, credit, points, reservation, reason, at)
    SELECT 'bonus:' || CAST($1 AS TEXT) || ':' || id, 'transfer', CAST($4 AS TEXT), 'user:' || id, CAST($2 AS BIGINT), NULL, CAST($5 AS TEXT), CAST($3 AS BIGINT)
    FROM users WHERE id > $6 AND id <= $7 AND blocked = 0 AND +seen_at >= $8
    ON CONFLICT (id) DO NOTHING RETURNING credit`,
  accounts: `INSERT INTO accounts (id, posted, reserved, overdraft)
    SELECT value, CAST($2 AS BIGINT), 0, 0 FROM (SELECT value FROM json_each($1)) AS credited WHERE true
    ON CONFLICT (id) DO UPDATE SET posted = accounts.posted + excluded.posted`,
  pot: `INSERT INTO accounts (id, posted, reserved, overdraft) VALUES ($1, $2, 0, 1)
    ON CONFLICT (id) DO UPDATE SET posted = accounts.posted + excluded.posted`,
  say: `INSERT INTO outbox (id, seq, chat_id, rank, notice, edits, state, tries, at, updated_at)
    SELECT 'bonus:' || CAST($2 AS TEXT) || ':' || id, CAST($3 AS BIGINT) - 1 + ROW_NUMBER() OVER (ORDER BY id), id, 'news', CAST($4 AS TEXT), NULL,
    'pending', 0, CAST($5 AS BIGINT), CAST($5 AS BIGINT)
    FROM (SELECT CAST(SUBSTR(value, 6) AS BIGINT) AS id FROM (SELECT value FROM json_each($1)) AS credited) AS people WHERE true
    ON CONFLICT (id) DO NOTHING`,
} as const;
