import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { Telegraf, TelegramError } from 'telegraf';
import { type Person, startTelegram, type TelegramStandIn, type TelegramStandInOptions } from '../src/sandbox/telegram/server.ts';
import type { Message, Update } from '../src/sandbox/telegram/wire.ts';

const TOKEN = '123456789:TEST-TOKEN';
const ANNA = 424242;

type Reply = {
  status: number;
  headers: Headers;
  ok: boolean;
  result: unknown;
  error_code?: number;
  description?: string;
  parameters?: { retry_after: number };
};

const started = async (t: ExecutionContext, options: Partial<TelegramStandInOptions> = {}): Promise<TelegramStandIn> => {
  const telegram = await startTelegram({ token: TOKEN, resendDelayMs: 1, ...options });
  t.teardown(() => telegram.close());
  return telegram;
};

const api = async (telegram: TelegramStandIn, method: string, params: object = {}): Promise<Reply> => {
  const response = await fetch(`${telegram.url}/bot${TOKEN}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  return {
    status: response.status,
    headers: response.headers,
    ...((await response.json()) as Omit<Reply, 'status' | 'headers'>),
  };
};

const updatesOf = async (telegram: TelegramStandIn, params: object = {}): Promise<Update[]> =>
  (await api(telegram, 'getUpdates', params)).result as Update[];

const messageOf = (update: Update | undefined): Message => update?.['message'] as Message;

/** The only update that waits, as the thing that it carries. */
const queryOf = async (telegram: TelegramStandIn, kind: 'callback_query' | 'pre_checkout_query') =>
  (await updatesOf(telegram))[0]?.[kind] as { id: string; data: string; message: Message };

const refused = async (t: ExecutionContext, telegram: TelegramStandIn, method: string, params: object, description: string) => {
  const reply = await api(telegram, method, params);
  t.false(reply.ok, `${method} ${JSON.stringify(params)} was to be refused`);
  t.is(reply.description, description);
  t.is(reply.error_code, reply.status);
};

const clientOf = (telegram: TelegramStandIn) => new Telegraf(TOKEN, { telegram: { apiRoot: telegram.url } }).telegram;

const picture = (width: number, height: number, format: 'jpeg' | 'png' = 'png'): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#4080c0' } })
    .toFormat(format)
    .toBuffer();

const inline = (...buttons: [text: string, data: string][]) => ({
  inline_keyboard: buttons.map(([text, callback_data]) => [{ text, callback_data }]),
});

/** A bot's webhook that answers as told and shows each delivery as it comes. */
const webhook = async (
  t: ExecutionContext,
  answer: (update: Update, request: IncomingMessage) => number | string | Promise<number>,
) => {
  const deliveries: Update[] = [];
  const waiting = new Set<() => void>();
  const server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const update = JSON.parse(body) as Update;
    deliveries.push(update);
    for (const look of waiting) look();
    const given = await answer(update, request);
    response.statusCode = typeof given === 'number' ? given : 200;
    response.end(typeof given === 'number' ? '' : given);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const until = (count: number) =>
    new Promise<void>(resolve => {
      const look = () => {
        if (deliveries.length >= count) resolve();
      };
      waiting.add(look);
      look();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, deliveries, until };
};

// --- the wire
// -------------------------------------------------------------------------------------------------------------------

test('a wrong token is answered 401, an unknown method and any other path 404', async t => {
  const telegram = await started(t);
  const wrong = await fetch(`${telegram.url}/bot1:wrong/getMe`);
  t.is(wrong.status, 401);
  t.deepEqual(await wrong.json(), { ok: false, error_code: 401, description: 'Unauthorized' });
  await refused(t, telegram, 'makeCoffee', {}, 'Not Found');
  await refused(t, telegram, 'constructor', {}, 'Not Found');
  t.is((await fetch(`${telegram.url}/elsewhere`)).status, 404);
});

test('getMe names the bot, whichever case the method is written in', async t => {
  const telegram = await started(t, { botUsername: 'studio_bot' });
  const { result } = await api(telegram, 'GETME');
  t.like(result, { id: 123456789, is_bot: true, username: 'studio_bot' });
});

test('parameters may come as JSON, form, query or multipart, nested ones also as JSON text', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const reply_markup = JSON.stringify(inline(['Yes', 'yes']));
  const fields = { chat_id: String(ANNA), text: 'question', reply_markup };
  const address = `${telegram.url}/bot${TOKEN}/sendMessage`;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const answers = [
    await fetch(`${address}?${new URLSearchParams(fields)}`),
    await fetch(address, { method: 'POST', body: new URLSearchParams(fields) }),
    await fetch(address, { method: 'POST', body: form }),
    await fetch(address, { method: 'POST', body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } }),
  ];
  t.deepEqual(
    answers.map(answer => answer.status),
    [200, 200, 200, 200],
  );
  t.deepEqual(
    anna.messages.map(message => message.buttonData),
    [[['yes']], [['yes']], [['yes']], [['yes']]],
  );
  t.true(telegram.calls.every(call => call.params['chat_id'] === ANNA && call.chatId === ANNA));
});

test('a body that is no JSON is refused', async t => {
  const telegram = await started(t);
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${telegram.url}/bot${TOKEN}/sendMessage`, { method: 'POST', headers, body: '{' });
  t.is(response.status, 400);
});

// --- updates by polling
// ---------------------------------------------------------------------------------------------------------

test('an update stays until a later offset confirms it', async t => {
  const telegram = await started(t, { nextUpdateId: 500 });
  telegram.person(ANNA).sendText('one');
  telegram.person(ANNA).sendText('two');
  t.deepEqual(
    (await updatesOf(telegram)).map(update => update.update_id),
    [500, 501],
  );
  t.is((await updatesOf(telegram, { offset: 500 })).length, 2);
  t.is(telegram.pendingUpdates(), 2);
  t.deepEqual(
    (await updatesOf(telegram, { offset: 501 })).map(update => messageOf(update).text),
    ['two'],
  );
  t.is(telegram.pendingUpdates(), 1);
  t.deepEqual(await updatesOf(telegram, { offset: 502 }), []);
});

