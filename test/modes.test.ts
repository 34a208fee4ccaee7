import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { openWriter } from '../db/database.ts';
import type { Snapshot } from '../src/sandbox/page/wire.ts';
import { startTelegram } from '../src/sandbox/telegram/server.ts';
import { build } from './built.ts';
import { project } from './project.ts';
import { phonePhoto, token } from './studio.ts';

const main = join(project, 'dist/src/main.js');
const onLinux = process.platform === 'linux' ? test : test.skip;
const ANNA = 501_000_001;

test.before(build);

type Started = {
  child: ChildProcess;
  folder: string;
  said: { out: string; err: string };
  /** Of the process itself; of a signal, its name. */
  ended: Promise<number | string | null>;
  /** Resolves with what was printed, once it fits; rejects when the process has ended before. */
  printed(words: RegExp): Promise<RegExpExecArray>;
};

/** `npm start` in an empty folder, with nothing in its environment but `env` and any free port. */
function start(t: ExecutionContext, env: Record<string, string> = {}, folder = mkdtempSync(join(tmpdir(), 'modes-'))): Started {
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', part => {
    said.out += part;
  });
  child.stderr.on('data', part => {
    said.err += part;
  });
  const ended = once(child, 'close').then(([code, signal]) => signal ?? code);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const printed = async (words: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = words.exec(said.out);
      if (found) return found;
      await Promise.race([once(child.stdout, 'data'), ended.then(code => Promise.reject(new Error(`${code}: ${said.err}`)))]);
    }
  };
  return { child, folder, said, ended, printed };
}

const childrenOf = (pid: number): number[] => {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : [];
};

/** Whoever has ended and was not asked for it by its parent yet is gone, too. */
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

async function until(holds: () => boolean | Promise<boolean>, what: string, withinMs = 60_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await holds()); await passed(25))
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
}

const real = { BOT_TOKEN: token, TELEGRAM_API_URL: 'http://127.0.0.1:9' };
const whole = { ...real, COMFYUI_URL: 'http://127.0.0.1:9', PAYMENTS_ENABLED: 'false' };
const refused: [Record<string, string>, RegExp][] = [
  [{ NODE_ENV: 'production' }, /^BOT_TOKEN is not set/],
  [{ ...real, NODE_ENV: 'production' }, /^COMFYUI_URL is not set/],
  [{ HOST: '0.0.0.0' }, /^HOST holds "0\.0\.0\.0"; .*loopback only/],
  [{ EDIT_COST: '30\npoints' }, /^EDIT_COST holds "30\\npoints"/],
  [{ ADMIN_IDS: '@anna' }, /^ADMIN_IDS holds "@anna"/],
  [{ YUKASSA_SHOP_ID: '100500' }, /^YUKASSA_API_KEY is not set/],
  [{ ...real, YUKASSA_API_KEY: 'live_hunter2hunter2' }, /^YUKASSA_SHOP_ID is not set/],
  [{ BOT_TOKEN: 'hunter2hunter2hunter2' }, /^BOT_TOKEN holds "hunt…"/],
  [{ ...real, PAYMENTS_ENABLED: 'maybe' }, /^PAYMENTS_ENABLED holds "maybe"/],
  [{ DATA_DIR: 'a-file/photos' }, /^DATA_DIR holds "a-file\/photos"/],
  [{ ...whole, DATA_DIR: 'a-file' }, /^DATA_DIR holds "a-file"/],
  [{ DATABASE_URL: 'sqlite:a-file/bot.db' }, /^DATABASE_URL holds "sqlite:a-file\/bot\.db"/],
  [
    { ...whole, DATABASE_URL: 'postgres://anna:hunter2hunter2@127.0.0.1:9/db' },
    /^DATABASE_URL holds "postgres:\/\/…@127.0.0.1:9\/db"; .*ECONNREFUSED/,
  ],
  [{ DATABASE_URL: 'postgres://anna:hunter2hunter2' }, /^DATABASE_URL holds "postgres:\/\/anna:…"; it should be/],
  [{ ...whole, DATABASE_URL: 'sqlite:a-file' }, /^DATABASE_URL holds "sqlite:a-file"; .*SQLITE_NOTADB/],
];

