import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import type { ChatMessage, Person } from '../src/sandbox/telegram/server.ts';
import { inEachHouse } from './databases.ts';
import { openStudio, phonePhoto, type Studio } from './studio.ts';

/** Somebody who has pressed /start and was welcomed, and so has the menu under the chat. */
async function welcomed({ telegram }: Studio, id: number, firstName = 'Анна'): Promise<Person> {
  const person = telegram.person(id, { firstName });
  person.sendText('/start');
  await person.waitFor(/Добро пожаловать/);
  return person;
}

const said = ({ messages }: Person, words: RegExp): ChatMessage[] =>
  messages.filter(({ from, text, caption }) => from === 'bot' && words.test(text ?? caption ?? ''));

/** What each finished or running execution was asked for, by the nodes of its graph. */
const promptsOf = ({ comfy }: Studio): unknown[] =>
  comfy.executions.map(
    ({ graph }) =>
      Object.values(graph).find(({ class_type, inputs }) => /TextEncode/.test(class_type) && inputs['prompt'])?.inputs['prompt'],
  );

const photoNames = ({ comfy }: Studio, execution = 0): string[] =>
  Object.values(comfy.executions[execution]!.graph)
    .filter(({ class_type }) => class_type === 'LoadImage')
    .map(({ inputs }) => String(inputs['image']));

const jobStates = async ({ read }: Studio, userId: number): Promise<string[]> =>
  (await read<{ state: string }>(`SELECT state FROM jobs WHERE user_id = ${userId} ORDER BY created_at, state`)).map(
    ({ state }) => state,
  );

/** No points come from nowhere, and none are set aside once nothing is under way; `points` is what each person can spend. */
async function booksClose(t: ExecutionContext, { read }: Studio, points: Record<number, number>): Promise<void> {
  const [{ sum, reserved }] = (await read('SELECT SUM(posted) AS sum, SUM(reserved) AS reserved FROM accounts')) as [
    { sum: number; reserved: number },
  ];
  t.is(sum, 0);
  t.is(reserved, 0);
  for (const [userId, left] of Object.entries(points)) {
    const [account] = await read<{ posted: number }>(`SELECT posted FROM accounts WHERE id = 'user:${userId}'`);
    t.is(account?.posted, left, `the points of ${userId}`);
  }
}

/** `count` steps of this name have been taken. */
async function steps({ observed, step }: Studio, name: string | RegExp, count: number): Promise<void> {
  const fits = (seen: string) => (typeof name === 'string' ? seen === name : name.test(seen));
  await step(() => observed.filter(seen => fits(seen.step)).length >= count);
}

// — what the menu leads to —

test.serial('words first, then the photo: an own prompt reaches the model as it was written', async t => {
  const studio = await openStudio(t);
  const anna = await welcomed(studio, 2001);
  anna.pressKeyboard('✍️ Свой промпт');
  await anna.waitFor(/Опишите, что изменить/);
  anna.sendText('  Сделай небо розовым  ');
  await anna.waitFor(/загрузите изображение/i);
  await anna.sendPhoto(await phonePhoto());
  const status = await anna.waitFor(/Изображение получено/);
  t.regex(status.text ?? '', /Стоимость: 30 баллов/);
  t.deepEqual(status.buttons, [['❌ Отменить']]);
  const result = await anna.waitFor(/Обработка завершена/);
  t.truthy(result.photo);
  t.deepEqual(promptsOf(studio), ['Сделай небо розовым']);
  await studio.step(
    'outbox:sent:jobStatus',
    studio.observed.findIndex(({ step }) => step === 'job:complete:applied'),
  );
  t.deepEqual(anna.messages.find(({ id }) => id === status.id)?.buttons, [], 'nothing is left to cancel');
  await booksClose(t, studio, { 2001: 30 });
});

test.serial('the caption of a photo is its prompt, also for somebody who never pressed /start', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(2002);
  await anna.sendPhoto(await phonePhoto(), { caption: 'Добавь снег' });
  t.regex((await anna.waitFor(/Обработка завершена/)).caption ?? '', /Оставшийся баланс: 30 баллов/);
  t.deepEqual(promptsOf(studio), ['Добавь снег']);
  await booksClose(t, studio, { 2002: 30 });
});

