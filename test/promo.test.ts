import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { spawnLedger } from '../actors/ledger.ts';
import { ask } from '../actors/nact.ts';
import { spawnUsers } from '../actors/people/users.ts';
import { spawnWakeups } from '../actors/people/wakeups.ts';
import type { DeskMessage, JobsMessage, PaymentsMessage } from '../actors/protocol.ts';
import { createJournal } from '../db/journal.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { systemClock } from '../src/clock.ts';
import type { Input } from '../src/domain/person-event.ts';
import { isExpired, isPromoStart, type PromoCode, promoCodeOf, promoCodesOf, promoStart } from '../src/domain/promo.ts';
import { fundPromo } from '../src/domain/promo-unit.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { type Open, onEach } from './databases.ts';
import { actorSystem, anna, fakeClock, noon, responder, runs, until } from './probe.ts';
import { openStudio, type Studio, type StudioOptions } from './studio.ts';

// — codes —

test('a code is compared without case, width and composition of its letters; letters that only look alike differ', t => {
  const same: readonly (readonly [string, ...string[]])[] = [
    ['лето2026', ' ЛЕТО2026 ', 'Лето2026', 'лето２０２６'],
    ['sale', 'SALE', 'ＳＡＬＥ', 'ｓａｌｅ', 'ſale'],
    ['й-1', 'Й-1', '\u0438\u0306-1', '\u0418\u0306-1'],
    ['strasse', 'straße', 'STRAẞE', 'STRASSE'],
    ['indirim', 'İNDİRİM', 'INDIRIM', 'ındırım', 'i\u0307ndirim'],
    ['σασ', 'ΣΑΣ', 'σας'],
    ['k_1', '\u212a_1'],
  ];
  for (const [first, ...others] of same)
    for (const other of others) t.is(promoCodeOf(other), promoCodeOf(first), `${other} is ${first}`);
  const differ = ['ёлка', 'елка', 'coda', 'соdа', 'a-b', 'a_b', 'ab'].map(promoCodeOf);
  t.is(new Set(differ).size, 7);
});

test('what can be no code is none', t => {
  for (const text of ['', ' ', 'a', 'a b', 'a\nb', '<b>', 'a:b', "a'b", '😀😀', 'a\u0000b', 'a'.repeat(33), '-'])
    t.is(promoCodeOf(text), undefined, JSON.stringify(text));
  t.is(promoCodeOf('я'.repeat(32)), 'я'.repeat(32));
});

test('a code that was folded folds to itself, and says nothing of the case of its letters', t => {
  const letters = fc.constantFrom(...'aAzZ09_-яЯйЙёßẞiIıİςσΣǅŉﬁ１Ａ\u0306\u0307');
  const property = fc.property(fc.array(letters, { maxLength: 12 }), chars => {
    const [text, code] = [chars.join(''), promoCodeOf(chars.join(''))];
    return code === undefined || (promoCodeOf(code) === code && promoCodeOf(text.toUpperCase()) === code);
  });
  fc.assert(property, runs(t, 500));
  t.pass();
});

test('a link holds its code in base64url, within Telegram’s 64 signs, or there is no link', t => {
  for (const code of ['лето2026', 'sale', 'й-1', '日本', 'я'.repeat(21)]) {
    const start = promoStart(code) ?? '';
    t.regex(start, /^promo_[\w-]{1,58}$/, code);
    t.is(promoCodesOf(start)[0], code);
  }
  t.is(promoStart('я'.repeat(22)), null);
});

test('a link with the plain code works as well, also where it happens to be base64url', t => {
  t.deepEqual(promoCodesOf('promo_ЛЕТО'), ['лето']);
  t.true(promoCodesOf('promo_SALE').includes('sale'));
  // «0LvQtdGC0L4» is «лето» in base64url, and could be a plain code, too: what is known is taken, the decoded first.
  t.deepEqual(promoCodesOf('promo_0LvQtdGC0L4'), ['лето', '0lvqtdgc0l4']);
  for (const bad of ['promo_', 'promo_%%%', 'promo_<b>', 'promo_a b']) t.deepEqual(promoCodesOf(bad), [], bad);
  t.false(isPromoStart('ref_1'));
  t.false(isPromoStart(`promo_${'a'.repeat(59)}`));
});

