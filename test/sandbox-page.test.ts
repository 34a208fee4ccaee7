import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import type { ComfyUIStandIn } from '../src/sandbox/comfyui/server.ts';
import { anyFailure, startFarm } from '../src/sandbox/comfyui-farm.ts';
import type { Control, Events, LogLine, Message, PersonCard, Snapshot } from '../src/sandbox/page/wire.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../src/sandbox/sandbox.ts';
import { startTelegram } from '../src/sandbox/telegram/server.ts';

const ANNA = 501_000_001;
const BORIS = 501_000_002;
const OLGA = 501_000_003;
const KATE = 501_000_004;

/** A bot in a few lines: it answers each text that it knows, and its edge tells what reached it. */
const fakeBot = `
import { connect } from 'node:net';
import { createServer } from 'node:http';
const { BOT_TOKEN, TELEGRAM_API_URL, PORT, WITNESS, REFUSE, FRAGILE } = process.env;
if (REFUSE) { process.stderr.write('PORT holds "x"; it should be a number\\n'); process.exit(1); }
if (FRAGILE) process.exit(7);
if (WITNESS) connect(Number(WITNESS), '127.0.0.1').on('error', () => {}).write(JSON.stringify(process.env));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
const call = async (method, body = {}) => {
  const answer = await fetch(TELEGRAM_API_URL + '/bot' + BOT_TOKEN + '/' + method, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return JSON.parse(text).result;
};
let offset = 0;
const replies = {
  '/start': chat_id => call('sendMessage', { chat_id, text: 'Hello <b>you</b>', parse_mode: 'HTML', reply_markup: { keyboard: [['Menu', 'Balance']] } }),
  buttons: chat_id => call('sendMessage', { chat_id, text: 'choose', reply_markup: { inline_keyboard: [
    [{ text: 'A', callback_data: 'a' }, { text: 'B', callback_data: 'b' }], [{ text: 'Site', url: 'https://example.com/x' }]] } }),
  edit: async chat_id => {
    const { message_id } = await call('sendMessage', { chat_id, text: 'first' });
    await call('sendChatAction', { chat_id, action: 'typing' });
    await call('editMessageText', { chat_id, message_id, text: 'second' });
    await call('deleteMessage', { chat_id, message_id });
  },
  invoice: chat_id => call('sendInvoice', { chat_id, title: 'Points', description: '100 points', payload: 'p', currency: 'XTR', prices: [{ label: 'x', amount: 77 }] }),
  commands: chat_id => call('setMyCommands', { commands: [{ command: 'secret', description: 'For you' }], scope: { type: 'chat', chat_id } })
    .then(() => call('setMyCommands', { commands: [{ command: 'help', description: 'For all' }] })),
  crash: async () => { await call('getUpdates', { offset, timeout: 0 }); process.exit(3); },
};
const take = async ({ message, callback_query: pressed, pre_checkout_query: checkout }) => {
  if (pressed?.data === 'a') await call('answerCallbackQuery', { callback_query_id: pressed.id, text: 'you pressed a', show_alert: true });
  if (checkout) await call('answerPreCheckoutQuery', { pre_checkout_query_id: checkout.id, ok: true });
  if (!message) return;
  const chat_id = message.chat.id;
  if (message.photo) await call('sendPhoto', { chat_id, photo: message.photo.at(-1).file_id, caption: 'again' });
  else if (message.document) await call('sendDocument', { chat_id, document: message.document.file_id });
  else if (message.text) await (replies[message.text] ?? (() => call('sendMessage', { chat_id, text: 'echo ' + message.text })))(chat_id);
};
createServer(async (asked, answer) => {
  let body = '';
  for await (const part of asked) body += part;
  answer.setHeader('X-Edge', 'bot').end(JSON.stringify({ method: asked.method, url: asked.url, headers: asked.headers, body }));
}).listen(Number(PORT), '127.0.0.1', async () => {
  process.stdout.write(JSON.stringify({ level: 30, time: new Date().toISOString(), msg: 'the fake bot is open', user_id: 5, secret: 'hidden' }) + '\\n');
  process.send('ready');
  for (;;) {
    const updates = await call('getUpdates', { offset, timeout: 50 }).catch(() => new Promise(resolve => setTimeout(resolve, 50, [])));
    for (const update of updates) { offset = update.update_id + 1; await take(update).catch(() => {}); }
  }
});
`;

const { execArgv } = process;
// The bots of these tests are plain JavaScript, and start faster without the loader for TypeScript.
process.execArgv = [];

const folder = mkdtempSync(join(tmpdir(), 'sandbox-page-'));
const botEntry = join(folder, 'bot.mjs');
writeFileSync(botEntry, fakeBot);
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>sandbox</title>');
writeFileSync(join(folder, 'app.js'), 'export {};');
writeFileSync(join(folder, '.env'), 'SECRET=1');
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

type Heard = { [K in keyof Events]: { name: K; data: Events[K] } }[keyof Events];
type Watcher = {
  heard: Heard[];
  /** The first event that fits, past ones included. */
  until<K extends keyof Events>(name: K, fits?: (data: Events[K]) => boolean): Promise<Events[K]>;
  /** Only what comes from now on. */
  next<K extends keyof Events>(name: K, fits?: (data: Events[K]) => boolean): Promise<Events[K]>;
};