test.serial('a photo out of the blue is asked about; a preset, a typed wish or the prompt button makes a job of it', async t => {
  const studio = await openStudio(t);
  const [byPreset, byWords, byButton] = [2003, 2004, 2005].map(id => studio.telegram.person(id)) as [Person, Person, Person];
  const photo = await phonePhoto();
  await Promise.all([byPreset, byWords, byButton].map(person => person.sendPhoto(photo)));
  const question = await byPreset.waitFor(/Что с ним сделать/);
  t.true(question.buttons.flat().includes('🧩 Стили'));
  t.true(question.buttons.flat().includes('✍️ Свой промпт'));
  await byPreset.press('🧩 Стили');
  await byPreset.waitFor(/Стили — выберите/);
  await byPreset.press('Акварель');
  await byWords.waitFor(/Что с ним сделать/);
  byWords.sendText('Сделай чёрно-белым');
  await byButton.waitFor(/Что с ним сделать/);
  await byButton.press('✍️ Свой промпт');
  await byButton.waitFor(/Опишите, что изменить/);
  byButton.sendText('Убери фон');
  await Promise.all([byPreset, byWords, byButton].map(person => person.waitFor(/Обработка завершена/)));
  const prompts = promptsOf(studio).map(String);
  t.true(prompts.includes('Сделай чёрно-белым'));
  t.true(prompts.includes('Убери фон'));
  t.true(prompts.some(prompt => /watercolour/.test(prompt)));
  t.is(said(byPreset, /Загрузите изображение/).length, 0, 'the photo is there already');
  await booksClose(t, studio, { 2003: 30, 2004: 30, 2005: 30 });
});

test.serial(
  'commands answer: the balance with the price, help, the menu; a second /start greets without giving points',
  async t => {
    const studio = await openStudio(t);
    const anna = await welcomed(studio, 2006);
    t.deepEqual(anna.keyboard?.flat().length, 9);
    anna.sendText('/balance');
    const balance = (await anna.waitFor(/Баланс/, { after: 2 })).text ?? '';
    t.regex(balance, /Баланс: 60 баллов/);
    t.is(/(\d+) балл/.exec(balance)?.[1], '60', 'the first number of points is the balance');
    t.regex(balance, /Стоимость обработки: 30 баллов/);
    anna.sendText('/help');
    await anna.waitFor(/Как это работает/);
    anna.sendText('/menu');
    await anna.waitFor(/Главное меню/);
    anna.sendText('/start');
    const greeting = await anna.waitFor(/С возвращением, Анна/);
    t.regex(greeting.text ?? '', /Баланс: 60 баллов/);
    t.is(said(anna, /Добро пожаловать/).length, 1);
    await booksClose(t, studio, { 2006: 60 });
  },
);

test.serial('a command that there is not is no wish: nothing is edited and nothing is charged', async t => {
  const studio = await openStudio(t);
  const boris = studio.telegram.person(2008);
  await boris.sendPhoto(await phonePhoto());
  await boris.waitFor(/Что с ним сделать/);
  boris.sendText('/nosuchcommand please');
  await boris.waitFor(/Напишите словами/);
  boris.sendText('/HELP@test_bot');
  await boris.waitFor(/Как это работает/);
  t.deepEqual(await jobStates(studio, 2008), []);
});

test.serial('polling for long leaves nothing behind', async t => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  t.teardown(() => process.off('warning', note));
  const { telegram } = await openStudio(t);
  const anna = telegram.person(2009);
  for (let n = 0; n < 15; n++) await anna.press({ data: 'languages' });
  t.deepEqual(warnings, []);
});

// — languages —

test.serial('English is spoken to people whose Telegram is English, in words and on buttons', async t => {
  const studio = await openStudio(t);
  const john = studio.telegram.person(2010, { firstName: 'John', languageCode: 'en-GB' });
  john.sendText('/start');
  t.regex((await john.waitFor(/Welcome to/)).text ?? '', /60 points/);
  john.pressKeyboard('🧩 Styles');
  await john.waitFor(/Styles: choose one/);
  await john.press('Oil painting');
  await john.waitFor(/Upload a picture/);
  await john.sendPhoto(await phonePhoto());
  await john.waitFor(/Picture received/);
  t.regex((await john.waitFor(/Your edit is ready/)).caption ?? '', /Points left: 30 points/);
});

