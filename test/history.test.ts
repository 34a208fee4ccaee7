import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { renderHistory } from '../src/bot/render-history.ts';
import type { Surroundings } from '../src/bot/shown.ts';
import {
  type EditEnd,
  entryOf,
  type HistoryEntry,
  type HistoryPage,
  type HistoryRow,
  historyPageSize,
  type JobCard,
  pageOf,
} from '../src/domain/history.ts';
import type { Job, JobState } from '../src/domain/job.ts';
import { available } from '../src/domain/ledger.ts';
import type { Payment } from '../src/domain/payment.ts';
import * as payments from '../src/domain/payment-saga.ts';
import { decodePress } from '../src/domain/press.ts';
import type { Refund } from '../src/domain/refund.ts';
import * as refunds from '../src/domain/refund-saga.ts';
import * as jobs from '../src/domain/saga.ts';
import type { Commit, WriteUnit } from '../src/domain/unit.ts';
import type { Language } from '../src/domain/user.ts';
import { onEach } from './databases.ts';
import { ordered, start } from './payer.ts';
import { noon, openRows as openRowsOnce, type Rows, runs, transfer, unitOf } from './probe.ts';
import { openStudio, phonePhoto } from './studio.ts';

// — what an entry is —

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const rowOf = (row: Partial<HistoryRow>): HistoryRow => ({
  ...({ source: 'transfer', id: 'x', at: noon, state: 'transfer', points: 0, amountMinor: null, currency: null } as const),
  ...{ reason: null, other: null, moved: null, name: null, presetPrice: null },
  ...row,
});
const paid = { amountMinor: 50_000, currency: 'RUB' } as const;
const oil = { ru: 'Стиль маслом', en: 'Oil painting' };
const job = (state: JobState, row: Partial<HistoryRow> = {}) => rowOf({ source: 'job', state, points: 30, ...row });
const payment = (state: string, reason: string | null = null) =>
  rowOf({ source: 'payment', state, reason, points: 50_000, ...paid });