/** One open tab. */
const watch = async (t: ExecutionContext, sandbox: Sandbox): Promise<Watcher> => {
  const closing = new AbortController();
  t.teardown(() => closing.abort());
  const response = await fetch(`${sandbox.url}/events`, { signal: closing.signal });
  t.is(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const heard: Heard[] = [];
  const lookers = new Set<() => void>();
  const read = async () => {
    let text = '';
    for await (const bytes of response.body!.pipeThrough(new TextDecoderStream())) {
      text += bytes;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const name = /^event: (.+)$/m.exec(block)?.[1];
        if (name) heard.push({ name, data: JSON.parse(/^data: (.+)$/m.exec(block)![1]!) } as Heard);
      }
      for (const look of [...lookers]) look();
    }
  };
  read().catch(() => {});
  const from = <K extends keyof Events>(start: number, name: K, fits: (data: Events[K]) => boolean = () => true) =>
    new Promise<Events[K]>((resolve, reject) => {
      const look = () => {
        const found = heard.slice(start).find(one => one.name === name && fits(one.data as Events[K]));
        if (!found) return;
        clearTimeout(timer);
        lookers.delete(look);
        resolve(found.data as Events[K]);
      };
      const timer = setTimeout(() => reject(new Error(`no event ${name}; heard: ${JSON.stringify(heard.slice(1))}`)), 60_000);
      lookers.add(look);
      look();
    });
  return { heard, until: (name, fits) => from(0, name, fits), next: (name, fits) => from(heard.length, name, fits) };
};

const opened = async (t: ExecutionContext, options: Partial<SandboxOptions> = {}): Promise<Sandbox> => {
  const sandbox = await startSandbox({
    ...{
      missing: ['telegram'],
      environment: { PATH: process.env['PATH'] },
      host: '127.0.0.1',
      port: 0,
      botEntry,
      webFolder: folder,
    },
    ...options,
  });
  t.teardown(() => sandbox.stop());
  return sandbox;
};

const running = async (t: ExecutionContext, options: Partial<SandboxOptions> = {}) => {
  const sandbox = await opened(t, options);
  const tab = await watch(t, sandbox);
  const { bot } = await tab.until('snapshot');
  if (bot !== 'running') await tab.until('bot', state => state === 'running');
  return { sandbox, tab, post: (path: string, body: object = {}) => post(sandbox, path, body) };
};

const post = async (sandbox: Sandbox, path: string, body: object = {}) => {
  const response = await fetch(`${sandbox.url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> & { error?: { message: string } } };
};

const says = (personId: number, fits: (message: Message) => boolean) => (one: Events['message']) =>
  one.personId === personId && fits(one.message);
const byBot = (html: RegExp) => (message: Message) => message.from === 'bot' && html.test(message.html);

const picture = (colour: string, format: 'png' | 'jpeg' = 'png'): Promise<Buffer> =>
  sharp({ create: { width: 200, height: 100, channels: 3, background: colour } })
    .toFormat(format)
    .toBuffer();

const form = (files: { bytes: Buffer; name: string; type?: string }[], fields: Record<string, string> = {}): FormData => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const { bytes, name, type } of files) data.append('photo', new Blob([new Uint8Array(bytes)], { type: type ?? '' }), name);
  return data;
};
const upload = (sandbox: Sandbox, personId: number, body: FormData) =>
  fetch(`${sandbox.url}/people/${personId}/photos`, { method: 'POST', body });

/** A request with a path and headers that fetch would not let through. */
const raw = (sandbox: Sandbox, path: string, options: { method?: string; headers?: Record<string, string> } = {}) =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(sandbox.url);
    const asked = request({ host: hostname, port, path, ...options }, answer => {
      let body = '';
      answer.on('data', part => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    asked.on('error', reject).end();
  });

/** A line of the log, also one that was written before the tab was opened. */
const logged = async (tab: Watcher, words: RegExp): Promise<LogLine> =>
  (await tab.until('snapshot')).log.find(({ text }) => words.test(text)) ?? tab.until('log', ({ text }) => words.test(text));

const controlOf = (controls: readonly Control[], id: string): Control => controls.find(control => control.id === id)!;

// --- the page
// -------------------------------------------------------------------------------------------------------------------

test('a new tab gets everything at once: people, empty chats, the panel, the log', async t => {
  const sandbox = await opened(t, { environment: { BOT_NAME: 'Atelier' }, missing: ['telegram', 'comfyui'] });
  const snapshot: Snapshot = await (await watch(t, sandbox)).until('snapshot');
  t.is(snapshot.botName, 'Atelier');
  t.deepEqual(
    snapshot.people.map(({ id, firstName, isAdmin, blocked, keyboard }) => ({ id, firstName, isAdmin, blocked, keyboard })),
    [
      { id: ANNA, firstName: 'Анна', isAdmin: false, blocked: false, keyboard: null },
      { id: BORIS, firstName: 'Борис', isAdmin: false, blocked: false, keyboard: null },
      { id: OLGA, firstName: 'Ольга', isAdmin: true, blocked: false, keyboard: null },
      { id: KATE, firstName: 'Kate', isAdmin: false, blocked: false, keyboard: null },
    ],
  );
  t.deepEqual(snapshot.messages, { [ANNA]: [], [BORIS]: [], [OLGA]: [], [KATE]: [] });
  t.deepEqual(snapshot.standIns, { comfyui: true, yookassa: false });
  t.deepEqual([...new Set(snapshot.controls.map(({ group }) => group))], ['comfyui', 'telegram', 'bot']);
  for (const { label, hint } of snapshot.controls)
    t.true([label.ru, label.en, hint.ru, hint.en].every(words => words.length > 3));
});

test('the root leads to the page, which lets nothing foreign in and cannot be framed', async t => {
  const sandbox = await opened(t);
  const root = await fetch(new URL('/', sandbox.url));
  t.is(root.url, sandbox.url);
  t.regex(await root.text(), /<title>sandbox/);
  t.regex(root.headers.get('content-security-policy')!, /default-src 'self'.*frame-ancestors 'self'/);
  t.is(root.headers.get('x-content-type-options'), 'nosniff');
  const script = await fetch(`${sandbox.url}/assets/app.js`);
  t.regex(script.headers.get('content-type')!, /javascript/);
});

test('a path of the page never leads out of its folder', async t => {
  const sandbox = await opened(t);
  writeFileSync(join(folder, '..', 'outside-sandbox.html'), 'outside');
  t.teardown(() => rmSync(join(folder, '..', 'outside-sandbox.html')));
  for (const path of [
    'assets/../outside-sandbox.html',
    'assets/..%2Foutside-sandbox.html',
    'assets/%2e%2e/outside-sandbox.html',
    'assets/..%5Coutside-sandbox.html',
    `assets/${encodeURIComponent(join(folder, 'index.html'))}`,
    'assets/.env',
    'assets/bot.mjs',
    'assets/%00index.html',
    'assets/%E0%A4%A',
    'files/../../outside-sandbox.html',
  ]) {
    const { status, body } = await raw(sandbox, `/sandbox/${path}`);
    t.true(status === 404 || status === 400, `${path}: ${status}`);
    t.false(body.includes('outside') || body.includes('SECRET'), path);
  }
});

test('a foreign host or origin is refused', async t => {
  const sandbox = await opened(t);
  const { host, port } = new URL(sandbox.url);
  const statusOf = async (method: string, headers: Record<string, string>, path = '/sandbox') =>
    (await raw(sandbox, path, { method, headers })).status;
  t.is(await statusOf('GET', { Host: 'studio.example' }), 403);
  t.is(await statusOf('GET', { Host: `127.0.0.1.evil.example:${port}` }), 403);
  t.is(await statusOf('GET', { Host: `localhost:${port}` }), 200);
  t.is(await statusOf('GET', { Host: `[::1]:${port}` }), 200);
  const stop = '/sandbox/controls/bot.kill';
  for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${Number(port) + 1}`])
    t.is(await statusOf('POST', { Host: host, Origin: origin }, stop), 403, origin);
  t.not(await statusOf('POST', { Host: host, Origin: `http://${host}` }, stop), 403);
});