test.serial('/language switches, for words, keyboard and the answers of buttons; a restart keeps it', async t => {
  const studio = await openStudio(t);
  const john = studio.telegram.person(2011, { firstName: 'John', languageCode: 'en' });
  john.sendText('/language');
  await john.waitFor(/Choose a language/);
  await john.press('🇷🇺 Русский');
  await john.waitFor(/по-русски/);
  t.true(john.keyboard?.flat().includes('💰 Баланс'));
  t.regex((await john.press({ data: 'nonsense' })).text ?? '', /устарела/);
  await studio.reopen();
  john.pressKeyboard('💰 Баланс');
  await john.waitFor(/Баланс: 60 баллов/);
});

// — albums —

const colours = ['#c00000', '#00c000', '#0000c0', '#c0c000', '#00c0c0'];
const album = (count: number): Promise<Buffer[]> =>
  Promise.all(
    colours.slice(0, count).map(background =>
      sharp({ create: { width: 640, height: 480, channels: 3, background } })
        .jpeg()
        .toBuffer(),
    ),
  );

/** The colour of each uploaded photo, in the order in which the model gets them. */
const uploadedColours = (studio: Studio, execution = 0): Promise<string[]> =>
  Promise.all(
    photoNames(studio, execution).map(async name => {
      const { channels } = await sharp(studio.comfy.files.read('input', name)).stats();
      const near = channels.slice(0, 3).map(({ mean }) => (mean > 96 ? 'c0' : '00'));
      return `#${near.join('')}`;
    }),
  );

test.serial('an album of three is one job with three photos, charged once', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(2020);
  await anna.sendAlbum(await album(3), { caption: 'Собери в коллаж' });
  await anna.waitFor(/Обработка завершена/);
  t.deepEqual(await jobStates(studio, 2020), ['completed']);
  t.deepEqual(promptsOf(studio), ['Собери в коллаж']);
  t.deepEqual(await uploadedColours(studio), colours.slice(0, 3));
  await booksClose(t, studio, { 2020: 30 });
});

test.serial(
  'of an album of five the first three by message id are taken, whatever order they come in, and that is said',
  async t => {
    const studio = await openStudio(t);
    const anna = studio.telegram.person(2021);
    await anna.sendAlbum(await album(5), { caption: 'Коллаж' });
    await anna.waitFor(/до 3 фото/);
    await anna.waitFor(/Обработка завершена/);
    t.deepEqual(await uploadedColours(studio), colours.slice(0, 3));
    const boris = studio.telegram.person(2022);
    const sent = anna.messages.filter(({ albumId }) => albumId);
    for (const n of [4, 1, 3, 0, 2]) studio.telegram.pushUpdate(albumItem(boris, sent[n]!, 100 + n, 'group-of-boris'));
    await boris.waitFor(/Обработка завершена/);
    t.deepEqual(await uploadedColours(studio, 1), colours.slice(0, 3));
    t.is(said(boris, /до 3 фото/).length, 1);
  },
);

const albumItem = (person: Person, { photo }: ChatMessage, messageId: number, group: string) => ({
  message: {
    message_id: messageId,
    from: { id: person.id, is_bot: false, first_name: 'Борис', language_code: 'ru' },
    chat: { id: person.id, type: 'private', first_name: 'Борис' },
    date: Math.floor(Date.now() / 1000),
    photo: [{ file_id: photo!.fileId, file_unique_id: photo!.fileId, width: photo!.width, height: photo!.height }],
    media_group_id: group,
    caption: 'Коллаж',
  },
});

test.serial('a late item of an album starts nothing', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(2023);
  const [first] = await anna.sendAlbum(await album(2), { caption: 'Коллаж' });
  await anna.waitFor(/Обработка завершена/);
  studio.telegram.pushUpdate(albumItem(anna, first!.message, 99, first!.message.albumId!));
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 30 баллов/);
  t.deepEqual(await jobStates(studio, 2023), ['completed']);
  t.deepEqual(await studio.read('SELECT id FROM wakeups'), []);
});

