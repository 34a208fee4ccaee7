import type { Unfinished } from '../actors/protocol.ts';
import type { RunTime } from '../src/domain/expected-wait.ts';
import type { Attempt, Job, JobState } from '../src/domain/job.ts';
import type { Database, Row } from './database.ts';

/** Spelled as in the index of open jobs, which serves no other condition. */
const openStates = "('received', 'queued', 'submitting')";

/** Reads of jobs, of their attempts on servers, and of whose turns come sooner. Each by an index. */
export const createJobQueries = (reader: Database) => ({
  async job(id: string): Promise<Job | undefined> {
    const [row] = await reader.select<JobColumns>('SELECT * FROM jobs WHERE id = $1', id);
    return row && jobOf(row);
  },

  async unfinishedJobs(): Promise<Omit<Unfinished, 'hasResult'>[]> {
    const rows = await reader.select<JobColumns & { n: number | null; server: string; prompt_id: string; attempted_at: number }>(
      `SELECT jobs.*, attempts.n, attempts.server, attempts.prompt_id, attempts.at AS attempted_at FROM jobs
       LEFT JOIN attempts ON attempts.job_id = jobs.id AND attempts.n = (SELECT MAX(n) FROM attempts AS every WHERE every.job_id = jobs.id)
       WHERE jobs.state IN ${openStates} ORDER BY jobs.created_at`,
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
       (SELECT user_id FROM jobs WHERE state IN ${openStates})`,
    );
    return rows.map(({ user_id }) => user_id);
  },

  /**
   * The last attempt on a server, if nobody follows it: its job is over without a picture, waits again, or went to another
   * server and may be done there. A server has one prompt of ours at a time, so that no earlier one can be in it.
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

  /** Of these jobs the ones whose photos, or results, may be deleted: finished before `before`. */
  async finishedBefore(ids: readonly string[], before: number): Promise<string[]> {
    const rows = await reader.select<{ id: string }>(
      `SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each($1)) AND updated_at < $2
       AND state NOT IN ${openStates}`,
      ...[JSON.stringify(ids), before],
    );
    return rows.map(({ id }) => id);
  },
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
  ...{ id: row.id, userId: row.user_id, state: row.state, presetId: row.preset_id, prompt: row.prompt },
  ...{ workflow: row.workflow, seed: row.seed, price: row.price, files: JSON.parse(row.files) as Job['files'] },
  ...{ executions: row.executions, reason: row.reason },
  ...{ createdAt: row.created_at, deadlineAt: row.deadline_at },
  ...(row.wait_ms !== null && row.run_ms !== null && { times: { waitMs: row.wait_ms, runMs: row.run_ms } }),
});

const attemptOf = (row: { id: string; n: number; server: string; prompt_id: string; attempted_at: number }): Attempt => ({
  ...{ jobId: row.id, n: row.n, server: row.server, promptId: row.prompt_id, at: row.attempted_at },
});