test('limit bounds an answer and a negative offset forgets all but the tail', async t => {
  const telegram = await started(t);
  for (const text of ['1', '2', '3', '4']) telegram.person(ANNA).sendText(text);
  t.is((await updatesOf(telegram, { limit: 3 })).length, 3);
  t.deepEqual(
    (await updatesOf(telegram, { offset: -1 })).map(update => messageOf(update).text),
    ['4'],
  );
  t.is(telegram.pendingUpdates(), 1);
});

test('a long poll ends with the first update, and an album goes out whole', async t => {
  const telegram = await started(t);
  const held = telegram.faults.hold({ method: 'getUpdates' });
  const poll = updatesOf(telegram, { timeout: 30 });
  await held.arrived;
  held.release();
  const square = await picture(50, 50);
  const album = await telegram.person(ANNA).sendAlbum([square, square, square], { caption: 'make it bright' });
  const messages = (await poll).map(messageOf);
  t.deepEqual(
    messages.map(message => message.caption),
    ['make it bright', undefined, undefined],
  );
  t.is(new Set(messages.map(message => message.media_group_id)).size, 1);
  t.truthy(messages[0]?.media_group_id);
  t.is(album.length, 3);
});

test('a long poll without news ends empty after its timeout', async t => {
  const telegram = await started(t);
  t.deepEqual(await updatesOf(telegram, { timeout: 1 }), []);
});

test('a second getUpdates ends the first with 409', async t => {
  const telegram = await started(t);
  const held = telegram.faults.hold({ method: 'getUpdates' });
  const first = api(telegram, 'getUpdates', { timeout: 30 });
  await held.arrived;
  held.release();
  const second = api(telegram, 'getUpdates', { timeout: 30 });
  const { status, description } = await first;
  t.is(status, 409);
  t.is(description, 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running');
  telegram.person(ANNA).sendText('hello');
  t.is(((await second).result as Update[]).length, 1);
});

test('kinds that were not allowed are not queued, and the setting stays until it is changed', async t => {
  const telegram = await started(t);
  await updatesOf(telegram, { allowed_updates: ['callback_query'] });
  telegram.person(ANNA).sendText('unseen');
  t.is(telegram.pendingUpdates(), 0);
  await updatesOf(telegram);
  telegram.person(ANNA).sendText('unseen');
  t.is(telegram.pendingUpdates(), 0);
  await updatesOf(telegram, { allowed_updates: [] });
  telegram.person(ANNA).sendText('seen');
  t.is(telegram.pendingUpdates(), 1);
});

test('a duplicate is delivered even after it was confirmed', async t => {
  const telegram = await started(t);
  telegram.faults.next({ kind: 'duplicate' });
  telegram.person(ANNA).sendText('twice');
  const [first] = await updatesOf(telegram, { limit: 1 });
  const again = await updatesOf(telegram, { offset: (first?.update_id ?? 0) + 1 });
  t.deepEqual(again, [first]);
  t.is(telegram.pendingUpdates(), 0);
});

test('any object can be pushed as an update, and ids go on from where a test sets them', async t => {
  const telegram = await started(t);
  telegram.nextUpdateId = 70_000;
  t.is(telegram.pushUpdate({ strange: true }), 70_000);
  t.is(telegram.pushUpdate({ update_id: 5, old: true }), 5);
  t.is(telegram.person(ANNA).sendText('x').updateId, 70_001);
  t.deepEqual(
    (await updatesOf(telegram, { offset: 70_000 })).map(update => update.update_id),
    [70_000, 5, 70_001],
  );
});

// --- updates by webhook
// ---------------------------------------------------------------------------------------------------------

test('a webhook gets updates with its secret, and polling is refused meanwhile', async t => {
  const telegram = await started(t);
  telegram.person(ANNA).sendText('before');
  const secrets: unknown[] = [];
  const hook = await webhook(t, (_, request) => {
    secrets.push(request.headers['x-telegram-bot-api-secret-token']);
    return 200;
  });
  t.true((await api(telegram, 'setWebhook', { url: hook.url, secret_token: 'S-1_x' })).ok);
  telegram.person(ANNA).sendText('after');
  await hook.until(2);
  t.deepEqual(
    hook.deliveries.map(update => messageOf(update).text),
    ['before', 'after'],
  );
  t.deepEqual(secrets, ['S-1_x', 'S-1_x']);
  const reason = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
  await refused(t, telegram, 'getUpdates', {}, reason);
  t.like((await api(telegram, 'getWebhookInfo')).result, { url: hook.url, max_connections: 40 });
  await api(telegram, 'setWebhook', { url: hook.url });
  telegram.person(ANNA).sendText('without a secret');
  await hook.until(3);
  t.is(secrets[2], undefined);
  await api(telegram, 'deleteWebhook');
  t.like((await api(telegram, 'getWebhookInfo')).result, { url: '' });
});

test('setWebhook wants https except on loopback, and ends a waiting poll', async t => {
  const telegram = await started(t);
  const https = 'Bad Request: bad webhook: An HTTPS URL must be provided for webhook';
  await refused(t, telegram, 'setWebhook', { url: 'http://example.org/x' }, https);
  const ports = 'Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443';
  await refused(t, telegram, 'setWebhook', { url: 'https://example.org:9000/x' }, ports);
  const secret = 'Bad Request: secret token contains unallowed characters';
  await refused(t, telegram, 'setWebhook', { url: 'http://127.0.0.1:1/x', secret_token: 'a b' }, secret);
  const held = telegram.faults.hold({ method: 'getUpdates' });
  const poll = api(telegram, 'getUpdates', { timeout: 30 });
  await held.arrived;
  held.release();
  await api(telegram, 'setWebhook', { url: 'http://127.0.0.1:1/x' });
  t.is((await poll).status, 409);
});

test('a webhook that does not answer 2xx gets the update again, in the order of the chat', async t => {
  const telegram = await started(t);
  let failures = 3;
  const hook = await webhook(t, () => (failures-- > 0 ? 500 : 200));
  await api(telegram, 'setWebhook', { url: hook.url });
  telegram.person(ANNA).sendText('first');
  telegram.person(ANNA).sendText('second');
  await hook.until(5);
  t.deepEqual(
    hook.deliveries.map(update => messageOf(update).text),
    ['first', 'first', 'first', 'first', 'second'],
  );
});

test('chats are delivered in parallel: one that hangs does not hold up another', async t => {
  const telegram = await started(t);
  let open: (status: number) => void = () => {};
  const stuck = new Promise<number>(resolve => {
    open = resolve;
  });
  const hook = await webhook(t, update => (messageOf(update).chat.id === 1 ? stuck : 200));
  await api(telegram, 'setWebhook', { url: hook.url });
  telegram.person(1).sendText('stuck');
  telegram.person(1).sendText('behind');
  telegram.person(2).sendText('free');
  await hook.until(2);
  t.deepEqual(
    hook.deliveries.map(update => messageOf(update).text),
    ['stuck', 'free'],
  );
  open(200);
  await hook.until(3);
  t.is(messageOf(hook.deliveries[2]).text, 'behind');
});

test('a lost answer of the webhook makes Telegram send the same update again', async t => {
  const telegram = await started(t);
  const hook = await webhook(t, () => 200);
  await api(telegram, 'setWebhook', { url: hook.url });
  telegram.faults.next({ kind: 'lostAnswer' });
  telegram.faults.next({ kind: 'duplicate', match: update => messageOf(update).text === 'two' });
  telegram.person(ANNA).sendText('one');
  telegram.person(ANNA).sendText('two');
  await hook.until(4);
  t.deepEqual(
    hook.deliveries.map(update => messageOf(update).text),
    ['one', 'one', 'two', 'two'],
  );
});

test('the webhook may answer with a method call', async t => {
  const telegram = await started(t);
  const hook = await webhook(t, () => JSON.stringify({ method: 'sendMessage', chat_id: ANNA, text: 'right away' }));
  await api(telegram, 'setWebhook', { url: hook.url });
  const anna = telegram.person(ANNA);
  anna.sendText('hi');
  t.is((await anna.waitFor(/right away/)).text, 'right away');
});

// --- messages
// -------------------------------------------------------------------------------------------------------------------

test('HTML is parsed: the person sees plain text and safe HTML, the bot gets entities', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const text = '<b>Баланс: <i>60</i></b> &lt;3 &amp; <a href="https://example.org/?a=1&amp;b=2">link</a> <code>x</code>';
  const { result } = await api(telegram, 'sendMessage', { chat_id: ANNA, text, parse_mode: 'HTML' });
  t.is(anna.messages[0]?.text, 'Баланс: 60 <3 & link x');
  t.is(anna.messages[0]?.html, text);
  t.deepEqual((result as Message).entities, [
    { type: 'bold', offset: 0, length: 10 },
    { type: 'italic', offset: 8, length: 2 },
    { type: 'text_link', offset: 16, length: 4, url: 'https://example.org/?a=1&b=2' },
    { type: 'code', offset: 21, length: 1 },
  ]);
});