test('a code is good up to its last moment and including it', t => {
  const code = (expiresAt: number | null): PromoCode => ({
    ...{ code: 'x', points: 1, uses: 1, byId: 1, createdAt: 0 },
    expiresAt,
  });
  t.deepEqual(
    [noon - 1, noon, noon + 1].map(at => isExpired(code(noon), at)),
    [false, false, true],
  );
  t.false(isExpired(code(null), Number.MAX_SAFE_INTEGER));
});

// — over the chat —

const adminId = 9001;

async function openShop(
  t: ExecutionContext,
  options: StudioOptions = {},
): Promise<Studio & { make(code: string): Promise<void> }> {
  const studio = await openStudio(t, { ...options, env: { ADMIN_IDS: String(adminId), ...options.env } });
  const admin = studio.telegram.person(adminId, { firstName: 'Ольга' });
  return Object.assign(studio, {
    async make(code: string) {
      const { message } = admin.sendText(`/newpromo ${code}`);
      await admin.waitFor(/Промокод/, { after: message.id });
    },
  });
}

const balance = async ({ read }: Studio, id: number): Promise<number | undefined> =>
  (await read<{ posted: number }>(`SELECT posted FROM accounts WHERE id = 'user:${id}'`))[0]?.posted;

const uses = ({ read }: Studio, code: string) =>
  read<{ id: string; points: number }>(`SELECT id, points FROM transfers WHERE id LIKE 'promo:${code}:%' ORDER BY id`);

async function booksClose(t: ExecutionContext, { read }: Studio): Promise<void> {
  t.deepEqual(await read('SELECT SUM(posted) AS sum, SUM(reserved) AS reserved FROM accounts'), [{ sum: 0, reserved: 0 }]);
}

/** Says something, and resolves with the answer to it. */
async function tell(person: Person, text: string, words: RegExp): Promise<string> {
  const { message } = person.sendText(text);
  return (await person.waitFor(words, { after: message.id })).text ?? '';
}

const durable = ({ step, observed }: Studio, count: number, from: number) =>
  step(() => observed.slice(from).filter(seen => seen.step === 'update:durable').length >= count);

test.serial('a code gives its points once, and every refusal has its words', async t => {
  let shiftMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + shiftMs };
  const studio = await openShop(t, { clock });
  await studio.make('ЛЕТО 500 2');
  await studio.make('День 40 5 1');
  const [anna, boris, vera] = [1, 2, 3].map(id => studio.telegram.person(8000 + id)) as [Person, Person, Person];
  t.regex(await tell(anna, '/promo лето', /Промокод принят/), /Начислено: 500 баллов\n.*Новый баланс: 560 баллов/);
  await tell(anna, '/promo ЛЕТО', /вы уже использовали/);
  await tell(anna, '/promo зима', /Такого промокода нет/);
  await tell(boris, '/promo ＬЕТО', /Такого промокода нет/);
  await tell(boris, '/promo Лето', /Промокод принят/);
  await tell(vera, '/promo лето', /уже разобрали/);
  shiftMs = 25 * 60 * 60_000;
  await tell(vera, '/promo день', /Срок этого промокода закончился/);
  t.deepEqual(await uses(studio, 'лето'), [
    { id: 'promo:лето:8001', points: 500 },
    { id: 'promo:лето:8002', points: 500 },
  ]);
  t.deepEqual(await Promise.all([8001, 8002, 8003].map(id => balance(studio, id))), [560, 560, 60]);
  await booksClose(t, studio);
});

test.serial('50 tries at once: by one person 1 succeeds, by 50 people with one use 1', async t => {
  const studio = await openShop(t);
  await studio.make('ONE 70 50');
  await studio.make('LAST 90 1');
  const anna = studio.telegram.person(8100);
  const people = Array.from({ length: 50 }, (_, n) => studio.telegram.person(8200 + n));
  const from = studio.observed.length;
  for (let n = 0; n < 50; n++) anna.sendText('/promo one');
  for (const person of people) person.sendText('/promo last');
  await durable(studio, 100, from);
  t.deepEqual(await uses(studio, 'one'), [{ id: 'promo:one:8100', points: 70 }]);
  t.is(await balance(studio, 8100), 130);
  t.is((await uses(studio, 'last')).length, 1);
  t.deepEqual(await studio.read("SELECT id, posted FROM accounts WHERE id LIKE 'promo:%' ORDER BY id"), [
    { id: 'promo:last', posted: 0 },
    { id: 'promo:one', posted: 49 * 70 },
  ]);
  await booksClose(t, studio);
});