test('a start that is refused says one line, calls nothing open, ends with 1 and leaves nothing behind', async t => {
  const turns = refused.values();
  const attend = async (): Promise<void> => {
    for (const [env, line] of turns) {
      const folder = mkdtempSync(join(tmpdir(), 'modes-'));
      writeFileSync(join(folder, 'a-file'), 'This is a text and no database.');
      const { ended, said } = start(t, env, folder);
      t.is(await ended, 1, JSON.stringify(env));
      t.regex(said.err, line);
      t.regex(said.err, /^[^\n]+\n$/);
      t.is(said.out, '', JSON.stringify(env));
      t.false(said.err.includes('hunter2hunter2'));
      t.deepEqual(readdirSync(folder), ['a-file'], JSON.stringify(env));
    }
  };
  await Promise.all([attend(), attend()]);
});

test('a port that is taken is named, and the second start touches nothing', async t => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.teardown(() => holder.close());
  const { port } = holder.address() as { port: number };
  for (const env of [{}, real, whole]) {
    const { ended, said, folder } = start(t, { ...env, PORT: String(port) });
    t.is(await ended, 1);
    t.regex(said.err, new RegExp(`^PORT holds ${port}; [^\\n]*\\n$`));
    t.deepEqual(readdirSync(folder), []);
  }
});

onLinux('a signal at any moment while the bot loads ends all with 0', async t => {
  const moments = [0, 150, 300, 450, 700].values();
  const attend = async (): Promise<void> => {
    for (const ms of moments) {
      const { child, ended } = start(t);
      await until(() => childrenOf(child.pid!).length > 0, 'a bot is started');
      const bots = childrenOf(child.pid!);
      await passed(ms);
      const asked = Date.now();
      // As a terminal and npm do together.
      child.kill('SIGINT');
      child.kill('SIGTERM');
      t.is(await ended, 0, `after ${ms} ms`);
      t.true(Date.now() - asked < 30_000, `after ${ms} ms it took ${Date.now() - asked} ms`);
      t.false(bots.some(isAlive), `after ${ms} ms`);
    }
  };
  await Promise.all([attend(), attend()]);
});

onLinux('a sandbox that is killed while its bot still loads leaves no bot behind', async t => {
  const { child, ended } = start(t);
  await until(() => childrenOf(child.pid!).length > 0, 'a bot is started');
  const bots = childrenOf(child.pid!);
  child.kill('SIGKILL');
  await ended;
  t.teardown(() => bots.filter(isAlive).forEach(pid => void process.kill(pid, 'SIGKILL')));
  await until(() => !bots.some(isAlive), 'the bot is gone');
  t.pass();
});

onLinux('a bot that heeds no signal does not keep the sandbox for ever', async t => {
  const { child, ended, printed } = start(t);
  await printed(/is open/);
  const [bot] = childrenOf(child.pid!);
  process.kill(bot!, 'SIGSTOP');
  const asked = Date.now();
  child.kill('SIGTERM');
  t.is(await ended, 0);
  t.true(Date.now() - asked < 30_000, `${Date.now() - asked} ms`);
  t.false(isAlive(bot!));
});

/** The state of the page, as a tab that has just been opened gets it. */
async function snapshotOf(url: string): Promise<Snapshot> {
  const leaving = new AbortController();
  const { body } = await fetch(`${url}/events`, { signal: leaving.signal });
  let text = '';
  for await (const part of body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const [, data] = /^data: (.+)\n\n/m.exec(text) ?? [];
    if (data) {
      leaving.abort();
      return JSON.parse(data) as Snapshot;
    }
  }
  throw new Error('the stream has ended');
}

const said = (url: string, words: RegExp) =>
  until(
    async () => (await snapshotOf(url)).messages[ANNA]!.some(({ from, html }) => from === 'bot' && words.test(html)),
    String(words),
  );