const entries: [of: string, row: HistoryRow, entry: Partial<HistoryEntry>][] = [
  ['an order that waits', payment('created'), { kind: 'payment', state: 'pending', points: 0, bought: 50_000, money: paid }],
  ['an order with a link', payment('pending'), { state: 'pending', points: 0 }],
  ['a payment', payment('succeeded'), { state: 'succeeded', points: 50_000 }],
  ['a payment that the bank refused', payment('cancelled', 'card_refused'), { state: 'failed', points: 0 }],
  ['a payment that was let pass', payment('cancelled', 'expired'), { state: 'cancelled', points: 0 }],
  ['an order that the shop refused', payment('failed', 'refused'), { state: 'failed', points: 0 }],
  [
    'a refund whose points were there',
    rowOf({ source: 'refund', state: 'succeeded', points: 100, moved: 100, ...paid }),
    { kind: 'refund', isDone: true, points: -100, owed: 0 },
  ],
  [
    'a refund whose points were spent',
    rowOf({ source: 'refund', state: 'succeeded', points: 100, moved: 30 }),
    { points: -30, owed: 70 },
  ],
  [
    'a refund that takes an older debt with it',
    rowOf({ source: 'refund', state: 'succeeded', points: 100, moved: 130 }),
    { points: -130, owed: 0 },
  ],
  ['a refund on its way', rowOf({ source: 'refund', state: 'pending', points: 100 }), { isDone: false, points: 0, owed: 0 }],
  ['the first points', rowOf({ reason: 'initial', other: 'bonus', points: 60 }), { kind: 'initial', points: 60 }],
  ['a bonus', rowOf({ reason: 'weekly_bonus', other: 'bonus', points: 10 }), { kind: 'weeklyBonus', points: 10 }],
  ['a code', rowOf({ reason: 'promo', other: 'promo:лето', points: 5 }), { kind: 'promo', code: 'лето', points: 5 }],
  ['a grant', rowOf({ reason: 'grant', other: 'bonus', points: 7 }), { kind: 'grant', points: 7 }],
  ['a grant back', rowOf({ reason: 'grant', other: 'bonus', points: -7 }), { kind: 'grant', points: -7 }],
  ['a debt paid', rowOf({ reason: 'debt', other: 'debt:1', points: -7 }), { kind: 'repayment', points: -7 }],
  ['practice points', rowOf({ reason: 'practice', other: 'provider:sandbox', points: -7 }), { kind: 'practice', points: -7 }],
  ['points of a later time', rowOf({ reason: 'unheard of', points: 1 }), { kind: 'gain', points: 1 }],
  ['points gone in a later time', rowOf({ reason: 'unheard of', points: -1 }), { kind: 'loss', points: -1 }],
  ['an edit', job('completed', { moved: 30, name: oil }), { kind: 'edit', end: 'completed', points: -30, name: oil, free: null }],
  ['an edit whose photo is looked at', job('received'), { end: 'open', points: 0, isReturned: false }],
  ['an edit in the line', job('queued', { moved: 30 }), { end: 'open', points: -30 }],
  ['an edit at work', job('submitting', { moved: 30 }), { end: 'open', points: -30 }],
  ['an edit that failed', job('failed', { moved: 30, reason: 'failed' }), { end: 'failed', points: 0, isReturned: true }],
  ['one cancelled in the line', job('cancelled', { moved: 30 }), { end: 'cancelled', points: 0, isReturned: true }],
  ['one cancelled before', job('cancelled'), { end: 'cancelled', points: 0, isReturned: false }],
  ['a photo of no use', job('refused', { reason: 'damaged' }), { end: 'refused', points: 0, isReturned: false }],
  ['an edit without points', job('refused', { reason: 'insufficient_points' }), { end: 'lacking', points: 0 }],
  ['a free edit', job('completed', { points: 0 }), { end: 'completed', points: 0, free: 'person' }],
  ['an edit by a free preset', job('completed', { points: 0, presetPrice: 0 }), { points: 0, free: 'preset' }],
];
for (const [of, row, entry] of entries)
  test(`${of} is told as what it did to the balance`, t => {
    t.like(entryOf(row), entry);
    t.false(Object.is(entryOf(row).points, -0));
  });

test('a page knows whether there is more, and from when on nothing is added to it', t => {
  const rows = Array.from({ length: historyPageSize + 1 }, (_, n) => rowOf({ id: `${n}`, at: noon - n }));
  const { entries: shown, ...about } = pageOf(rows, 0, null);
  t.deepEqual([shown.length, about], [historyPageSize, { page: 0, until: noon, hasMore: true }]);
  t.like(pageOf(rows.slice(1), 3, noon), { page: 3, until: noon, hasMore: false });
  t.like(pageOf([], 0, null), { entries: [], hasMore: false });
});

const cardWith = (card: Partial<JobCard>): JobCard => ({
  ...{ id: uuid(1), name: null, prompt: 'x'.repeat(500), state: 'completed', end: 'completed', reason: null, price: 30 },
  ...{ isPresetPrice: false, free: null, moved: 30, createdAt: noon, times: { waitMs: 5_000, runMs: 40_000 }, ...card },
});
const around = (language: Language, more: Partial<Surroundings>): Surroundings =>
  ({ person: { user: { language } }, timeZone: 'Asia/Vladivostok', freedom: null, ...more }) as Surroundings;

