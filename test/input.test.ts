import { crc32, deflateSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { openWriter } from '../db/database.ts';
import { inputOf } from '../src/bot/input.ts';
import type { ChatMessage, Person } from '../src/sandbox/telegram/server.ts';
import { openStudio, phonePhoto, type Studio } from './studio.ts';

/** No line in the ledger but the gifts of the beginning, and nothing set aside. */
async function nothingCharged(t: ExecutionContext, { read }: Studio): Promise<void> {
  t.deepEqual(await read("SELECT id FROM transfers WHERE reason <> 'initial'"), []);
  t.deepEqual(await read('SELECT SUM(posted) AS sum, SUM(reserved) AS reserved FROM accounts'), [{ sum: 0, reserved: 0 }]);
}

/** A person who has chosen a preset and is asked for the photo. */
async function awaitedPhoto({ telegram }: Studio, id: number): Promise<Person> {
  const person = telegram.person(id, { firstName: 'Анна' });
  await person.press({ data: 'preset:1' });
  await person.waitFor(/Загрузите изображение/);
  return person;
}

const said = ({ messages }: Person): ChatMessage[] => messages.filter(({ from }) => from === 'bot');
const sender = (id: number) => ({ id, is_bot: false, first_name: 'Анна', language_code: 'ru' });
const privateChat = (id: number) => ({ id, type: 'private', first_name: 'Анна' });
const message = (id: number, content: object) => ({
  message: { message_id: 900, from: sender(id), chat: privateChat(id), date: 1_700_000_000, ...content },
});

// — what is no photo —

test.serial('what is no photo is told so, whatever it is, and the photo is still awaited', async t => {
  const studio = await openStudio(t, { env: { INITIAL_BALANCE: '30' } });
  const awaiting = /Жду фото/;
  const moving = /С анимацией и видео я пока не работаю/;
  const noPhoto = /Это не фотография/;
  const tooHeavy = /Файл больше 10 МБ/;
  const photo = await phonePhoto(1, 640, 480);
  const things: Record<string, [send: (person: Person) => unknown, words: RegExp]> = {
    text: [person => person.sendText('Вот моё фото'), awaiting],
    animation: [person => person.sendAnimation(), moving],
    gif: [person => person.sendDocument(Buffer.from('GIF89a'), { fileName: 'a.gif', mimeType: 'image/gif' }), moving],
    video: [person => person.sendVideo({ caption: 'Смотри' }), moving],
    'video note': [person => studio.telegram.pushUpdate(message(person.id, { video_note: { file_id: 'x', length: 1 } })), moving],
    sticker: [person => person.sendSticker(), awaiting],
    voice: [person => person.sendVoice(), awaiting],
    location: [person => person.sendLocation(), awaiting],
    contact: [person => person.sendContact(), awaiting],
    pdf: [person => person.sendDocument(Buffer.from('%PDF-1.4'), { fileName: 'a.pdf', mimeType: 'application/pdf' }), noPhoto],
    '21 MB': [person => person.sendDocument(photo, { mimeType: 'image/jpeg', claimedSize: 21 * 1024 * 1024 }), tooHeavy],
    '11 MB': [person => person.sendDocument(photo, { mimeType: 'image/png', claimedSize: 11 * 1024 * 1024 }), tooHeavy],
    'no size at all': [person => studio.telegram.pushUpdate(message(person.id, { photo: [] })), awaiting],
    'something of tomorrow': [person => studio.telegram.pushUpdate(message(person.id, { hologram: { id: 1 } })), awaiting],
  };
  const people = await Promise.all(
    Object.entries(things).map(async ([what, [send, words]], n) => {
      const person = await awaitedPhoto(studio, 3001 + n);
      send(person);
      const word = await person.waitFor(words);
      t.is(said(person).length, 2, what);
      t.true(word.id > 1);
      return person;
    }),
  );
  await nothingCharged(t, studio);
  t.deepEqual(await studio.read('SELECT id FROM jobs'), []);
  await Promise.all(
    people.map(async person => {
      await person.sendPhoto(photo);
      await person.waitFor(/Обработка завершена/, { timeoutMs: 20_000 });
    }),
  );
});

const png = (width: number, height: number): Buffer => {
  const chunk = (name: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const pixels = chunk('IDAT', deflateSync(Buffer.alloc(1000)));
  return Buffer.concat([signature, chunk('IHDR', header), pixels, chunk('IEND', Buffer.alloc(0))]);
};

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#456789', noise: { type: 'gaussian', mean: 128, sigma: 30 } } });

test.serial('a file that is no usable picture is told why, by what is in it, and costs nothing', async t => {
  const studio = await openStudio(t);
  const whole = await picture(300, 200).png().toBuffer();
  const frames = await Promise.all([1, 2].map(() => picture(64, 64).png().toBuffer()));
  const files: Record<string, [bytes: Buffer, mimeType: string | undefined, words: RegExp]> = {
    'a truncated PNG': [whole.subarray(0, whole.length / 2), 'image/png', /Файл повреждён/],
    'a decompression bomb': [png(50_000, 50_000), 'image/png', /больше 25 мегапикселей/],
    'a tiny picture': [await picture(31, 400).png().toBuffer(), 'image/png', /слишком маленькое/],
    'words that claim to be a JPEG': [Buffer.from('I am a photo, believe me'), 'image/jpeg', /не изображение/],
    'a program without a type': [Buffer.from('4d5a90000300', 'hex'), undefined, /не изображение/],
    'a moving WebP': [
      await sharp(frames, { join: { animated: true } })
        .webp()
        .toBuffer(),
      'image/webp',
      /С анимацией/,
    ],
    'a GIF by another name': [await picture(64, 64).gif().toBuffer(), 'image/png', /формат я не открываю/],
    'a TIFF': [await picture(64, 64).tiff().toBuffer(), 'image/tiff', /формат я не открываю/],
    nothing: [Buffer.alloc(0), 'image/jpeg', /не изображение/],
  };
  await Promise.all(
    Object.entries(files).map(async ([what, [bytes, mimeType, words]], n) => {
      const person = studio.telegram.person(3030 + n);
      person.sendDocument(bytes, { caption: 'Сделай красиво', ...(mimeType && { mimeType }) });
      const word = await person.waitFor(words);
      t.notRegex(word.text ?? '', /Возвращаем/, what);
      person.sendText('/balance');
      await person.waitFor(/Баланс: 60 баллов/);
    }),
  );
  await nothingCharged(t, studio);
  const states = await studio.read<{ state: string }>('SELECT state FROM jobs');
  t.deepEqual(new Set(states.map(({ state }) => state)), new Set(['refused']));
  t.is(studio.comfy.executions.length, 0);
});

test.serial('of an album with one bad picture nothing is charged, and it is said why', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(3045);
  const [good] = await anna.sendAlbum([await phonePhoto(1, 320, 240), await picture(20, 20).png().toBuffer()], {
    caption: 'Коллаж',
  });
  t.truthy(good);
  await anna.waitFor(/слишком маленькое/);
  await nothingCharged(t, studio);
});

test.serial('a photo that Telegram will not hand out is told so and costs nothing', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(3046);
  studio.telegram.pushUpdate(message(3046, { document: { file_id: 'forged' }, caption: 'Сделай красиво' }));
  await anna.waitFor(/Не получилось скачать это фото/);
  await nothingCharged(t, studio);
});