test.serial('/promo asks for the code; a wrong one may be written again, and the menu or /cancel leaves it', async t => {
  const studio = await openShop(t);
  await studio.make('ВЕСНА 10 5');
  const anna = studio.telegram.person(8301);
  await tell(anna, '/promo', /Напишите промокод/);
  await tell(anna, 'нет <b>такого</b>', /Такого промокода нет/);
  await tell(anna, ' весна ', /Промокод принят/);
  await tell(anna, 'весна', /Пришлите фото или выберите/);
  t.is(await balance(studio, 8301), 70);
  const ways = [
    ['💰 Баланс', /Баланс:/],
    ['/cancel', /начнём сначала/],
  ] as const;
  for (const [n, [way, answer]] of ways.entries()) {
    const boris = studio.telegram.person(8302 + n);
    await tell(boris, '/promo', /Напишите промокод/);
    await tell(boris, way, answer);
    await tell(boris, 'весна', /Пришлите фото или выберите/);
    t.is(await balance(studio, boris.id), 60);
  }
});

test.serial('a link welcomes first and gives the code then; it works for those who are known, too', async t => {
  const studio = await openShop(t);
  await studio.make('Подарок 25 5');
  await studio.make('SALE 5 5');
  const link = promoStart('подарок');
  const anna = studio.telegram.person(8401);
  await tell(anna, `/start ${link}`, /Промокод принят/);
  const words = anna.messages.filter(({ from }) => from === 'bot').map(({ text }) => text ?? '');
  t.regex(words[0] ?? '', /Добро пожаловать/);
  t.regex(words[1] ?? '', /Начислено: 25 баллов/);
  t.is(words.length, 2);
  await tell(anna, `/start ${link}`, /вы уже использовали/);
  const boris = studio.telegram.person(8402);
  await tell(boris, '/balance', /Баланс: 60/);
  await tell(boris, '/start promo_SALE', /Промокод принят/);
  await tell(boris, '/start promo_nothing', /Такого промокода нет/);
  t.deepEqual(await Promise.all([8401, 8402].map(id => balance(studio, id))), [85, 65]);
  t.deepEqual(await studio.read('SELECT id FROM wakeups'), []);
});

test.serial('nobody finds codes by searching: after ten wrong ones in an hour the right one waits, too', async t => {
  let shiftMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + shiftMs };
  const studio = await openShop(t, { clock });
  await studio.make('TRUE 10 5');
  const anna = studio.telegram.person(8501);
  const from = studio.observed.length;
  for (let n = 0; n < 8; n++) anna.sendText(`/promo guess${n}`);
  for (let n = 0; n < 2; n++) anna.sendText(`/start promo_guess${n}`);
  await durable(studio, 10, from);
  await until(async () => (await studio.read('SELECT id FROM wakeups')).length === 0, 'the links were looked at');
  anna.sendText('/promo true');
  await durable(studio, 11, from);
  t.is(await balance(studio, 8501), 60);
  t.deepEqual(await studio.read("SELECT COUNT(*) AS told FROM outbox WHERE notice LIKE '%tooManyTries%' AND chat_id = 8501"), [
    { told: 1 },
  ]);
  shiftMs = 61 * 60_000;
  anna.sendText('/promo true');
  await durable(studio, 12, from);
  t.is(await balance(studio, 8501), 70);
});

test.serial('an update that comes again is answered as it was, before a restart and after it', async t => {
  const studio = await openShop(t);
  await studio.make('ТУТ 10 5');
  const anna = studio.telegram.person(8601);
  const { updateId, message } = anna.sendText('/promo тут');
  await anna.waitFor(/Промокод принят/);
  const again = () =>
    studio.telegram.pushUpdate({
      update_id: updateId,
      message: {
        ...{ message_id: message.id, date: 1_700_000_000, text: '/promo тут' },
        from: { id: 8601, is_bot: false, first_name: 'Анна', language_code: 'ru' },
        chat: { id: 8601, type: 'private', first_name: 'Анна' },
      },
    });
  const from = studio.observed.length;
  again();
  await durable(studio, 1, from);
  await studio.reopen();
  again();
  await durable(studio, 2, from);
  t.is(await balance(studio, 8601), 70);
  t.is((await studio.read("SELECT id FROM outbox WHERE chat_id = 8601 AND notice LIKE '%promo%'")).length, 1);
});