for (const language of ['ru', 'en'] as const)
  test(`every entry and every card has words in ${language} that are safe as HTML, with the time of the zone`, t => {
    const nasty = { ru: '<script>&', en: '<script>&' };
    const rows = entries.map(([, row]) => ({
      ...row,
      id: uuid(1),
      name: row.name && nasty,
      other: row.other?.replace('лето', '<b>') ?? null,
    }));
    const shown = rows.map(row => {
      const history = { entries: [entryOf(row)], page: 1, until: noon, hasMore: true };
      return renderHistory({ type: 'history', page: 1, until: noon }, around(language, { history }));
    });
    const ends = entries.flatMap(([, row]) => (row.source === 'job' ? [entryOf(row) as { end: EditEnd }] : []));
    const cards = ends.flatMap(({ end }) => [
      ...[cardWith({ end, prompt: '<script>&' }), cardWith({ end, moved: null, prompt: null, name: nasty, isPresetPrice: true })],
      ...(['preset', 'person'] as const).map(free => cardWith({ end, free, price: 0, moved: null, times: null })),
    ]);
    for (const freedom of ['admin', 'unlimited', 'everyone', null] as const)
      for (const card of cards)
        shown.push(renderHistory({ type: 'jobCard', jobId: uuid(1), page: 1, until: noon }, around(language, { card, freedom })));
    for (const { text, keyboard } of shown) {
      t.notRegex(text, /undefined|NaN|\[object|<script>|<b><b>|<(?!\/?(b|i|code)>)|&(?!amp;|lt;|gt;)/);
      t.regex(text, language === 'ru' ? /20\.11\.2026, 22:00/ : /20 Nov 2026, 22:00/);
      const buttons = keyboard && 'inline_keyboard' in keyboard ? keyboard.inline_keyboard.flat() : [];
      for (const button of buttons) t.truthy('callback_data' in button && decodePress(button.callback_data), text);
    }
  });

test('a free edit says why, as far as it is known', t => {
  const why = (free: 'preset' | 'person', freedom: Surroundings['freedom']) =>
    /Бесплатно: (.*)/.exec(
      renderHistory(
        { type: 'jobCard', jobId: uuid(1), page: 0, until: noon },
        around('ru', { card: cardWith({ free, price: 0, moved: null }), freedom }),
      ).text,
    )?.[1];
  t.is(why('preset', 'admin'), 'этот стиль бесплатный');
  t.is(why('person', 'admin'), 'для администратора');
  t.is(why('person', 'unlimited'), 'для вас без ограничений');
  t.is(why('person', 'everyone'), 'тестовый режим');
  t.is(why('person', null), 'для вас бесплатно');
});

// — the rows of a person —

const user = 7;
const jobOf = (n: number, changes: Partial<Job> = {}): Job => ({
  ...{ id: uuid(n), userId: user, presetId: null, prompt: 'в зиму', workflow: 'w', seed: 1, price: 30, files: [{ fileId: 'f' }] },
  ...{ createdAt: noon + n, deadlineAt: noon + 1e9, state: 'received', executions: 0, reason: null },
  ...changes,
});
const paymentOf = (n: number, changes: Partial<Payment> = {}): Payment => ({
  ...{ id: uuid(n), userId: user, gateway: 'yookassa', method: 'card', amountMinor: 100, currency: 'RUB', points: 100 },
  ...{
    email: null,
    createdAt: noon + n,
    state: 'created',
    request: null,
    providerId: `p${n}`,
    confirmationUrl: null,
    reason: null,
  },
  ...changes,
});
const seen = ({ id, amountMinor, providerId }: Payment) => ({
  ...({ providerId: providerId!, status: 'succeeded', amountMinor, refundedMinor: 0, currency: 'RUB', orderId: id } as const),
  ...{ confirmationUrl: null, reason: null },
});
const refundOf = (n: number, { id, gateway }: Payment, amountMinor: number): Refund => ({
  ...{ id: uuid(n), paymentId: id, paidBy: null, gateway, amountMinor, points: amountMinor, byId: 1, createdAt: noon + n },
  ...({ state: 'created', providerId: null } as const),
});
const doneRefund = (refund: Refund) => ({ ...refund, ...({ state: 'succeeded', providerId: `r-${refund.id}` } as const) });

async function openHistory(t: ExecutionContext, open: (t: ExecutionContext) => Promise<Rows>) {
  const rows = await open(t);
  let now = noon;
  const { commit } = await createWriter(rows.database, { now: () => now });
  const { history, jobCard, resumable } = createQueries(rows.reader);
  const order = (job: Job) => commit({ writes: [{ do: 'addJob', job }] });
  /** All pages, from the newest. */
  const pages = async (until: number | null = null): Promise<HistoryPage[]> => {
    const found: HistoryPage[] = [];
    for (let page = 0; ; page++) {
      found.push(await history(user, page, found[0]?.until ?? until));
      if (!found.at(-1)!.hasMore) return found;
    }
  };
  const every = async () => (await pages()).flatMap(page => page.entries);
  return { rows, commit, history, jobCard, resumable, order, pages, every, at: (time: number) => (now = time) };
}

onEach('each entry says when, how much and what for, the newest first', async (t, open) => {
  const { commit, order, every, at } = await openHistory(t, open);
  await commit(unitOf({ ...transfer(`initial:${user}`, 'bonus', `user:${user}`, 60), reason: 'initial' } as never));
  const bought = paymentOf(1, { amountMinor: 50_000, points: 50_000 });
  await commit({ writes: [{ do: 'addPayment', payment: bought }] });
  await commit(payments.credit(bought, seen(bought), noon + 1));
  await order(jobOf(2));
  await commit(jobs.queue(jobOf(2), noon + 2));
  await commit(jobs.complete(jobOf(2, { state: 'queued' }), 1, noon + 2));
  await order(jobOf(3));
  await commit(jobs.queue(jobOf(3), noon + 3));
  await commit(jobs.fail(jobOf(3, { state: 'queued' }), 'failed', 4, noon + 3));
  const back = refundOf(4, bought, 10_000);
  await commit(refunds.order(back));
  await commit(refunds.book(bought, doneRefund(back), noon + 4));
  at(noon + 5);
  await commit(unitOf({ ...transfer(`promo:x:${user}`, 'bonus', `user:${user}`, 5), reason: 'promo' } as never));
  await commit({ writes: [{ do: 'addPayment', payment: paymentOf(6, { amountMinor: 500, currency: 'XTR', points: 65_000 }) }] });
  const found = await every();
  t.deepEqual(
    found.map(({ at, points, kind }) => [at - noon, points, kind]),
    [
      [6, 0, 'payment'],
      [5, 5, 'gain'],
      [4, -10_000, 'refund'],
      [3, 0, 'edit'],
      [2, -30, 'edit'],
      [1, 50_000, 'payment'],
      [0, 60, 'initial'],
    ],
  );
  t.like(found[0], { money: { amountMinor: 500, currency: 'XTR' }, state: 'pending' });
  t.like(found[2], { money: { amountMinor: 10_000, currency: 'RUB' }, owed: 0 });
});

onEach('an order that was paid twice brings its points twice, and both are told', async (t, open) => {
  const { commit, every } = await openHistory(t, open);
  const bought = paymentOf(1, { amountMinor: 50_000, points: 50_000 });
  await commit({ writes: [{ do: 'addPayment', payment: bought }] });
  for (const providerId of ['p-first', 'p-second']) await commit(payments.credit(bought, { ...seen(bought), providerId }, noon));
  await commit(payments.credit(bought, { ...seen(bought), providerId: 'p-first' }, noon));
  t.deepEqual((await every()).map(({ points, kind }) => [points, kind]).sort(), [
    [50_000, 'gain'],
    [50_000, 'payment'],
  ]);
});

/** One thing that can happen to somebody's points; `n` is new each time. */
const happenings = [
  'gift',
  'pay',
  'payTwice',
  'order',
  'edit',
  'fail',
  'cancel',
  'cancelEarly',
  'lack',
  'refund',
  'grantBack',
] as const;
type Happening = (typeof happenings)[number];

async function happen(what: Happening, n: number, commit: Commit, bought: Payment[]): Promise<void> {
  const go = async (...units: WriteUnit[]) => {
    for (const unit of units) await commit(unit);
  };
  const edit = jobOf(n, what === 'lack' ? { price: 1_000_000 } : {});
  const ordered: WriteUnit = { writes: [{ do: 'addJob', job: edit }] };
  const held = { ...edit, state: 'queued' } as const;
  switch (what) {
    case 'gift':
      return go(unitOf(transfer(`gift:${n}`, 'bonus', `user:${user}`, 50)));
    case 'grantBack':
      return go(unitOf(transfer(`back:${n}`, `user:${user}`, 'bonus', 20)));
    case 'pay': {
      const one = paymentOf(n);
      bought.push(one);
      return go({ writes: [{ do: 'addPayment', payment: one }] }, payments.credit(one, seen(one), noon + n));
    }
    case 'payTwice': {
      const [one] = bought;
      return one && go(payments.credit(one, { ...seen(one), providerId: `again-${n}` }, noon + n));
    }
    case 'refund': {
      const one = bought.pop();
      if (!one) return;
      const back = refundOf(n, one, 60);
      return go(refunds.order(back), refunds.book(one, doneRefund(back), noon + n));
    }
    case 'lack':
      return go(ordered, jobs.queue(edit, noon + n));
    case 'cancelEarly':
      return go(ordered, jobs.cancel(edit, noon + n));
    case 'order':
      return go(ordered, jobs.queue(edit, noon + n));
    case 'edit':
      return go(ordered, jobs.queue(edit, noon + n), jobs.complete(held, 1, noon + n));
    case 'cancel':
      return go(ordered, jobs.queue(edit, noon + n), jobs.cancel(held, noon + n));
    case 'fail':
      return go(ordered, jobs.queue(edit, noon + n), jobs.fail(held, 'failed', 4, noon + n));
    default:
      return what satisfies never;
  }
}

test('whatever happens, all entries together are the balance, and no page loses or repeats one', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...happenings), { minLength: 1, maxLength: 40 }), async list => {
      const { rows, commit, pages, at } = await openHistory(t, openRowsOnce);
      const bought: Payment[] = [];
      for (const [n, what] of list.entries()) {
        // Often in the same moment.
        at(noon + Math.floor(n / 4));
        await happen(what, n, commit, bought);
      }
      const found = (await pages()).flatMap(page => page.entries);
      const account = await rows.account(`user:${user}`);
      t.is(
        found.reduce((sum, { points }) => sum + points, 0),
        available(account),
        list.join(' '),
      );
      t.is(new Set(found.map(({ id, kind }) => `${kind} ${id}`)).size, found.length);
      t.deepEqual(
        found.map(one => one.at),
        found.map(one => one.at).sort((a, b) => b - a),
      );
      await rows.close();
    }),
    runs(t, 15),
  );
});

