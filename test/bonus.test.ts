import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { getTasks } from 'node-cron';
import { spawnBonus } from '../actors/bonus.ts';
import { startSystem, stop } from '../actors/nact.ts';
import type { Alarm, Clock, Commit } from '../actors/protocol.ts';
import type { Database } from '../db/database.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { cronAlarm } from '../src/cron-alarm.ts';
import { type BonusSlice, type BonusTime, civilOf, dueBonus, isoWeek, momentOf, seenFromFor } from '../src/domain/bonus.ts';
import type { Write, WriteUnit } from '../src/domain/unit.ts';
import type { UserRow } from '../src/domain/user.ts';
import { onEach } from './databases.ts';
import { idle, openRows, type Rows, reserve, runs, transfer, unitOf, until } from './probe.ts';
import { openStudio, type Studio } from './studio.ts';

const dayMs = 86_400_000;
/** Friday of week 47, 20:00 in Moscow. */
const friday = Date.UTC(2026, 10, 20, 17);
const moscow: BonusTime = { day: 4, hour: 20, minute: 0, timeZone: 'Europe/Moscow' };

// — when —

for (const [at, timeZone, week] of [
  ['2026-11-20T17:00Z', 'Europe/Moscow', '2026-W47'],
  ['2026-11-22T20:59:59.999Z', 'Europe/Moscow', '2026-W47'],
  ['2026-11-22T21:00Z', 'Europe/Moscow', '2026-W48'],
  ['2026-11-22T21:00Z', 'UTC', '2026-W47'],
  ['2021-01-03T12:00Z', 'UTC', '2020-W53'],
  ['2021-01-04T00:00Z', 'UTC', '2021-W01'],
  ['2024-12-30T00:00Z', 'UTC', '2025-W01'],
  ['2024-12-30T00:00Z', 'America/New_York', '2024-W52'],
  ['2027-01-03T23:00Z', 'UTC', '2026-W53'],
  ['1969-12-31T12:00Z', 'UTC', '1970-W01'],
] as const)
  test(`${at} in ${timeZone} lies in ${week}`, t => t.is(isoWeek(Date.parse(at), timeZone), week));

for (const [civil, timeZone, at, why] of [
  ['2026-11-20T20:00Z', 'Europe/Moscow', '2026-11-20T17:00Z', 'an ordinary day'],
  ['2026-11-20T20:00Z', 'Pacific/Kiritimati', '2026-11-20T06:00Z', 'fourteen hours ahead'],
  ['2026-11-20T20:00Z', 'Pacific/Pago_Pago', '2026-11-21T07:00Z', 'eleven hours behind'],
  ['2026-03-29T02:30Z', 'Europe/Berlin', '2026-03-29T01:30Z', 'skipped: 03:30 is shown then'],
  ['2026-10-25T02:30Z', 'Europe/Berlin', '2026-10-25T00:30Z', 'twice: the first'],
  ['2026-03-08T02:30Z', 'America/New_York', '2026-03-08T07:30Z', 'skipped: 03:30 is shown then'],
  ['2026-11-01T01:30Z', 'America/New_York', '2026-11-01T05:30Z', 'twice: the first'],
  ['2026-10-04T02:15Z', 'Australia/Lord_Howe', '2026-10-03T15:45Z', 'half an hour skipped: 02:45 is shown then'],
  ['2011-12-30T20:00Z', 'Pacific/Apia', '2011-12-31T06:00Z', 'a whole day skipped'],
] as const)
  test(`${civil.slice(0, -1)} in ${timeZone} is ${at}: ${why}`, t =>
    t.is(new Date(momentOf(Date.parse(civil), timeZone)).toISOString(), new Date(at).toISOString()));