test('without a parse mode markup is text, and a script link never becomes a link', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: '<b>x</b>' });
  t.is(anna.messages[0]?.html, '&lt;b&gt;x&lt;/b&gt;');
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: '<a href="javascript:alert(1)">x</a>', parse_mode: 'HTML' });
  t.is(anna.messages[1]?.html, 'x');
});

for (const [html, reason] of [
  ['<b>x', 'Can\'t find end tag corresponding to start tag "b"'],
  ['<b>x</i>', 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
  ['ж</b>', 'Unexpected end tag at byte offset 2'],
  ['<div>x</div>', 'Unsupported start tag "div" at byte offset 0'],
  ['1 < 2', 'Unsupported start tag "" at byte offset 2'],
  ['x <b', 'Unclosed start tag at byte offset 2'],
  ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
] as const) {
  test(`broken HTML is refused: ${html}`, async t => {
    const telegram = await started(t);
    telegram.person(ANNA);
    const params = { chat_id: ANNA, text: html, parse_mode: 'HTML' };
    await refused(t, telegram, 'sendMessage', params, `Bad Request: can't parse entities: ${reason}`);
  });
}

test('a text has 1-4096 characters after parsing', async t => {
  const telegram = await started(t);
  telegram.person(ANNA);
  const send = (text: string) => api(telegram, 'sendMessage', { chat_id: ANNA, text, parse_mode: 'HTML' });
  t.true((await send(`<b>${'я'.repeat(4096)}</b>`)).ok);
  t.true((await send('😀'.repeat(4096))).ok);
  t.is((await send('x'.repeat(4097))).description, 'Bad Request: message is too long');
  t.is((await send('')).description, 'Bad Request: message text is empty');
  t.is((await send('<b> </b>')).description, 'Bad Request: text must be non-empty');
});

test('a chat nobody knows is not found, and a person who blocked the bot gets nothing until unblocking', async t => {
  const telegram = await started(t);
  await refused(t, telegram, 'sendMessage', { chat_id: 7, text: 'x' }, 'Bad Request: chat not found');
  await refused(t, telegram, 'sendMessage', { text: 'x' }, 'Bad Request: chat_id is empty');
  const anna = telegram.person(ANNA);
  anna.block();
  await refused(t, telegram, 'sendMessage', { chat_id: ANNA, text: 'x' }, 'Forbidden: bot was blocked by the user');
  await refused(t, telegram, 'sendChatAction', { chat_id: ANNA, action: 'typing' }, 'Forbidden: bot was blocked by the user');
  t.throws(() => anna.sendText('x'), { message: /has blocked the bot/ });
  anna.unblock();
  t.true((await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'x' })).ok);
  const changes = (await updatesOf(telegram)).map(update => update['my_chat_member'] as { new_chat_member: { status: string } });
  t.deepEqual(
    changes.map(change => change.new_chat_member.status),
    ['kicked', 'member'],
  );
});

