import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Compared, compare } from '../db/compare.ts';
import { continueCounting, copyTable, tablesOf } from '../db/copy.ts';
import { type Database, openReader, openWriter } from '../db/database.ts';
import { announce, arrivalOf, arrive, comeBack, comingBack, departureOf, leave } from '../db/handover.ts';
import { migrate } from '../db/migrate.ts';
import { isPostgres, sqlitePath } from '../db/url.ts';
import { ConfigError } from './config-error.ts';
import { assertHouse, unopened } from './database-url.ts';

/**
 * `moved`: everything is the same on both sides, and the source is closed for good. Else the target is as empty as it was.
 * `compared` is empty where an earlier try had moved the house; `warning`: what is left to do after a success.
 */
export type Move = { moved: boolean; compared: readonly Compared[]; warning: string | null };

/**
 * Moves a house from SQLite to PostgreSQL. A house that still runs on the source loses it at once and ends; the source is kept
 * locked while it is copied. All of the target is one transaction, and the source is closed just before it is committed: killed
 * at any moment, there is one house at most, and a repeat finishes the move or begins it again. After a success no house opens on
 * the source any more. Throws ConfigError for a source that is none, a target that is not empty, and where nobody can say how the
 * move ended.
 */
export async function migrateToPostgres(sourceUrl: string, targetUrl: string): Promise<Move> {
  if (isPostgres(sourceUrl))
    throw new ConfigError('DATABASE_URL is a PostgreSQL database; it should be the SQLite one that is moved');
  await assertSource(sourceUrl);
  const refuse = (error: Error): never => {
    throw unopened(error, targetUrl, 'TARGET_DATABASE_URL');
  };
  const target = await openWriter(targetUrl, { patient: true }).catch(refuse);
  const source = await openWriter(sourceUrl);
  try {
    if (await hasMoved(source, target)) return { moved: true, compared: [], warning: await analyse(target) };
    await assertEmpty(target);
    await migrate(target).catch(refuse);
    return await begin(source, target);
  } finally {
    // What has moved has moved, whether or not a connection closes well.
    await Promise.allSettled([source.close(), target.close()]);
  }
}

/** A house; or what it left behind when its move was cut off, or done. */
async function assertSource(url: string): Promise<void> {
  const departure = await departed(url).catch((error: Error) => {
    throw unopened(error, url);
  });
  if (!departure) await assertHouse(url);
}

async function departed(url: string): Promise<string | undefined> {
  if (!existsSync(sqlitePath(url))) return undefined;
  const reader = await openReader(url);
  return departureOf(reader).finally(reader.close);
}

/** How an earlier move of this source ended that may have been cut off; where it did not arrive, the source is a house again. */
async function hasMoved(source: Database, target: Database): Promise<boolean> {
  const move = await departureOf(source);
  if (!move) return false;
  const arrival = await arrivalOf(target, move).catch(cause => {
    throw new ConfigError(words.unknown, { cause });
  });
  if (arrival === 'unheard of') throw new ConfigError(words.elsewhere);
  if (arrival === 'awaited') await comeBack(source, move);
  return arrival === 'arrived';
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

async function begin(source: Database, target: Database): Promise<Move> {
  const id = randomUUID();
  await announce(target, id);
  await source.run('UPDATE owner SET epoch = epoch + 1');
  await migrate(source);
  await source.run('BEGIN IMMEDIATE');
  await target.run('BEGIN IMMEDIATE');
  try {
    const compared = await copy(source, target, id);
    const moved = compared.every(line => line.source === line.target);
    if (moved) await complete(source, target, id);
    else await undo(source, target);
    return { moved, compared, warning: moved ? await analyse(target) : null };
  } catch (error) {
    await undo(source, target);
    throw error;
  }
}

async function copy(source: Database, target: Database, move: string): Promise<Compared[]> {
  const tables = await tablesOf(source, target);
  // First of all, for it locks the target.
  if (!(await arrive(source, target, move)))
    throw new ConfigError('TARGET_DATABASE_URL leads to a database on which a house has just been opened; it should be empty');
  for (const table of tables) await copyTable(source, target, table);
  await continueCounting(target);
  return compare(source, target, tables);
}

/**
 * The source first: should this process die in between, the house is nowhere until a repeat has looked, rather than in two
 * places.
 */
async function complete(source: Database, target: Database, move: string): Promise<void> {
  await leave(source, move);
  try {
    await target.run('COMMIT');
  } catch (error) {
    // Whatever was said, or not: the target itself knows.
    if (!(await hasMoved(source, target))) throw error;
  }
}

const undo = async (...databases: Database[]): Promise<void> =>
  void (await Promise.allSettled(databases.map(database => database.run('ROLLBACK'))));

/** PostgreSQL does this by itself sooner or later: its failure takes nothing back. Returns what to tell of it. */
const analyse = (target: Database): Promise<string | null> =>
  target.run('ANALYZE').then(
    () => null,
    (error: Error) => `ANALYZE did not work there (${error.message}): run it by hand, for until then answers may be slow.`,
  );

const words = {
  unknown:
    'The new database went away before it could say whether it holds the house, so the old one stays closed until that is known: once the new one can be reached, run this command again, which finds out and finishes.',
  elsewhere: `TARGET_DATABASE_URL leads to another database than the one that the house has left for; it should be that one, for the house may be there. Only if that one is lost for good, open the old one again with: sqlite3 <its file> "${comingBack.join('; ')}"`,
};

/** For the operator: what was compared, and how it ended. */
export const moveLines = ({ moved, compared, warning }: Move): string[] => [
  ...compared.map(({ what, source, target }) => `${what.padEnd(24)} ${source}${source === target ? '' : `  ≠  ${target}`}`),
  moved
    ? 'Moved. Set DATABASE_URL to the new database; no house opens on the old one any more.'
    : 'Not moved: the two differ. The new database is empty again, and the old one is as it was.',
  ...(warning === null ? [] : [warning]),
];