for (const [now, time, due] of [
  [friday - 1, moscow, undefined],
  [friday, moscow, { week: '2026-W47', at: friday }],
  [friday + 2 * dayMs, moscow, { week: '2026-W47', at: friday }],
  [Date.UTC(2026, 10, 22, 20, 59, 59, 999), moscow, { week: '2026-W47', at: friday }],
  [Date.UTC(2026, 10, 22, 21), moscow, undefined],
  [friday + 7 * dayMs, moscow, { week: '2026-W48', at: friday + 7 * dayMs }],
  [Date.UTC(2026, 10, 15, 21), { ...moscow, day: 0, hour: 0 }, { week: '2026-W47', at: Date.UTC(2026, 10, 15, 21) }],
  [
    Date.UTC(2026, 10, 22, 20, 59),
    { ...moscow, day: 6, hour: 23, minute: 59 },
    { week: '2026-W47', at: Date.UTC(2026, 10, 22, 20, 59) },
  ],
  [Date.UTC(2026, 10, 22, 20, 58), { ...moscow, day: 6, hour: 23, minute: 59 }, undefined],
  [Date.UTC(2027, 0, 1, 17), moscow, { week: '2026-W53', at: Date.UTC(2027, 0, 1, 17) }],
] as const)
  test(`at ${new Date(now).toISOString()} the bonus of day ${time.day}, ${time.hour}:${time.minute} is due: ${due?.week ?? 'none'}`, t =>
    t.deepEqual(dueBonus(time, now), due));

test('whatever the zone and the time, what is due was due in its own week, and stays the same until that is over', t => {
  const zones = [
    'Europe/Moscow',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Kathmandu',
    'America/Sao_Paulo',
  ];
  const time = fc.record({
    ...{ day: fc.nat(6), hour: fc.nat(23), minute: fc.nat(59), timeZone: fc.constantFrom(...zones) },
  });
  fc.assert(
    fc.property(time, fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2035, 0) }), (bonus, now) => {
      const due = dueBonus(bonus, now);
      if (!due) return;
      t.true(due.at <= now && due.at > now - 8 * dayMs);
      t.is(isoWeek(now, bonus.timeZone), due.week);
      t.is(isoWeek(due.at, bonus.timeZone), due.week);
      t.deepEqual(dueBonus(bonus, due.at), due);
      t.not(dueBonus(bonus, due.at - 1)?.week, due.week);
    }),
    runs(t, 500),
  );
});

test('clocks are read in whole seconds, also before 1970', t => {
  t.is(civilOf(-1, 'UTC'), -1_000);
  t.is(civilOf(friday, 'Europe/Moscow') - friday, 3 * 3_600_000);
});

test('the alarm rings each hour at its minute, in its zone, until it is ended', t => {
  const end = cronAlarm({ ...moscow, minute: 5, timeZone: 'Asia/Kathmandu' })(() => {});
  const next = [...getTasks().values()].find(({ name }) => name === 'weekly bonus')!;
  t.deepEqual(
    next.getNextRuns(3).map(at => at.getUTCMinutes()),
    [20, 20, 20],
    'five minutes past the hour, five hours and 45 minutes ahead',
  );
  end();
  t.is(next.getStatus(), 'destroyed');
  t.notThrows(cronAlarm(null)(() => t.fail()));
});

// — who gets it, in the database —

const personRow = (id: number, over: Partial<UserRow> = {}): UserRow => ({
  ...{ id, username: null, firstName: 'Анна', language: 'ru', blocked: false, createdAt: 1, seenAt: friday },
  ...over,
});
const saved = (...people: UserRow[]): WriteUnit => ({ writes: people.map((user): Write => ({ do: 'saveUser', user })) });
const crowd = (count: number) => saved(...Array.from({ length: count }, (_, n) => personRow(1_001 + n)));
const sliceOf = (over: Partial<BonusSlice> = {}): BonusSlice => ({
  ...{ week: '2026-W47', points: 10, seenFrom: seenFromFor({ week: '2026-W47', at: friday }), peopleMax: 10, at: friday },
  ...over,
});
const grant = (over: Partial<BonusSlice> = {}): WriteUnit => ({ writes: [{ do: 'grantBonus', slice: sliceOf(over) }] });

const credited = async ({ read }: Rows): Promise<number[]> =>
  (await read<{ id: string }>("SELECT id FROM transfers WHERE reason = 'weekly_bonus'"))
    .map(({ id }) => Number(id.split(':')[2]))
    .sort((a, b) => a - b);
const told = ({ read }: Rows) =>
  read<{ id: string; chat_id: number; rank: string }>("SELECT id, chat_id, rank FROM outbox WHERE rank = 'news' ORDER BY seq");

