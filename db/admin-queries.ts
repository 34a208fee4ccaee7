import type { Payment } from '../src/domain/payment.ts';
import type { PromoCode } from '../src/domain/promo.ts';
import { type PromoUse, promoUseId, promoWordsId } from '../src/domain/promo-unit.ts';
import type { Database, Row } from './database.ts';

/**
 * What an admin is shown of a person beside their row and points. `jobs` counts by state; `payments` are the last, paid ones
 * before all others, the newest first.
 */
export type PersonFacts = {
  jobs: Readonly<Record<string, number>>;
  paymentsTotal: number;
  paidTotal: number;
  payments: readonly Pick<Payment, 'id' | 'state' | 'amountMinor' | 'currency' | 'createdAt'>[];
};

const paymentsShown = 5;

/** Reads for admins' acts and promo codes, each by an index. */
export const createAdminQueries = (reader: Database) => ({
  async isUnlimited(userId: number): Promise<boolean> {
    return (await reader.select('SELECT 1 FROM users WHERE id = $1 AND unlimited = 1', userId)).length > 0;
  },

  /** One statement, so that both are of one moment. */
  async subject(userId: number, actId: string): Promise<{ unlimited: boolean | null; noted: string | null }> {
    const [row] = await reader.select<{ unlimited: number | null; noted: string | null }>(
      'SELECT (SELECT unlimited FROM users WHERE id = $1) AS unlimited, (SELECT detail FROM audit WHERE id = $2) AS noted',
      ...[userId, actId],
    );
    return { unlimited: row?.unlimited == null ? null : row.unlimited === 1, noted: row?.noted ?? null };
  },

  async promoBy(code: string, actId: string): Promise<{ promo: PromoCode | undefined; isNoted: boolean }> {
    const [row] = await reader.select<PromoColumns>('SELECT * FROM promo_codes WHERE code = $1', code);
    const noted = await reader.select('SELECT 1 FROM audit WHERE id = $1', actId);
    return { promo: row && promoOf(row), isNoted: noted.length > 0 };
  },

  async promoFor(code: string, use: PromoUse): Promise<{ promo: PromoCode; isUsed: boolean; isMine: boolean } | undefined> {
    const [row] = await reader.select<PromoColumns & { used: number; mine: number }>(
      `SELECT promo_codes.*, (SELECT COUNT(*) FROM transfers WHERE id = $2) AS used,
       (SELECT COUNT(*) FROM outbox WHERE id = $3) AS mine FROM promo_codes WHERE code = $1`,
      ...[code, promoUseId(code, use.userId), promoWordsId(code, use)],
    );
    return row && { promo: promoOf(row), isUsed: Number(row.used) > 0, isMine: Number(row.mine) > 0 };
  },

  async personFacts(userId: number): Promise<PersonFacts> {
    const jobs = await reader.select<{ state: string; count: number }>(
      'SELECT state, COUNT(*) AS count FROM jobs WHERE user_id = $1 GROUP BY state',
      userId,
    );
    const counts = await reader.select<{ state: string; count: number }>(
      'SELECT state, COUNT(*) AS count FROM payments WHERE user_id = $1 GROUP BY state',
      userId,
    );
    const payments = await reader.select<PersonFacts['payments'][number] & Row>(
      `SELECT id, state, amount_minor AS "amountMinor", currency, created_at AS "createdAt" FROM payments
       WHERE user_id = $1 ORDER BY CASE state WHEN 'succeeded' THEN 0 ELSE 1 END, created_at DESC, id LIMIT ${paymentsShown}`,
      userId,
    );
    return {
      payments,
      jobs: Object.fromEntries(jobs.map(({ state, count }) => [state, Number(count)])),
      paymentsTotal: counts.reduce((sum, { count }) => sum + Number(count), 0),
      paidTotal: Number(counts.find(({ state }) => state === 'succeeded')?.count ?? 0),
    };
  },
});

type PromoColumns = Row & {
  code: string;
  points: number;
  uses: number;
  expires_at: number | null;
  by_id: number;
  created_at: number;
};
const promoOf = ({ code, points, uses, expires_at, by_id, created_at }: PromoColumns): PromoCode => ({
  ...{ code, points, uses, expiresAt: expires_at, byId: by_id, createdAt: created_at },
});