// — what pictures carry —

test.serial('a photo reaches the GPU upright, without what the camera wrote and without what was hidden behind it', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(3050);
  const exif = { IFD0: { Make: 'SecretCamera' }, IFD3: { GPSLatitude: '55/1 45/1 0/1', GPSLatitudeRef: 'N' } };
  const sideways = await picture(400, 300).withExif(exif).withMetadata({ orientation: 6 }).withExifMerge(exif).jpeg().toBuffer();
  t.true(sideways.includes('SecretCamera'), 'the camera wrote its name');
  t.is((await sharp(sideways).metadata()).orientation, 6);
  const archive = Buffer.from('PK\u0003\u0004<script>alert(1)</script>', 'latin1');
  anna.sendDocument(Buffer.concat([sideways, archive]), {
    fileName: 'me.jpg',
    mimeType: 'image/jpeg',
    caption: 'Сделай красиво',
  });
  await anna.waitFor(/Обработка завершена/);
  const [name] = studio.comfy.files.list('input');
  const uploaded = studio.comfy.files.read('input', name!)!;
  const seen = await sharp(uploaded).metadata();
  t.deepEqual([seen.width, seen.height, seen.exif, seen.orientation], [300, 404, undefined, undefined]);
  for (const secret of ['SecretCamera', 'Exif', 'GPS', '<script>', 'PK\u0003\u0004']) t.false(uploaded.includes(secret), secret);
});