const markups: [string, unknown, string][] = [
  ['data over 64 bytes', inline(['x', 'я'.repeat(33)]), 'BUTTON_DATA_INVALID'],
  ['empty data', inline(['x', '']), 'BUTTON_DATA_INVALID'],
  [
    'a button that does nothing',
    { inline_keyboard: [[{ text: 'x' }]] },
    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
  ],
  ['rows that are no rows', { inline_keyboard: [{ text: 'x' }] }, 'field "inline_keyboard" must be an Array of Arrays'],
  ['text that is no JSON', '{', "can't parse reply keyboard markup JSON object"],
  ['101 buttons', { inline_keyboard: [Array(101).fill({ text: 'x', callback_data: 'x' })] }, 'reply markup is too long'],
];
for (const [name, reply_markup, reason] of markups) {
  test(`a reply markup is checked: ${name}`, async t => {
    const telegram = await started(t);
    telegram.person(ANNA);
    await refused(t, telegram, 'sendMessage', { chat_id: ANNA, text: 'x', reply_markup }, `Bad Request: ${reason}`);
  });
}

test('callback data may have exactly 64 bytes', async t => {
  const telegram = await started(t);
  telegram.person(ANNA);
  t.true((await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'x', reply_markup: inline(['x', 'я'.repeat(32)]) })).ok);
});

test('the reply keyboard stays until another one or its removal', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const reply_markup = { keyboard: [[{ text: 'Menu' }, 'Help'], ['Balance']], resize_keyboard: true };
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'x', reply_markup });
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'y' });
  t.deepEqual(anna.keyboard, [['Menu', 'Help'], ['Balance']]);
  t.is(anna.pressKeyboard('Help').message.text, 'Help');
  t.throws(() => anna.pressKeyboard('Nothing'), { message: /no «Nothing» on the keyboard: Menu \| Help \| Balance/ });
  await refused(
    t,
    telegram,
    'editMessageText',
    { chat_id: ANNA, message_id: 1, text: 'z' },
    "Bad Request: message can't be edited",
  );
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'z', reply_markup: { remove_keyboard: true } });
  t.is(anna.keyboard, undefined);
});

test('commands of a person are marked as Telegram marks them', async t => {
  const telegram = await started(t);
  telegram.person(ANNA).sendText('/start ref_42');
  telegram.person(ANNA).sendText('a/b /help@test_bot http://x/y');
  const [start, other] = (await updatesOf(telegram)).map(messageOf);
  t.deepEqual(start?.entities, [{ type: 'bot_command', offset: 0, length: 6 }]);
  t.deepEqual(other?.entities, [{ type: 'bot_command', offset: 4, length: 14 }]);
});

test('the same id is the same person, with the profile that came last', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA, { firstName: 'Анна', username: 'anna_test' });
  t.is(telegram.person(ANNA, { languageCode: 'en' }), anna);
  anna.sendText('x');
  const [update] = await updatesOf(telegram);
  t.deepEqual(messageOf(update).from, {
    id: ANNA,
    is_bot: false,
    first_name: 'Анна',
    username: 'anna_test',
    language_code: 'en',
  });
  t.deepEqual(messageOf(update).chat, { id: ANNA, first_name: 'Анна', username: 'anna_test', type: 'private' });
});

test('a reply carries the message it answers, in both directions', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'question' });
  await anna.reply(anna.messages[0]!, 'answer');
  t.is(messageOf((await updatesOf(telegram))[0]).reply_to_message?.text, 'question');
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'noted', reply_parameters: { message_id: 2 } });
  t.is(anna.messages[2]?.replyTo, 2);
  const params = { chat_id: ANNA, text: 'x', reply_parameters: { message_id: 99 } };
  await refused(t, telegram, 'sendMessage', params, 'Bad Request: message to be replied not found');
});

// --- edits
// ----------------------------------------------------------------------------------------------------------------------

test('an edit replaces text and keyboard; the same content again is refused', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const reply_markup = inline(['Cancel', 'cancel']);
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'working', reply_markup });
  const edited = { chat_id: ANNA, message_id: 1, text: '<b>50 %</b>', parse_mode: 'HTML', reply_markup };
  t.true((await api(telegram, 'editMessageText', edited)).ok);
  t.like(anna.messages[0], { text: '50 %', html: '<b>50 %</b>', editCount: 1, buttons: [['Cancel']] });
  const same =
    'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message';
  await refused(t, telegram, 'editMessageText', edited, same);
  t.true((await api(telegram, 'editMessageText', { chat_id: ANNA, message_id: 1, text: '50 %' })).ok);
  t.deepEqual(anna.messages[0]?.buttons, []);
  t.true((await api(telegram, 'editMessageReplyMarkup', { chat_id: ANNA, message_id: 1, reply_markup })).ok);
  await refused(t, telegram, 'editMessageReplyMarkup', { chat_id: ANNA, message_id: 1, reply_markup }, same);
  t.is(anna.messages[0]?.editCount, 3);
});

test("only what is there and is the bot's own can be edited or deleted", async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  anna.sendText('mine');
  const edit = (message_id: number) => ({ chat_id: ANNA, message_id, text: 'x' });
  await refused(t, telegram, 'editMessageText', edit(9), 'Bad Request: message to edit not found');
  await refused(t, telegram, 'editMessageText', edit(1), "Bad Request: message can't be edited");
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'bot' });
  await refused(
    t,
    telegram,
    'editMessageCaption',
    { chat_id: ANNA, message_id: 2, caption: 'x' },
    'Bad Request: there is no caption in the message to edit',
  );
  t.true((await api(telegram, 'deleteMessage', { chat_id: ANNA, message_id: 2 })).ok);
  t.deepEqual(
    anna.messages.map(message => message.text),
    ['mine'],
  );
  await refused(t, telegram, 'deleteMessage', { chat_id: ANNA, message_id: 2 }, 'Bad Request: message to delete not found');
});