test.serial('an album that was sent just before a restart is edited after it', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(2024);
  await anna.sendAlbum(await album(2), { caption: 'Коллаж' });
  await steps(studio, 'update:durable', 2);
  await studio.reopen();
  await anna.waitFor(/Обработка завершена/);
  t.is(photoNames(studio).length, 2);
  t.deepEqual(await jobStates(studio, 2024), ['completed']);
});

// — going about —

test.serial('lists turn their pages, lead back and lead home, in one message', async t => {
  const studio = await openStudio(t);
  const anna = await welcomed(studio, 2030);
  anna.pressKeyboard('🧩 Стили');
  const list = await anna.waitFor(/Стили — выберите/);
  t.true(list.buttons.flat().includes('Ренессанс'));
  t.deepEqual(list.buttons.at(-1), ['🔙 Назад', '🏠 Главное меню']);
  const now = () => anna.messages.find(({ id }) => id === list.id)!;
  const edited = (editCount: number) => anna.waitFor(message => message.id === list.id && message.editCount === editCount);
  await anna.press('➡️ Ещё');
  await edited(1);
  t.true(now().buttons.flat().includes('Неоновый город'));
  t.false(now().buttons.flat().includes('➡️ Ещё'));
  await anna.press('⬅️ Назад по списку');
  await edited(2);
  t.true(now().buttons.flat().includes('Ренессанс'));
  await anna.press('Ренессанс');
  t.regex((await edited(3)).text ?? '', /Ренессанс[\s\S]*Стоимость: 30 баллов[\s\S]*Загрузите изображение/);
  await anna.press('🔙 Назад');
  await edited(4);
  await anna.press('🔙 Назад');
  t.deepEqual((await edited(5)).buttons.flat().slice(0, 2), ['🧩 Стили', '💡 Освещение']);
  await anna.press('🏠 Главное меню');
  await anna.waitFor(/Главное меню/);
});

const ways: Record<string, (person: Person) => Promise<unknown>> = {
  'a list': async person => {
    person.pressKeyboard('💡 Освещение');
    await person.waitFor(/Освещение — выберите/);
  },
  'a preset waiting for its photo': async person => {
    await person.press({ data: 'preset:1' });
    await person.waitFor(/Загрузите изображение/);
  },
  'a prompt awaited': async person => {
    person.pressKeyboard('✍️ Свой промпт');
    await person.waitFor(/Опишите, что изменить/);
  },
  'a prompt waiting for its photo': async person => {
    person.pressKeyboard('✍️ Свой промпт');
    await person.waitFor(/Опишите, что изменить/);
    person.sendText('Добавь радугу');
    await person.waitFor(/загрузите изображение/i);
  },
  'a photo waiting for its wish': async person => {
    await person.sendPhoto(await phonePhoto());
    await person.waitFor(/Что с ним сделать/);
  },
  'the profile': async person => {
    person.pressKeyboard('👤 Профиль');
    await person.waitFor(/С нами с/);
  },
};

test.serial('the keyboard works in every state', async t => {
  const studio = await openStudio(t);
  await Promise.all(
    Object.values(ways).map(async (go, n) => {
      const person = await welcomed(studio, 2040 + n);
      await go(person);
      person.pressKeyboard('💰 Баланс');
      await person.waitFor(/Баланс: 60 баллов\n/);
      person.pressKeyboard('🖼 Оформление');
      await person.waitFor(/Оформление — выберите/);
    }),
  );
  t.is(studio.comfy.executions.length, 0);
});

test.serial('a conversation goes on after a restart from wherever it was', async t => {
  const studio = await openStudio(t);
  const photo = await phonePhoto();
  const onward: Record<keyof typeof ways, (person: Person) => Promise<unknown> | unknown> = {
    'a list': async person => {
      await person.press('Золотой час');
      await person.waitFor(/Загрузите изображение/);
      await person.sendPhoto(photo);
    },
    'a preset waiting for its photo': person => person.sendPhoto(photo),
    'a prompt awaited': async person => {
      person.sendText('Добавь радугу');
      await person.waitFor(/загрузите изображение/i);
      await person.sendPhoto(photo);
    },
    'a prompt waiting for its photo': person => person.sendPhoto(photo),
    'a photo waiting for its wish': person => person.sendText('Добавь радугу'),
  };
  const people = await Promise.all(
    Object.keys(onward).map(async (way, n) => {
      const person = await welcomed(studio, 2050 + n);
      await ways[way]!(person);
      return { person, goOn: onward[way]! };
    }),
  );
  await studio.reopen();
  await Promise.all(
    people.map(async ({ person, goOn }) => {
      await goOn(person);
      await person.waitFor(/Обработка завершена/, { timeoutMs: 20_000 });
    }),
  );
  t.is(promptsOf(studio).filter(prompt => prompt === 'Добавь радугу').length, 3);
  await booksClose(t, studio, Object.fromEntries(people.map(({ person }) => [person.id, 30])));
});

