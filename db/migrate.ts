import { type Database, DatabaseUnusable } from './database.ts';
import { up as house } from './migrations/0001-house.ts';
import { up as payments } from './migrations/0002-payments.ts';
import { up as times } from './migrations/0003-times.ts';
import { up as money } from './migrations/0004-money.ts';
import { up as refunds } from './migrations/0005-refunds.ts';

/** Append-only: a migration that has run anywhere is never changed, only followed. */
const migrations = [
  { name: '0001-house', up: house },
  { name: '0002-payments', up: payments },
  { name: '0003-times', up: times },
  { name: '0004-money', up: money },
  { name: '0005-refunds', up: refunds },
];

/** Brings the database to the newest shape; the same list in tests and production. */
export async function migrate(database: Database): Promise<void> {
  const done = await namesOf(database);
  if (migrations.every(({ name }) => done.includes(name))) return;
  // As much to load as all of Sequelize, and most starts have nothing to migrate.
  const { Umzug } = await import('umzug');
  const umzug = new Umzug({
    migrations: migrations.map(({ name, up }) => ({
      name,
      up: () => inTransaction(database, () => runAndNote(name, up, database)),
    })),
    storage: { executed: () => namesOf(database), logMigration: noted, unlogMigration: noted },
    logger: undefined,
  });
  await beginNotes(database)
    .then(() => umzug.up())
    .catch(error => {
      throw isForbidden(error) ? new DatabaseUnusable(error.message) : error;
    });
}

/** Of the migrations those that have run. */
async function namesOf(database: Database): Promise<string[]> {
  const rows = await database.select<{ name: string }>('SELECT name FROM migrations').catch(error => {
    if (database.faultOf(error) !== 'statement') throw error;
    return [];
  });
  return rows.map(({ name }) => name);
}

const beginNotes = (database: Database): Promise<unknown> =>
  database.run('CREATE TABLE IF NOT EXISTS migrations (name VARCHAR(255) NOT NULL PRIMARY KEY)');

/** The note of a migration stands in its own transaction: whatever ends the process, one that has run is never run again. */
async function runAndNote(name: string, up: (database: Database) => Promise<void>, database: Database): Promise<void> {
  await up(database);
  await database.run(`INSERT INTO migrations (name) VALUES ('${name}')`);
}

const noted = async (): Promise<void> => {};

/**
 * PostgreSQL's words for: no rights, a replica that is only read, no schema to put tables in. Umzug hands them on as the cause of
 * its own.
 */
const isForbidden = ({ code, cause }: { code?: string; cause?: { code?: string } }): boolean =>
  ['42501', '25006', '3F000'].includes(code ?? cause?.code ?? '');

async function inTransaction(database: Database, work: () => Promise<void>): Promise<void> {
  await database.run('BEGIN IMMEDIATE');
  try {
    await work();
    await database.run('COMMIT');
  } catch (error) {
    // Where the connection is gone there is nothing to undo; what went wrong first is what is told.
    await database.run('ROLLBACK').catch(() => {});
    throw error;
  }
}