test('a caption and a picture can be exchanged, the text of a photo cannot', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const client = clientOf(telegram);
  const [first, second] = [await picture(100, 80), await picture(120, 80)];
  await client.sendPhoto(ANNA, { source: first }, { caption: 'one' });
  await refused(
    t,
    telegram,
    'editMessageText',
    { chat_id: ANNA, message_id: 1, text: 'x' },
    'Bad Request: there is no text in the message to edit',
  );
  await client.editMessageCaption(ANNA, 1, undefined, 'two');
  t.like(anna.messages[0], { caption: 'two', editCount: 1 });
  await client.editMessageMedia(ANNA, 1, undefined, { type: 'photo', media: { source: second }, caption: 'three' });
  t.deepEqual(anna.messages[0]?.photo?.bytes, second);
  t.is(anna.messages[0]?.caption, 'three');
  const again = client.editMessageMedia(ANNA, 1, undefined, { type: 'photo', media: { source: second }, caption: 'three' });
  await t.throwsAsync(again, { message: /message is not modified/ });
});

// --- files
// ----------------------------------------------------------------------------------------------------------------------

const download = async (telegram: TelegramStandIn, fileId: string): Promise<Buffer> => {
  const { result } = await api(telegram, 'getFile', { file_id: fileId });
  const { file_path } = result as { file_path: string };
  const response = await fetch(`${telegram.url}/file/bot${TOKEN}/${file_path}`);
  return Buffer.from(await response.arrayBuffer());
};

test('a photo of a person arrives as JPEG in ascending sizes, upright and without metadata', async t => {
  const telegram = await started(t);
  const turned = await sharp(await picture(960, 1400))
    .withExif({ IFD0: { Copyright: 'secret' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  await telegram.person(ANNA).sendPhoto(turned, { caption: 'brighter' });
  const message = messageOf((await updatesOf(telegram))[0]);
  t.is(message.caption, 'brighter');
  t.deepEqual(
    message.photo?.map(size => [size.width, size.height]),
    [
      [90, 62],
      [320, 219],
      [800, 549],
      [1280, 878],
    ],
  );
  t.is(new Set(message.photo?.flatMap(size => [size.file_id, size.file_unique_id])).size, 8);
  const bytes = await download(telegram, message.photo?.at(-1)?.file_id ?? '');
  t.true(bytes.length === message.photo?.at(-1)?.file_size);
  t.like(await sharp(bytes).metadata(), { format: 'jpeg', width: 1280, height: 878, exif: undefined });
});

test('a small picture keeps its own size as the last one', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  await anna.sendPhoto(await picture(640, 480));
  await anna.sendPhoto(await picture(32, 32));
  const [medium, tiny] = (await updatesOf(telegram)).map(update => messageOf(update).photo?.map(size => size.width));
  t.deepEqual(medium, [90, 320, 640]);
  t.deepEqual(tiny, [32]);
  await t.throwsAsync(anna.sendPhoto(Buffer.from('no picture')));
});

test('a document keeps its bytes and its name', async t => {
  const telegram = await started(t);
  const bytes = await picture(300, 200);
  telegram.person(ANNA).sendDocument(bytes, { fileName: 'IMG 1.png', mimeType: 'image/png', caption: 'x' });
  const { document, caption } = messageOf((await updatesOf(telegram))[0]);
  t.like(document, { file_name: 'IMG 1.png', mime_type: 'image/png', file_size: bytes.length });
  t.is(caption, 'x');
  t.deepEqual(await download(telegram, document?.file_id ?? ''), bytes);
});

test('getFile refuses files over 20 MiB and unknown ids', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  anna.sendDocument(Buffer.from('x'), { claimedSize: (20 << 20) + 1 });
  anna.sendDocument(Buffer.from('x'), { claimedSize: 20 << 20 });
  const [big, fitting] = (await updatesOf(telegram)).map(update => messageOf(update).document?.file_id);
  await refused(t, telegram, 'getFile', { file_id: big }, 'Bad Request: file is too big');
  t.true((await api(telegram, 'getFile', { file_id: fitting })).ok);
  const unknown = 'Bad Request: wrong file_id or the file is temporarily unavailable';
  await refused(t, telegram, 'getFile', { file_id: 'nothing' }, unknown);
  t.is((await fetch(`${telegram.url}/file/bot${TOKEN}/photos/none.jpg`)).status, 404);
});

test('a photo of the bot must be a picture of at most 10 MB and 10000 pixels of width and height', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const client = clientOf(telegram);
  const send = (source: Buffer) => client.sendPhoto(ANNA, { source });
  await t.throwsAsync(send(Buffer.from('no picture')), { message: /IMAGE_PROCESS_FAILED/ });
  await t.throwsAsync(send(Buffer.alloc((10 << 20) + 1)), { message: /is too big for a photo/ });
  await t.throwsAsync(send(await picture(9000, 1001)), { message: /PHOTO_INVALID_DIMENSIONS/ });
  await t.throwsAsync(send(await picture(630, 30)), { message: /PHOTO_INVALID_DIMENSIONS/ });
  await refused(t, telegram, 'sendPhoto', { chat_id: ANNA }, 'Bad Request: there is no photo in the request');
  const web = { chat_id: ANNA, photo: 'https://example.org/x.jpg' };
  await refused(t, telegram, 'sendPhoto', web, 'Bad Request: failed to get HTTP URL content');
  t.deepEqual(anna.messages, []);
});

test('the bot can send again what Telegram already has', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const client = clientOf(telegram);
  const bytes = await picture(64, 64);
  const sent = await client.sendPhoto(ANNA, { source: bytes });
  const fileId = sent.photo.at(-1)?.file_id ?? '';
  await client.sendPhoto(ANNA, fileId, { caption: 'again' });
  t.deepEqual(anna.messages[1]?.photo?.bytes, bytes);
  const mixed = "Bad Request: can't use file of type Photo as Document";
  await refused(t, telegram, 'sendDocument', { chat_id: ANNA, document: fileId }, mixed);
});