// — cancelling —

test.serial('❌ while waiting in line: cancelled, the points are back at once, and the GPU never hears of it', async t => {
  const studio = await openStudio(t);
  const [boris, anna] = [studio.telegram.person(2060), studio.telegram.person(2061)];
  studio.comfy.faults.next('hold');
  await boris.sendPhoto(await phonePhoto(1), { caption: 'Долго' });
  await studio.comfy.waitFor('started', () => true);
  await anna.sendPhoto(await phonePhoto(2), { caption: 'Не надо' });
  const status = await anna.waitFor(/ID задачи/);
  await studio.step(({ step, jobId }) => step === 'job:queue:applied' && jobId === jobIdOf(status));
  t.regex((await anna.press('❌ Отменить')).text ?? '', /Задача отменена/);
  t.deepEqual(await jobStates(studio, 2061), ['cancelled'], 'done when the button answers');
  const word = await anna.waitFor(/Задача отменена[\s\S]*Возвращаем 30 баллов/);
  t.regex(word.text ?? '', /Новый баланс: 60 баллов/);
  t.deepEqual((await anna.waitFor(({ id, text }) => id === status.id && /Задача отменена/.test(text ?? ''))).buttons, []);
  t.regex((await anna.press({ data: `cancel:${jobIdOf(status)}` })).text ?? '', /Задача отменена/, 'a second tap hears the same');
  studio.comfy.release();
  await boris.waitFor(/Обработка завершена/);
  t.deepEqual(promptsOf(studio), ['Долго']);
  await booksClose(t, studio, { 2060: 30, 2061: 60 });
});

const jobIdOf = ({ text }: ChatMessage): string => /ID задачи: ([0-9a-f-]{36})/.exec(text ?? '')![1]!;

test.serial('❌ while it is being edited: cancelled, the points are back at once, and the prompt is out of ComfyUI', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(2062);
  studio.comfy.faults.next('hold');
  await anna.sendPhoto(await phonePhoto(), { caption: 'Передумаю' });
  const { promptId } = await studio.comfy.waitFor('started', () => true);
  await anna.waitFor(/ID задачи/);
  await anna.press('❌ Отменить');
  t.regex((await anna.waitFor(/Задача отменена[\s\S]*Возвращаем/)).text ?? '', /Новый баланс: 60 баллов/);
  const { outcome } = await studio.comfy.waitFor('ended', ended => ended.promptId === promptId);
  t.is(outcome, 'interrupted');
  await anna.sendPhoto(await phonePhoto(3), { caption: 'Теперь всерьёз' });
  await anna.waitFor(/Обработка завершена/);
  t.is(studio.comfy.maxOutstanding(), 1);
  await booksClose(t, studio, { 2062: 30 });
});

// — points —

test.serial('two people at once get each their own picture and pay each their own', async t => {
  const studio = await openStudio(t);
  const people = [2070, 2071].map(id => studio.telegram.person(id));
  const [first, second] = await Promise.all([phonePhoto(1), phonePhoto(2, 900, 1200)]);
  await Promise.all(people.map((person, n) => person.sendPhoto(n === 0 ? first! : second!, { caption: `Желание ${n}` })));
  const [landscape, portrait] = await Promise.all(people.map(person => person.waitFor(/Обработка завершена/)));
  t.true(landscape!.photo!.width > landscape!.photo!.height);
  t.true(portrait!.photo!.width < portrait!.photo!.height);
  t.deepEqual(promptsOf(studio).sort(), ['Желание 0', 'Желание 1']);
  t.is(studio.comfy.maxOutstanding(), 1);
  await booksClose(t, studio, { 2070: 30, 2071: 30 });
});

