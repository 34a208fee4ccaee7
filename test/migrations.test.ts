import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { seedCatalogue } from '../db/catalogue.ts';
import { type Database, openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { sqlitePath } from '../db/url.ts';
import { createWriter } from '../db/writer.ts';
import { seedPresets } from '../src/domain/seed-presets.ts';
import { freshPostgres, onEach, onPostgres } from './databases.ts';
import { hint, openRows, type Rows } from './probe.ts';

const shapeOf = async ({ read, database }: Rows) =>
  database.dialect === 'sqlite'
    ? read('SELECT type, name, sql FROM sqlite_master ORDER BY type, name')
    : [
        ...(await read(`SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
            WHERE table_schema = current_schema() ORDER BY table_name, column_name`)),
        ...(await read('SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexdef')),
      ];

onEach('run again, migrations change nothing: neither the shape nor what is there', async (t, openRows) => {
  const rows = await openRows(t);
  const shape = await shapeOf(rows);
  const { commit } = await createWriter(rows.database);
  await commit({ writes: [hint('said')] });
  await migrate(rows.database);
  t.deepEqual(await shapeOf(rows), shape);
  t.deepEqual(await rows.read('SELECT id FROM outbox'), [{ id: 'said' }]);
  t.deepEqual(await rows.read('SELECT id, epoch FROM owner'), [{ id: 1, epoch: 1 }]);
});

onEach('each migration is noted under its name', async (t, openRows) => {
  const { read } = await openRows(t);
  t.deepEqual(
    (await read<{ name: string }>('SELECT name FROM migrations ORDER BY name')).map(({ name }) => name)[0],
    '0001-house',
  );
});

onEach('everything the house keeps has its table', async (t, openRows) => {
  const { read } = await openRows(t);
  for (const name of [
    ...['owner', 'users', 'journal', 'snapshots', 'accounts', 'transfers', 'jobs', 'attempts'],
    ...['outbox', 'wakeups', 'categories', 'presets'],
  ])
    t.deepEqual(await read(`SELECT COUNT(*) AS n FROM ${name} WHERE 1 = 0`), [{ n: 0 }], name);
});

/** As a process that is killed right after its `n`th commit: nothing more is written, and nobody hears of it. */
const dyingAfter = (database: Database, n: number): Database => ({
  ...database,
  async run(sql, ...bind) {
    await database.run(sql, ...bind);
    if (sql !== 'COMMIT' || --n > 0) return;
    await database.close();
    throw new Error('killed');
  },
});

const whereverItDies = async (t: ExecutionContext, freshUrl: (t: ExecutionContext) => Promise<string>): Promise<void> => {
  for (let n = 1, died = true; died; n++) {
    const url = await freshUrl(t);
    died = await migrate(dyingAfter(await openWriter(url), n)).then(
      () => false,
      () => true,
    );
    const database = await openWriter(url);
    await t.notThrowsAsync(migrate(database), `after a death at commit ${n}`);
    const names = await database.select<{ name: string }>('SELECT name FROM migrations');
    t.is(new Set(names.map(({ name }) => name)).size, names.length);
    await createWriter(database);
    await database.close();
    t.true(died || n > 3, 'there are as many commits as migrations');
  }
};

test('a start that is killed between two migrations is followed by one that goes on there', t =>
  whereverItDies(t, async () => join(folderOf(t), 'house.db')));
onPostgres('PostgreSQL: a start that is killed between two migrations is followed by one that goes on there', t =>
  whereverItDies(t, freshPostgres),
);

/** A folder for as long as the test lasts. */
function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

onPostgres('a commit survives a power cut: whoever is told of it, it is on the disk', async t => {
  const database = await openWriter(await freshPostgres(t));
  t.teardown(database.close);
  t.deepEqual(await database.select('SHOW synchronous_commit'), [{ synchronous_commit: 'on' }]);
});

onPostgres('new presets get numbers that follow those there are', async t => {
  const database = await openWriter(await freshPostgres(t));
  t.teardown(database.close);
  await migrate(database);
  for (const at of [1, 2]) await seedCatalogue(database, at);
  await database.run("UPDATE presets SET slug = 'renamed' WHERE id = 1");
  await seedCatalogue(database, 3);
  const [ids] = await database.select<{ most: number; all_: number }>('SELECT MAX(id) AS most, COUNT(*) AS all_ FROM presets');
  t.like(ids, { most: seedPresets.length + 1, all_: seedPresets.length + 1 });
});

test('a commit survives a power cut: WAL, and every commit is synced', async t => {
  const { database } = await openRows(t);
  t.deepEqual(await database.select('PRAGMA journal_mode'), [{ journal_mode: 'wal' }]);
  t.deepEqual(await database.select('PRAGMA synchronous'), [{ synchronous: 2 }]);
});

test('what is looked for at every start is found by an index, however much has ended', async t => {
  const { read } = await openRows(t);
  const planOf = async (sql: string) =>
    (await read<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)).map(({ detail }) => detail).join('; ');
  const open = "state IN ('received', 'queued', 'submitting')";
  t.regex(await planOf(`SELECT * FROM jobs WHERE ${open} ORDER BY created_at`), /USING INDEX jobs_open/);
  t.regex(await planOf("SELECT * FROM outbox WHERE state IN ('pending', 'sending') ORDER BY seq"), /USING INDEX outbox_open/);
  t.regex(await planOf('SELECT * FROM wakeups ORDER BY due'), /USING INDEX wakeups_due/);
  t.regex(await planOf("SELECT * FROM transfers WHERE reservation = 'x'"), /USING INDEX transfers_resolve_once/);
});

test('addresses of SQLite files in all their spellings', t => {
  const paths: Record<string, string> = {
    ...{ 'sqlite:./data/bot.db': './data/bot.db', 'sqlite:///./x.db': './x.db', 'sqlite:////abs/x.db': '/abs/x.db' },
    ...{ 'sqlite:/abs/x.db': '/abs/x.db', 'sqlite::memory:': ':memory:' },
  };
  for (const [url, path] of Object.entries(paths)) t.is(sqlitePath(url), path);
});
