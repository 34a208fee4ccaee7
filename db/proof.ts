import type { AccountProof, JobProof, PaymentProof, RefundProof, ResolutionProof } from '../src/domain/ledger-check.ts';
import type { Database, Row } from './database.ts';

/** No more rows than this of one kind: whoever has so many wants to know of the first. */
export const proofRowsMax = 1_000;

/**
 * What a proof of the ledger looks at, beside what it should agree with. Each statement passes over the whole of its table and
 * leaves out what is plainly right, so that little comes back however much there is. All of it belongs into one transaction of a
 * reader.
 */
export const createProof = (reader: Database) => {
  const rows = <Found extends Row>(sql: string): Promise<Found[]> => reader.select<Found>(`${sql} LIMIT ${proofRowsMax}`);
  return {
    counts: async (): Promise<Counts> => (await reader.select<Counts & Row>(counts))[0]!,
    total: async (): Promise<number> =>
      (await reader.select<{ posted: number | null }>('SELECT SUM(posted) AS posted FROM accounts'))[0]?.posted ?? 0,
    accounts: (): Promise<AccountProof[]> => rows(accounts),
    resolutions: async (): Promise<ResolutionProof[]> =>
      (await rows<ResolutionProof & Joined>(resolutions)).map(row => ({
        ...row,
        line: { points: row.points, debit: row.debit, credit: row.credit },
        reserve: lineOf(row),
      })),
    jobs: async (): Promise<JobProof[]> =>
      [...(await rows<JobProof & Joined>(jobs)), ...(await rows<JobProof & Joined>(strayReserves))].map(row => ({
        ...row,
        reserve: lineOf(row),
      })),
    payments: async (): Promise<PaymentProof[]> =>
      (await rows<PaymentProof & Joined>(payments)).map(row => ({ ...row, credit: lineOf(row) })),
    refunds: async (): Promise<RefundProof[]> =>
      (await rows<RefundProof & Joined>(refunds)).map(row => ({ ...row, taken: lineOf(row) })),
    strayCredits: async (): Promise<string[]> => (await rows<{ id: string }>(strayCredits)).map(({ id }) => id),
    strayRefunds: async (): Promise<string[]> => (await rows<{ id: string }>(strayRefunds)).map(({ id }) => id),
  };
};

export type Counts = { accounts: number; transfers: number; jobs: number; payments: number };

/** The line that a row was joined with, if there was one. */
type Joined = Row & {
  points: number;
  debit: string;
  credit: string;
  line_points: number | null;
  line_debit: string;
  line_credit: string;
};
const lineOf = ({ line_points: points, line_debit: debit, line_credit: credit }: Joined) =>
  points === null ? null : { points, debit, credit };
const line = 'line.points AS line_points, line.debit AS line_debit, line.credit AS line_credit';

const counts = `SELECT (SELECT COUNT(*) FROM accounts) AS accounts, (SELECT COUNT(*) FROM transfers) AS transfers,
  (SELECT COUNT(*) FROM jobs) AS jobs, (SELECT COUNT(*) FROM payments) AS payments`;

const accounts = `WITH moved AS (
    SELECT credit AS id, points AS posted, 0 AS reserved FROM transfers WHERE kind IN ('transfer', 'post')
    UNION ALL SELECT debit, -points, 0 FROM transfers WHERE kind IN ('transfer', 'post')
    UNION ALL SELECT debit, 0, points FROM transfers AS reserve WHERE kind = 'reserve' AND NOT EXISTS
      (SELECT 1 FROM transfers AS resolution WHERE resolution.reservation = reserve.id)),
  sums AS (SELECT id, SUM(posted) AS posted, SUM(reserved) AS reserved FROM moved GROUP BY id)
  SELECT accounts.id, accounts.posted, accounts.reserved, overdraft,
    COALESCE(sums.posted, 0) AS "linesPosted", COALESCE(sums.reserved, 0) AS "linesReserved"
  FROM accounts LEFT JOIN sums ON sums.id = accounts.id
  WHERE accounts.posted <> COALESCE(sums.posted, 0) OR accounts.reserved <> COALESCE(sums.reserved, 0)
    OR (accounts.id LIKE 'user:%' OR accounts.id LIKE 'promo:%') <> (overdraft = 0)
    OR (overdraft = 0 AND accounts.posted < accounts.reserved) OR (accounts.id LIKE 'debt:%' AND accounts.posted > 0)
  UNION ALL SELECT sums.id, NULL, NULL, NULL, sums.posted, sums.reserved
  FROM sums LEFT JOIN accounts ON accounts.id = sums.id WHERE accounts.id IS NULL`;