test.serial('a third edit finds no points: said clearly, nothing charged, nothing edited', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(2072);
  for (const left of [30, 0]) {
    await anna.sendPhoto(await phonePhoto(left), { caption: 'Ещё' });
    await anna.waitFor(new RegExp(`Оставшийся баланс: ${left} балл`));
  }
  await anna.sendPhoto(await phonePhoto(9), { caption: 'И ещё' });
  await anna.waitFor(/Не хватает 30 баллов: обработка стоит 30, у вас 0/);
  t.deepEqual(await jobStates(studio, 2072), ['completed', 'completed', 'refused']);
  t.is(studio.comfy.executions.length, 2);
  await booksClose(t, studio, { 2072: 0 });
});

inEachHouse('of 20 photos at once with points for one exactly one is accepted', async (t, on) => {
  const studio = await openStudio(t, { ...on, env: { INITIAL_BALANCE: '30', MAX_PENDING_PER_USER: '50' } });
  const anna = studio.telegram.person(2073);
  const photos = await Promise.all(Array.from({ length: 20 }, (_, n) => phonePhoto(n, 320, 240)));
  await Promise.all(photos.map((photo, n) => anna.sendPhoto(photo, { caption: `Номер ${n}` })));
  await steps(studio, 'job:queue:refused', 19);
  await studio.step('job:complete:applied');
  t.deepEqual((await jobStates(studio, 2073)).sort(), ['completed', ...Array.from({ length: 19 }, () => 'refused')]);
  t.is(studio.comfy.executions.length, 1);
  await booksClose(t, studio, { 2073: 0 });
});

inEachHouse('an update that is delivered several times acts once', async (t, on) => {
  const studio = await openStudio(t, on);
  const anna = studio.telegram.person(2074);
  studio.telegram.faults.next({ kind: 'duplicate' });
  const { updateId, message } = await anna.sendPhoto(await phonePhoto(), { caption: 'Один раз' });
  const again = { ...albumItem(anna, message, message.id, ''), update_id: updateId };
  studio.telegram.pushUpdate(again);
  await anna.waitFor(/Обработка завершена/);
  studio.telegram.pushUpdate(again);
  await studio.reopen();
  studio.telegram.pushUpdate(again);
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 30 баллов/);
  t.deepEqual(await jobStates(studio, 2074), ['completed']);
  await booksClose(t, studio, { 2074: 30 });
});

test.serial('an edit that fails for good is tried again in words, then given up in words, and the points are back', async t => {
  const studio = await openStudio(t);
  const anna = await welcomed(studio, 2075);
  studio.comfy.faults.always({
    ...{ kind: 'executionError', exceptionType: 'torch.OutOfMemoryError' },
    message: 'CUDA error at /opt/ComfyUI/nodes.py:42',
  });
  await anna.sendPhoto(await phonePhoto(), { caption: 'Не выйдет' });
  await anna.waitFor(/Попробую еще раз/);
  const word = await anna.waitFor(/обработка не удалась/);
  t.regex(word.text ?? '', /Возвращаем 30 баллов/);
  t.regex(word.text ?? '', /Новый баланс: 60 баллов/);
  t.is(studio.comfy.executions.length, 4);
  const everything = anna.messages.map(({ text, caption }) => text ?? caption ?? '').join('\n');
  t.notRegex(everything, /CUDA|torch|nodes|\/opt|Error|KSampler/);
  t.deepEqual(await jobStates(studio, 2075), ['failed']);
  await booksClose(t, studio, { 2075: 60 });
});

test.serial('an edit that fails once and then works is paid once', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(2076);
  studio.comfy.faults.next({ kind: 'executionError', exceptionType: 'RuntimeError', message: 'bad luck' });
  await anna.sendPhoto(await phonePhoto(), { caption: 'Со второго раза' });
  t.regex((await anna.waitFor(/Обработка завершена/)).caption ?? '', /Оставшийся баланс: 30 баллов/);
  t.is(said(anna, /Попробую еще раз/).length, 1);
  t.is(studio.comfy.executions.length, 2);
  await booksClose(t, studio, { 2076: 30 });
});

