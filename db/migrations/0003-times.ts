import type { Database } from '../database.ts';

/** How long a completed job waited and ran, and where; unknown for what was made before, or while nobody looked. */
export async function up({ run }: Database): Promise<void> {
  for (const statement of statements) await run(statement);
}

const statements = [
  'ALTER TABLE jobs ADD COLUMN server TEXT',
  'ALTER TABLE jobs ADD COLUMN wait_ms BIGINT',
  'ALTER TABLE jobs ADD COLUMN run_ms BIGINT',
  'CREATE INDEX jobs_timed ON jobs (updated_at) WHERE run_ms IS NOT NULL',
];
