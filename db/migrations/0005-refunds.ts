import type { Database } from '../database.ts';

/**
 * Which payment of the gateway a refund is of: one order may have been paid twice. Unknown of what went back before; such a row
 * counts as of the payment in the order's own row.
 */
export async function up({ run }: Database): Promise<void> {
  await run('ALTER TABLE refunds ADD COLUMN paid_by TEXT');
}