test('it listens on loopback only, and says so', async t => {
  await t.throwsAsync(opened(t, { host: '0.0.0.0' }), { message: /loopback only/ });
});

test('a port that is taken is told by its code', async t => {
  const sandbox = await opened(t);
  await t.throwsAsync(opened(t, { port: Number(new URL(sandbox.url).port) }), { code: 'EADDRINUSE' });
});

// --- the chat
// -------------------------------------------------------------------------------------------------------------------

test('what a person writes is answered by the bot, and all of it is seen live', async t => {
  const { sandbox, tab, post } = await running(t);
  t.is((await post(`people/${ANNA}/text`, { text: '/start' })).status, 200);
  const mine = await tab.until(
    'message',
    says(ANNA, ({ from }) => from === 'person'),
  );
  t.false(mine.message.isTaken);
  const answer = await tab.until('message', says(ANNA, byBot(/^Hello <b>you<\/b>$/)));
  t.like(answer.message, { isTaken: true, isEdited: false, attachment: null, buttons: [], invoice: null, service: null });
  const card = await tab.until('person', ({ id }) => id === ANNA);
  t.deepEqual(card.keyboard, [['Menu', 'Balance']]);

  await post(`people/${ANNA}/text`, { text: 'a <i>reply</i>', replyTo: answer.message.id });
  const reply = await tab.until(
    'message',
    says(ANNA, ({ replyTo }) => replyTo === answer.message.id),
  );
  t.is(reply.message.html, 'a &lt;i&gt;reply&lt;/i&gt;');

  const late = await (await watch(t, sandbox)).until('snapshot');
  t.deepEqual(
    late.messages[ANNA]!.slice(0, 2).map(({ id }) => id),
    [mine.message.id, answer.message.id],
  );
  t.deepEqual(late.messages[BORIS], []);
});

test('a message has two ticks once the bot has confirmed it, and one while the bot is down', async t => {
  const { tab, post } = await running(t);
  await post(`people/${ANNA}/text`, { text: 'one' });
  const first = await tab.until(
    'message',
    says(ANNA, ({ from }) => from === 'person'),
  );
  t.is((await tab.until('taken', ({ personId }) => personId === ANNA)).messageId, first.message.id);
  await post('controls/bot.kill');
  await tab.until('bot', state => state === 'stopped');
  await post(`people/${ANNA}/text`, { text: 'two' });
  const second = await tab.until(
    'message',
    says(ANNA, ({ html }) => html === 'two'),
  );
  const isTold = () => tab.heard.some(({ name, data }) => name === 'taken' && data.messageId >= second.message.id);
  t.false(isTold());
  await post('controls/bot.start');
  await tab.until('message', says(ANNA, byBot(/echo two/)));
  await tab.until('taken', ({ messageId }) => messageId === second.message.id);
});

test('two people do not see each other', async t => {
  const { tab, post } = await running(t);
  await post(`people/${ANNA}/text`, { text: 'I am Anna' });
  await post(`people/${BORIS}/text`, { text: 'I am Boris' });
  await tab.until('message', says(ANNA, byBot(/echo I am Anna/)));
  await tab.until('message', says(BORIS, byBot(/echo I am Boris/)));
  const seenBy = (person: number) =>
    tab.heard.flatMap(one => (one.name === 'message' && one.data.personId === person ? [one.data.message.html] : []));
  t.deepEqual(seenBy(ANNA), ['I am Anna', 'echo I am Anna']);
  t.deepEqual(seenBy(BORIS), ['I am Boris', 'echo I am Boris']);
});