test('the bot sends a document and an album through telegraf', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const client = clientOf(telegram);
  const [one, two] = [await picture(40, 40), await picture(50, 40)];
  await client.sendDocument(ANNA, { source: one, filename: 'result.png' }, { caption: 'full quality' });
  t.like(anna.messages[0], { caption: 'full quality', document: { bytes: one, fileName: 'result.png' } });
  const album = await client.sendMediaGroup(ANNA, [
    { type: 'photo', media: { source: one }, caption: 'before' },
    { type: 'photo', media: { source: two } },
  ]);
  t.is(album.length, 2);
  t.is(new Set(anna.messages.slice(1).map(message => message.albumId)).size, 1);
  t.deepEqual(anna.messages[2]?.photo?.bytes, two);
  const files = telegram.calls.find(call => call.method === 'sendMediaGroup')?.files ?? [];
  t.deepEqual(
    files.map(file => file.bytes),
    [one, two],
  );
  const single = { chat_id: ANNA, media: [{ type: 'photo', media: 'x' }] };
  await refused(t, telegram, 'sendMediaGroup', single, 'Bad Request: group must include 2-10 items');
});

test('other things that people send arrive in their own shape', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  anna.sendSticker();
  anna.sendVideo({ caption: 'look' });
  anna.sendVoice();
  anna.sendAnimation();
  anna.sendLocation();
  anna.sendContact();
  const messages = (await updatesOf(telegram)).map(messageOf);
  const kinds = ['sticker', 'video', 'voice', 'animation', 'location', 'contact'] as const;
  t.true(kinds.every((kind, index) => messages[index]?.[kind] !== undefined));
  t.deepEqual(
    anna.messages.map(message => message.other),
    [...kinds],
  );
});

// --- buttons, commands, payments -----------------------------------------------------------------------------------------------

test('a pressed button waits for the answer of the bot; a second answer comes too late', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const client = clientOf(telegram);
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'old', reply_markup: inline(['Buy', 'buy:1']) });
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'new', reply_markup: inline(['Buy', 'buy:2']) });
  const pressed = anna.press('Buy');
  const query = await queryOf(telegram, 'callback_query');
  t.is(query.data, 'buy:2');
  t.is(query.message.text, 'new');
  await client.answerCbQuery(query.id, 'done', { show_alert: true });
  t.deepEqual(await pressed, { text: 'done', showAlert: true });
  const late = 'Bad Request: query is too old and response timeout expired or query ID is invalid';
  await refused(t, telegram, 'answerCallbackQuery', { callback_query_id: query.id }, late);
  await refused(t, telegram, 'answerCallbackQuery', { callback_query_id: '1' }, late);
});

test('forged data can be sent, also from a message that is gone', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'x', reply_markup: inline(['A', 'a']) });
  const message = anna.messages[0]!;
  await api(telegram, 'deleteMessage', { chat_id: ANNA, message_id: 1 });
  void anna.press({ data: 'admin:1' }, message);
  const query = await queryOf(telegram, 'callback_query');
  t.is(query.data, 'admin:1');
  t.like(query.message, { message_id: 1, date: 0 });
  await t.throwsAsync(anna.press('A'), { message: /no button «A»/ });
});

test('answers to buttons and chat actions can be watched', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const seen: unknown[] = [];
  telegram.on('action', event => seen.push(event));
  telegram.on('callbackAnswer', event => seen.push(event));
  await api(telegram, 'sendChatAction', { chat_id: ANNA, action: 'upload_photo' });
  await refused(
    t,
    telegram,
    'sendChatAction',
    { chat_id: ANNA, action: 'dance' },
    'Bad Request: wrong parameter action in request',
  );
  void anna.press({ data: 'x' });
  const { id } = await queryOf(telegram, 'callback_query');
  await api(telegram, 'answerCallbackQuery', { callback_query_id: id });
  t.deepEqual(seen, [
    { chatId: ANNA, action: 'upload_photo' },
    { chatId: ANNA, queryId: id, showAlert: false },
  ]);
});

test('a bot that does not answer a pressed button is found out', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'x', reply_markup: inline(['A', 'a']) });
  await t.throwsAsync(anna.press('A', undefined, { timeoutMs: 5 }), { message: /did not answer the callback of «A»/ });
});

test('commands are kept by scope and language', async t => {
  const client = clientOf(await started(t));
  const russian = [{ command: 'start', description: 'Начать' }];
  await client.setMyCommands(russian, { language_code: 'ru' });
  t.deepEqual(await client.getMyCommands({ language_code: 'ru' }), russian);
  t.deepEqual(await client.getMyCommands(), []);
  await t.throwsAsync(client.setMyCommands([{ command: 'Bad!', description: 'x' }]), { message: /BOT_COMMAND_INVALID/ });
  t.true(await client.setChatMenuButton({ menuButton: { type: 'commands' } }));
});

const invoice = {
  title: '10 000 points',
  description: 'Points for edits',
  payload: 'order:72',
  currency: 'XTR',
  prices: [{ label: 'points', amount: 77 }],
};

