import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { Telegram } from 'telegraf';
import { WebSocket, WebSocketServer } from 'ws';
import { deliveryOf } from '../src/bot/delivery.ts';
import { createStatusMessages } from '../src/bot/status-message.ts';
import { fitPreview } from '../src/images/preview.ts';
import { type Edit, pngWithTexts, turnColours } from '../src/sandbox/comfyui/pictures.ts';
import { type ComfyUIOptions, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { type BotCall, type ChatMessage, type Person, startTelegram } from '../src/sandbox/telegram/server.ts';
import { fastClock } from './fast-clock.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions, token } from './studio.ts';

const photo = await phonePhoto(1, 640, 480);
const done = /Обработка завершена/;
const cancelButton = '❌ Отменить';
const lastWords = { completed: /Изображение получено и обработано/, cancelled: /Задача отменена/ };

/** A run that has shown all its steps ends when the test says so. */
function held() {
  let release = () => {};
  const released = new Promise<void>(resolve => (release = resolve));
  const edit: Edit = async (photos, asked) => {
    await released;
    return turnColours(photos, asked);
  };
  return { edit, release: () => release() };
}

const open = (t: ExecutionContext, comfy: ComfyUIOptions, options: StudioOptions = {}): Promise<Studio> =>
  openStudio(t, { clock: fastClock(), comfy: { previews: true, steps: 4, ...comfy }, ...options });
const personOf = ({ telegram }: Studio): Person => telegram.person(1001, { firstName: 'Анна' });
const order = (person: Person) => person.sendPhoto(photo, { caption: 'в акварель' });

const wordsOf = ({ text, caption }: ChatMessage): string => text ?? caption ?? '';
/** The one status message of the one job, as soon as it says this. */
const status = (person: Person, says: RegExp): Promise<ChatMessage> =>
  person.waitFor(message => /ID задачи/.test(wordsOf(message)) && says.test(wordsOf(message)));
const statuses = ({ messages }: Person): ChatMessage[] => messages.filter(message => /ID задачи/.test(wordsOf(message)));

const edits = ({ telegram }: Studio, what: RegExp | string = /./): BotCall[] =>
  telegram.calls.filter(({ method }) => method.startsWith('editMessage') && method.slice('editMessage'.length).match(what));
const statusOf = ({ answered }: BotCall): number | string => (typeof answered === 'string' ? answered : answered.status);

/** The bar at its end, and then the picture in the chat and the last words. */
async function endsWell(t: ExecutionContext, person: Person, before: ChatMessage): Promise<void> {
  t.truthy((await person.waitFor(done)).photo);
  const after = await status(person, lastWords.completed);
  t.is(after.id, before.id);
  t.deepEqual(after.buttons, []);
  t.deepEqual(after.photo?.bytes, before.photo?.bytes);
  t.is(statuses(person).length, 1);
}

test('the status message becomes the preview, with the bar under it and the button; the last words come under the picture', async t => {
  const { edit, release } = held();
  const studio = await open(t, { edit });
  const anna = personOf(studio);
  await order(anna);
  const shown = await status(anna, /▰{10} 100%/);
  t.is(Math.max(shown.photo!.width, shown.photo!.height), 256);
  t.is(shown.text, undefined);
  t.deepEqual(shown.buttons, [[cancelButton]]);
  release();
  await endsWell(t, anna, shown);
  // Steps of one picture: it goes up once, and no edit was tried in vain.
  t.is(edits(studio, 'Media').length, 1);
  t.true(edits(studio, 'Caption').length > 0);
  t.false(edits(studio).some(call => statusOf(call) === 400));
});

test('a server that sends no previews has its progress told in text', async t => {
  const { edit, release } = held();
  const studio = await open(t, { edit, previews: false });
  const anna = personOf(studio);
  await order(anna);
  const shown = await status(anna, /▰{10} 100%/);
  t.is(shown.photo, undefined);
  t.deepEqual(shown.buttons, [[cancelButton]]);
  release();
  await endsWell(t, anna, shown);
  t.true(edits(studio).every(({ method }) => method === 'editMessageText'));
});

test('a job that is cancelled under its preview says so there, and its button is gone', async t => {
  const studio = await open(t, {});
  studio.comfy.faults.next({ kind: 'hang', interruptible: true });
  const anna = personOf(studio);
  await order(anna);
  const shown = await status(anna, /50%/);
  t.truthy(shown.photo);
  t.is((await anna.press(cancelButton, shown)).text, 'Задача отменена');
  const after = await status(anna, lastWords.cancelled);
  t.is(after.id, shown.id);
  t.truthy(after.photo);
  t.deepEqual(after.buttons, []);
  await anna.waitFor(/Возвращаем 30 баллов/);
});

test('after a restart in the middle the last words find the message that is a photo by now', async t => {
  const { edit, release } = held();
  const studio = await open(t, { edit });
  const anna = personOf(studio);
  await order(anna);
  const shown = await status(anna, /100%/);
  await studio.reopen();
  release();
  await endsWell(t, anna, shown);
  t.is(studio.comfy.executions.length, 1);
});

test('a result waits for no more than the picture that is on its way', async t => {
  const { edit, release } = held();
  const studio = await open(t, { edit });
  const anna = personOf(studio);
  const upload = studio.telegram.faults.hold({ method: 'editMessageMedia' });
  await order(anna);
  await upload.arrived;
  release();
  await studio.step('job:complete:applied');
  t.false(anna.messages.some(message => done.test(wordsOf(message))));
  upload.release();
  await anna.waitFor(done);
  t.truthy((await status(anna, lastWords.completed)).photo);
  const methods = studio.telegram.calls.map(({ method }) => method);
  t.is(methods.indexOf('sendPhoto'), methods.indexOf('editMessageMedia') + 1);
});

for (const [what, fault] of [
  ['a picture that Telegram refuses', { status: 400, description: 'Bad Request: PHOTO_INVALID_DIMENSIONS' }],
  ['a picture that is too large for whoever stands between', { status: 413, description: 'Request Entity Too Large' }],
] as const)
  test(`${what} is not tried at every step, and costs neither the bar nor the result`, async t => {
    const { edit, release } = held();
    const { url } = await comfyDoor(t, { edit }, n => picture(n, 200, 150));
    const studio = await open(t, {}, { env: { COMFYUI_URL: url } });
    studio.telegram.faults.always({ kind: 'status', method: 'editMessageMedia', ...fault });
    const anna = personOf(studio);
    await order(anna);
    const shown = await status(anna, /100%/);
    t.is(shown.photo, undefined);
    t.deepEqual(shown.buttons, [[cancelButton]]);
    release();
    await endsWell(t, anna, shown);
    t.is(edits(studio, 'Media').length, 1);
  });

test('a picture that Telegram wants to have later costs neither the job nor the result', async t => {
  const { edit, release } = held();
  const studio = await open(t, { edit });
  studio.telegram.faults.next({ kind: 'status', status: 429, retryAfter: 2, method: 'editMessageMedia' });
  const anna = personOf(studio);
  await order(anna);
  await studio.telegram.waitForCall(({ method }) => method === 'editMessageMedia');
  release();
  t.truthy((await anna.waitFor(done)).photo);
  await status(anna, lastWords.completed);
});

// — a server that shows what ComfyUI does not —

const picture = (n: number, width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r: (n * 40) % 256, g: 80, b: 120 } } })
    .png()
    .toBuffer()
    .then(png => pngWithTexts(png, { prompt: 'a secret of the house' }));