/** Every balance is the sum of its lines, nobody's is below what is reserved of it, and all of them together are nothing. */
async function assertBalanced(t: ExecutionContext, { read }: Rows): Promise<void> {
  const sums = new Map<string, { posted: number; reserved: number }>();
  const add = (id: string, posted: number, reserved: number) => {
    const sum = sums.get(id) ?? { posted: 0, reserved: 0 };
    sums.set(id, { posted: sum.posted + posted, reserved: sum.reserved + reserved });
  };
  for (const { kind, debit, credit, points } of await read<{ kind: string; debit: string; credit: string; points: number }>(
    'SELECT kind, debit, credit, points FROM transfers',
  )) {
    const [moved, held] = { transfer: [1, 0], reserve: [0, 1], post: [1, -1], void: [0, -1] }[kind]!;
    add(debit, -points * moved!, points * held!);
    add(credit, points * moved!, 0);
  }
  const accounts = await read<{ id: string; posted: number; reserved: number }>('SELECT id, posted, reserved FROM accounts');
  for (const { id, ...account } of accounts) t.deepEqual(account, sums.get(id) ?? { posted: 0, reserved: 0 }, id);
  for (const { id, posted, reserved } of accounts) t.true(!id.startsWith('user:') || posted >= reserved, id);
  t.is(
    accounts.reduce((sum, { posted }) => sum + posted, 0),
    0,
  );
}

onEach('those get it who have not blocked the bot and were here within 30 days, whatever they had before', async (t, open) => {
  const rows = await open(t);
  const { commit } = await createWriter(rows.database);
  const day = (ago: number) => (Math.floor(friday / dayMs) - ago) * dayMs;
  await commit(
    saved(
      personRow(1),
      personRow(2, { blocked: true }),
      personRow(3, { seenAt: day(30) }),
      personRow(4, { seenAt: day(31) }),
      personRow(2 ** 52, { seenAt: day(0) }),
    ),
  );
  await commit(unitOf(transfer('gift', 'bonus', 'user:1', 60)));
  await commit(grant());
  t.deepEqual(await credited(rows), [1, 3, 2 ** 52]);
  t.deepEqual(await rows.account('user:1'), { posted: 70, reserved: 0 });
  t.deepEqual(await rows.account('user:3'), { posted: 10, reserved: 0 });
  t.deepEqual(await rows.account('bonus'), { posted: -90, reserved: 0 });
  t.deepEqual(
    (await told(rows)).map(({ id, chat_id }) => [id, chat_id]),
    [1, 3, 2 ** 52].map(id => [`bonus:2026-W47:${id}`, id]),
  );
  const [line] = await rows.read("SELECT * FROM transfers WHERE id = 'bonus:2026-W47:3'");
  t.like(line, { kind: 'transfer', debit: 'bonus', credit: 'user:3', points: 10, reservation: null, at: friday });
  await assertBalanced(t, rows);
});

onEach('a week is handed out slice by slice, with the points that it began with, and then never again', async (t, open) => {
  const rows = await open(t);
  const { commit } = await createWriter(rows.database);
  const queries = createQueries(rows.reader);
  await commit(crowd(25));
  t.is(await queries.bonusOf('2026-W47'), undefined);
  for (const [count, isDone] of [
    [10, false],
    [20, false],
    [25, true],
    [25, true],
  ] as const) {
    await commit(grant({ points: count === 10 ? 10 : 99 }));
    t.is((await credited(rows)).length, count);
    t.deepEqual(await queries.bonusOf('2026-W47'), { points: 10, isDone });
  }
  await commit(saved(personRow(5_000)));
  await commit(grant());
  t.is((await credited(rows)).length, 25);
  await commit(grant({ week: '2026-W48', points: 15, peopleMax: 100 }));
  t.deepEqual(await rows.account('user:1001'), { posted: 25, reserved: 0 });
  t.is((await told(rows)).length, 25 + 26);
  const news = await queries.pendingNews(0, 1_000);
  t.deepEqual(
    news.slice(0, 26).map(({ chatId }) => chatId),
    [...Array.from({ length: 25 }, (_, n) => 1_001 + n), 1_001],
  );
  t.deepEqual(await queries.pendingNews(news[9]!.seq, 3), news.slice(10, 13));
  t.deepEqual(await queries.pendingOutbox(), []);
  await assertBalanced(t, rows);
});

