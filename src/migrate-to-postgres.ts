import { type Compared, compare } from '../db/compare.ts';
import { continueCounting, copyTable, tablesOf } from '../db/copy.ts';
import { type Database, isPostgres, openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { ConfigError } from './config.ts';
import { assertHouse, unopened } from './database-url.ts';

/** `moved`: everything is the same on both sides, and the source is closed for good. Else the target is as empty as it was. */
export type Move = { moved: boolean; compared: readonly Compared[] };

/**
 * Moves a house from SQLite to PostgreSQL. A house that still runs on the source loses it at once and ends; the source is kept locked
 * while it is copied. All of the target is one transaction: killed at any moment, it holds nothing and the move can be begun again.
 * After a success no house opens on the source any more. Throws ConfigError for a source that is none, and a target that is not empty.
 */
export async function migrateToPostgres(sourceUrl: string, targetUrl: string): Promise<Move> {
  if (isPostgres(sourceUrl))
    throw new ConfigError('DATABASE_URL is a PostgreSQL database; it should be the SQLite one that is moved');
  await assertHouse(sourceUrl);
  const target = await openTarget(targetUrl);
  const source = await openWriter(sourceUrl);
  try {
    await source.run('UPDATE owner SET epoch = epoch + 1');
    await migrate(source);
    return await move(source, target);
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

async function openTarget(url: string): Promise<Database> {
  const refuse = (error: Error): never => {
    throw unopened(error, url, 'TARGET_DATABASE_URL');
  };
  const target = await openWriter(url, { patient: true }).catch(refuse);
  try {
    await assertEmpty(target);
    await migrate(target).catch(refuse);
    return target;
  } catch (error) {
    await target.close();
    throw error;
  }
}

/** Empty, or as empty as an earlier try has left it: the tables of a house on which none was ever opened. */
async function assertEmpty(target: Database): Promise<void> {
  const tables = await target.select<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name <> 'migrations'",
  );
  const names = tables.map(({ name }) => name);
  if (names.length === 0) return;
  const epochs = names.includes('owner') ? await target.select<{ epoch: number }>('SELECT epoch FROM owner') : [];
  if (epochs[0]?.epoch !== 0)
    throw new ConfigError(`TARGET_DATABASE_URL leads to a database that holds ${names[0]}; it should be empty`);
}

async function move(source: Database, target: Database): Promise<Move> {
  await source.run('BEGIN IMMEDIATE');
  await target.run('BEGIN IMMEDIATE');
  try {
    const tables = await tablesOf(source, target);
    const [owner] = await source.select<{ epoch: number; batches: number }>('SELECT epoch, batches FROM owner');
    // First of all, for it locks the target: a house that is opened on it now waits for the end.
    await target.run('UPDATE owner SET epoch = $1, batches = $2 WHERE epoch = 0', owner!.epoch, owner!.batches);
    for (const table of tables) await copyTable(source, target, table);
    await continueCounting(target);
    const compared = await compare(source, target, tables);
    const moved = compared.every(line => line.source === line.target);
    if (moved) await close(source, target);
    else await undo(source, target);
    return { moved, compared };
  } catch (error) {
    await undo(source, target);
    throw error;
  }
}

/** The target first: should this process die in between, the house is there twice rather than nowhere. */
async function close(source: Database, target: Database): Promise<void> {
  await source.run('DELETE FROM owner');
  await target.run('COMMIT');
  await source.run('COMMIT');
  await target.run('ANALYZE');
}

const undo = async (...databases: Database[]): Promise<void> =>
  void (await Promise.allSettled(databases.map(database => database.run('ROLLBACK'))));

/** For the operator: what was compared, and how it ended. */
export const moveLines = ({ moved, compared }: Move): string[] => [
  ...compared.map(({ what, source, target }) => `${what.padEnd(24)} ${source}${source === target ? '' : `  ≠  ${target}`}`),
  moved
    ? 'Moved. Set DATABASE_URL to the new database; no house opens on the old one any more.'
    : 'Not moved: the two differ. The new database is empty again, and the old one is as it was.',
];