test('edits, deletions and typing are seen as they happen', async t => {
  const { tab, post } = await running(t);
  await post(`people/${ANNA}/text`, { text: 'edit' });
  const { messageId } = await tab.until('deleted', ({ personId }) => personId === ANNA);
  const told = tab.heard.flatMap(one => {
    if (one.name === 'message' && one.data.message.id === messageId)
      return [`${one.data.message.html} ${one.data.message.isEdited}`];
    return one.name === 'action' ? [one.data.action] : [];
  });
  t.deepEqual(told, ['first false', 'typing', 'second true']);
});

test('a pressed button brings what the bot answers, a link its address', async t => {
  const { tab, post } = await running(t);
  await post(`people/${ANNA}/text`, { text: 'buttons' });
  const { message } = await tab.until('message', says(ANNA, byBot(/choose/)));
  t.deepEqual(message.buttons, [
    [
      { text: 'A', does: 'callback', url: null },
      { text: 'B', does: 'callback', url: null },
    ],
    [{ text: 'Site', does: 'link', url: 'https://example.com/x' }],
  ]);
  const press = (row: number, column: number, by = ANNA) => post(`people/${by}/press`, { messageId: message.id, row, column });
  t.deepEqual((await press(0, 0)).body, { text: 'you pressed a', isAlert: true, url: null });
  t.deepEqual((await press(1, 0)).body, { text: null, isAlert: false, url: 'https://example.com/x' });
  t.is((await press(5, 0)).status, 404);
  t.is((await press(0, 0, BORIS)).status, 404);
});

test('a button that the bot does not answer ends with 504 after ten seconds', async t => {
  const { tab, post } = await running(t);
  await post(`people/${ANNA}/text`, { text: 'buttons' });
  const { message } = await tab.until('message', says(ANNA, byBot(/choose/)));
  const { status, body } = await post(`people/${ANNA}/press`, { messageId: message.id, row: 0, column: 1 });
  t.is(status, 504);
  t.regex(body.error!.message, /не ответил/);
});

test('an invoice is paid in the chat, which Telegram notes there', async t => {
  const { tab, post } = await running(t);
  await post(`people/${ANNA}/text`, { text: 'invoice' });
  const { message } = await tab.until(
    'message',
    says(ANNA, ({ invoice }) => invoice !== null),
  );
  t.deepEqual(message.invoice, { title: 'Points', description: '100 points', currency: 'XTR', amount: 77 });
  t.is(message.buttons[0]?.[0]?.does, 'pay');
  t.deepEqual((await post(`people/${ANNA}/pay`, { messageId: message.id })).body, { ok: true });
  const paid = await tab.until(
    'message',
    says(ANNA, ({ service }) => service !== null),
  );
  t.is(paid.message.service, 'Оплата прошла: ⭐ 77');
  t.is((await post(`people/${ANNA}/pay`, { messageId: paid.message.id })).status, 404);
});

test('who has blocked the bot cannot write to it until they let it in again', async t => {
  const { tab, post } = await running(t);
  t.is((await post(`people/${ANNA}/block`, { blocked: true })).status, 200);
  t.true((await tab.until('person', ({ id }) => id === ANNA)).blocked);
  t.is((await post(`people/${ANNA}/text`, { text: 'hello?' })).status, 409);
  await post(`people/${ANNA}/block`, { blocked: false });
  t.false((await tab.until('person', ({ id, blocked }) => id === ANNA && !blocked)).blocked);
  await post(`people/${ANNA}/text`, { text: 'hello' });
  await tab.until('message', says(ANNA, byBot(/echo hello/)));
});

test('people are added, up to twenty, and everybody hears of them', async t => {
  const { tab, post } = await running(t);
  const ids = new Set<unknown>([ANNA, BORIS, OLGA, KATE]);
  for (let count = 5; count <= 20; count += 1) {
    const { status, body } = await post('people', { firstName: `Newcomer ${count}`, languageCode: 'en' });
    t.is(status, 200);
    t.like(body, { languageCode: 'en', isAdmin: false } satisfies Partial<PersonCard>);
    ids.add(body['id']);
  }
  t.is(ids.size, 20);
  t.is((await post('people', { firstName: 'One more', languageCode: 'en' })).status, 409);
  await tab.until('person', ({ firstName }) => firstName === 'Newcomer 20');
});

test('everybody sees the commands that the bot registered for them', async t => {
  const { tab, post } = await running(t);
  await post(`people/${OLGA}/text`, { text: 'commands' });
  const commandsOf = (personId: number) => tab.until('person', ({ id, commands }) => id === personId && commands.length > 0);
  t.deepEqual((await commandsOf(OLGA)).commands, [{ command: 'secret', description: 'For you' }]);
  t.deepEqual((await commandsOf(ANNA)).commands, [{ command: 'help', description: 'For all' }]);
});