onEach('a slice that fails half-way leaves nothing of itself, and is repeated', async (t, open) => {
  const rows = await open(t);
  const failing = (match: RegExp): Database => ({
    ...rows.database,
    run: (sql, ...bind) => (match.test(sql) ? Promise.reject(new Error('full')) : rows.database.run(sql, ...bind)),
  });
  const { commit } = await createWriter(rows.database);
  await commit(crowd(10));
  for (const match of [/INSERT INTO bonuses/, /INSERT INTO accounts/, /INSERT INTO outbox/, /UPDATE bonuses/]) {
    await t.throwsAsync((await createWriter(failing(match))).commit(grant()), { message: 'full' });
    t.deepEqual([await credited(rows), await told(rows), await rows.read('SELECT * FROM bonuses')], [[], [], []]);
  }
  await (await createWriter(rows.database)).commit(grant());
  t.is((await credited(rows)).length, 10);
  await assertBalanced(t, rows);
});

/** What people do meanwhile, in the same batches as the slices. */
const anyMove = fc.record({
  what: fc.constantFrom('spend', 'top up', 'reserve', 'post', 'void', 'block', 'repeat'),
  who: fc.nat(11),
  points: fc.integer({ min: 1, max: 80 }),
});
const isBonus = fc.constant('bonus' as const);
const anyBatches = fc.array(
  fc.array(fc.oneof({ arbitrary: anyMove, weight: 4 }, { arbitrary: isBonus, weight: 1 }), { maxLength: 12 }),
  {
    minLength: 3,
    maxLength: 8,
  },
);

onEach('whatever people do in the same batches, everybody has one bonus and every balance is right', async (t, open) => {
  const rows = await open(t);
  const { commit } = await createWriter(rows.database);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(anyBatches, async batches => {
      const first = ++round * 100;
      const week = `${round}`;
      const unitFor = (one: 'bonus' | { what: string; who: number; points: number }, n: number, batch: number): WriteUnit => {
        if (one === 'bonus') return grant({ week, peopleMax: 3 + first });
        const user = `user:${first + one.who}`;
        const id = `${first}:${batch}:${n}`;
        if (one.what === 'top up') return unitOf(transfer(id, 'provider:test', user, one.points));
        if (one.what === 'spend') return unitOf(transfer(id, user, 'house', one.points));
        if (one.what === 'reserve') return unitOf(reserve(`r:${user}`, user, one.points));
        if (one.what === 'repeat') return unitOf(transfer(`once:${user}`, 'bonus', user, 5));
        if (one.what === 'block') return { writes: [{ do: 'setBlocked', userId: first + one.who, blocked: true }] };
        return unitOf({ kind: one.what as 'post' | 'void', reservation: `r:${user}` });
      };
      await commit(saved(...Array.from({ length: 12 }, (_, n) => personRow(first + n))));
      for (const [n, batch] of batches.entries()) await Promise.all(batch.map((one, k) => commit(unitFor(one, k, n))));
      for (let n = 0; n < 60; n++) await commit(grant({ week, peopleMax: 3 + first }));
      const got = new Set((await credited(rows)).filter(id => id >= first && id < first + 12));
      const blocked = new Set((await rows.read<{ id: number }>('SELECT id FROM users WHERE blocked = 1')).map(({ id }) => id));
      for (let id = first; id < first + 12; id++) t.true(got.has(id) || blocked.has(id));
      await assertBalanced(t, rows);
    }),
    runs(t, 8),
  );
});

// — the actor: the clock judges, and whatever stops it, it goes on —

type Life = { bell: () => void; stop: () => void; steps: string[] };

/** The bonus over these rows, from its start to `stop`; `through` may hold back what it commits, as a kill would. */
async function live(
  t: ExecutionContext,
  rows: Rows,
  clock: Clock,
  through: (commit: Commit) => Commit = commit => commit,
): Promise<Life> {
  const { commit } = await createWriter(rows.database);
  const system = startSystem('bonus');
  const steps: string[] = [];
  let bell = () => {};
  const bonusAlarm: Alarm = ring => {
    bell = ring;
    return () => void (bell = () => {});
  };
  spawnBonus(system, {
    ...{ clock, bonusAlarm, commit: through(commit), observe: ({ step }) => steps.push(step) },
    ...{ bonus: { ...moscow, points: 10 }, bonusOf: createQueries(rows.reader).bonusOf },
  });
  t.teardown(() => stop(system));
  return { bell: () => bell(), stop: () => stop(system), steps };
}