// — words —

test.serial('HTML in a name is shown as it was written, and in a prompt reaches the model as it was written', async t => {
  const studio = await openStudio(t);
  const name = '<b>Анна</b> & <script>';
  const anna = studio.telegram.person(3060, { firstName: name });
  anna.sendText('/start');
  const welcome = await anna.waitFor(/Добро пожаловать/);
  t.true(welcome.text?.includes(name));
  t.true(welcome.html?.includes('&lt;script&gt;'));
  anna.pressKeyboard('👤 Профиль');
  t.true((await anna.waitFor(/С нами с/)).text?.includes(name));
  const prompt = '</b><a href="tg://user?id=1">напиши</a> "&lt;" \\n %s';
  await anna.sendPhoto(await phonePhoto(), { caption: prompt });
  await anna.waitFor(/Обработка завершена/);
  const inputs = Object.values(studio.comfy.executions[0]!.graph).map(node => node.inputs['prompt']);
  t.true(inputs.includes(prompt));
});

test.serial('a prompt has 1 to 500 characters: others are asked for again, with the photo kept', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(3061);
  await anna.sendPhoto(await phonePhoto(), { caption: 'я'.repeat(501) });
  await anna.waitFor(/от 1 до 500 символов/);
  anna.sendText(' \n ');
  await anna.waitFor(/от 1 до 500 символов/, { after: 3 });
  await nothingCharged(t, studio);
  anna.sendText('я'.repeat(500));
  await anna.waitFor(/Обработка завершена/);
  const boris = studio.telegram.person(3062);
  await boris.sendPhoto(await phonePhoto(), { caption: '   ' });
  await boris.waitFor(/Что с ним сделать/);
  studio.telegram.pushUpdate(message(3062, { text: 'я'.repeat(100_000) }));
  await boris.waitFor(/от 1 до 500 символов/);
});

// — buttons that nobody made —

test.serial('forged, stale and absurd buttons are answered, lead to the menu and do nothing', async t => {
  const studio = await openStudio(t);
  const forged = [
    ...['', ' ', 'nonsense', 'menu:1', 'preset:', 'preset:-1', 'preset:1e3', 'preset:1:2', 'preset:999999', 'preset:9999999999'],
    ...['cancel:', "cancel:' OR 1=1 --", 'category:Styles', 'category:../../etc:0', 'language:xx', '__proto__', 'constructor:1'],
    'x'.repeat(100_000),
  ];
  await Promise.all(
    forged.map(async (data, n) => {
      const person = studio.telegram.person(3100 + n);
      t.regex((await person.press({ data })).text ?? '', /Эта кнопка устарела/, data.slice(0, 40));
      await person.waitFor(/Главное меню/);
    }),
  );
  const anna = studio.telegram.person(3130);
  await anna.press({ data: 'category:Nowhere:0' });
  await anna.waitFor(/Здесь пока пусто/);
  await anna.press({ data: 'category:Styles:999999999' });
  t.true((await anna.waitFor(/Стили — выберите/)).buttons.flat().includes('Неоновый город'), 'past the end is the last page');
  await nothingCharged(t, studio);
});

test.serial('a preset that was switched off meanwhile costs nothing: the photo is kept and another can be chosen', async t => {
  const studio = await openStudio(t);
  const anna = await awaitedPhoto(studio, 3133);
  const operator = await openWriter(`${studio.folder}/bot.db`);
  await operator.run('UPDATE presets SET is_active = 0 WHERE id = 1');
  await operator.close();
  await studio.reopen();
  await anna.sendPhoto(await phonePhoto());
  await anna.waitFor(/Что с ним сделать/);
  t.regex((await anna.press({ data: 'preset:1' })).text ?? '', /устарела/);
  await nothingCharged(t, studio);
  await anna.sendPhoto(await phonePhoto());
  await anna.waitFor(({ id, text }) => id > 4 && /Что с ним сделать/.test(text ?? ''));
  await anna.press({ data: 'preset:2' });
  await anna.waitFor(/Обработка завершена/);
});

