import type { Database } from '../database.ts';

/** Payments by a gateway. Sums are integers of kopeks; one payment of a gateway belongs to one order. */
export async function up({ run }: Database): Promise<void> {
  for (const statement of statements) await run(statement);
}

const statements = [
  `CREATE TABLE payments (
    id TEXT PRIMARY KEY, user_id BIGINT NOT NULL, gateway TEXT NOT NULL, method TEXT NOT NULL,
    amount_kopeks BIGINT NOT NULL CHECK (amount_kopeks > 0), points BIGINT NOT NULL CHECK (points > 0),
    state TEXT NOT NULL CHECK (state IN ('created', 'pending', 'succeeded', 'failed', 'cancelled')),
    provider_id TEXT, confirmation_url TEXT, reason TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  'CREATE UNIQUE INDEX payments_of_provider ON payments (gateway, provider_id) WHERE provider_id IS NOT NULL',
  "CREATE INDEX payments_open ON payments (created_at) WHERE state IN ('created', 'pending')",
  'CREATE INDEX payments_of_user ON payments (user_id, created_at)',
];
