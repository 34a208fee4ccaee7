import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Database, openReader, openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createWriter, OwnershipLost } from '../db/writer.ts';
import type { Write } from '../src/domain/unit.ts';
import { checkLedger } from '../src/ledger-check.ts';
import { migrateToPostgres, moveLines } from '../src/migrate-to-postgres.ts';
import { freshPostgres, onPostgres } from './databases.ts';
import { fill, rowsIn, tablesIn } from './full-rows.ts';
import { type Line, openLine } from './line.ts';
import { ordered } from './payer.ts';
import { hint, noon, openRows, type Rows, transfer, unitOf, until } from './probe.ts';
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
  await t.throwsAsync(migrateToPostgres('sqlite:./package.json', target), { name: 'ConfigError', message: /SQLITE_NOTADB/ });
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

onPostgres('every row of every table arrives, and what counts by itself goes on behind it', async t => {
  const source = await openSource(t);
  await fill(source.database);
  const tables = await tablesIn(source.reader);
  const before = new Map<string, string[]>();
  for (const table of tables) before.set(table, await rowsIn(source.reader, table));
  const url = await freshPostgres(t);
  const move = await migrateToPostgres(source.url, url);
  t.true(move.moved);
  t.regex(moveLines(move).join('\n'), /outbox: rows +rows 4502\n.*accounts: points +posted \d+ reserved 3\n.*Moved\./s);
  const target = await open(t, url);
  for (const [table, rows] of before) {
    t.true(rows.length >= 2, `${table} has no rows that could be lost`);
    t.deepEqual(await rowsIn(target, table), rows, table);
  }
  const [last] = await target.select<{ id: number }>('SELECT MAX(id) AS id FROM presets');
  const [preset] = await target.select<{ id: number }>(
    `INSERT INTO presets (category, position, name_ru, name_en, description_ru, description_en, prompt, is_active, created_at)
     VALUES ('Styles', 1, 'б', 'b', '', '', 'x', 1, 1) RETURNING id`,
  );
  t.is(preset!.id, last!.id + 1);
  await target.run("DELETE FROM outbox WHERE id LIKE 'outbox.id%'");
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

onPostgres('the target waits without a limit while the source is read, and any other writer lets go of its locks', async t => {
  const source = await openSource(t);
  const url = await freshPostgres(t);
  const target = await open(t, url);
  await migrate(target);
  const idles = "current_setting('idle_in_transaction_session_timeout')";
  await target.run(`CREATE FUNCTION look() RETURNS trigger AS $$ BEGIN
    IF ${idles} <> '0' THEN RAISE EXCEPTION 'it idles for % at most', ${idles}; END IF; RETURN NEW; END $$ LANGUAGE plpgsql`);
  await target.run('CREATE TRIGGER look BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION look()');
  t.true((await migrateToPostgres(source.url, url)).moved);
  t.deepEqual(await target.select(`SELECT ${idles} AS idles`), [{ idles: '30s' }]);
  const patient = await openReader(url, { patient: true });
  t.teardown(patient.close);
  t.deepEqual(await patient.select(`SELECT ${idles} AS idles`), [{ idles: '0' }]);
});

// — the end of a move is cut off —

type Stage = { source: Rows; line: Line; url: string; target: Database };

/** A house, and a target for it whose line can be cut; its tables are there already, so that the move has the only COMMIT. */
async function openStage(t: ExecutionContext): Promise<Stage> {
  const source = await openSource(t);
  const url = await freshPostgres(t);
  const target = await open(t, url);
  await migrate(target);
  return { source, line: await openLine(t, url), url, target };
}

const command = fileURLToPath(new URL(import.meta.url.replace(/.*\./, '../src/main.'), import.meta.url));

/** The command itself, as the operator gives it. */
function give(t: ExecutionContext, sourceUrl: string, targetUrl: string) {
  const env = { ...process.env, DATABASE_URL: `sqlite:${sourceUrl}`, TARGET_DATABASE_URL: targetUrl };
  const child = spawn(process.execPath, [...process.execArgv, command, 'migrate-to-postgres'], { env });
  t.teardown(() => child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', part => (said.out += part));
  child.stderr.on('data', part => (said.err += part));
  const ended = once(child, 'close').then(([code, signal]) => ({ ended: code ?? signal, ...said }));
  return { ended, kill: () => child.kill('SIGKILL') };
}

/** Where a house with these people would open now. */
async function openFor({ source, target }: Stage): Promise<string[]> {
  const owners = {
    source: await source.read('SELECT * FROM owner'),
    target: await target.select('SELECT * FROM owner WHERE epoch > 0'),
  };
  return Object.entries(owners).flatMap(([where, owner]) => (owner.length > 0 ? [where] : []));
}

/** Everything is at the target, the house goes on there, and nothing opens on the source any more. */
async function assertMoved(t: ExecutionContext, stage: Stage): Promise<void> {
  const { source, target } = stage;
  t.deepEqual(await openFor(stage), ['target']);
  await t.throwsAsync(source.another().then(createWriter), { message: /has been moved to PostgreSQL/ });
  for (const table of ['outbox', 'journal', 'accounts', 'transfers'])
    t.deepEqual(await rowsIn(target, table), await rowsIn(source.reader, table), table);
  const { commit } = await createWriter(target);
  t.deepEqual(await commit({ writes: [hint('goes on')] }), { status: 'applied' });
}

const during = (carriedOut: boolean): string => `${carriedOut ? 'after' : 'before'} the target was committed`;

onPostgres(`a move whose connection is lost ${during(true)} is found to have succeeded`, async t => {
  const stage = await openStage(t);
  const lost = stage.line.stopAt('COMMIT', { carriedOut: true });
  const move = migrateToPostgres(stage.source.url, stage.line.url);
  await lost;
  t.deepEqual(await openFor(stage), ['target']);
  stage.line.cut({ refuse: false });
  t.like(await move, { moved: true, warning: null });
  await assertMoved(t, stage);
});

onPostgres(`a move whose connection is lost ${during(false)} leaves the source as it was, and can be begun again`, async t => {
  const stage = await openStage(t);
  const { source, line, target } = stage;
  const tables = await tablesIn(source.reader);
  const lost = line.stopAt('COMMIT', { carriedOut: false });
  const move = migrateToPostgres(source.url, line.url);
  await lost;
  line.cut({ refuse: false });
  await t.throwsAsync(move, { name: 'ConnectionLost' });
  t.deepEqual(await openFor(stage), ['source']);
  t.deepEqual(await tablesIn(source.reader), tables);
  t.deepEqual(await target.select('SELECT COUNT(*) AS rows FROM outbox'), [{ rows: 0 }]);
  const { commit } = await createWriter(await source.another());
  t.deepEqual(await commit({ writes: [hint('still here')] }), { status: 'applied' });
  t.true((await migrateToPostgres(source.url, line.url)).moved);
  await assertMoved(t, stage);
});

for (const carriedOut of [true, false]) {
  onPostgres(
    `while nobody can say how a move ended that was cut off ${during(carriedOut)}, no house opens on the source`,
    async t => {
      const stage = await openStage(t);
      const { source, line } = stage;
      const lost = line.stopAt('COMMIT', { carriedOut });
      const { ended } = give(t, source.url, line.url);
      await lost;
      line.cut({ refuse: true });
      const { ended: code, err } = await ended;
      t.is(code, 1);
      t.regex(err, /^The new database .*run this command again.*\n$/);
      t.deepEqual(await openFor(stage), carriedOut ? ['target'] : []);
      await t.throwsAsync(source.another().then(createWriter), { message: /has been moved to PostgreSQL/ });
      // Still out of reach; and nobody may take the house elsewhere meanwhile.
      await t.throwsAsync(migrateToPostgres(source.url, line.url), {
        name: 'ConfigError',
        message: /^TARGET_DATABASE_URL holds/,
      });
      await t.throwsAsync(migrateToPostgres(source.url, await freshPostgres(t)), {
        name: 'ConfigError',
        message: /^TARGET_DATABASE_URL leads to another database/,
      });
      t.deepEqual(await openFor(stage), carriedOut ? ['target'] : []);
      line.accept();
      t.true((await migrateToPostgres(source.url, line.url)).moved);
      await assertMoved(t, stage);
    },
  );

  onPostgres(
    `a command that is killed ${during(carriedOut)} leaves one house at most, and a repeat finishes the move`,
    async t => {
      const stage = await openStage(t);
      const { source, line, url, target } = stage;
      const reached = line.stopAt('COMMIT', { carriedOut });
      const { ended, kill } = give(t, source.url, line.url);
      await reached;
      t.deepEqual(await openFor(stage), carriedOut ? ['target'] : []);
      kill();
      t.like(await ended, { ended: 'SIGKILL' });
      t.deepEqual(await openFor(stage), carriedOut ? ['target'] : []);
      await t.throwsAsync(source.another().then(createWriter), { message: /has been moved to PostgreSQL/ });
      const again = await give(t, source.url, url).ended;
      t.is(again.ended, 0, again.err);
      t.regex(again.out, /^Moved\. Set DATABASE_URL/m);
      await assertMoved(t, stage);
      // Nor does one more, now that the house lives there, do any harm.
      t.true((await migrateToPostgres(source.url, url)).moved);
      t.deepEqual(await target.select("SELECT COUNT(*) AS rows FROM outbox WHERE id = 'goes on'"), [{ rows: 1 }]);
    },
  );
}

onPostgres('a command that comes while another is about to end waits for it, and tells the same', async t => {
  const stage = await openStage(t);
  const { source, line, url, target } = stage;
  const reached = line.stopAt('COMMIT', { carriedOut: false });
  const first = migrateToPostgres(source.url, line.url);
  await reached;
  const second = migrateToPostgres(source.url, url);
  const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await until(async () => (await target.select(waiting)).length === 1, 'the second waits');
  line.resume();
  t.true((await first).moved);
  t.true((await second).moved);
  await assertMoved(t, stage);
});

onPostgres('whoever has lost the target for good is told how the source becomes a house again, and it does', async t => {
  const { source, line } = await openStage(t);
  const lost = line.stopAt('COMMIT', { carriedOut: false });
  const move = migrateToPostgres(source.url, line.url);
  await lost;
  line.cut({ refuse: true });
  await t.throwsAsync(move, { name: 'ConfigError', message: /run this command again/ });
  const elsewhere = await freshPostgres(t);
  const error = await t.throwsAsync(migrateToPostgres(source.url, elsewhere), { message: /Only if that one is lost for good/ });
  const database = await source.another();
  for (const statement of /sqlite3 .* "(.*)"$/.exec(error.message)![1]!.split('; ')) await database.run(statement);
  t.deepEqual(await source.read('SELECT epoch FROM owner'), [{ epoch: 2 }]);
  t.true((await migrateToPostgres(source.url, elsewhere)).moved);
});

onPostgres('a house that has moved is not called back because the statistics of its tables are missing', async t => {
  const stage = await openStage(t);
  const lost = stage.line.stopAt('ANALYZE', { carriedOut: false });
  const { ended } = give(t, stage.source.url, stage.line.url);
  await lost;
  stage.line.cut({ refuse: true });
  const { ended: code, out, err } = await ended;
  t.deepEqual({ code, err }, { code: 0, err: '' });
  t.regex(out, /Moved\. Set DATABASE_URL.*\n.*ANALYZE/);
  await assertMoved(t, stage);
});

onPostgres('a house that is opened on the target at the last moment keeps it: the move is refused', async t => {
  const { source, line, target } = await openStage(t);
  await t.throwsAsync(
    async () => {
      const reached = line.stopAt('UPDATE owner SET epoch', { carriedOut: false });
      const move = migrateToPostgres(source.url, line.url);
      await reached;
      await createWriter(target);
      line.resume();
      return move;
    },
    { name: 'ConfigError', message: /should be empty/ },
  );
  t.deepEqual(await target.select('SELECT COUNT(*) AS rows FROM outbox'), [{ rows: 0 }]);
  t.deepEqual(await source.read('SELECT epoch FROM owner'), [{ epoch: 2 }]);
});