test.serial("other people's jobs cannot be cancelled, nor can those that never were", async t => {
  const studio = await openStudio(t);
  const [anna, eve] = [studio.telegram.person(3131), studio.telegram.person(3132)];
  studio.comfy.faults.next('hold');
  await anna.sendPhoto(await phonePhoto(), { caption: 'Моё' });
  await studio.comfy.waitFor('started', () => true);
  const [job] = await studio.read<{ id: string }>('SELECT id FROM jobs');
  t.regex((await eve.press({ data: `cancel:${job!.id}` })).text ?? '', /не для вас/);
  t.regex((await eve.press({ data: 'cancel:00000000-0000-0000-0000-000000000000' })).text ?? '', /уже завершена/);
  studio.comfy.release();
  await anna.waitFor(/Обработка завершена/);
  t.deepEqual(await studio.read('SELECT state FROM jobs'), [{ state: 'completed' }]);
  t.is(said(eve).length, 0);
});

test.serial('a button of a message that is gone, or of none, is answered, and its answer is a new message', async t => {
  const studio = await openStudio(t);
  const { telegram } = studio;
  const press = (id: number, queryId: string, rest: object) =>
    telegram.pushUpdate({ callback_query: { id: queryId, from: sender(id), chat_instance: '1', ...rest } });
  const anna = telegram.person(3140);
  const pressed = (date: number) => ({ message: { chat: privateChat(3140), message_id: 777, date } });
  press(3140, 'gone', { ...pressed(0), data: 'category:Styles:0' });
  t.not((await anna.waitFor(/Стили — выберите/)).id, 777);
  press(3140, 'absent', { data: 'preset:1' });
  await anna.waitFor(/Загрузите изображение/);
  press(3140, 'game', { game_short_name: 'chess' });
  await anna.waitFor(/Главное меню/);
  for (const id of ['gone', 'absent', 'game'])
    await telegram.waitForCall(({ method, params }) => method === 'answerCallbackQuery' && params['callback_query_id'] === id);
  press(3140, 'deleted', { ...pressed(1_700_000_000), data: 'categories' });
  await anna.waitFor(/Что сделаем с фото/);
});

// — what is not for us —

test.serial('groups, channels and unknown updates are acknowledged and left, and nobody waits behind them', async t => {
  const studio = await openStudio(t);
  const { telegram } = studio;
  const group = { id: -1001, type: 'supergroup', title: 'Друзья' };
  const strange: object[] = [
    { message: { message_id: 1, from: sender(3150), chat: group, date: 1, text: '/start' } },
    { message: { message_id: 2, from: sender(3150), chat: group, date: 1, photo: [{ file_id: 'x' }], caption: 'Мне' } },
    { callback_query: { id: 'of-a-group', from: sender(3150), message: { message_id: 3, chat: group, date: 1 }, data: 'menu' } },
    { my_chat_member: { chat: group, from: sender(3150), new_chat_member: { status: 'kicked' } } },
    { channel_post: { message_id: 4, chat: { id: -1002, type: 'channel' }, date: 1, text: '/start' } },
    { edited_message: { message_id: 5, from: sender(3150), chat: privateChat(3150), date: 1, text: '/start' } },
    { message: { message_id: 6, chat: privateChat(3150), date: 1, text: '/start' } },
    { message: { message_id: 7, from: { ...sender(3150), is_bot: true }, chat: privateChat(3150), date: 1, text: '/start' } },
    { callback_query: { id: 'of-nobody', data: 'menu' } },
    { my_chat_member: { chat: privateChat(3150), new_chat_member: { status: 'kicked' } } },
    { pre_checkout_query: { id: '1', from: sender(3150), currency: 'XTR', total_amount: 1, invoice_payload: 'x' } },
    { message: {} },
    { message: null },
    { something_of_tomorrow: { from: sender(3150) } },
    {},
  ];
  const ids = strange.map(update => telegram.pushUpdate(update));
  const anna = telegram.person(3151);
  for (const words of [/Как это работает/, /Баланс: 60 баллов/]) {
    anna.sendText(words.source.startsWith('Как') ? '/help' : '/balance');
    await anna.waitFor(words);
  }
  await telegram.waitForCall(({ method, params }) => method === 'getUpdates' && Number(params['offset']) > Math.max(...ids));
  t.deepEqual(await studio.read("SELECT key FROM journal WHERE key <> 'user-3151'"), []);
  t.is(telegram.calls.filter(({ params }) => Number(params['chat_id']) < 0).length, 0);
  for (const id of ['of-a-group', 'of-nobody'])
    await telegram.waitForCall(({ method, params }) => method === 'answerCallbackQuery' && params['callback_query_id'] === id);
  t.false(studio.observed.some(({ step }) => ['poll:failed', 'update:unwritten'].includes(step)));
});