onEach('pages stay what they were while new things happen', async (t, open) => {
  const { commit, history, pages, at } = await openHistory(t, open);
  for (let n = 0; n < 20; n++) {
    at(noon + n);
    await happen('gift', n, commit, []);
  }
  const before = await pages();
  t.deepEqual(
    before.map(({ entries: shown }) => shown.length),
    [8, 8, 4],
  );
  const [{ until }] = before as [HistoryPage];
  at(noon + 100);
  for (let n = 100; n < 110; n++) await happen('gift', n, commit, []);
  t.deepEqual(await pages(until), before);
  t.is((await history(user, 0, null)).entries[0]?.at, noon + 100);
  t.deepEqual((await history(user, 999_999_999, until)).entries, []);
});

onEach('an edit is shown to its person alone, and a preset’s instruction to nobody', async (t, open) => {
  const { commit, jobCard, order, rows } = await openHistory(t, open);
  await rows.database.run(
    `INSERT INTO presets (id, slug, category, position, name_ru, name_en, description_ru, description_en, prompt, price, is_active, created_at)
     VALUES (901, 'x', 'Styles', 1, 'Стиль маслом', 'Oil painting', '', '', 'secret', 45, 0, 0)`,
  );
  await commit(unitOf(transfer('gift', 'bonus', `user:${user}`, 60)));
  await order(jobOf(1));
  await order(jobOf(2, { presetId: 901, prompt: 'secret', price: 45 }));
  await commit(jobs.queue(jobOf(2, { price: 45 }), noon));
  await commit(jobs.complete(jobOf(2, { price: 45, state: 'queued' }), 1, noon, { server: 's', waitMs: 5_000, runMs: 7_000 }));
  t.like(await jobCard(uuid(1), user), { prompt: 'в зиму', name: null, end: 'open', moved: null, isPresetPrice: false });
  const preset = await jobCard(uuid(2), user);
  t.like(preset, { prompt: null, name: oil, end: 'completed', price: 45, moved: 45, isPresetPrice: true });
  t.deepEqual(preset?.times, { waitMs: 5_000, runMs: 7_000 });
  t.is(await jobCard(uuid(1), user + 1), undefined);
  t.is(await jobCard(uuid(3), user), undefined);
});