/** Stands before a ComfyUI and puts another picture into every preview, the nth by `pictureOf(n)`. */
async function comfyDoor(t: ExecutionContext, options: ComfyUIOptions, pictureOf: (n: number) => Promise<Buffer>) {
  const comfy = await startComfyUI({ previews: true, steps: 4, ...options });
  const server = createServer((req, res) => {
    const { method, headers } = req;
    const onward = request(comfy.url + req.url, { ...{ method, headers }, agent: false }, answer => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  const sockets = new WebSocketServer({ server });
  const sent: Buffer[] = [];
  sockets.on('connection', (near, { url }) => {
    const far = new WebSocket(comfy.url.replace('http', 'ws') + url);
    const opened = new Promise(resolve => far.once('open', resolve));
    near.on('message', data => opened.then(() => far.send(String(data))));
    let turn: Promise<void> = Promise.resolve();
    far.on('message', (data: Buffer, isBinary) => {
      turn = turn.then(async () => {
        if (isBinary) sent.push(await pictureOf(sent.length));
        near.send(isBinary ? Buffer.concat([data.subarray(0, 8 + data.readUInt32BE(4)), sent.at(-1)!]) : String(data));
      });
    });
    near.on('close', () => far.close());
    far.on('close', () => near.close());
    far.on('error', () => near.terminate());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
    await comfy.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent };
}

test('a preview of 1024 px is shown at 256 px, as a JPEG without what was written into it', async t => {
  const { edit, release } = held();
  const { url } = await comfyDoor(t, { edit }, n => picture(n, 1024, 512));
  const studio = await open(t, {}, { env: { COMFYUI_URL: url } });
  const anna = personOf(studio);
  await order(anna);
  const shown = await status(anna, /100%/);
  t.like(shown.photo, { width: 256, height: 128 });
  for (const upload of edits(studio, 'Media').flatMap(({ files }) => files ?? [])) {
    t.like(await sharp(upload.bytes).metadata(), { format: 'jpeg', width: 256, height: 128 });
    t.false(upload.bytes.includes('secret'));
  }
  release();
  await endsWell(t, anna, shown);
});

test('the newest preview goes with the newest progress', async t => {
  const { edit, release } = held();
  const { url, sent } = await comfyDoor(t, { edit }, n => picture(n, 200, 150));
  const studio = await open(t, {}, { env: { COMFYUI_URL: url } });
  const anna = personOf(studio);
  await order(anna);
  const shown = await status(anna, /100%/);
  t.is(sent.length, 4);
  t.deepEqual(shown.photo?.bytes, await fitPreview(sent.at(-1)!));
  release();
  await endsWell(t, anna, shown);
});

// — the message alone —

async function alone(t: ExecutionContext, newsTimeoutMs?: number) {
  const telegram = await startTelegram({ token });
  t.teardown(() => telegram.close());
  const anna = telegram.person(1001);
  anna.sendText('/start');
  const api = new Telegram(token, { apiRoot: telegram.url });
  const { message_id: messageId } = await api.sendMessage(anna.id, 'Принято');
  const place = { chatId: anna.id, messageId };
  const message = () => anna.messages.find(({ id }) => id === messageId)!;
  const methods = () => telegram.calls.map(({ method }) => method).filter(method => method.startsWith('edit'));
  const create = () => createStatusMessages({ telegram: api, fitPreview, ...(newsTimeoutMs && { newsTimeoutMs }) });
  return { telegram, place, message, methods, create, messages: create() };
}
const outcomeOf = (news: Promise<void>): Promise<string> =>
  news.then(
    () => 'shown',
    error => deliveryOf(error).kind,
  );
const shownAs = (text: string) => ({
  text,
  keyboard: { inline_keyboard: [[{ text: cancelButton, callback_data: 'x' }]] },
});

test('a picture that takes too long is let go of, and should it arrive all the same, the words find it', async t => {
  const { telegram, place, message, methods, messages } = await alone(t, 500);
  const upload = telegram.faults.hold({ method: 'editMessageMedia' });
  const news = messages.showNews(place, shownAs('10%'), await picture(1, 200, 150));
  const since = Date.now();
  t.is(await outcomeOf(news), 'ambiguous');
  t.true(Date.now() - since < 60_000);
  await messages.showNews(place, shownAs('20%'), await picture(2, 200, 150));
  t.like(message(), { text: '20%', buttons: [[cancelButton]] });
  upload.release();
  await telegram.waitForCall(({ method }) => method === 'editMessageMedia');
  t.is(message().caption, '10%');
  await messages.showNews(place, shownAs('30%'), await picture(3, 200, 150));
  await messages.say(place, { text: 'Готово', keyboard: null });
  t.like(message(), { caption: 'Готово', buttons: [] });
  t.truthy(message().photo);
  t.deepEqual(methods(), [
    'editMessageMedia',
    'editMessageText',
    'editMessageText',
    ...['editMessageCaption', 'editMessageCaption'],
  ]);
});

test('the words of a picture that is refused are said at once', async t => {
  const { telegram, place, message, methods, messages } = await alone(t);
  telegram.faults.next({
    kind: 'status',
    status: 400,
    description: 'Bad Request: IMAGE_PROCESS_FAILED',
    method: 'editMessageMedia',
  });
  await messages.showNews(place, shownAs('10%'), await picture(1, 200, 150));
  t.like(message(), { text: '10%', buttons: [[cancelButton]] });
  t.deepEqual(methods(), ['editMessageMedia', 'editMessageText']);
});

test('a chat that has to wait, or is closed to the bot, is not spoken to a second time', async t => {
  const { telegram, place, message, methods, messages } = await alone(t);
  for (const [status, outcome] of [
    [429, 'retryAfter'],
    [403, 'refused'],
  ] as const) {
    telegram.faults.next({ kind: 'status', status, method: 'editMessageMedia' });
    t.is(await outcomeOf(messages.showNews(place, shownAs('10%'), await picture(1, 200, 150))), outcome);
  }
  t.deepEqual(methods(), ['editMessageMedia', 'editMessageMedia']);
  t.is(message().text, 'Принято');
});

test('a chat that was told to wait has its next picture shown', async t => {
  const { telegram, place, message, messages } = await alone(t);
  telegram.faults.next({ kind: 'status', status: 429, method: 'editMessageMedia' });
  t.is(await outcomeOf(messages.showNews(place, shownAs('10%'), await picture(1, 200, 150))), 'retryAfter');
  await messages.showNews(place, shownAs('20%'), await picture(2, 200, 150));
  t.is(message().caption, '20%');
});

test('news without a preview leave the picture where it is; the same preview is not sent twice', async t => {
  const { place, message, methods, messages } = await alone(t);
  const preview = await picture(1, 200, 150);
  await messages.showNews(place, shownAs('10%'), preview);
  await messages.showNews(place, shownAs('20%'), null);
  await messages.showNews(place, shownAs('30%'), Buffer.from(preview));
  t.is(message().caption, '30%');
  t.truthy(message().photo);
  await messages.showNews(place, shownAs('40%'), await picture(2, 200, 150));
  t.is(message().caption, '40%');
  t.deepEqual(methods(), ['editMessageMedia', 'editMessageCaption', 'editMessageCaption', 'editMessageMedia']);
});

test('whoever does not know what a message has become finds out once', async t => {
  const { place, message, methods, messages, create } = await alone(t);
  await messages.showNews(place, shownAs('10%'), await picture(1, 200, 150));
  const later = create();
  await later.say(place, shownAs('В очереди'));
  await later.say(place, shownAs('20%'));
  t.is(message().caption, '20%');
  t.deepEqual(methods().slice(1), ['editMessageText', 'editMessageCaption', 'editMessageCaption']);
});

test('what is no picture is not shown as one', async t => {
  const { place, message, methods, messages } = await alone(t);
  await messages.showNews(place, shownAs('10%'), Buffer.from('no picture'));
  t.is(message().text, '10%');
  await messages.showNews(place, shownAs('20%'), await picture(1, 200, 150));
  t.is(message().caption, '20%');
  t.deepEqual(methods(), ['editMessageText', 'editMessageMedia']);
});

// — the picture —

const jpeg = (width: number, height: number) => phonePhoto(1, width, height);
const withArtist = async (width: number, height: number) =>
  sharp(await jpeg(width, height))
    .withExif({ IFD0: { Artist: 'x' } })
    .toBuffer();

for (const [what, make, expected] of [
  ['a wide JPEG', () => jpeg(1024, 100), { width: 256, height: 25 }],
  ['a tall PNG', () => picture(1, 128, 512), { width: 64, height: 256 }],
  ['a small PNG, which is not enlarged', () => picture(1, 64, 48), { width: 64, height: 48 }],
  ['a small JPEG with EXIF', () => withArtist(64, 48), { width: 64, height: 48 }],
] as const)
  test(`${what} becomes a JPEG of at most 256 px without metadata`, async t => {
    const header = await sharp(await fitPreview(await make())).metadata();
    t.like(header, { format: 'jpeg', ...expected });
    t.is(header.exif, undefined);
  });

test('the JPEG that ComfyUI sends passes as it is', async t => {
  for (const bytes of [await jpeg(256, 192), await jpeg(96, 256)]) t.is(await fitPreview(bytes), bytes);
});

for (const [what, make] of [
  ['a piece of text', async () => Buffer.from('no picture')],
  ['nothing at all', async () => Buffer.alloc(0)],
  ['a drawing', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  [
    'a GIF',
    async () =>
      sharp(await jpeg(64, 48))
        .gif()
        .toBuffer(),
  ],
  ['a large JPEG that is cut', async () => (await jpeg(1024, 768)).subarray(0, 2_000)],
  ['a picture of more than 4 MP', () => jpeg(2100, 2000)],
] as const)
  test(`${what} is no preview`, async t => {
    t.is(await fitPreview(await make()), undefined);
  });