test('what cannot be understood is refused in words', async t => {
  const { sandbox, post } = await running(t);
  const refused = async (path: string, body: object, status: number) => {
    const answer = await post(path, body);
    t.is(answer.status, status, `${path} ${JSON.stringify(body).slice(0, 60)}`);
    t.truthy(answer.body.error?.message);
  };
  await refused(`people/${ANNA}/text`, { text: '   ' }, 400);
  await refused(`people/${ANNA}/text`, { text: 'x'.repeat(4097) }, 400);
  await refused(`people/${ANNA}/text`, { text: 'x'.repeat(3_000_000) }, 413);
  await refused(`people/${ANNA}/text`, { text: 'x', replyTo: 1 }, 404);
  await refused('people/1/text', { text: 'x' }, 404);
  await refused('people', { firstName: '', languageCode: 'ru' }, 400);
  await refused('people', { firstName: 'x', languageCode: 'xx' }, 400);
  await refused('controls/nothing', {}, 404);
  await refused('controls/telegram.slow', { value: 3 }, 400);
  await refused('nowhere', {}, 404);
  t.is((await fetch(`${sandbox.url}/people/${ANNA}/text`, { method: 'POST', body: '{' })).status, 400);
});

test('a refusal speaks the language of the page', async t => {
  const { sandbox } = await running(t);
  const refusal = async (language: string) => {
    const answer = await fetch(`${sandbox.url}/controls/nothing`, { method: 'POST', headers: { 'accept-language': language } });
    return ((await answer.json()) as { error: { message: string } }).error.message;
  };
  t.is(await refusal('ru'), 'Такого переключателя нет.');
  t.is(await refusal('en'), 'There is no such control.');
});

test('ids of messages and updates begin with the time, so that a database never sees one twice', async t => {
  const before = Math.floor(Date.now() / 1000);
  const { tab, post } = await running(t);
  await post(`people/${ANNA}/text`, { text: 'id' });
  const { message } = await tab.until('message', says(ANNA, byBot(/echo id/)));
  t.true(message.id >= before && message.id < 2 ** 31, String(message.id));
  const { body } = await post('people', { firstName: 'New', languageCode: 'ru' });
  t.true(Number(body['id']) >= before);
});

test('a webhook that answers 2xx has taken the message, too', async t => {
  const telegram = await startTelegram({ token: '1:test-token', resendDelayMs: 1 });
  t.teardown(() => telegram.close());
  const statuses = [503, 200];
  const hook = createHttpServer((asked, answer) => {
    asked.resume().on('end', () => answer.writeHead(statuses.shift() ?? 200).end());
  });
  await once(hook.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => hook.close());
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  await fetch(`${telegram.url}/bot1:test-token/setWebhook?url=${url}`);
  const confirmed = new Promise<{ update_id: number }>(resolve => telegram.on('confirmed', resolve));
  const { updateId } = telegram.person(ANNA).sendText('hello');
  t.is((await confirmed).update_id, updateId);
  t.deepEqual(statuses, []);
});

// --- files
// ----------------------------------------------------------------------------------------------------------------------

test('a photo goes to the bot and comes back as a picture that can be looked at', async t => {
  const { sandbox, tab } = await running(t);
  const photo = { bytes: await picture('#336699'), name: 'blue.png' };
  t.is((await upload(sandbox, ANNA, form([photo], { caption: 'look', as: 'photo' }))).status, 200);
  const sent = await tab.until(
    'message',
    says(ANNA, ({ from }) => from === 'person'),
  );
  t.is(sent.message.html, 'look');
  t.like(sent.message.attachment, { kind: 'photo', fileName: null, width: 200, height: 100 });
  const { message } = await tab.until('message', says(ANNA, byBot(/again/)));
  const shown = await fetch(new URL(message.attachment!.url, sandbox.url));
  t.is(shown.headers.get('content-type'), 'image/jpeg');
  t.regex(shown.headers.get('cache-control')!, /immutable/);
  t.is((await shown.arrayBuffer()).byteLength, message.attachment!.bytes);
});

test('several photos are one album', async t => {
  const { sandbox, tab } = await running(t);
  const photos = await Promise.all(['#aa0000', '#00aa00'].map(async colour => ({ bytes: await picture(colour), name: 'p.png' })));
  await upload(sandbox, ANNA, form(photos, { caption: 'both' }));
  const mine = () =>
    tab.heard.flatMap(one => (one.name === 'message' && one.data.message.from === 'person' ? [one.data.message] : []));
  await tab.until('message', () => mine().length === 2);
  t.is(new Set(mine().map(({ albumId }) => albumId)).size, 1);
  t.truthy(mine()[0]!.albumId);
  t.deepEqual(
    mine().map(({ html }) => html),
    ['both', ''],
  );
});

test('several files are an album of files', async t => {
  const { sandbox, tab } = await running(t);
  const files = ['a', 'b'].map(name => ({ bytes: Buffer.from(name), name: `${name}.txt` }));
  await upload(sandbox, ANNA, form(files, { as: 'file', caption: 'both' }));
  const last = await tab.until(
    'message',
    says(ANNA, one => one.from === 'person' && one.attachment?.fileName === 'b.txt'),
  );
  const first = await tab.until(
    'message',
    says(ANNA, one => one.from === 'person' && one.attachment?.fileName === 'a.txt'),
  );
  t.truthy(first.message.albumId);
  t.is(first.message.albumId, last.message.albumId);
  t.is(first.message.html, 'both');
});

test('a file keeps its bytes and its name, and is never run by the browser', async t => {
  const { sandbox, tab } = await running(t);
  const bytes = Buffer.from('<script>alert(1)</script>');
  await upload(sandbox, ANNA, form([{ bytes, name: 'страница.html', type: 'text/html' }], { as: 'file' }));
  const { message } = await tab.until('message', says(ANNA, byBot(/^$/)));
  t.like(message.attachment, { kind: 'document', fileName: 'страница.html', bytes: bytes.length });
  const given = await fetch(new URL(message.attachment!.url, sandbox.url));
  t.is(given.headers.get('content-type'), 'application/octet-stream');
  t.regex(given.headers.get('content-disposition')!, /^attachment; .*filename\*=UTF-8''%D1%81%D1%82/);
  t.deepEqual(Buffer.from(await given.arrayBuffer()), bytes);
  t.is((await fetch(`${sandbox.url}/files/nothing`)).status, 404);
});