test.serial('people of UNLIMITED_IDS pay nothing and are told so', async t => {
  const studio = await openStudio(t, { env: { UNLIMITED_IDS: '2077', INITIAL_BALANCE: '0' } });
  const anna = studio.telegram.person(2077);
  await anna.sendText('/start');
  t.notRegex((await anna.waitFor(/Добро пожаловать/)).text ?? '', /🎁|0 баллов/);
  await anna.sendPhoto(await phonePhoto(), { caption: 'Бесплатно' });
  t.regex((await anna.waitFor(/ID задачи/)).text ?? '', /Стоимость: бесплатно/);
  t.regex((await anna.waitFor(/Обработка завершена/)).caption ?? '', /Оставшийся баланс: 0 баллов/);
  t.deepEqual(await studio.read('SELECT id FROM transfers'), []);
});

// — limits —

test.serial('too many edits at once and too many in an hour are told clearly, and the photo is not lost', async t => {
  const studio = await openStudio(t, { env: { MAX_PENDING_PER_USER: '1', MAX_TASKS_PER_USER_PER_HOUR: '2' } });
  const anna = studio.telegram.person(2080);
  studio.comfy.faults.next('hold');
  await anna.sendPhoto(await phonePhoto(1), { caption: 'Раз' });
  await studio.comfy.waitFor('started', () => true);
  await anna.sendPhoto(await phonePhoto(2), { caption: 'Два' });
  t.regex((await anna.waitFor(/в работе/)).text ?? '', /У вас уже 1 задача в работе/);
  studio.comfy.release();
  await anna.waitFor(/Обработка завершена/);
  await anna.press('🔁 Попробовать снова');
  await anna.waitFor(/Оставшийся баланс: 0 баллов/);
  await anna.sendPhoto(await phonePhoto(3), { caption: 'Три' });
  await anna.waitFor(/За час можно запустить не больше 2 обработок/);
  t.deepEqual(promptsOf(studio), ['Раз', 'Два']);
  t.deepEqual(await jobStates(studio, 2080), ['completed', 'completed']);
});

test.serial('a flood is told once and then muted; buttons still get their answer', async t => {
  const studio = await openStudio(t, { env: { MAX_MESSAGES_PER_USER_PER_MINUTE: '3' } });
  const anna = studio.telegram.person(2081);
  for (let n = 0; n < 10; n++) anna.sendText(`Сообщение ${n}`);
  t.regex((await anna.press({ data: 'menu' })).text ?? '', /Слишком часто/);
  await anna.waitFor(/Слишком много сообщений/);
  t.is(said(anna, /Слишком много сообщений/).length, 1);
  t.is(said(anna, /Пришлите фото или выберите/).length, 3);
  const rows = await studio.read<{ notice: string }>('SELECT notice FROM outbox ORDER BY seq');
  t.deepEqual(
    rows.map(({ notice }) => (JSON.parse(notice) as { type: string }).type),
    ['unexpected', 'unexpected', 'unexpected', 'slowDown'],
  );
});

test.serial('an album counts once towards the limit of a minute', async t => {
  const studio = await openStudio(t, { env: { MAX_MESSAGES_PER_USER_PER_MINUTE: '2' } });
  const anna = studio.telegram.person(2082);
  await anna.sendAlbum(await album(5), { caption: 'Коллаж' });
  await anna.waitFor(/Обработка завершена/);
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 30 баллов/);
  t.is(said(anna, /Слишком много/).length, 0);
});

test.serial('a photo that is of no use does not cost the person their choice: the next one is taken for it', async t => {
  const studio = await openStudio(t);
  const anna = studio.telegram.person(2090);
  anna.sendText('✍️ Свой промпт');
  await anna.waitFor(/Опишите, что изменить/);
  anna.sendText('Сделай зиму');
  await anna.waitFor(/загрузите изображение/);
  anna.sendDocument((await phonePhoto()).subarray(0, 2_000), { fileName: 'cut.jpg', mimeType: 'image/jpeg' });
  await anna.waitFor(/Файл повреждён/);
  // The button, the wish, the file, and the word that it was of no use.
  let heard = 0;
  await studio.step(({ step }) => step === 'user:persisted' && ++heard === 4);
  await anna.sendPhoto(await phonePhoto());
  await anna.waitFor(/Обработка завершена/);
  t.deepEqual(promptsOf(studio), ['Сделай зиму']);
});