onEach('the last edit is offered again if it lacked points, and was not too long ago', async (t, open) => {
  const { commit, order, resumable } = await openHistory(t, open);
  t.is(await resumable(user, 0), undefined);
  await order(jobOf(1));
  t.is(await resumable(user, 0), undefined, 'it is open');
  await commit(jobs.queue(jobOf(1), noon));
  t.deepEqual(await resumable(user, noon + 1), { jobId: uuid(1), presetId: null });
  t.is(await resumable(user, noon + 2), undefined);
  t.is(await resumable(user + 1, 0), undefined);
  await order(jobOf(2));
  t.is(await resumable(user, 0), undefined, 'another one came after it');
  await commit(jobs.refuse(jobOf(2), 'damaged', noon));
  t.is(await resumable(user, 0), undefined, 'its photo was of no use');
});

test('the history of one person is read by indexes, however many others there are', async t => {
  const { rows } = await openHistory(t, openRowsOnce);
  const plans: string[] = [];
  const { history } = createQueries({
    ...rows.reader,
    async select(sql, ...bind) {
      for (const { detail } of await rows.reader.select<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...bind))
        plans.push(detail);
      return [];
    },
  });
  await history(user, 3, noon);
  t.true(plans.length > 5);
  t.deepEqual(
    plans.filter(detail => /^SCAN (payments|refunds|jobs|transfers|presets|held|taken)\b/.test(detail)),
    [],
  );
});