test('what is no picture, too large or too many is refused, and nothing of it is sent', async t => {
  const { sandbox, tab } = await running(t);
  const text = { bytes: Buffer.from('no picture'), name: 'x.jpg', type: 'image/jpeg' };
  t.is((await upload(sandbox, ANNA, form([text], { as: 'photo' }))).status, 415);
  t.is((await upload(sandbox, ANNA, form([], {}))).status, 400);
  t.is(
    (
      await upload(
        sandbox,
        ANNA,
        form(
          Array.from({ length: 11 }, () => text),
          { as: 'file' },
        ),
      )
    ).status,
    413,
  );
  const large = { bytes: Buffer.alloc((20 << 20) + 1), name: 'large.bin' };
  t.is((await upload(sandbox, ANNA, form([large], { as: 'file' }))).status, 413);
  t.false(tab.heard.some(({ name }) => name === 'message'));
});

// --- the process of the bot
// -----------------------------------------------------------------------------------------------------

test('whatever is not of the page is the bot’s own: forwarded with its body, its headers and who asked', async t => {
  const { sandbox } = await running(t);
  const answer = await fetch(new URL('/api/things?x=1', sandbox.url), {
    method: 'PUT',
    headers: { 'X-Api-Key': 'k', 'X-Forwarded-For': '203.0.113.9' },
    body: 'hello',
  });
  t.is(answer.headers.get('x-edge'), 'bot');
  const seen = (await answer.json()) as { method: string; url: string; headers: Record<string, string>; body: string };
  t.like(seen, { method: 'PUT', url: '/api/things?x=1', body: 'hello' });
  t.is(seen.headers['x-api-key'], 'k');
  t.is(seen.headers['x-forwarded-for'], '203.0.113.9, 127.0.0.1');
  t.is(seen.headers['host'], new URL(sandbox.url).host);
});

test('while the bot is down its paths answer 503, and the page goes on', async t => {
  const { sandbox, tab, post } = await running(t);
  await post('controls/bot.stop');
  await tab.until('bot', state => state === 'stopped');
  const answer = await fetch(new URL('/health', sandbox.url), { method: 'POST', body: Buffer.alloc(3_000_000) });
  t.is(answer.status, 503);
  t.like(((await answer.json()) as { error: object }).error, { code: 'unavailable' });
  t.is((await fetch(sandbox.url)).status, 200);
  t.is((await post('controls/bot.stop')).status, 409);
  t.is((await post('controls/bot.kill')).status, 409);
});

test('a killed bot stays dead until it is started, and then answers what it missed', async t => {
  const { tab, post } = await running(t);
  await post('controls/bot.kill');
  await tab.until('bot', state => state === 'stopped');
  await tab.until('log', ({ text }) => /has ended \(SIGKILL\)/.test(text));
  await post(`people/${BORIS}/text`, { text: 'are you there' });
  t.is((await post('controls/bot.start')).status, 200);
  await tab.until('message', says(BORIS, byBot(/echo are you there/)));
  t.is((await post('controls/bot.start')).status, 409);
});

test('a bot that ends by itself is started again, and that is told', async t => {
  const { tab, post } = await running(t);
  const back = tab.next('bot', state => state === 'running');
  await post(`people/${ANNA}/text`, { text: 'crash' });
  const line = await tab.until('log', ({ level }) => level === 'warn');
  t.regex(line.text, /ended by itself \(code 3\).*0\.25 s/);
  await back;
  await post(`people/${ANNA}/text`, { text: 'again' });
  await tab.until('message', says(ANNA, byBot(/echo again/)));
});

test('a bot that is asked to restart ends and comes back', async t => {
  const { tab, post } = await running(t);
  const before = tab.heard.length;
  await post('controls/bot.restart');
  await tab.next('bot', state => state === 'running');
  const states = tab.heard.slice(before).flatMap(one => (one.name === 'bot' ? [one.data] : []));
  t.deepEqual(states, ['stopping', 'stopped', 'starting', 'running']);
});

test('a bot that keeps crashing waits longer each time, and can be stopped meanwhile', async t => {
  const sandbox = await opened(t, { environment: { FRAGILE: '1' } });
  const tab = await watch(t, sandbox);
  for (const pause of [/again in 0\.25 s/, /again in 0\.5 s/, /again in 1 s/]) t.is((await logged(tab, pause)).level, 'warn');
  await sandbox.stop();
  t.pass();
});

test('a complaint about the configuration at the first start is handed on, and not tried again', async t => {
  const refused = await new Promise<string>((resolve, reject) => {
    opened(t, { environment: { REFUSE: '1' }, onBotRefused: resolve }).catch(reject);
  });
  t.is(refused, 'PORT holds "x"; it should be a number');
});

test('the log shows the words of the bot and whom they are about, but not what else a line holds', async t => {
  const lines: string[] = [];
  const { tab } = await running(t, { onBotLine: line => lines.push(line) });
  const told = await logged(tab, /^the fake bot/);
  t.like(told, { level: 'info', text: 'the fake bot is open · person 5' });
  t.is(lines.length, 1);
});

