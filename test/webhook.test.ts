import test, { type ExecutionContext } from 'ava';
import { openWriter } from '../db/database.ts';
import { freePort } from '../src/sandbox/free-port.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions } from './studio.ts';

const secret = 'webhook-secret_42';

/** A house that Telegram reaches by its webhook. */
async function openDoor(t: ExecutionContext, options: StudioOptions = {}): Promise<Studio> {
  const port = await freePort();
  const env = { PORT: String(port), WEBHOOK_URL: `http://127.0.0.1:${port}`, WEBHOOK_SECRET: secret, ...options.env };
  return openStudio(t, { ...options, env });
}

type Answer = { status: number; body: { error?: { code: string; message: string; requestId: string } } };

async function post({ house }: Studio, body: string, headers: Record<string, string> = { [header]: secret }): Promise<Answer> {
  const response = await fetch(`${house.url}/webhooks/telegram`, { method: 'POST', body, headers });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const header = 'X-Telegram-Bot-Api-Secret-Token';

const textUpdate = (updateId: number, userId: number, text: string): string =>
  JSON.stringify({
    update_id: updateId,
    message: {
      message_id: 1,
      from: { id: userId, is_bot: false, first_name: 'Анна', language_code: 'ru' },
      chat: { id: userId, type: 'private', first_name: 'Анна' },
      date: 1_700_000_000,
      text,
    },
  });

const eventsOf = ({ read }: Studio, userId: number): Promise<{ seq: number }[]> =>
  read(`SELECT seq FROM journal WHERE key = 'user-${userId}'`);

/** From now on no event can be written, as with a full disk; everything can still be read. The returned function mends it. */
async function spoilJournal({ folder }: Studio): Promise<() => Promise<void>> {
  const run = async (sql: string) => {
    const database = await openWriter(`${folder}/bot.db`);
    await database.run(sql);
    await database.close();
  };
  await run("CREATE TRIGGER full_disk BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  return () => run('DROP TRIGGER full_disk');
}

test.serial('an edit from /start to the picture comes through the webhook', async t => {
  const studio = await openDoor(t);
  const anna = studio.telegram.person(4001, { firstName: 'Анна' });
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  anna.pressKeyboard('🧩 Стили');
  await anna.waitFor(/Стили — выберите/);
  await anna.press('Стиль маслом');
  await anna.waitFor(/Загрузите изображение/);
  await anna.sendPhoto(await phonePhoto());
  t.regex((await anna.waitFor(/Обработка завершена/)).caption ?? '', /Оставшийся баланс: 30 баллов/);
  t.is(studio.telegram.calls.filter(({ method }) => method === 'getUpdates').length, 0);
  const registered = studio.telegram.calls.find(({ method }) => method === 'setWebhook');
  t.is(registered?.params['url'], `${studio.env['WEBHOOK_URL']}/webhooks/telegram`);
  t.is(registered?.params['secret_token'], secret);
});

test.serial('without the secret, or with a wrong one, nothing is taken', async t => {
  const studio = await openDoor(t);
  const update = textUpdate(1, 4002, '/start');
  for (const headers of [{}, { [header]: '' }, { [header]: 'wrong' }, { [header]: `${secret}x` }]) {
    const { status, body } = await post(studio, update, headers as Record<string, string>);
    t.is(status, 401);
    t.is(body.error?.code, 'unauthorized');
  }
  t.deepEqual(await eventsOf(studio, 4002), []);
});

test.serial('garbage is refused with 400 and a word, too much of it with 413, and the next update is taken', async t => {
  const studio = await openDoor(t);
  const garbage = [
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '{}',
    '{"update_id":"1"}',
    '{"update_id":1.5}',
    '\u0000\u0001',
    '{"update_id":1}}',
  ];
  for (const body of garbage) {
    const answer = await post(studio, body);
    t.is(answer.status, 400, JSON.stringify(body));
    t.is(answer.body.error?.code, 'invalid_body');
    t.notRegex(JSON.stringify(answer.body), /at .*\.ts|node_modules|SyntaxError/);
  }
  t.is((await post(studio, JSON.stringify({ update_id: 2, text: 'x'.repeat(1024 * 1024) }))).status, 413);
  t.is((await post(studio, textUpdate(3, 4003, '/start'))).status, 200);
  t.is((await eventsOf(studio, 4003)).length, 1);
});

test.serial('what is not for the house, or makes no sense, is acknowledged and leaves no trace', async t => {
  const studio = await openDoor(t);
  const from = { id: 4004, is_bot: false, first_name: 'Анна' };
  const updates: object[] = [
    {},
    { poll: { id: '1' } },
    { message: null },
    { message: {} },
    { message: { chat: { id: 4004, type: 'private' } } },
    { message: { from, chat: { id: -100, type: 'supergroup' }, text: '/start' } },
    { channel_post: { chat: { id: -100, type: 'channel' }, text: '/start' } },
    { callback_query: { id: '1', data: 'menu' } },
    { callback_query: null },
    { my_chat_member: { chat: { id: 4004, type: 'private' } } },
    { message: { from: { ...from, is_bot: true }, chat: { id: 4004, type: 'private' }, text: '/start' } },
  ];
  for (const [n, update] of updates.entries())
    t.is((await post(studio, JSON.stringify({ update_id: n, ...update }))).status, 200, JSON.stringify(update));
  t.deepEqual(await studio.read('SELECT key FROM journal'), []);
});

test.serial(
  '200 is the word for durable: while the database is taken there is none, and then the event stands in it',
  async t => {
    const studio = await openDoor(t);
    t.is((await post(studio, textUpdate(1, 4005, '/start'))).status, 200);
    const intruder = await openWriter(`${studio.folder}/bot.db`);
    await intruder.run('BEGIN IMMEDIATE');
    let answered = false;
    const answer = post(studio, textUpdate(2, 4005, '/menu')).finally(() => {
      answered = true;
    });
    t.is((await fetch(`${studio.house.url}/health`)).status, 200, 'the house answers others meanwhile');
    t.is((await fetch(`${studio.house.url}/ready`)).status, 200);
    t.false(answered);
    t.is((await eventsOf(studio, 4005)).length, 1);
    await intruder.run('ROLLBACK');
    await intruder.close();
    t.is((await answer).status, 200);
    t.is((await eventsOf(studio, 4005)).length, 2);
  },
);

test.serial('what cannot be written is refused with 503; sent again it acts, and acts once', async t => {
  const studio = await openDoor(t);
  const anna = studio.telegram.person(4006, { firstName: 'Анна' });
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  const mend = await spoilJournal(studio);
  const photo = await phonePhoto();
  await anna.sendPhoto(photo, { caption: 'Добавь снег' });
  const { body } = await studio.step('http:failed').then(() => post(studio, textUpdate(77, 4006, '/help')));
  t.is(body.error?.code, 'unavailable');
  t.notRegex(JSON.stringify(body), /disk full|SQLITE|journal/);
  t.deepEqual(await studio.read('SELECT id FROM jobs'), []);
  await mend();
  t.regex((await anna.waitFor(/Обработка завершена/)).caption ?? '', /Оставшийся баланс: 30 баллов/);
  t.is((await studio.read('SELECT id FROM jobs')).length, 1);
  t.is(studio.comfy.executions.length, 1);
});

test.serial('an update whose answer was lost on the way is sent again and acts once', async t => {
  const studio = await openDoor(t);
  const anna = studio.telegram.person(4007);
  studio.telegram.faults.next({ kind: 'lostAnswer' });
  await anna.sendPhoto(await phonePhoto(), { caption: 'Добавь снег' });
  await anna.waitFor(/Обработка завершена/);
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 30 баллов/);
  t.is(studio.observed.filter(({ step }) => step === 'update:durable').length, 3);
  t.is((await studio.read('SELECT id FROM jobs')).length, 1);
});

test.serial('/health tells of the process, /ready of each part by name', async t => {
  const studio = await openDoor(t);
  const ask = async (path: string) => {
    const response = await fetch(`${studio.house.url}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  t.deepEqual(await ask('/health'), { status: 200, body: { status: 'ok' } });
  t.deepEqual(await ask('/ready'), { status: 200, body: { status: 'ready', database: true, telegram: true, comfyui: true } });
  await studio.comfy.down();
  t.deepEqual(await ask('/ready'), {
    status: 503,
    body: { status: 'not_ready', database: true, telegram: true, comfyui: false },
  });
  await studio.comfy.up();
  const mend = studio.telegram.faults.always({ kind: 'status', status: 502, method: 'getMe' });
  t.deepEqual(await ask('/ready'), {
    status: 503,
    body: { status: 'not_ready', database: true, telegram: false, comfyui: true },
  });
  mend();
  t.is((await ask('/ready')).status, 200);
  const { status, body } = await ask('/nowhere');
  t.is(status, 404);
  t.is((body['error'] as { code: string }).code, 'not_found');
});

test.serial('a house that polled before begins with its webhook where it left off', async t => {
  const port = await freePort();
  const studio = await openStudio(t);
  const anna = studio.telegram.person(4008, { firstName: 'Анна' });
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  Object.assign(studio.env, { PORT: String(port), WEBHOOK_URL: `http://127.0.0.1:${port}`, WEBHOOK_SECRET: secret });
  await studio.reopen();
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 60 баллов/);
  t.is((await studio.read("SELECT id FROM outbox WHERE notice LIKE '%welcome%'")).length, 1);
});