test('an invoice in stars is paid after the bot has agreed, and refunded once', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  t.true((await api(telegram, 'sendInvoice', { chat_id: ANNA, ...invoice })).ok);
  const paying = anna.pay();
  const [asked] = await updatesOf(telegram);
  const query = asked?.['pre_checkout_query'] as { id: string };
  t.like(query, { currency: 'XTR', total_amount: 77, invoice_payload: 'order:72' });
  await api(telegram, 'answerPreCheckoutQuery', { pre_checkout_query_id: query.id, ok: true });
  const outcome = await paying;
  const telegram_payment_charge_id = outcome.ok ? outcome.chargeId : '';
  const [paid] = await updatesOf(telegram, { offset: (asked?.update_id ?? 0) + 1 });
  t.like(messageOf(paid).successful_payment, { invoice_payload: 'order:72', total_amount: 77, telegram_payment_charge_id });
  const refund = { user_id: ANNA, telegram_payment_charge_id };
  t.true((await api(telegram, 'refundStarPayment', refund)).ok);
  t.is(anna.messages.at(-1)?.refunded?.invoice_payload, 'order:72');
  await refused(t, telegram, 'refundStarPayment', refund, 'Bad Request: CHARGE_ALREADY_REFUNDED');
});

test('the bot’s Stars are listed with the oldest first, a refund under the id of its payment', async t => {
  const telegram = await started(t);
  const listed = async (page: object = {}) => {
    const { result } = await api(telegram, 'getStarTransactions', page);
    return (result as { transactions: { id: string; amount: number; source?: object; receiver?: object }[] }).transactions;
  };
  t.deepEqual(await listed(), []);
  const anna = telegram.person(ANNA);
  const ids: string[] = [];
  for (const payload of ['order:1', 'order:2']) {
    await api(telegram, 'sendInvoice', { chat_id: ANNA, ...invoice, payload });
    const paying = anna.pay();
    const updates = await updatesOf(telegram);
    const query = updates.at(-1)?.['pre_checkout_query'] as { id: string };
    await api(telegram, 'answerPreCheckoutQuery', { pre_checkout_query_id: query.id, ok: true });
    const outcome = await paying;
    ids.push(outcome.ok ? outcome.chargeId : '');
  }
  await api(telegram, 'refundStarPayment', { user_id: ANNA, telegram_payment_charge_id: ids[0] });
  const all = await listed();
  t.deepEqual(
    all.map(({ id, amount, source, receiver }) => [id, amount, source !== undefined, receiver !== undefined]),
    [
      [ids[0], 77, true, false],
      [ids[1], 77, true, false],
      [ids[0], 77, false, true],
    ],
  );
  t.like(all[0]?.source, { type: 'user', transaction_type: 'invoice_payment', invoice_payload: 'order:1', user: { id: ANNA } });
  t.deepEqual(await listed({ offset: 1, limit: 1 }), [all[1]!]);
  t.deepEqual(await listed({ offset: 3 }), []);
  t.false((await api(telegram, 'getStarTransactions', { limit: 101 })).ok);
});

test('a bot may refuse a checkout, with words for the person', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  await api(telegram, 'sendInvoice', { chat_id: ANNA, ...invoice });
  const paying = anna.pay();
  const { id } = await queryOf(telegram, 'pre_checkout_query');
  t.false((await api(telegram, 'answerPreCheckoutQuery', { pre_checkout_query_id: id, ok: false })).ok);
  await api(telegram, 'answerPreCheckoutQuery', { pre_checkout_query_id: id, ok: false, error_message: 'sold out' });
  t.deepEqual(await paying, { ok: false, error: 'sold out' });
});

test('an invoice in stars has exactly one price, and a payload of at most 128 bytes', async t => {
  const telegram = await started(t);
  telegram.person(ANNA);
  const two = { chat_id: ANNA, ...invoice, prices: [...invoice.prices, ...invoice.prices] };
  await refused(t, telegram, 'sendInvoice', two, 'Bad Request: STARS_INVOICE_INVALID');
  const long = { chat_id: ANNA, ...invoice, payload: 'я'.repeat(65) };
  await refused(t, telegram, 'sendInvoice', long, 'Bad Request: INVOICE_PAYLOAD_INVALID');
});

// --- faults
// ---------------------------------------------------------------------------------------------------------------------

test('a 429 carries its seconds in the body and in the header, for the calls it was made for', async t => {
  const telegram = await started(t);
  telegram.person(ANNA);
  telegram.person(2);
  telegram.faults.next({ method: 'sendMessage', chatId: ANNA, kind: 'status', status: 429, retryAfter: 2 });
  t.true((await api(telegram, 'sendMessage', { chat_id: 2, text: 'x' })).ok);
  const limited = await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'x' });
  t.like(limited, { status: 429, description: 'Too Many Requests: retry after 2', parameters: { retry_after: 2 } });
  t.is(limited.headers.get('retry-after'), '2');
  t.true((await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'x' })).ok);
});

test('telegraf sees the errors of the stand-in as errors of Telegram', async t => {
  const telegram = await started(t);
  const client = clientOf(telegram);
  telegram.person(ANNA).block();
  const error = await t.throwsAsync(client.sendMessage(ANNA, 'x'), { instanceOf: TelegramError });
  t.is(error?.code, 403);
});

test('a standing fault lasts until it is taken back, and clear forgets all', async t => {
  const telegram = await started(t);
  const remove = telegram.faults.always({ method: 'getMe', kind: 'status', status: 502, rawBody: '<h1>Bad Gateway</h1>' });
  const gateway = await fetch(`${telegram.url}/bot${TOKEN}/getMe`);
  t.is(gateway.status, 502);
  t.is(await gateway.text(), '<h1>Bad Gateway</h1>');
  remove();
  t.true((await api(telegram, 'getMe')).ok);
  telegram.faults.always({ kind: 'status', status: 500 });
  t.is((await api(telegram, 'getMe')).status, 500);
  telegram.faults.clear();
  t.true((await api(telegram, 'getMe')).ok);
});

test('a connection can break before or after the call was carried out, or its answer turn into an error', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  const send = (text: string) => api(telegram, 'sendMessage', { chat_id: ANNA, text });
  telegram.faults.next({ kind: 'dropBeforeDoing' });
  await t.throwsAsync(send('never'));
  t.is(anna.messages.length, 0);
  telegram.faults.next({ kind: 'dropAfterDoing' });
  await t.throwsAsync(send('unknown'));
  t.is(anna.messages.length, 1);
  telegram.faults.next({ kind: 'status', status: 500, done: true });
  t.is((await send('sent, though')).status, 500);
  t.is(anna.messages.length, 2);
  t.deepEqual(
    telegram.calls.map(call => (typeof call.answered === 'string' ? call.answered : call.answered.status)),
    ['dropped', 'dropped', 500],
  );
});

