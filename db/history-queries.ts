import { cardOf, type HistoryPage, type HistoryRow, historyPageSize, type JobCard, pageOf } from '../src/domain/history.ts';
import type { Job } from '../src/domain/job.ts';
import { userAccount } from '../src/domain/ledger.ts';
import type { Resumable } from '../src/domain/offer.ts';
import type { Currency } from '../src/domain/payment.ts';
import type { Database, Row } from './database.ts';

/** Reads of what happened to a person's points. Each table gives as many rows as the page can need, by its index. */
export const createHistoryQueries = (reader: Database) => ({
  /** The newest first; those of the same moment by their ids. `until` null: from now on back. */
  async history(userId: number, page: number, until: number | null): Promise<HistoryPage> {
    const offset = page * historyPageSize;
    const rows = await reader.select<HistoryColumns>(
      historySql,
      ...[userId, userAccount(userId), until ?? Number.MAX_SAFE_INTEGER],
      ...[offset + historyPageSize + 1, historyPageSize + 1, offset],
    );
    return pageOf(rows.map(rowOf), page, until);
  },

  /** Of an edit of that person; undefined for one of anybody else, as for one that there is not. */
  async jobCard(jobId: string, userId: number): Promise<JobCard | undefined> {
    const [row] = await reader.select<CardColumns>(cardSql, jobId, userId);
    return row && cardFrom(row);
  },

  /** The person's last edit, if it was refused for want of points and ordered at `since` (Unix ms) or later. */
  async resumable(userId: number, since: number): Promise<Resumable | undefined> {
    const [last] = await reader.select<CardColumns>(
      'SELECT id, preset_id, state, reason, created_at FROM jobs WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1',
      userId,
    );
    const isRefused = last?.state === 'refused' && last.reason === 'insufficient_points';
    return last && isRefused && last.created_at >= since ? { jobId: last.id, presetId: last.preset_id } : undefined;
  },
});

const nothing = 'CAST(NULL AS TEXT)';
const names = 'presets.name_ru, presets.name_en, presets.price AS preset_price';
const noNames = `${nothing} AS name_ru, ${nothing} AS name_en, CAST(NULL AS BIGINT) AS preset_price`;
const noMoney = `CAST(NULL AS BIGINT) AS amount_minor, ${nothing} AS currency`;
/**
 * Of a person's own account: what the gateways paid stands with their payments, what a refund took with the refund, edits with
 * their jobs. An order that was paid twice is one payment, which has the id of the last: what came before stands by itself.
 */
const ofPayment = `reason = 'payment' AND id IN
  (SELECT 'payment:' || gateway || ':' || provider_id FROM payments WHERE user_id = $1 AND provider_id IS NOT NULL)`;
const ofTransfers = `kind = 'transfer' AND NOT (${ofPayment}) AND NOT (reason = 'debt' AND id LIKE 'refund:%') AND at <= $3`;
const newest = (columns: string): string => `ORDER BY ${columns} LIMIT $4`;

const parts = [
  `SELECT 'payment' AS source, id, created_at AS at, state, points, amount_minor, currency, reason, ${nothing} AS other,
   CAST(NULL AS BIGINT) AS moved, ${noNames}
   FROM payments WHERE user_id = $1 AND created_at <= $3 ${newest('created_at DESC, id DESC')}`,
  `SELECT 'refund' AS source, refunds.id, refunds.created_at AS at, refunds.state, refunds.points, refunds.amount_minor,
   payments.currency, ${nothing} AS reason, ${nothing} AS other, taken.points AS moved, ${noNames}
   FROM payments JOIN refunds ON refunds.payment_id = payments.id
   LEFT JOIN transfers AS taken ON taken.id = 'refund:' || refunds.gateway || ':' || refunds.provider_id || ':debt'
   WHERE payments.user_id = $1 AND refunds.state <> 'failed' AND refunds.created_at <= $3
   ${newest('refunds.created_at DESC, refunds.id DESC')}`,
  `SELECT 'transfer' AS source, id, at, kind AS state, points, ${noMoney}, reason, debit AS other, CAST(NULL AS BIGINT) AS moved, ${noNames}
   FROM transfers WHERE credit = $2 AND ${ofTransfers} ${newest('at DESC, id DESC')}`,
  `SELECT 'transfer' AS source, id, at, kind AS state, -points AS points, ${noMoney}, reason, credit AS other, CAST(NULL AS BIGINT) AS moved, ${noNames}
   FROM transfers WHERE debit = $2 AND ${ofTransfers} ${newest('at DESC, id DESC')}`,
  `SELECT 'job' AS source, jobs.id, jobs.created_at AS at, jobs.state, jobs.price AS points, ${noMoney}, jobs.reason, ${nothing} AS other,
   held.points AS moved, ${names}
   FROM jobs LEFT JOIN transfers AS held ON held.id = 'job:' || jobs.id LEFT JOIN presets ON presets.id = jobs.preset_id
   WHERE jobs.user_id = $1 AND jobs.created_at <= $3 ${newest('jobs.created_at DESC, jobs.id DESC')}`,
];
const historySql = `SELECT * FROM (${parts.map((part, n) => `SELECT * FROM (${part}) AS part${n}`).join(' UNION ALL ')}) AS every
  ORDER BY at DESC, id DESC LIMIT $5 OFFSET $6`;

const cardSql = `SELECT jobs.id, jobs.preset_id, jobs.prompt, jobs.state, jobs.reason, jobs.price, jobs.created_at, jobs.wait_ms, jobs.run_ms,
  held.points AS moved, ${names}
  FROM jobs LEFT JOIN transfers AS held ON held.id = 'job:' || jobs.id LEFT JOIN presets ON presets.id = jobs.preset_id
  WHERE jobs.id = $1 AND jobs.user_id = $2`;

type NameColumns = { name_ru: string | null; name_en: string | null; preset_price: number | null; moved: number | null };
type HistoryColumns = Row &
  NameColumns & {
    source: HistoryRow['source'];
    id: string;
    at: number;
    state: string;
    points: number;
    amount_minor: number | null;
    currency: Currency | null;
    reason: string | null;
    other: string | null;
  };
const rowOf = (row: HistoryColumns): HistoryRow => ({
  ...{ source: row.source, id: row.id, at: row.at, state: row.state, points: row.points },
  ...{ amountMinor: row.amount_minor, currency: row.currency, reason: row.reason, other: row.other },
  ...named(row),
});
const named = ({ name_ru: ru, name_en: en, preset_price: presetPrice, moved }: NameColumns) => ({
  ...{ name: ru === null || en === null ? null : { ru, en }, presetPrice, moved },
});

type CardColumns = Row &
  NameColumns & {
    id: string;
    preset_id: number | null;
    prompt: string;
    state: Job['state'];
    reason: Job['reason'];
    price: number;
    created_at: number;
    wait_ms: number | null;
    run_ms: number | null;
  };
const cardFrom = (row: CardColumns): JobCard => {
  const { wait_ms: waitMs, run_ms: runMs, preset_id: presetId, created_at: createdAt, ...job } = row;
  const times = waitMs !== null && runMs !== null ? { times: { waitMs, runMs } } : {};
  return cardOf({ ...job, presetId, createdAt, ...times }, named(row));
};