test('a kill of everything in the middle of an edit costs nothing: same port, same data, one picture', async t => {
  // Whoever has asked for a log gets the bot's, which tells when the GPU has the edit: until then the photo is this Telegram's
  // alone.
  const first = start(t, { LOG_LEVEL: 'info' });
  const url = (await first.printed(/http:\/\/\S+/))[0];
  const photo = new FormData();
  photo.append('caption', 'зима');
  photo.append('photo', new Blob([new Uint8Array(await phonePhoto())]), 'photo.jpg');
  t.is((await fetch(`${url}/people/${ANNA}/photos`, { method: 'POST', body: photo })).status, 200);
  await first.printed(/job:submitting/);
  const bots = childrenOf(first.child.pid!);
  first.child.kill('SIGKILL');
  await first.ended;
  t.teardown(() => bots.filter(isAlive).forEach(pid => void process.kill(pid, 'SIGKILL')));
  await until(() => !bots.some(isAlive), 'the bot is gone, too');
  const { printed } = start(t, { PORT: new URL(url).port }, first.folder);
  t.is((await printed(/http:\/\/\S+/))[0], url);
  await said(url, /Обработка завершена/);
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/people/${ANNA}/text`, { method: 'POST', headers, body: JSON.stringify({ text: '/balance' }) });
  await said(url, /Баланс: 30 баллов/);
  const { messages } = await snapshotOf(url);
  t.is(messages[ANNA]!.filter(({ html }) => /Обработка завершена/.test(html)).length, 1);
});

const canListen = (host: string): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, host, () => server.close(() => resolve(true)));
  });

test('with a real token alone the bot has a practice shop, says so, credits its payment, and has no sandbox page', async t => {
  const telegram = await startTelegram({ token });
  t.teardown(() => telegram.close());
  const HOST = (await canListen('::1')) ? '::1' : '127.0.0.1';
  // A reconciler that never comes: what is credited was notified.
  const env = { BOT_TOKEN: token, TELEGRAM_API_URL: telegram.url, HOST, PAYMENT_RECONCILE_SECONDS: '600' };
  const { child, ended, printed } = start(t, env);
  const [, origin] = await printed(/is open at (http:\/\/\S+?)"/);
  for (const path of ['/sandbox', '/sandbox/events', '/'])
    t.is((await fetch(`${origin!.replace('//::1', '//[::1]')}${path}`)).status, 404, path);
  const anna = telegram.person(1001, { firstName: 'Анна' });
  anna.sendText('/start');
  t.regex((await anna.waitFor(/Добро пожаловать/)).text ?? '', /не ИИ[\s\S]*Учебная касса: деньги не списываются/);
  await anna.press({ data: 'pay:100:card' });
  const [link] = (await anna.waitFor(/Ожидаю подтверждение/)).buttonUrls.flat();
  const page = await (await fetch(link!)).text();
  const card = /<option value="([^"]+)/.exec(page)?.[1] ?? '';
  const headers = { Origin: new URL(link!).origin };
  await fetch(link!, { method: 'POST', headers, body: new URLSearchParams({ method: 'bank_card', action: 'pay', card }) });
  t.regex((await anna.waitFor(/Платеж успешно обработан/)).text ?? '', /10\s060/);
  child.kill('SIGTERM');
  t.is(await ended, 0);
});

test('a .env is read with line ends of Windows, and one that is no file is told in one line', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'modes-'));
  writeFileSync(join(folder, '.env'), `NODE_ENV=production\r\nBOT_TOKEN=${token}\r\nPAYMENTS_ENABLED=false\r\n`);
  const windows = start(t, {}, folder);
  t.is(await windows.ended, 1);
  t.regex(windows.said.err, /^COMFYUI_URL is not set[^\n]*\n$/);
  const other = mkdtempSync(join(tmpdir(), 'modes-'));
  mkdirSync(join(other, '.env'));
  const unreadable = start(t, {}, other);
  t.is(await unreadable.ended, 1);
  t.regex(unreadable.said.err, /^\.env is there and cannot be read[^\n]*\n$/);
});

test('a house that cannot go on ends although nobody reads its log any more', async t => {
  const telegram = await startTelegram({ token });
  t.teardown(() => telegram.close());
  const env = { ...whole, TELEGRAM_API_URL: telegram.url, LOG_LEVEL: 'debug' };
  const { child, ended, folder, printed } = start(t, env);
  await printed(/is open at/);
  child.stdout!.destroy();
  const anna = telegram.person(1001, { firstName: 'Анна' });
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  // As a second house does that takes the database over.
  const database = await openWriter(join(folder, 'data', 'bot.db'));
  await database.run('UPDATE owner SET epoch = epoch + 1');
  await database.close();
  anna.sendText('/balance');
  t.is(await ended, 1);
});