/** A clock that stands still, and lets nobody wait. */
const hasty = (now: number): Clock => ({
  now: () => now,
  after(_, call) {
    const timer = setImmediate(call);
    return () => clearImmediate(timer);
  },
});
const ended = ({ steps }: Life) => until(() => steps.includes('bonus:done'), 'the bonus');

onEach('killed before and after every slice, it gives everybody one', async (t, open) => {
  const rows = await open(t);
  await (await createWriter(rows.database)).commit(crowd(2_300));
  for (let slice = 0; slice < 12; slice++) {
    let died = false;
    const life = await live(t, rows, hasty(friday), commit => async unit => {
      // Even lives are killed before their second slice is written, odd ones after it, before anybody hears of it.
      if (died || (slice % 2 === 0 && life.steps.length > 0)) return new Promise(() => (died = true));
      const outcome = await commit(unit);
      return slice % 2 === 1 && life.steps.length > 0 ? new Promise(() => (died = true)) : outcome;
    });
    await until(() => died || life.steps.includes('bonus:done'), 'the end of this life');
    life.stop();
  }
  await ended(await live(t, rows, hasty(friday)));
  t.deepEqual(
    await credited(rows),
    Array.from({ length: 2_300 }, (_, n) => 1_001 + n),
  );
  t.is((await told(rows)).length, 2_300);
  t.deepEqual(await rows.account('bonus'), { posted: -23_000, reserved: 0 });
  await assertBalanced(t, rows);
});

onEach(
  'a run that is stopped at the end of its week goes to its end in the next one, before the next one begins',
  async (t, open) => {
    const rows = await open(t);
    await (await createWriter(rows.database)).commit(crowd(1_200));
    const week = 7 * 24 * 60 * 60_000;
    const sunday = await live(
      t,
      rows,
      hasty(friday + 2 * 24 * 60 * 60_000),
      commit => unit => (sunday.steps.includes('bonus:slice') ? new Promise(() => {}) : commit(unit)),
    );
    await until(() => sunday.steps.includes('bonus:slice'), 'the first slice');
    sunday.stop();
    t.is((await credited(rows)).length, 500);
    const monday = await live(t, rows, hasty(friday + 3 * 24 * 60 * 60_000));
    await ended(monday);
    t.is((await credited(rows)).length, 1_200);
    monday.stop();
    await ended(await live(t, rows, hasty(friday + week)));
    t.is((await credited(rows)).length, 2_400);
    t.is((await rows.read('SELECT week FROM bonuses WHERE done = 1')).length, 2);
    await assertBalanced(t, rows);
  },
);

test('a database that fails is tried again, and a bell that rings meanwhile starts nothing twice', async t => {
  const rows = await openRows(t);
  await (await createWriter(rows.database)).commit(crowd(700));
  let failures = 3;
  const life = await live(t, rows, hasty(friday), commit => async unit => {
    life.bell();
    if (failures-- > 0) throw new Error('disk full');
    return commit(unit);
  });
  await ended(life);
  t.is(life.steps.filter(step => step === 'bonus:failed').length, 3);
  t.is(life.steps.filter(step => step === 'bonus:slice').length, 2);
  life.bell();
  await idle();
  t.is(life.steps.at(-1), 'bonus:done');
  t.is((await credited(rows)).length, 700);
});

// — the whole house —

/** The real time, twenty times as fast, that can be moved on. */
function movableClock(start: number): Clock & { moveTo(at: number): void } {
  let origin = { at: start, real: Date.now() };
  return {
    now: () => origin.at + (Date.now() - origin.real) * 20,
    after(ms, call) {
      const timer = setTimeout(call, ms / 20);
      timer.unref();
      return () => clearTimeout(timer);
    },
    moveTo(at) {
      origin = { at, real: Date.now() };
    },
  };
}

