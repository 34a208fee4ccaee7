import { SequelizeStorage, Umzug } from 'umzug';
import { type Database, DatabaseUnusable } from './database.ts';
import { up as house } from './migrations/0001-house.ts';
import { up as payments } from './migrations/0002-payments.ts';
import { up as times } from './migrations/0003-times.ts';
import { up as money } from './migrations/0004-money.ts';

/** Append-only: a migration that has run anywhere is never changed, only followed. */
const migrations = [
  { name: '0001-house', up: house },
  { name: '0002-payments', up: payments },
  { name: '0003-times', up: times },
  { name: '0004-money', up: money },
];

/** Brings the database to the newest shape; the same list in tests and production. */
export async function migrate(database: Database): Promise<void> {
  const umzug = new Umzug({
    migrations: migrations.map(({ name, up }) => ({
      name,
      up: ({ context }: { context: Database }) => inTransaction(context, up),
    })),
    context: database,
    storage: new SequelizeStorage({ sequelize: database.sequelize, tableName: 'migrations' }),
    logger: undefined,
  });
  await umzug.up().catch(error => {
    throw isForbidden(error) ? new DatabaseUnusable(error.message) : error;
  });
}

/** PostgreSQL's words for: no rights, a replica that is only read, no schema to put tables in. */
const isForbidden = (error: { parent?: { code?: string } }): boolean =>
  ['42501', '25006', '3F000'].includes(error.parent?.code ?? '');

async function inTransaction(database: Database, up: (database: Database) => Promise<void>): Promise<void> {
  await database.run('BEGIN IMMEDIATE');
  try {
    await up(database);
    await database.run('COMMIT');
  } catch (error) {
    // Where the connection is gone there is nothing to undo; what went wrong first is what is told.
    await database.run('ROLLBACK').catch(() => {});
    throw error;
  }
}