// — between the points and the event —

const may: PromoCode = { code: 'май', points: 30, uses: 5, expiresAt: noon + 60_000, byId: 1, createdAt: noon };

/**
 * People over real rows, whose events cannot be written while `isBroken`; `crash` ends them all, and the same rows are opened
 * again.
 */
async function openPeople(t: ExecutionContext, openRows: Open) {
  const rows = await openRows(t);
  const [clock, state] = [fakeClock(), { isBroken: false }];
  const writer = await createWriter(rows.database, { now: clock.now });
  await writer.commit(fundPromo(may, { do: 'forgetSettled', before: 0 }));
  const commit = (unit: WriteUnit) =>
    state.isBroken && unit.event ? Promise.reject(new Error('disk full')) : writer.commit(unit);
  const open = () => {
    const system = actorSystem(t, createJournal({ commit, reader: rows.reader }));
    const queries = createQueries(rows.reader);
    const house = {
      ledger: spawnLedger(system, { commit, clock, observe: () => {} }),
      jobs: responder<JobsMessage & { replyTo?: unknown }>(system, 'jobs', () => 0),
      payments: responder<PaymentsMessage & { replyTo?: unknown }>(system, 'payments', () => 0),
      desk: responder<DeskMessage>(system, 'desk', () => 'unavailable'),
    };
    const rules = {
      ...{ topUp: null, initialPoints: 60, messagesPerMinute: 120, openJobs: 3, jobsPerHour: 20, jobDeadlineMs: 1 },
      ...{ workflow: 'none', priceFor: () => 30, idleMs: 60_000, isAdmin: () => false },
    };
    const catalogue = { preset: () => undefined };
    const users = spawnUsers(system, { ...queries, ...house, catalogue, clock, observe: () => {}, rules });
    const say = (input: Input, updateId: number) =>
      ask(users, { type: 'receive', userId: 1001, updateId, sender: anna, input }, 60_000);
    const wake = () => spawnWakeups(system, { users, clock, observe: () => {}, wakeups: queries.wakeups });
    return { say, wake };
  };
  const said = async () =>
    (await rows.read<{ notice: string }>('SELECT notice FROM outbox ORDER BY seq')).map(({ notice }) => JSON.parse(notice).type);
  return { rows, clock, state, open, said };
}

const command = (name: 'start' | 'promo', argument: string): Input => ({ type: 'command', command: name, argument });

onEach('a crash after the points and before the event tells nobody that they had used the code already', async (t, openRows) => {
  const { rows, clock, state, open, said } = await openPeople(t, openRows);
  await open().say(command('start', ''), 1);
  state.isBroken = true;
  t.like(await open().say(command('promo', 'май'), 2), { status: 'unavailable' });
  t.deepEqual(await rows.account('user:1001'), { posted: 90, reserved: 0 });
  state.isBroken = false;
  // By now the code has expired; the update is still the one that brought its points.
  clock.advance(120_000);
  t.like(await open().say(command('promo', 'май'), 2), { status: 'durable' });
  t.deepEqual(await said(), ['welcome', 'promoApplied']);
  await open().say(command('promo', 'май'), 3);
  t.deepEqual(await said(), ['welcome', 'promoApplied', 'promoRefused']);
  t.deepEqual(await rows.account('user:1001'), { posted: 90, reserved: 0 });
});

onEach('a link that was not looked at before a crash is looked at after it, once', async (t, openRows) => {
  const { rows, clock, state, open, said } = await openPeople(t, openRows);
  await open().say(command('start', promoStart('май')!), 1);
  t.deepEqual(await said(), ['welcome']);
  t.is((await rows.read('SELECT id FROM wakeups')).length, 1);
  state.isBroken = true;
  open().wake();
  await until(async () => {
    clock.advance(1);
    return (await rows.account('user:1001')).posted === 90;
  });
  state.isBroken = false;
  open().wake();
  await until(async () => {
    clock.advance(1);
    return (await rows.read('SELECT id FROM wakeups')).length === 0;
  });
  t.deepEqual(await said(), ['welcome', 'promoApplied']);
  t.deepEqual(await rows.account('user:1001'), { posted: 90, reserved: 0 });
});