const resolutions = `SELECT resolution.id, resolution.reservation, resolution.points, resolution.debit, resolution.credit, times.n AS resolutions, ${line}
  FROM transfers AS resolution
  JOIN (SELECT reservation, COUNT(*) AS n FROM transfers WHERE reservation IS NOT NULL GROUP BY reservation) AS times
    ON times.reservation = resolution.reservation
  LEFT JOIN transfers AS line ON line.id = resolution.reservation AND line.kind = 'reserve'
  WHERE line.id IS NULL OR times.n <> 1
    OR line.points <> resolution.points OR line.debit <> resolution.debit OR line.credit <> resolution.credit`;

const jobs = `SELECT jobs.id, jobs.user_id AS "userId", jobs.state, jobs.price, line.id AS reservation, resolution.kind AS resolved, ${line}
  FROM jobs LEFT JOIN transfers AS line ON line.id = 'job:' || jobs.id
  LEFT JOIN transfers AS resolution ON resolution.reservation = line.id
  WHERE CASE WHEN line.id IS NULL THEN price > 0 AND state NOT IN ('received', 'refused', 'cancelled')
    ELSE price = 0 OR state IN ('received', 'refused') OR line.points <> price OR line.debit <> 'user:' || user_id OR line.credit <> 'house'
      OR COALESCE(resolution.kind, 'open') <> CASE state WHEN 'completed' THEN 'post' WHEN 'failed' THEN 'void' WHEN 'cancelled' THEN 'void' ELSE 'open' END
    END`;

const strayReserves = `SELECT NULL AS id, 0 AS "userId", 'received' AS state, 0 AS price, line.id AS reservation, NULL AS resolved, ${line}
  FROM transfers AS line LEFT JOIN jobs ON jobs.id = SUBSTR(line.id, 5)
  WHERE line.kind = 'reserve' AND (jobs.id IS NULL OR line.id NOT LIKE 'job:%')`;

const provider = "'provider:' || CASE WHEN gateway LIKE 'sandbox-%' THEN 'sandbox' ELSE gateway END";

const payments = `SELECT payments.id, gateway, user_id AS "userId", state, payments.points, provider_id AS "providerId", ${line}
  FROM payments LEFT JOIN transfers AS line ON line.id = 'payment:' || gateway || ':' || provider_id
  WHERE CASE WHEN line.id IS NULL THEN state = 'succeeded'
    ELSE state <> 'succeeded' OR line.points <> payments.points OR line.credit <> 'user:' || user_id OR line.debit <> ${provider} END`;

const refunds = `SELECT refunds.id, refunds.gateway, payments.user_id AS "userId", refunds.state, refunds.points, refunds.provider_id AS "providerId", ${line}
  FROM refunds LEFT JOIN payments ON payments.id = refunds.payment_id
  LEFT JOIN transfers AS line ON line.id = 'refund:' || refunds.gateway || ':' || refunds.provider_id
  WHERE CASE WHEN payments.id IS NULL THEN 1 = 1 WHEN line.id IS NULL THEN refunds.state = 'succeeded' AND refunds.points > 0
    ELSE refunds.state <> 'succeeded' OR line.points <> refunds.points OR line.debit <> 'debt:' || user_id
      OR line.credit <> ${provider.replaceAll('gateway', 'refunds.gateway')} END`;

/** An order that was paid twice keeps the gateway's last payment in its row; its log has them all. */
const strayCredits = `SELECT line.id FROM
  (SELECT id FROM transfers WHERE id LIKE 'payment:%' AND debit LIKE 'provider:%'
   EXCEPT SELECT 'payment:' || gateway || ':' || provider_id FROM payments WHERE provider_id IS NOT NULL) AS stray
  JOIN transfers AS line ON line.id = stray.id WHERE NOT EXISTS
    (SELECT 1 FROM payment_log JOIN payments ON payments.id = payment_log.payment_id
     WHERE event = 'credited' AND line.credit = 'user:' || payments.user_id
       AND line.id || ' ' || line.points = 'payment:' || payment_log.gateway || ':' || detail)`;

const strayRefunds = `SELECT id FROM (SELECT id FROM transfers WHERE id LIKE 'refund:%' AND credit LIKE 'provider:%'
  EXCEPT SELECT 'refund:' || gateway || ':' || provider_id FROM refunds WHERE provider_id IS NOT NULL) AS stray`;
