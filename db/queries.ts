import type { Unfinished } from '../actors/protocol.ts';
import type { RunTime } from '../src/domain/expected-wait.ts';
import type { Attempt, Job, JobState } from '../src/domain/job.ts';
import { type Account, available, debtAccount, owed, userAccount } from '../src/domain/ledger.ts';
import type { Language, UserRow, Wakeup } from '../src/domain/user.ts';
import { createAdminQueries } from './admin-queries.ts';
import { createBonusQueries } from './bonus.ts';
import type { Database, Row } from './database.ts';
import { createHistoryQueries } from './history-queries.ts';
import { createOutboxQueries } from './outbox-queries.ts';
import { createPaymentQueries } from './payment-queries.ts';
import { createRefundQueries } from './refund-queries.ts';

export type { PersonFacts } from './admin-queries.ts';

/**
 * The person that a message goes to: their row, the balance they can spend, the points they owe for money that went back, and whether an
 * admin has set that they pay nothing.
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

  async job(id: string): Promise<Job | undefined> {
    const [row] = await reader.select<JobColumns>('SELECT * FROM jobs WHERE id = $1', id);
    return row && jobOf(row);
  },

  async unfinishedJobs(): Promise<Omit<Unfinished, 'hasResult'>[]> {
    const rows = await reader.select<JobColumns & { n: number | null; server: string; prompt_id: string; attempted_at: number }>(
      `SELECT jobs.*, attempts.n, attempts.server, attempts.prompt_id, attempts.at AS attempted_at FROM jobs
       LEFT JOIN attempts ON attempts.job_id = jobs.id AND attempts.n = (SELECT MAX(n) FROM attempts AS every WHERE every.job_id = jobs.id)
       WHERE jobs.state IN ('received', 'queued', 'submitting') ORDER BY jobs.created_at`,
    );
    return rows.map(row => ({ job: jobOf(row), lastAttempt: row.n === null ? null : attemptOf({ ...row, n: row.n }) }));
  },

  /** The last runs of all servers, the oldest first: as many as their medians are made of, and some for those that run seldom. */
  async lastRuns(): Promise<RunTime[]> {
    const rows = await reader.select<RunTime & Row>(
      `SELECT server, workflow, run_ms AS "runMs" FROM jobs WHERE run_ms IS NOT NULL ORDER BY updated_at DESC LIMIT 500`,
    );
    return rows.reverse();
  },

  async hasPaid(userId: number): Promise<boolean> {
    return (await reader.select("SELECT 1 FROM payments WHERE user_id = $1 AND state = 'succeeded' LIMIT 1", userId)).length > 0;
  },

  /** Those who have paid, among the people with open jobs. */
  async openPayers(): Promise<number[]> {
    const rows = await reader.select<{ user_id: number }>(
      `SELECT DISTINCT user_id FROM payments WHERE state = 'succeeded' AND user_id IN
       (SELECT user_id FROM jobs WHERE state IN ('received', 'queued', 'submitting'))`,
    );
    return rows.map(({ user_id }) => user_id);
  },

  /**
   * The last attempt on a server, if nobody follows it: its job is over without a picture, waits again, or went to another server and may be done there.
   * A server has one prompt of ours at a time, so that no earlier one can be in it.
   */
  async abandonedOn(server: string): Promise<{ job: Job; attempt: Attempt } | undefined> {
    const [row] = await reader.select<
      JobColumns & { n: number; server: string; prompt_id: string; attempted_at: number; latest: number }
    >(
      `SELECT jobs.*, last.n, last.server, last.prompt_id, last.at AS attempted_at,
       (SELECT MAX(n) FROM attempts WHERE attempts.job_id = jobs.id) AS latest
       FROM (SELECT * FROM attempts WHERE server = $1 ORDER BY at DESC LIMIT 1) AS last JOIN jobs ON jobs.id = last.job_id`,
      server,
    );
    if (!row || (row.n === row.latest && (row.state === 'completed' || row.state === 'submitting'))) return undefined;
    return { job: jobOf(row), attempt: attemptOf(row) };
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

  /** Of these jobs the ones whose photos, or results, may be deleted: finished before `before`. */
  async finishedBefore(ids: readonly string[], before: number): Promise<string[]> {
    const rows = await reader.select<{ id: string }>(
      `SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each($1)) AND updated_at < $2
       AND state NOT IN ('received', 'queued', 'submitting')`,
      ...[JSON.stringify(ids), before],
    );
    return rows.map(({ id }) => id);
  },

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

type JobColumns = Row & {
  id: string;
  user_id: number;
  state: JobState;
  preset_id: number | null;
  prompt: string;
  workflow: string;
  seed: number;
  price: number;
  files: string;
  executions: number;
  reason: Job['reason'];
  created_at: number;
  deadline_at: number;
  wait_ms: number | null;
  run_ms: number | null;
};
const jobOf = (row: JobColumns): Job => ({
  ...{
    id: row.id,
    userId: row.user_id,
    state: row.state,
    presetId: row.preset_id,
    prompt: row.prompt,
    workflow: row.workflow,
    seed: row.seed,
  },
  ...{ price: row.price, files: JSON.parse(row.files) as Job['files'], executions: row.executions, reason: row.reason },
  ...{ createdAt: row.created_at, deadlineAt: row.deadline_at },
  ...(row.wait_ms !== null && row.run_ms !== null && { times: { waitMs: row.wait_ms, runMs: row.run_ms } }),
});

const attemptOf = (row: { id: string; n: number; server: string; prompt_id: string; attempted_at: number }): Attempt => ({
  ...{ jobId: row.id, n: row.n, server: row.server, promptId: row.prompt_id, at: row.attempted_at },
});
