import type { Database } from '../database.ts';

/**
 * What belongs to money beside payments. A sum is an integer in the smallest unit of its currency: kopeks, or whole Stars.
 * - `payments.request`: what the gateway is asked, fixed before the first try; `email` is for the fiscal receipt
 * - `refunds`: money that went back, by an admin or by the gateway's own word; `points` is what it took
 * - `payment_log`: every event and every decision of a payment, without secrets; `audit`: every act of an admin
 * - `bonuses`: how far the bonus of a week has been handed out; `cursor` is the last person
 */
export async function up({ run }: Database): Promise<void> {
  for (const statement of statements) await run(statement);
}

const statements = [
  'ALTER TABLE payments RENAME COLUMN amount_kopeks TO amount_minor',
  "ALTER TABLE payments ADD COLUMN currency TEXT NOT NULL DEFAULT 'RUB'",
  'ALTER TABLE payments ADD COLUMN email TEXT',
  'ALTER TABLE payments ADD COLUMN request TEXT',
  `CREATE TABLE refunds (
    id TEXT PRIMARY KEY, payment_id TEXT NOT NULL, gateway TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0), points BIGINT NOT NULL CHECK (points >= 0),
    state TEXT NOT NULL CHECK (state IN ('created', 'pending', 'succeeded', 'failed')),
    provider_id TEXT, by_id BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  'CREATE UNIQUE INDEX refunds_of_provider ON refunds (gateway, provider_id) WHERE provider_id IS NOT NULL',
  "CREATE INDEX refunds_open ON refunds (created_at) WHERE state IN ('created', 'pending')",
  'CREATE INDEX refunds_of_payment ON refunds (payment_id, created_at)',
  `CREATE TABLE payment_log (
    payment_id TEXT, gateway TEXT NOT NULL, event TEXT NOT NULL, detail TEXT, at BIGINT NOT NULL)`,
  'CREATE INDEX payment_log_of_payment ON payment_log (payment_id, at)',
  `CREATE TABLE audit (
    id TEXT PRIMARY KEY, by_id BIGINT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT, at BIGINT NOT NULL)`,
  `CREATE TABLE promo_codes (
    code TEXT PRIMARY KEY, points BIGINT NOT NULL CHECK (points > 0), uses BIGINT NOT NULL CHECK (uses > 0),
    expires_at BIGINT, by_id BIGINT NOT NULL, created_at BIGINT NOT NULL)`,
  'ALTER TABLE users ADD COLUMN unlimited BIGINT NOT NULL DEFAULT 0',
  `CREATE TABLE bonuses (
    week TEXT PRIMARY KEY, points BIGINT NOT NULL, cursor BIGINT NOT NULL, done BIGINT NOT NULL, at BIGINT NOT NULL)`,
  'CREATE INDEX users_seen ON users (seen_at)',
];
