import test, { type ExecutionContext } from 'ava';
import { openReader, openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createWriter, OwnershipLost } from '../db/writer.ts';
import type { Write } from '../src/domain/unit.ts';
import { checkLedger } from '../src/ledger-check.ts';
import { migrateToPostgres, moveLines } from '../src/migrate-to-postgres.ts';
import { freshPostgres, onPostgres } from './databases.ts';
import { ordered } from './payer.ts';
import { hint, noon, openRows, type Rows, transfer, unitOf } from './probe.ts';
import { openStudio, phonePhoto } from './studio.ts';

onPostgres('a house is moved with its people, jobs and payments, and goes on as if nothing had been', async t => {
  const target = await freshPostgres(t);
  const studio = await openStudio(t, { shop: true });
  const anna = studio.telegram.person(1001, { firstName: 'Анна' });
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  await anna.sendPhoto(await phonePhoto(), { caption: 'Сделай зиму' });
  await anna.waitFor(/Оставшийся баланс: 30 баллов/);
  studio.shop.pay(await ordered(anna, 100));
  await anna.waitFor(/Начислено/);
  const before = studio.env['DATABASE_URL']!;
  const { moved, compared } = await migrateToPostgres(before, target);
  t.true(moved, JSON.stringify(compared));
  // The house that was open has lost its database: whatever comes now waits for the new one.
  anna.sendText('/balance');
  await studio.step(({ error }) => error instanceof OwnershipLost);
  studio.env['DATABASE_URL'] = target;
  await studio.reopen();
  await anna.waitFor(/Баланс: 10\s030 баллов/);
  await anna.sendPhoto(await phonePhoto(2), { caption: 'Сделай лето' });
  await anna.waitFor(/Оставшийся баланс: 10\s000 баллов/);
  t.deepEqual((await checkLedger(target)).flaws, []);
  t.deepEqual(await studio.read('SELECT state, COUNT(*) AS jobs FROM jobs GROUP BY state'), [{ state: 'completed', jobs: 2 }]);
  const old = await openReader(before);
  t.teardown(old.close);
  t.deepEqual(await old.select('SELECT COUNT(*) AS jobs FROM jobs'), [{ jobs: 1 }]);
  await t.throwsAsync(openWriter(before).then(createWriter), { message: /has been moved to PostgreSQL/ });
});

test('what is no SQLite database of a house is not moved', async t => {
  const target = 'postgres://anna@127.0.0.1:9/db';
  await t.throwsAsync(migrateToPostgres(target, target), { name: 'ConfigError', message: /^DATABASE_URL .*SQLite/ });
  await t.throwsAsync(migrateToPostgres('sqlite:./no-such.db', target), {
    name: 'ConfigError',
    message: /there is no database$/,
  });
});

/** A small house: points, words, a journal, rows without a key, more rows than are copied at once. */
async function openSource(t: ExecutionContext): Promise<Rows> {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const many = Array.from({ length: 4_500 }, (_, n) => `m${n}`);
  const dead: Write = { do: 'keepUpdate', updateId: 1, data: 'a\0b', at: noon };
  await commit({ ...unitOf(transfer('gift', 'bonus', 'user:1', 60)), writes: many.map(id => hint(id)) });
  for (const seq of [1, 2]) await commit({ event: { key: 'user-1', seq, at: noon, data: '{"a":"\\u0000"}' }, writes: [dead] });
  await rows.database.run(
    `INSERT INTO presets (id, category, position, name_ru, name_en, description_ru, description_en, prompt, is_active, created_at)
     VALUES (7, 'Styles', 1, 'а', 'a', '', '', 'x', 1, 1), (41, 'Styles', 1, 'а', 'a', '', '', 'x', 1, 1)`,
  );
  return rows;
}

const open = async (t: ExecutionContext, url: string) => {
  const database = await openWriter(url);
  t.teardown(database.close);
  return database;
};

onPostgres('every row arrives, and what counts by itself goes on behind it', async t => {
  const source = await openSource(t);
  const url = await freshPostgres(t);
  const move = await migrateToPostgres(source.url, url);
  t.true(move.moved);
  t.regex(moveLines(move).join('\n'), /outbox: rows +rows 4500\n.*accounts: points +posted 0 reserved 0\n.*Moved\./s);
  const target = await open(t, url);
  for (const sql of [
    'SELECT * FROM outbox ORDER BY seq',
    'SELECT * FROM journal ORDER BY key, seq',
    'SELECT * FROM accounts ORDER BY id',
  ])
    t.deepEqual(await target.select(sql), await source.read(sql), sql);
  const [preset] = await target.select(
    `INSERT INTO presets (category, position, name_ru, name_en, description_ru, description_en, prompt, is_active, created_at)
     VALUES ('Styles', 1, 'б', 'b', '', '', 'x', 1, 1) RETURNING id`,
  );
  t.deepEqual(preset, { id: 42 });
  const { commit } = await createWriter(target);
  await commit({ writes: [hint('after')] });
  t.deepEqual(await target.select('SELECT id FROM outbox ORDER BY seq DESC LIMIT 1'), [{ id: 'after' }]);
});

onPostgres('a target that holds anything is refused, and nothing is touched', async t => {
  const source = await openSource(t);
  const url = await freshPostgres(t);
  const target = await open(t, url);
  await target.run('CREATE TABLE somebodys (n BIGINT)');
  await t.throwsAsync(migrateToPostgres(source.url, url), {
    name: 'ConfigError',
    message: /^TARGET_DATABASE_URL .*holds somebodys/,
  });
  await target.run('DROP TABLE somebodys');
  await migrate(target);
  await createWriter(target);
  await t.throwsAsync(migrateToPostgres(source.url, url), { name: 'ConfigError', message: /should be empty/ });
  t.deepEqual(await source.read('SELECT epoch FROM owner'), [{ epoch: 1 }]);
});

for (const [what, body, ends] of [
  ['that is cut off in the middle', 'PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW;', 'throws'],
  ['that loses a point on the way', 'NEW.posted := NEW.posted + 1; RETURN NEW;', 'differs'],
] as const)
  onPostgres(`a move ${what} leaves the target empty and the source as it was, and can be begun again`, async t => {
    const source = await openSource(t);
    const url = await freshPostgres(t);
    const target = await open(t, url);
    await migrate(target);
    await target.run(`CREATE FUNCTION spoil() RETURNS trigger AS $$ BEGIN ${body} END $$ LANGUAGE plpgsql`);
    await target.run('CREATE TRIGGER spoil BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION spoil()');
    if (ends === 'throws') await t.throwsAsync(migrateToPostgres(source.url, url));
    else {
      const move = await migrateToPostgres(source.url, url);
      t.false(move.moved);
      t.regex(
        moveLines(move).join('\n'),
        /accounts: points +posted 0 reserved 0 {2}≠ {2}posted 2.*accounts that differ +0 {2}≠ {2}2\nNot moved/s,
      );
    }
    t.deepEqual(await target.select('SELECT COUNT(*) AS rows FROM outbox'), [{ rows: 0 }]);
    t.deepEqual(await target.select('SELECT epoch FROM owner'), [{ epoch: 0 }]);
    const { commit } = await createWriter(await source.another());
    t.deepEqual(await commit({ writes: [hint('still here')] }), { status: 'applied' });
    await target.run('DROP TRIGGER spoil ON accounts');
    t.true((await migrateToPostgres(source.url, url)).moved);
    t.deepEqual(await target.select('SELECT COUNT(*) AS rows FROM outbox'), [{ rows: 4_501 }]);
  });
