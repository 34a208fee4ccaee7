import { type Account, available, debtAccount, owed, userAccount } from '../src/domain/ledger.ts';
import type { Language, UserRow, Wakeup } from '../src/domain/user.ts';
import { createAdminQueries } from './admin-queries.ts';
import { createBonusQueries } from './bonus.ts';
import type { Database, Row } from './database.ts';
import { createHistoryQueries } from './history-queries.ts';
import { createJobQueries } from './job-queries.ts';
import { createOutboxQueries } from './outbox-queries.ts';
import { createPaymentQueries } from './payment-queries.ts';
import { createRefundQueries } from './refund-queries.ts';

export type { PersonFacts } from './admin-queries.ts';

/**
 * The person that a message goes to: their row, the balance they can spend, the points they owe for money that went back, and
 * whether an admin has set that they pay nothing.
 */
export type PersonView = { user: UserRow; balance: number; debt: number; unlimited: boolean };

/** Reads of committed rows, each by an index; nothing here scans all people. */
export const createQueries = (reader: Database) => ({
  ...createOutboxQueries(reader),
  ...createAdminQueries(reader),
  ...createBonusQueries(reader),
  ...createPaymentQueries(reader),
  ...createRefundQueries(reader),
  ...createHistoryQueries(reader),
  ...createJobQueries(reader),

  async person(id: number): Promise<PersonView | undefined> {
    const [row] = await reader.select<UserColumns & { posted: number | null; reserved: number | null; due: number | null }>(
      `SELECT users.*, accounts.posted, accounts.reserved, debts.posted AS due FROM users
       LEFT JOIN accounts ON accounts.id = $2 LEFT JOIN accounts AS debts ON debts.id = $3 WHERE users.id = $1`,
      ...[id, userAccount(id), debtAccount(id)],
    );
    if (!row) return undefined;
    const account = { posted: row.posted ?? 0, reserved: row.reserved ?? 0 };
    const debt = owed({ posted: row.due ?? 0, reserved: 0 });
    return { user: userOf(row), balance: available(account), debt, unlimited: row.unlimited === 1 };
  },

  /** Points that an account holds; 0 for one that there is not. */
  async posted(account: string): Promise<number> {
    const [row] = await reader.select<{ posted: number }>('SELECT posted FROM accounts WHERE id = $1', account);
    return row?.posted ?? 0;
  },

  /** What can be spent of an account. */
  async balance(account: string): Promise<number> {
    const [row] = await reader.select<Account>('SELECT posted, reserved FROM accounts WHERE id = $1', account);
    return row ? available(row) : 0;
  },

  /** What was paid out of an account and not taken back by a movement `void:<id>`. */
  practiceCredits: (account: string): Promise<{ id: string; account: string; points: number }[]> =>
    reader.select(
      `SELECT id, credit AS account, points FROM transfers AS sold WHERE debit = $1 AND kind = 'transfer' AND reason <> 'practice' AND NOT EXISTS
       (SELECT 1 FROM transfers WHERE id IN ('void:' || sold.id, 'void:' || sold.id || ':spent')) ORDER BY at`,
      account,
    ),

  wakeups: (): Promise<Wakeup[]> => reader.select('SELECT id, user_id AS "userId", kind, due FROM wakeups ORDER BY due'),

  async isAlive(): Promise<boolean> {
    return (await reader.select('SELECT epoch FROM owner')).length === 1;
  },
});

export type Queries = ReturnType<typeof createQueries>;

type UserColumns = Row & {
  id: number;
  username: string | null;
  first_name: string;
  language: Language;
  blocked: number;
  unlimited: number;
  created_at: number;
  seen_at: number;
};
const userOf = (row: UserColumns): UserRow => ({
  ...{ id: row.id, username: row.username, firstName: row.first_name, language: row.language },
  ...{ blocked: row.blocked === 1, createdAt: row.created_at, seenAt: row.seen_at },
});