// — over the chat —

const linesOf = (text = ''): string[] => text.split('\n\n').slice(1);

test('the history says what came, what went and why, with a card for each edit', async t => {
  const hourThere = new Intl.DateTimeFormat('ru', { hour: '2-digit', timeZone: 'Asia/Vladivostok' });
  const begunAt = Date.now();
  const studio = await openStudio(t, { shop: true, env: { TIMEZONE: 'Asia/Vladivostok', MAX_RETRIES: '0' } });
  const anna = await start(studio, 1001);
  const id = await ordered(anna, 100);
  studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  await ordered(anna, 250);
  await anna.sendPhoto(await phonePhoto(1), { caption: 'Сделай <b>зиму</b> & снег' });
  await anna.waitFor(/Обработка завершена/);
  studio.comfy.faults.next({ kind: 'executionError', exceptionType: 'RuntimeError', message: 'boom' });
  anna.pressKeyboard('🧩 Стили');
  await anna.press('Стиль маслом', await anna.waitFor(/Стили — выберите/));
  await anna.waitFor(/Загрузите изображение/);
  await anna.sendPhoto(await phonePhoto(2));
  await anna.waitFor(/Возвращаем 30 баллов/);
  anna.sendText('💰 Баланс');
  const balance = await anna.waitFor(/Баланс: 10\s030 баллов/, { after: anna.messages.at(-1)!.id });
  await anna.press('📜 История', balance);
  const page = await anna.waitFor(/История/, { after: balance.id });
  // The test may begin in one hour and end in the next.
  const hours = [begunAt, Date.now()].map(at => hourThere.format(at)).join('|');
  const when = new RegExp(`\\d\\d\\.\\d\\d\\.\\d{4}, (${hours}):\\d\\d`);
  const lines = linesOf(page.text);
  t.true(
    lines.every(line => when.test(line)),
    page.text,
  );
  t.deepEqual(
    lines.map(line => line.replace(/ · [^·\n]*\n/, ' | ').replaceAll('\u00a0', ' ')),
    [
      '🎨 1 · 0 баллов | Стиль маслом: не получилось, баллы возвращены',
      '🎨 2 · −30 баллов | Свой промпт: готово',
      '⏳ 0 баллов | Счёт на 250 ₽, 25 000 баллов: ждёт оплаты',
      '✅ +10 000 баллов | Пополнение на 100 ₽',
      '🎁 +60 баллов | Первые баллы в подарок',
    ],
  );
  await anna.press('🎨 2', page);
  const card = await anna.waitFor(/Свой промпт\nСделай <b>зиму<\/b> & снег/);
  t.is(card.id, page.id, 'in the same message');
  for (const words of [/Цена: 30 баллов \(обычная/, /✅ Готово/, /Списано: 30 баллов/, /Ожидание .*, обработка/, /ID задачи/])
    t.regex(card.text ?? '', words);
  await anna.press('🔙 Назад', card);
  await anna.press('🎨 1', await anna.waitFor(/Первые баллы в подарок/));
  const failed = await anna.waitFor(/не удалась[\s\S]*Вернулось: 30 баллов/);
  t.regex(failed.text ?? '', /^🎨 Стиль маслом\n/);
  const boris = studio.telegram.person(1002, { firstName: 'Борис' });
  boris.sendText('/start');
  await boris.waitFor(/Добро пожаловать/);
  await boris.press({ data: page.buttonData.flat().find(data => data?.startsWith('card:')) ?? '' });
  await boris.waitFor(/Такой обработки у вас нет/);
});

test('pages turn within one message, and stay what they were while new things happen', async t => {
  const studio = await openStudio(t, { env: { INITIAL_BALANCE: '0', LOG_LEVEL: 'silent' } });
  const anna = await start(studio, 1001);
  anna.sendText('/history');
  await anna.waitFor(/Здесь пока пусто/);
  await studio.house.stop();
  const gifts = Array.from(
    { length: 20 },
    (_, n) => `('g${n}', 'transfer', 'bonus', 'user:1001', ${n + 1}, NULL, 'grant', ${n})`,
  );
  await studio.write(
    `INSERT INTO transfers (id, kind, debit, credit, points, reservation, reason, at) VALUES ${gifts.join(', ')}`,
  );
  await studio.reopen();
  anna.sendText('/history');
  const first = await anna.waitFor(/\+20 баллов/);
  t.deepEqual(first.buttons, [['➡️ Раньше'], ['🏠 Главное меню']]);
  await anna.sendPhoto(await phonePhoto(), { caption: 'Сделай зиму' });
  await anna.waitFor(/Не хватает 30/);
  await anna.press('➡️ Раньше', first);
  const second = await anna.waitFor(/страница 2/);
  t.is(second.id, first.id);
  t.regex(linesOf(second.text)[0] ?? '', /^➕ \+12 баллов/);
  await anna.press('➡️ Раньше', second);
  const third = await anna.waitFor(/страница 3/);
  t.deepEqual([linesOf(third.text).length, third.buttons[0]], [4, ['⬅️ Новее']]);
  await anna.press({ data: third.buttonData[0]![0]!.replace(/^page:1/, 'page:77') }, third);
  await anna.waitFor(/Дальше ничего нет/);
  anna.sendText('/history');
  t.regex(linesOf((await anna.waitFor(/🎨 1/)).text)[0] ?? '', /Свой промпт: не хватило баллов$/);
});