async function openOn(t: ExecutionContext, at: number, env: Record<string, string> = {}) {
  const clock = movableClock(at);
  const bells = new Set<() => void>();
  const bonusAlarm: Alarm = ring => {
    bells.add(ring);
    return () => void bells.delete(ring);
  };
  const studio = await openStudio(t, { clock, bonusAlarm, env: { WEEKLY_BONUS_ENABLED: 'true', ...env } });
  const ring = () => {
    for (const bell of bells) bell();
  };
  const person = (id: number, over: { languageCode?: string } = {}) => studio.telegram.person(id, { firstName: 'Анна', ...over });
  return { studio, clock, bells, ring, person };
}

const bonusIds = async (studio: Studio): Promise<string[]> =>
  (await studio.read<{ id: string }>("SELECT id FROM transfers WHERE id LIKE 'bonus:%' ORDER BY id")).map(({ id }) => id);
const bonusNews = ({ messages }: { messages: readonly { text?: string | undefined }[] }) =>
  messages.filter(({ text }) => /бонус|bonus/.test(text ?? ''));
/** How often the house has told of a step. */
const counted = ({ observed }: Studio, step: string) => observed.filter(seen => seen.step === step).length;

test('on Friday at eight everybody gets their bonus and is told once, with the balance, in their language', async t => {
  const { studio, clock, ring, person } = await openOn(t, friday - 3_600_000);
  const [anna, john, carl] = [person(1001), person(1002, { languageCode: 'en' }), person(1003)];
  for (const one of [anna, john, carl]) one.sendText('/start');
  await Promise.all([anna.waitFor(/Добро пожаловать/), john.waitFor(/Welcome/), carl.waitFor(/Добро пожаловать/)]);
  studio.telegram.faults.always({ kind: 'status', status: 403, chatId: carl.id });
  ring();
  await idle();
  t.deepEqual(await bonusIds(studio), []);
  clock.moveTo(friday);
  ring();
  ring();
  await anna.waitFor(/🎁 Еженедельный бонус!\n💰 Начислено: 10 баллов\n💳 Новый баланс: 70 баллов/);
  await john.waitFor(/🎁 Your weekly bonus!\n💰 Added: 10 points\n💳 New balance: 70 points/);
  await studio.step('bonus:done');
  await studio.step(seen => seen.step === 'outbox:settled:weeklyBonus' && seen.userId === carl.id);
  t.deepEqual(await studio.read('SELECT id FROM users WHERE blocked = 1'), [{ id: carl.id }]);
  ring();
  await studio.reopen();
  ring();
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 70 баллов/);
  t.deepEqual([bonusNews(anna).length, bonusNews(john).length], [1, 1]);
  t.deepEqual(await bonusIds(studio), ['bonus:2026-W47:1001', 'bonus:2026-W47:1002', 'bonus:2026-W47:1003']);
  t.deepEqual(await studio.read('SELECT SUM(posted) AS sum FROM accounts'), [{ sum: 0 }]);
});

test('a bonus that was missed is given at the next start in its week, and never later', async t => {
  const { studio, clock, ring, person } = await openOn(t, friday - dayMs, { WEEKLY_BONUS_AMOUNT: '25' });
  const anna = person(1001);
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  clock.moveTo(Date.UTC(2026, 10, 22, 20, 58));
  await studio.reopen();
  await anna.waitFor(/Начислено: 25 баллов\n💳 Новый баланс: 85 баллов/);
  await studio.step('bonus:done');
  clock.moveTo(friday + 7 * dayMs - 60_000);
  ring();
  // Week 48 is over, and nobody was there.
  clock.moveTo(Date.UTC(2026, 11, 2, 12));
  await studio.reopen();
  ring();
  await idle(50);
  t.deepEqual(await bonusIds(studio), ['bonus:2026-W47:1001']);
  clock.moveTo(friday + 14 * dayMs);
  ring();
  await anna.waitFor(/Новый баланс: 110 баллов/);
  t.deepEqual(await bonusIds(studio), ['bonus:2026-W47:1001', 'bonus:2026-W49:1001']);
  t.is(counted(studio, 'bonus:failed'), 0);
});

test('where no bonus is given, no alarm is set and nothing happens', async t => {
  const { studio, bells, clock, person } = await openOn(t, friday - dayMs, { WEEKLY_BONUS_ENABLED: 'false' });
  const anna = person(1001);
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  clock.moveTo(friday + dayMs);
  await studio.reopen();
  await idle(50);
  t.is(bells.size, 0);
  t.deepEqual(await studio.read('SELECT * FROM bonuses'), []);
});