/** Tells what connects to it and when that goes away, as it does with the process that holds it. */
const witness = async (t: ExecutionContext) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const met = once(server, 'connection').then(async ([socket]: Socket[]) => {
    socket!.on('error', () => {});
    const gone = once(socket!, 'close');
    let text = '';
    for (const parsed = () => text.endsWith('}'); !parsed(); ) text += String((await once(socket!, 'data'))[0]);
    socket!.resume();
    return { environment: JSON.parse(text) as Record<string, string>, gone };
  });
  return { WITNESS: String((server.address() as AddressInfo).port), met };
};

test('the bot gets the environment of its parent, completed', async t => {
  const { WITNESS, met } = await witness(t);
  const { sandbox } = await running(t, {
    environment: { WITNESS, ADMIN_IDS: '7', OTHER: 'kept' },
    missing: ['telegram', 'comfyui'],
  });
  const { environment } = await met;
  t.regex(environment['BOT_TOKEN']!, /^\d+:[\w-]{10,}$/);
  t.regex(environment['TELEGRAM_API_URL']!, /^http:\/\/127\.0\.0\.1:\d+$/);
  t.regex(environment['COMFYUI_URL']!, /^http:\/\/127\.0\.0\.1:\d+$/);
  t.like(environment, { HOST: '127.0.0.1', OTHER: 'kept', ADMIN_IDS: `7,${OLGA}`, PAYMENT_RETURN_URL: sandbox.url });
  t.not(environment['PORT'], new URL(sandbox.url).port);
});

test('when the sandbox ends, however it ends, the bot ends too', async t => {
  const { WITNESS, met } = await witness(t);
  const parent = join(folder, 'parent.mjs');
  const sandbox = new URL(`../src/sandbox/sandbox${extname(import.meta.url)}`, import.meta.url).href;
  const options = { missing: ['telegram'], host: '127.0.0.1', port: 0, botEntry, webFolder: folder };
  writeFileSync(
    parent,
    `import { startSandbox } from '${sandbox}';
     await startSandbox({ ...${JSON.stringify(options)}, environment: { WITNESS: '${WITNESS}' } });`,
  );
  const child = fork(parent, { stdio: 'ignore', execArgv });
  const { gone } = await met;
  child.kill('SIGKILL');
  await gone;
  t.pass();
});

test('stopping the sandbox stops the bot and frees the port', async t => {
  const { WITNESS, met } = await witness(t);
  const { sandbox } = await running(t, { environment: { WITNESS } });
  const { gone } = await met;
  await sandbox.stop();
  await gone;
  const next = createHttpServer().listen(Number(new URL(sandbox.url).port), '127.0.0.1');
  await once(next, 'listening');
  next.close();
  t.pass();
});

// --- payments
// ---------------------------------------------------------------------------------------------------------------------

/** A sandbox with a shop, and a payment that waits in it, as the bot would have made it. */
const withPayment = async (t: ExecutionContext) => {
  const { WITNESS, met } = await witness(t);
  const { sandbox, tab, post } = await running(t, { missing: ['telegram', 'yookassa'], environment: { WITNESS } });
  const { environment } = await met;
  const create = (key: string) =>
    fetch(`${environment['YUKASSA_API_URL']}/payments`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'Idempotence-Key': key,
        Authorization: `Basic ${Buffer.from(`${environment['YUKASSA_SHOP_ID']}:${environment['YUKASSA_API_KEY']}`).toString('base64')}`,
      },
      body: JSON.stringify({
        amount: { value: '100.00', currency: 'RUB' },
        capture: true,
        payment_method_data: { type: 'sbp' },
        confirmation: { type: 'redirect', return_url: environment['PAYMENT_RETURN_URL'] },
        description: 'points',
      }),
    });
  const pay = (address: string) =>
    fetch(address, {
      method: 'POST',
      headers: { Origin: new URL(sandbox.url).origin },
      body: new URLSearchParams({ method: 'sbp', action: 'pay' }),
    });
  return { sandbox, tab, post, environment, create, pay };
};
const addressOf = async (created: Response) =>
  ((await created.json()) as { confirmation: { confirmation_url: string } }).confirmation.confirmation_url;

test('the payment page stands below the sandbox, may be framed by it, and its notification reaches the bot', async t => {
  const { sandbox, tab, create, pay } = await withPayment(t);
  const address = await addressOf(await create('1'));
  t.true(address.startsWith(`${sandbox.url}/checkout/`), address);
  const page = await fetch(address);
  t.is(page.status, 200);
  t.regex(page.headers.get('content-security-policy')!, /frame-ancestors 'self'/);
  const foreign = await fetch(address, { method: 'POST', headers: { Origin: 'https://evil.example' } });
  t.is(foreign.status, 403);
  const result = await pay(address);
  t.true(result.redirected && result.url.startsWith(`${sandbox.url}/checkout/`), result.url);
  t.regex((await logged(tab, /^yookassa/)).text, /^yookassa · payment\.succeeded · \w+ · attempt 1 · answered 200$/);
});

test('a notification is repeated, or lost, as the panel says', async t => {
  const { tab, post, create, pay } = await withPayment(t);
  await post('controls/yookassa.repeated', { value: true });
  await pay(await addressOf(await create('1')));
  await logged(tab, /attempt 1 · answered 200/);
  const told = () => tab.heard.filter(({ name, data }) => name === 'log' && (data as LogLine).text.startsWith('yookassa')).length;
  await tab.until('log', () => told() === 23);
  await post('controls/yookassa.mend');
  await post('controls/yookassa.lost', { value: true });
  await pay(await addressOf(await create('2')));
  t.is((await logged(tab, /· lost$/)).level, 'warn');
  t.is(told(), 24);
});