test('a slow call is carried out later, a held call when it is released', async t => {
  const telegram = await started(t);
  const anna = telegram.person(ANNA);
  telegram.faults.next({ kind: 'slow', delayMs: 30 });
  const began = performance.now();
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'slow' });
  t.true(performance.now() - began >= 29);
  const held = telegram.faults.hold({ method: 'sendMessage' });
  const answer = api(telegram, 'sendMessage', { chat_id: ANNA, text: 'held' });
  t.is((await held.arrived).answered, 'waiting');
  t.is(anna.messages.length, 1);
  held.release();
  t.true((await answer).ok);
});

test('a lost answer to getUpdates loses no update', async t => {
  const telegram = await started(t);
  telegram.person(ANNA).sendText('x');
  telegram.faults.next({ method: 'getUpdates', kind: 'dropAfterDoing' });
  await t.throwsAsync(updatesOf(telegram));
  t.is((await updatesOf(telegram)).length, 1);
});

test('downloads are calls too, so that they can fail', async t => {
  const telegram = await started(t);
  await telegram.person(ANNA).sendPhoto(await picture(40, 40));
  const photo = messageOf((await updatesOf(telegram))[0]).photo?.[0];
  telegram.faults.next({ method: 'file', kind: 'status', status: 500 });
  const { result } = await api(telegram, 'getFile', { file_id: photo?.file_id });
  const address = `${telegram.url}/file/bot${TOKEN}/${(result as { file_path: string }).file_path}`;
  t.is((await fetch(address)).status, 500);
  t.is((await fetch(address)).status, 200);
});

// --- watching
// -------------------------------------------------------------------------------------------------------------------

test('waitFor sees what is there, what comes and what is edited, and tells what was there instead', async t => {
  const telegram = await started(t);
  const anna: Person = telegram.person(ANNA);
  const coming = anna.waitFor(/100 %/);
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: '10 %', reply_markup: inline(['Cancel', 'c']) });
  t.is((await anna.waitFor(/10 %/)).id, 1);
  await api(telegram, 'editMessageText', { chat_id: ANNA, message_id: 1, text: '100 %' });
  t.is((await coming).editCount, 1);
  const later = anna.waitFor(/100 %/, { after: 1 });
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: '100 %' });
  t.is((await later).id, 2);
  const nothing = anna.waitFor(message => message.text === 'x', { timeoutMs: 5 });
  await t.throwsAsync(nothing, { message: /#1 bot: 100 % \(edited 1x\)\n#2 bot: 100 %/ });
});

test('waitForCall sees past and coming calls; events tell of messages, edits and deletions', async t => {
  const telegram = await started(t);
  telegram.person(ANNA);
  const seen: string[] = [];
  telegram.on('message', ({ message }) => seen.push(`message ${message.text}`));
  telegram.on('edit', ({ message }) => seen.push(`edit ${message.text}`));
  telegram.on('delete', ({ messageId }) => seen.push(`delete ${messageId}`));
  const stop = telegram.on('call', call => seen.push(call.method));
  const coming = telegram.waitForCall(call => call.method === 'deleteMessage');
  await api(telegram, 'sendMessage', { chat_id: ANNA, text: 'a' });
  await api(telegram, 'editMessageText', { chat_id: ANNA, message_id: 1, text: 'b' });
  stop();
  await api(telegram, 'deleteMessage', { chat_id: ANNA, message_id: 1 });
  t.deepEqual((await coming).params, { chat_id: ANNA, message_id: 1 });
  t.deepEqual(seen, ['message a', 'sendMessage', 'edit b', 'editMessageText', 'delete 1']);
  t.is((await telegram.waitForCall(call => call.chatId === ANNA)).method, 'sendMessage');
  t.is((await telegram.waitForCall(call => call.chatId === ANNA, { from: 1 })).method, 'editMessageText');
  const none = telegram.waitForCall(call => call.method === 'getMe', 5);
  await t.throwsAsync(none, { message: /it made: sendMessage\(424242\), editMessageText/ });
});

test('recording of calls can be switched off', async t => {
  const telegram = await started(t, { recordCalls: false });
  const call = telegram.waitForCall(one => one.method === 'getMe');
  await api(telegram, 'getMe');
  t.like(await call, { answered: { status: 200 } });
  t.is(telegram.calls.length, 0);
});

test('close ends at once, with polls, waits and held calls open', async t => {
  const telegram = await startTelegram({ token: TOKEN });
  const held = telegram.faults.hold({ method: 'getMe' });
  const me = t.throwsAsync(api(telegram, 'getMe'));
  const poll = t.throwsAsync(updatesOf(telegram, { timeout: 30 }));
  const wait = t.throwsAsync(telegram.person(ANNA).waitFor(/x/), { message: /closed/ });
  await held.arrived;
  const began = performance.now();
  await telegram.close();
  await Promise.all([me, poll, wait]);
  t.true(performance.now() - began < 25_000);
});

test('a telegraf bot runs on it by long polling, from command to edited button', async t => {
  const telegram = await started(t);
  const bot = new Telegraf(TOKEN, { telegram: { apiRoot: telegram.url } });
  bot.start(ctx => ctx.reply('Welcome', { reply_markup: inline(['Go', 'go']) }));
  bot.action('go', async ctx => {
    await ctx.editMessageText('Gone');
    await ctx.answerCbQuery('ok');
  });
  const running = bot.launch();
  const anna = telegram.person(ANNA);
  anna.sendText('/start');
  await anna.waitFor(/Welcome/);
  t.is((await anna.press('Go')).text, 'ok');
  t.is(anna.messages[1]?.text, 'Gone');
  bot.stop();
  await running;
});
