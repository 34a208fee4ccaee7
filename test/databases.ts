/** The kinds of database that this machine has, for tests that hold on each of them. */
import { userInfo } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import { type Database, openReader, openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { openRows, type Rows, rowsOf } from './probe.ts';

/** The PostgreSQL of the usual PG* variables, or of this machine; undefined where none answers. */
export const postgresUrl = await firstThatAnswers();

/**
 * A fresh PostgreSQL database, for as long as the test lasts. No schema in one that all share: Sequelize looks at all of them.
 */
export async function freshPostgres(t: ExecutionContext): Promise<string> {
  const { url, drop } = await createDatabase();
  t.teardown(drop);
  return url;
}

export type Open = (t: ExecutionContext) => Promise<Rows>;

/**
 * Declares a test once for each kind. On PostgreSQL one follows the other, so that few connections do for any number of tests.
 */
export function onEach(title: string, body: (t: ExecutionContext, open: Open) => Promise<void>): void {
  test(title, t => body(t, openRows));
  if (!postgresUrl) return;
  if (!isCleanedUp) test.after.always('the database that the tests shared goes', async () => (await shared)?.drop());
  isCleanedUp = true;
  test.serial(`PostgreSQL: ${title}`, t => body(t, emptiedPostgres));
}

/** The same for a whole house: what `openStudio` takes says where its rows are. */
export function inEachHouse(title: string, body: (t: ExecutionContext, on: { databaseUrl?: string }) => Promise<void>): void {
  test.serial(title, t => body(t, {}));
  if (postgresUrl) test.serial(`PostgreSQL: ${title}`, async t => body(t, { databaseUrl: await freshPostgres(t) }));
}

/**
 * Declares a test that only PostgreSQL can pass or fail; where there is none, one skip in `postgres.test.ts` speaks for all of
 * them.
 */
export function onPostgres(title: string, body: (t: ExecutionContext) => Promise<void>): void {
  if (postgresUrl) test.serial(title, body);
}

let shared: ReturnType<typeof createDatabase> | undefined;
let isCleanedUp = false;

/** Migrated once for the file, and emptied for each test. */
async function emptiedPostgres(t: ExecutionContext): Promise<Rows> {
  shared ??= createDatabase(migrate);
  const { url } = await shared;
  const rows = rowsOf(url, [await openWriter(url), await openReader(url)]);
  t.teardown(rows.close);
  const tables = await rows.read<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()
     AND table_name NOT IN ('migrations', 'owner')`,
  );
  const emptied = tables.map(({ name }) => `DELETE FROM ${name}`);
  await rows.database.run(['UPDATE owner SET epoch = 0, batches = 0', ...emptied].join('; '));
  return rows;
}

async function createDatabase(prepare: (database: Database) => Promise<void> = async () => {}) {
  const name = `house_test_${process.pid}_${Math.random().toString(36).slice(2)}`;
  const url = postgresUrl!.replace(/[^/]*$/, name);
  await administer(`CREATE DATABASE ${name}`);
  const database = await openWriter(url);
  await prepare(database);
  await database.close();
  return { url, drop: () => administer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function administer(sql: string): Promise<void> {
  const database = await openWriter(postgresUrl!);
  await database.run(sql);
  await database.close();
}

async function firstThatAnswers(): Promise<string | undefined> {
  const { PGHOST = '127.0.0.1', PGPORT = '5432', PGUSER, PGPASSWORD = '', PGDATABASE = 'postgres' } = process.env;
  for (const user of PGUSER ? [PGUSER] : [userInfo().username, 'postgres']) {
    const url = `postgres://${user}:${encodeURIComponent(PGPASSWORD)}@${PGHOST}:${PGPORT}/${PGDATABASE}`;
    const database = await openReader(url).catch(() => undefined);
    await database?.close();
    if (database) return url;
  }
  return undefined;
}
