import { SequelizeStorage, Umzug } from 'umzug';
import type { Database } from './database.ts';
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
  await umzug.up();
}

async function inTransaction(database: Database, up: (database: Database) => Promise<void>): Promise<void> {
  await database.run('BEGIN IMMEDIATE');
  try {
    await up(database);
    await database.run('COMMIT');
  } catch (error) {
    await database.run('ROLLBACK');
    throw error;
  }
}