test('the last payment goes back as from the cabinet of the shop, once, and the bot is told', async t => {
  const { tab, post, create, pay } = await withPayment(t);
  const refund = () => post('controls/yookassa.giveBack');
  t.is((await refund()).status, 409);
  const address = await addressOf(await create('1'));
  await pay(address);
  await create('2');
  t.is((await refund()).status, 200);
  t.regex((await logged(tab, /refund/)).text, /^yookassa · refund\.succeeded · \w+ · attempt 1 · answered 200$/);
  t.regex(await (await fetch(address)).text(), /Возвращено: 100,00/);
  t.is((await refund()).status, 409);
});

test('a payment can be made although the answer is 500, and the shop can be down', async t => {
  const { post, create } = await withPayment(t);
  await post('controls/yookassa.brokenCreation');
  t.is((await create('1')).status, 500);
  t.is((await create('1')).status, 200);
  await post('controls/yookassa.down', { value: true });
  await t.throwsAsync(create('2'));
  await post('controls/yookassa.mend');
  t.is((await create('2')).status, 200);
});

// --- the panel
// ------------------------------------------------------------------------------------------------------------------

test('a switch stays on until it is switched back or everything is mended', async t => {
  const { tab, post } = await running(t);
  await post('controls/telegram.down', { value: true });
  t.like(controlOf(await tab.until('controls'), 'telegram.down'), { kind: 'switch', isOn: true });
  await post(`people/${ANNA}/text`, { text: 'nobody hears' });
  await tab.until(
    'message',
    says(ANNA, ({ html }) => html === 'nobody hears'),
  );
  await post('controls/telegram.mend');
  await tab.until('controls', controls => (controlOf(controls, 'telegram.down') as { isOn: boolean }).isOn === false);
  await tab.until('message', says(ANNA, byBot(/echo nobody hears/)));
});

test('a flood of 429 holds the bot up for as long as Telegram says, once', async t => {
  const { WITNESS, met } = await witness(t);
  const { tab, post } = await running(t, { environment: { WITNESS } });
  const { BOT_TOKEN, TELEGRAM_API_URL } = (await met).environment;
  await post('controls/telegram.flood');
  const call = async (method: string) => {
    const answer = await fetch(`${TELEGRAM_API_URL}/bot${BOT_TOKEN}/${method}?chat_id=${ANNA}&text=x`);
    return (await answer.json()) as { error_code?: number; parameters?: object };
  };
  t.is((await call('getMe')).error_code, undefined);
  for (let count = 0; count < 5; count += 1)
    t.like(await call('sendMessage'), { error_code: 429, parameters: { retry_after: 5 } });
  t.is((await call('sendMessage')).error_code, undefined);
  await tab.until('message', says(ANNA, byBot(/^x$/)));
});

test('the pace of the GPUs is moved within its bounds', async t => {
  const { tab, post } = await running(t, { missing: ['telegram', 'comfyui'] });
  t.is((await post('controls/comfyui.pace', { value: 0.5 })).status, 200);
  t.like(controlOf(await tab.until('controls'), 'comfyui.pace'), { kind: 'slide', value: 0.5, min: 0.5, max: 30 });
  t.is((await post('controls/comfyui.pace', { value: 31 })).status, 400);
  t.is((await post('controls/comfyui.pace', { value: true })).status, 400);
});

test('a second server restarts the bot with two addresses, and goes again', async t => {
  const { WITNESS, met } = await witness(t);
  const { tab, post } = await running(t, { missing: ['telegram', 'comfyui'], environment: { WITNESS } });
  const { environment } = await met;
  const first = environment['COMFYUI_URL']!;
  const back = tab.next('bot', state => state === 'running');
  await post('controls/comfyui.second', { value: true });
  await back;
  t.like(controlOf(await tab.until('controls'), 'comfyui.second'), { isOn: true });
  t.is((await fetch(`${first}/system_stats`)).status, 200);
  const again = tab.next('bot', state => state === 'running');
  await post('controls/comfyui.second', { value: false });
  await again;
});

/** Runs a graph of two nodes and tells how it ended. */
const run = async (server: ComfyUIStandIn, seed: number): Promise<string> => {
  const prompt = {
    1: { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: seed } },
    2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
  };
  const answer = await fetch(`${server.url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt }) });
  const { prompt_id } = (await answer.json()) as { prompt_id: string };
  return (await server.waitFor('ended', ({ promptId }) => promptId === prompt_id)).outcome;
};

test('the next run fails once, whichever server takes it; all runs fail on every server, also on later ones', async t => {
  const farm = await startFarm();
  t.teardown(() => farm.close());
  farm.secondsPerEdit = 0;
  const [first, second] = [farm.servers[0]!, await farm.add()];
  farm.failNext(anyFailure);
  t.is(await run(second, 1), 'error');
  t.is(await run(first, 1), 'success');
  farm.allRunsFail = true;
  const third = await farm.add();
  for (const server of [first, second, third]) t.is(await run(server, 2), 'error');
  farm.failNext(anyFailure);
  await farm.mend();
  for (const server of [first, second, third]) t.is(await run(server, 3), 'success');
});

test('a server that is down refuses connections and comes back empty', async t => {
  const { WITNESS, met } = await witness(t);
  const { post } = await running(t, { missing: ['telegram', 'comfyui'], environment: { WITNESS } });
  const url = `${(await met).environment['COMFYUI_URL']}/queue`;
  await post('controls/comfyui.down', { value: true });
  await t.throwsAsync(fetch(url));
  await post('controls/comfyui.restart');
  await t.throwsAsync(fetch(url));
  await post('controls/comfyui.mend');
  t.deepEqual(await (await fetch(url)).json(), { queue_running: [], queue_pending: [] });
});