test.serial('a person without a name, and one whose id is beyond 32 bits, are served like all others', async t => {
  const studio = await openStudio(t);
  const id = 5_000_000_000;
  const anna = studio.telegram.person(id);
  studio.telegram.pushUpdate({
    message: {
      message_id: 1,
      from: { id, is_bot: false, language_code: 'ru' },
      chat: { id, type: 'private' },
      date: 1,
      text: '/start',
    },
  });
  t.regex((await anna.waitFor(/Добро пожаловать/)).text ?? '', /60 баллов/);
  await anna.sendPhoto(await phonePhoto(), { caption: 'Добавь снег' });
  await anna.waitFor(/Оставшийся баланс: 30 баллов/);
  t.deepEqual(await studio.read(`SELECT posted FROM accounts WHERE id = 'user:${id}'`), [{ posted: 30 }]);
});

// — people who leave —

test.serial('a person who blocks the bot during their edit is let go, and is welcome back', async t => {
  const studio = await openStudio(t);
  const { telegram, comfy } = studio;
  const anna = telegram.person(3160);
  comfy.faults.next('hold');
  await anna.sendPhoto(await phonePhoto(1), { caption: 'И ушла' });
  await comfy.waitFor('started', () => true);
  await anna.waitFor(/ID задачи/);
  anna.block();
  await studio.step('update:durable', studio.observed.length);
  t.deepEqual(await studio.read('SELECT blocked FROM users'), [{ blocked: 1 }]);
  comfy.release();
  await studio.step('job:complete:applied');
  await studio.step('outbox:refused:jobResult');
  t.is(telegram.calls.filter(({ method }) => method === 'sendPhoto').length, 1, 'sent once, refused, let go');
  const [job] = await studio.read<{ id: string; state: string }>('SELECT id, state FROM jobs');
  t.is(job?.state, 'completed');
  t.deepEqual(await studio.read('SELECT blocked FROM users'), [{ blocked: 1 }]);
  const before = studio.observed.length;
  anna.unblock();
  await studio.step('update:durable', before);
  t.deepEqual(await studio.read('SELECT blocked FROM users'), [{ blocked: 0 }]);
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 30 баллов/);
  await anna.sendPhoto(await phonePhoto(2), { caption: 'Вернулась' });
  await anna.waitFor(/Оставшийся баланс: 0 баллов/);
  t.deepEqual(await studio.read(`SELECT state FROM outbox WHERE id = 'job:${job!.id}:result'`), [{ state: 'dropped' }]);
});

test('an admin command that was forwarded, or written by another bot, is carried out in nobody’s name', t => {
  const from = { id: 9000, is_bot: false, first_name: 'Ольга' };
  const message = { message_id: 5, date: 1, chat: { id: 9000, type: 'private', first_name: 'Ольга' }, from };
  const typeOf = (over: object) => inputOf({ update_id: 1, message: { ...message, ...over } } as never)?.input.type;
  const text = '/addtokens 666 100000000';
  t.is(typeOf({ text }), 'admin');
  t.is(typeOf({ text, forward_origin: { type: 'hidden_user', date: 1, sender_user_name: 'M' } }), 'unsupported');
  t.is(typeOf({ text, via_bot: { id: 7, is_bot: true, first_name: 'B' } }), 'unsupported');
  t.is(typeOf({ text: '/balance', forward_origin: { type: 'hidden_user', date: 1, sender_user_name: 'M' } }), 'command');
});
