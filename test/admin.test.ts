import test, { type ExecutionContext } from 'ava';
import { spawnDesk } from '../actors/desk.ts';
import { spawnLedger } from '../actors/ledger.ts';
import { ask } from '../actors/nact.ts';
import type { Observed, PaymentsMessage } from '../actors/protocol.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { render, type Surroundings } from '../src/bot/render.ts';
import { type ActOrder, type AdminAct, type AdminCommand, type AdminNotice, adminCommands } from '../src/domain/admin.ts';
import { type AdminWish, parseAdminCommand } from '../src/domain/admin-command.ts';
import type { Payment } from '../src/domain/payment.ts';
import type { RefundAnswer, RefundWish } from '../src/domain/refund.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { type Open, onEach } from './databases.ts';
import { ordered, terms } from './payer.ts';
import { actorSystem, fakeClock, noon, openRows, responder } from './probe.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions } from './studio.ts';

const explain = { act: 'explain' } as const;
const uuid = '2c85b8a6-000f-5000-8000-18db351245c7';

test('the arguments of an admin’s command mean one thing, or are explained', t => {
  const table: [AdminCommand, string, AdminWish][] = [
    ['admin', '', { act: 'menu' }],
    ['addtokens', '123 500', { act: 'grant', userId: 123, points: 500, reason: null }],
    ['addtokens', ' 123  +500  за   отзыв\n<b> ', { act: 'grant', userId: 123, points: 500, reason: 'за отзыв <b>' }],
    ['addtokens', '123 -500', { act: 'grant', userId: 123, points: -500, reason: null }],
    ['addtokens', '123 −500 ошибка', { act: 'grant', userId: 123, points: -500, reason: 'ошибка' }],
    ['addtokens', '4503599627370495 100000000', { act: 'grant', userId: 2 ** 52 - 1, points: 100_000_000, reason: null }],
    ...['', '123', '123 0', '123 1.5', '123 1e3', '123 100000001', '4503599627370496 1', '0 1', '-1 1', '@anna 1', '0x1 1'].map(
      wrong => ['addtokens', wrong, explain] as [AdminCommand, string, AdminWish],
    ),
    ['addtokens', `1 1 ${'я'.repeat(200)}`, { act: 'grant', userId: 1, points: 1, reason: 'я'.repeat(200) }],
    ['addtokens', `1 1 ${'я'.repeat(201)}`, explain],
    ['unlimited', '123', { act: 'switchUnlimited', userId: 123 }],
    ['unlimited', '123 on', explain],
    ['unlimited', '', explain],
    ['userinfo', '123', { act: 'viewUser', userId: 123 }],
    ['userinfo', 'x', explain],
    ['refund', uuid.toUpperCase(), { act: 'refund', paymentId: uuid, amountMinor: null }],
    ['refund', `${uuid} 150`, { act: 'refund', paymentId: uuid, amountMinor: 15_000 }],
    ['refund', `${uuid} 99,9`, { act: 'refund', paymentId: uuid, amountMinor: 9_990 }],
    ['refund', `${uuid} 0.05`, { act: 'refund', paymentId: uuid, amountMinor: 5 }],
    ...['', '1', `${uuid} 0`, `${uuid} -1`, `${uuid} 1.005`, `${uuid} 1 2`, `${uuid}x`].map(
      wrong => ['refund', wrong, explain] as [AdminCommand, string, AdminWish],
    ),
    ['newpromo', 'ЛЕТО 500', { act: 'createPromo', code: 'лето', points: 500, uses: 1, days: null }],
    ['newpromo', 'Sale 5 100 30', { act: 'createPromo', code: 'sale', points: 5, uses: 100, days: 30 }],
    ['newpromo', 'x1 1000 1000000000', { act: 'createPromo', code: 'x1', points: 1_000, uses: 1_000_000_000, days: null }],
    ...[
      '',
      'ЛЕТО',
      'ЛЕТО 0',
      'ЛЕТО 1 0',
      'ЛЕТО 1 1 0',
      'ЛЕТО 1 1 3651',
      'ЛЕТО 1 1 1 1',
      '<b> 1',
      'x1 1001 1000000000',
      'x1 -5',
    ].map(wrong => ['newpromo', wrong, explain] as [AdminCommand, string, AdminWish]),
  ];
  for (const [command, argument, wish] of table)
    t.deepEqual(parseAdminCommand(command, argument), wish, `/${command} ${argument}`);
});

// — the desk: what an act is, and what its repeat is —

/** A desk over real rows, where the people 1 and 2 have an account with 60 points each; `payments` answers refunds. */
async function openDesk(
  t: ExecutionContext,
  { answer = { status: 'ordered', amountMinor: 500, points: 5 }, open = openRows }: { answer?: RefundAnswer; open?: Open } = {},
) {
  const rows = await open(t);
  const clock = fakeClock();
  const { commit } = await createWriter(rows.database, { now: clock.now });
  for (const id of [1, 2]) {
    const user = {
      id,
      username: null,
      firstName: 'Анна',
      language: 'ru',
      blocked: false,
      createdAt: noon,
      seenAt: noon,
    } as const;
    const initial = {
      kind: 'transfer',
      reason: 'initial',
      id: `initial:${id}`,
      from: 'bonus',
      to: `user:${id}`,
      points: 60,
    } as const;
    await commit({ movement: initial, writes: [{ do: 'saveUser', user }] });
  }
  const system = actorSystem(t);
  const wishes: RefundWish[] = [];
  const observed: Observed[] = [];
  const payments = responder<PaymentsMessage & { replyTo?: unknown }>(system, 'payments', msg => {
    if (msg.type !== 'refund') return undefined;
    wishes.push(msg.wish);
    return answer;
  });
  const queries = createQueries(rows.reader);
  const observe = (seen: Observed) => void observed.push(seen);
  const state = { isBroken: false };
  const subject: typeof queries.subject = (...of) =>
    state.isBroken ? Promise.reject(new Error('the database is away')) : queries.subject(...of);
  const ledger = spawnLedger(system, { commit, clock, observe });
  const desk = spawnDesk(system, { ...queries, subject, ledger, payments, clock, observe });
  const order = (act: AdminAct, id = '9:1', at = noon) => {
    const wanted: ActOrder = { act, id, byId: 9, at };
    return ask(desk, { type: 'act', order: wanted }, 60_000);
  };
  const audit = () =>
    rows.read<{ id: string; by_id: number; action: string; subject: string; detail: string }>('SELECT * FROM audit');
  const told = async () =>
    (await rows.read<{ chat_id: number; notice: string }>('SELECT chat_id, notice FROM outbox ORDER BY seq')).map(row => ({
      to: row.chat_id,
      ...(JSON.parse(row.notice) as object),
    }));
  const sum = async () => Number((await rows.read<{ sum: number }>('SELECT SUM(posted) AS sum FROM accounts'))[0]?.sum);
  return { rows, queries, clock, order, audit, told, sum, wishes, observed, state };
}

test('points are given once for one act, with a note and words to the person, and the books close', async t => {
  const { rows, order, audit, told, sum } = await openDesk(t);
  const act = { act: 'grant', userId: 1, points: 500, reason: 'за <отзыв>' } as const;
  const granted = { is: 'granted', subjectId: 1, points: 500 } as const;
  t.deepEqual(await Promise.all([order(act), order(act)]), [granted, granted]);
  t.deepEqual(await order(act, '9:1', noon + 1_000), granted);
  t.deepEqual(await rows.account('user:1'), { posted: 560, reserved: 0 });
  t.like((await audit())[0], {
    id: '9:1',
    by_id: 9,
    action: 'grant',
    subject: '1',
    detail: '{"points":500,"reason":"за <отзыв>"}',
  });
  t.is((await audit()).length, 1);
  t.deepEqual(await told(), [{ to: 1, type: 'granted', points: 500, reason: 'за <отзыв>' }]);
  t.is(await sum(), 0);
});

test('points are taken as far as they are there to spend; otherwise nothing is taken, noted or told', async t => {
  const { rows, order, audit, told, sum } = await openDesk(t);
  const take = (points: number, id: string) => order({ act: 'grant', userId: 1, points: -points, reason: null }, id);
  t.deepEqual(await take(61, '9:1'), { is: 'tooFewPoints', subjectId: 1, points: 61 });
  t.deepEqual([await audit(), await told()], [[], []]);
  t.deepEqual(await take(60, '9:2'), { is: 'taken', subjectId: 1, points: 60 });
  t.deepEqual(await take(60, '9:2'), { is: 'taken', subjectId: 1, points: 60 });
  t.deepEqual(await rows.account('user:1'), { posted: 0, reserved: 0 });
  t.deepEqual(await told(), [{ to: 1, type: 'granted', points: -60, reason: null }]);
  t.is(await sum(), 0);
});

test('an act on somebody who is not there changes nothing', async t => {
  const { order, audit, rows } = await openDesk(t);
  t.deepEqual(await order({ act: 'grant', userId: 3, points: 5, reason: null }), { is: 'noPerson', subjectId: 3 });
  t.deepEqual(await order({ act: 'switchUnlimited', userId: 3 }, '9:2'), { is: 'noPerson', subjectId: 3 });
  t.deepEqual([await audit(), await rows.account('user:3')], [[], { posted: 0, reserved: 0 }]);
});

onEach('a switch is thrown once by one act and back by the next, and a repeat is answered as the act was', async (t, open) => {
  const { rows, order, told, queries } = await openDesk(t, { open });
  const act = { act: 'switchUnlimited', userId: 1 } as const;
  const [on, off] = [true, false].map(unlimited => ({ is: 'unlimitedSet', subjectId: 1, unlimited }));
  t.deepEqual(await Promise.all([order(act, '9:1'), order(act, '9:1')]), [on, on]);
  t.deepEqual(await order(act, '8:1'), off);
  t.deepEqual(await order(act, '9:1'), on);
  t.deepEqual(await rows.read('SELECT unlimited FROM users WHERE id = 1'), [{ unlimited: 0 }]);
  t.like(await queries.person(1), { balance: 60, debt: 0, unlimited: false });
  t.deepEqual(await queries.personFacts(1), { jobs: {}, paymentsTotal: 0, paidTotal: 0, payments: [] });
  t.is((await told()).length, 2);
});

onEach(
  'a code is made once, with the points for all its uses; whoever would make it again is told that it is there',
  async (t, open) => {
    const { rows, order, audit, sum } = await openDesk(t, { open });
    const act = { act: 'createPromo', code: 'лето', points: 5, uses: 10, days: 2 } as const;
    const made = { is: 'promoCreated', code: 'лето', points: 5, uses: 10, expiresAt: noon + 2 * 86_400_000 };
    t.deepEqual(await order(act), made);
    t.deepEqual(await order(act, '9:1', noon + 5_000), made);
    t.deepEqual(await order(act, '9:2'), { is: 'promoExists', code: 'лето' });
    t.deepEqual(await order({ ...act, points: 7 }, '9:3'), { is: 'promoExists', code: 'лето' });
    t.deepEqual(await rows.account('promo:лето'), { posted: 50, reserved: 0 });
    t.deepEqual(await rows.read('SELECT points, uses FROM promo_codes'), [{ points: 5, uses: 10 }]);
    t.is((await audit()).length, 1);
    t.is(await sum(), 0);
  },
);

test('the same act is the same refund to the payments, another act is another; what was not ordered is not noted', async t => {
  const act = { act: 'refund', paymentId: uuid, amountMinor: 500 } as const;
  const done = await openDesk(t);
  const answer = { status: 'ordered', amountMinor: 500, points: 5 } as const;
  t.deepEqual(await done.order(act), { is: 'refund', paymentId: uuid, answer });
  await done.order(act);
  await done.order(act, '9:2');
  const [first, again, other] = done.wishes.map(({ refundId }) => refundId);
  t.is(first, again);
  t.not(first, other);
  t.regex(first ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.like(done.wishes[0], { paymentId: uuid, amountMinor: 500, byId: 9 });
  t.deepEqual(
    (await done.audit()).map(({ id, action, subject }) => [id, action, subject]),
    [
      ['9:1', 'refund', uuid],
      ['9:2', 'refund', uuid],
    ],
  );
  const refused = await openDesk(t, { answer: { status: 'notPaid' } });
  t.deepEqual(await refused.order(act), { is: 'refund', paymentId: uuid, answer: { status: 'notPaid' } });
  t.deepEqual(await refused.audit(), []);
});

test('a desk that cannot read its rows answers, begins anew after a pause, and ends the process past its bound', async t => {
  const { order, state, observed, clock } = await openDesk(t);
  const act = { act: 'grant', userId: 1, points: 5, reason: null } as const;
  const crashes = () => observed.filter(({ step }) => step === 'crash:desk' || step === 'fatal').map(({ step }) => step);
  state.isBroken = true;
  for (let n = 0; n < 6; n++) {
    const answered = order(act);
    clock.advance(10_000 - 1);
    t.is(await answered, 'unavailable');
    while (crashes().length <= n) await new Promise(resolve => setImmediate(resolve));
  }
  t.deepEqual(crashes(), [...Array.from({ length: 5 }, () => 'crash:desk'), 'fatal']);
});

// — words —

const around = (language: 'ru' | 'en', more: Partial<Surroundings> = {}): Surroundings => ({
  person: {
    user: { id: 9, username: null, firstName: 'О', language, blocked: false, createdAt: noon, seenAt: noon },
    ...{ balance: 60, debt: 0, unlimited: false },
  },
  ...{ job: undefined, payment: undefined, repaid: 0, catalogue: { categories: [], presets: [] }, botName: 'B' },
  ...{ supportContact: null, topUp: terms, practice: { pictures: false, payments: false }, priceFor: () => 30 },
  ...{ history: undefined, card: undefined, resumable: undefined, freedom: null, timeZone: 'Europe/Moscow', isRefundOpen: true },
  ...{ lastPayments: [], termsUrl: null },
  ...{ subject: undefined, startLink: (start: string) => `https://t.me/b?start=${start}` },
  ...more,
});

const subject: Surroundings['subject'] = {
  user: { id: 1, username: 'a_b', firstName: '<script>&', language: 'ru', blocked: true, createdAt: noon, seenAt: noon },
  ...{ balance: 1_000, debt: 30, unlimited: true },
  facts: {
    jobs: { completed: 3, failed: 1, refused: 1, cancelled: 2, queued: 1, submitting: 1 },
    ...{ paymentsTotal: 7, paidTotal: 4 },
    payments: [{ id: uuid, state: 'succeeded', amountMinor: 50_000, currency: 'RUB', createdAt: noon }],
  },
};

test('every answer to an admin has words in both languages, safe as HTML and within Telegram’s limits', t => {
  const answers: RefundAnswer[] = [
    { status: 'ordered', amountMinor: 15_000, points: 5 },
    { status: 'tooMuch', leftMinor: 100 },
    ...(['unknownPayment', 'notPaid', 'onlyWhole', 'unavailable'] as const).map(status => ({ status })),
  ];
  const done = { type: 'adminOutcome' } as const;
  const notices: AdminNotice[] = [
    { type: 'adminMenu' },
    ...adminCommands.map(command => ({ type: 'adminUsage', command }) as const),
    { type: 'adminUser', subjectId: 1 },
    ...(['granted', 'taken', 'tooFewPoints'] as const).map(is => ({ ...done, is, subjectId: 1, points: 5 })),
    ...[true, false].map(unlimited => ({ ...done, is: 'unlimitedSet', subjectId: 1, unlimited }) as const),
    { ...done, is: 'noPerson', subjectId: 1 },
    { ...done, is: 'promoCreated', code: 'я'.repeat(32), points: 5, uses: 2, expiresAt: noon },
    { ...done, is: 'promoCreated', code: 'sale', points: 5, uses: 1, expiresAt: null },
    { ...done, is: 'promoExists', code: 'sale' },
    ...answers.map(answer => ({ ...done, is: 'refund', paymentId: uuid, answer }) as const),
  ];
  for (const language of ['ru', 'en'] as const)
    for (const notice of notices)
      for (const surroundings of [around(language), around(language, { subject })]) {
        const text = render(notice, surroundings)?.text ?? '';
        t.true(text.length > 0 && text.length <= 4_096, JSON.stringify(notice));
        t.notRegex(text, /undefined|NaN|\[object|<script>|<(?!\/?(b|code)\b)|&(?!amp;|lt;|gt;)/, text);
      }
});

test('of a refund an admin reads what they can do, and no promise once it has ended', t => {
  const [inRubles, inStars] = (['RUB', 'XTR'] as const).map(currency => ({ payment: { currency } as Payment }));
  const words = (answer: RefundAnswer, more: Partial<Surroundings> = {}) =>
    render({ type: 'adminOutcome', is: 'refund', paymentId: uuid, answer }, around('ru', more))?.text;
  const table: [RefundAnswer, Partial<Surroundings> | undefined, RegExp][] = [
    [{ status: 'tooMuch', leftMinor: 10_050 }, inRubles, /осталось 100,50 ₽/],
    [{ status: 'tooMuch', leftMinor: 0 }, inRubles, /уже всё возвращено/],
    [{ status: 'tooMuch', leftMinor: 231 }, inStars, /только вся сумма/],
    [{ status: 'tooMuch', leftMinor: 0 }, inStars, /уже всё возвращено/],
  ];
  for (const [answer, more, told] of table) t.regex(words(answer, more) ?? '', told);
  const order = { status: 'ordered', amountMinor: 100, points: 100 } as const;
  t.regex(words(order) ?? '', /заказан/);
  t.is(words(order, { isRefundOpen: false }), undefined);
});

test('an admin reads of a person what there is', t => {
  const text = render({ type: 'adminUser', subjectId: 1 }, around('ru', { subject }))?.text ?? '';
  for (const words of [
    /&lt;script&gt;&amp;<\/b> @a_b/,
    /<code>1<\/code> · ru/,
    /Баланс: 1\s000 баллов · долг: 30 баллов/,
    /Обработки бесплатны/,
    /Остановил бота/,
    /готово 3, не удалось 2, отменено 2, в работе 2/,
    /Платежи: 7, из них оплачено 4/,
    new RegExp(`✅ 500 ₽.*\n<code>${uuid}</code>`),
  ])
    t.regex(text, words);
});

// — over the chat —

const adminId = 9001;
const openOffice = (t: ExecutionContext, options: StudioOptions = {}): Promise<Studio> =>
  openStudio(t, { ...options, env: { ADMIN_IDS: String(adminId), ...options.env } });

async function tell(person: Person, text: string, words: RegExp): Promise<string> {
  const { message } = person.sendText(text);
  return (await person.waitFor(words, { after: message.id })).text ?? '';
}

test.serial('for anyone else there are no such commands: neither an answer, nor a trace, nor a line in their list', async t => {
  const studio = await openOffice(t);
  const anna = studio.telegram.person(7001);
  const answer = await tell(anna, '/nothing', /./);
  for (const command of adminCommands) t.is(await tell(anna, `/${command} 7001 1000000`, /./), answer, command);
  t.deepEqual(await studio.read('SELECT data FROM journal WHERE data LIKE \'%"admin"%\''), []);
  t.deepEqual(await studio.read('SELECT id FROM audit'), []);
  t.deepEqual(await studio.read("SELECT posted FROM accounts WHERE id = 'user:7001'"), [{ posted: 60 }]);
  const listed = studio.telegram.calls.filter(({ method }) => method === 'setMyCommands');
  const scopes = listed.filter(({ params }) => JSON.stringify(params['commands']).includes('addtokens'));
  t.is(scopes.length, 2);
  for (const { params } of scopes) t.deepEqual(params['scope'], { type: 'chat', chat_id: adminId });
});

test.serial('an admin gives and takes points; the person is told with the reason, and pays with them', async t => {
  const studio = await openOffice(t);
  const [anna, olga] = [studio.telegram.person(7101, { firstName: '<i>Анна' }), studio.telegram.person(adminId)];
  await tell(anna, '/start', /Добро пожаловать/);
  await tell(olga, '/admin', /\/addtokens &lt;|\/addtokens </);
  await tell(olga, '/addtokens 7101', /Нужно так/);
  t.regex(await tell(olga, '/addtokens 7101 500 за <b>отзыв</b>', /начислено 500 баллов/), /Баланс: 560 баллов/);
  t.regex((await anna.waitFor(/Вам начислено 500 баллов/)).text ?? '', /за <b>отзыв<\/b>/);
  await tell(olga, '/addtokens 7101 -1000', /столько не забрать/);
  await tell(olga, '/addtokens 7101 -560 ошибка', /списано 560 баллов/);
  await anna.waitFor(/списано 560 баллов/);
  await tell(olga, '/addtokens 7999 5', /7999 здесь нет/);
  t.deepEqual(await studio.read('SELECT action, subject FROM audit ORDER BY at'), [
    { action: 'grant', subject: '7101' },
    { action: 'grant', subject: '7101' },
  ]);
  t.deepEqual(await studio.read('SELECT SUM(posted) AS sum FROM accounts'), [{ sum: 0 }]);
});

test.serial('an update that comes again acts once, also over a restart', async t => {
  const studio = await openOffice(t);
  await tell(studio.telegram.person(7201), '/start', /Добро пожаловать/);
  const olga = studio.telegram.person(adminId, { firstName: 'Ольга' });
  const text = '/addtokens 7201 500';
  const { updateId, message } = olga.sendText(text);
  await olga.waitFor(/начислено 500/);
  const from = studio.observed.length;
  for (let n = 0; n < 2; n++) {
    studio.telegram.pushUpdate({
      update_id: updateId,
      message: {
        ...{ message_id: message.id, date: 1_700_000_000, text },
        from: { id: adminId, is_bot: false, first_name: 'Ольга', language_code: 'ru' },
        chat: { id: adminId, type: 'private', first_name: 'Ольга' },
      },
    });
    await studio.step(() => studio.observed.slice(from).filter(({ step }) => step === 'update:durable').length > n);
    await studio.reopen();
  }
  t.deepEqual(await studio.read("SELECT posted FROM accounts WHERE id = 'user:7201'"), [{ posted: 560 }]);
  t.is((await studio.read('SELECT id FROM audit')).length, 1);
});

test.serial('whoever is unlimited reads that edits are free, and pays nothing for them, until it is switched off', async t => {
  const studio = await openOffice(t);
  const [anna, olga] = [studio.telegram.person(7301), studio.telegram.person(adminId)];
  await tell(anna, '/start', /стоит 30 баллов/);
  await tell(olga, '/unlimited 7301', /бесплатны/);
  await anna.waitFor(/обработки для вас бесплатны/);
  await tell(anna, '/balance', /Стоимость обработки: бесплатно/);
  await anna.sendPhoto(await phonePhoto(), { caption: 'Добавь снег' });
  t.regex((await anna.waitFor(/Обработка завершена/)).caption ?? '', /Оставшийся баланс: 60 баллов/);
  t.deepEqual(await studio.read('SELECT price FROM jobs'), [{ price: 0 }]);
  t.regex(await tell(olga, '/userinfo 7301', /7301/), /Обработки бесплатны[\s\S]*готово 1/);
  await tell(olga, '/unlimited 7301', /снова платные/);
  await tell(anna, '/balance', /Стоимость обработки: 30 баллов/);
});

test.serial('an admin keeps the limits of everyone: what comes too fast is not carried out', async t => {
  const studio = await openOffice(t, { env: { MAX_MESSAGES_PER_USER_PER_MINUTE: '2' } });
  const olga = studio.telegram.person(adminId);
  const from = studio.observed.length;
  for (let n = 0; n < 5; n++) olga.sendText(`/addtokens ${adminId} 10`);
  await studio.step(() => studio.observed.slice(from).filter(({ step }) => step === 'update:durable').length >= 5);
  t.deepEqual(await studio.read(`SELECT posted FROM accounts WHERE id = 'user:${adminId}'`), [{ posted: 80 }]);
});

test.serial('an admin gives money back by the id that they read of the person, and hears how it ended', async t => {
  const studio = await openOffice(t, { shop: true });
  const [anna, olga] = [studio.telegram.person(7401), studio.telegram.person(adminId)];
  await tell(anna, '/start', /Добро пожаловать/);
  studio.shop.pay(await ordered(anna, 100));
  await anna.waitFor(/Платеж успешно обработан/);
  const id = /<code>([0-9a-f-]{36})<\/code>|\n([0-9a-f-]{36})$/.exec(await tell(olga, '/userinfo 7401', /из них оплачено 1/));
  const paymentId = id?.[1] ?? id?.[2] ?? '';
  await tell(olga, `/refund ${paymentId} 100.01`, /Столько не вернуть: осталось 100 ₽/);
  const held = studio.shop.holdRefunds();
  await tell(olga, `/refund ${paymentId} 40`, /Возврат 40 ₽ заказан, он спишет 4\s000 баллов/);
  held();
  studio.shop.settleRefund(studio.shop.refunds()[0]!.id, 'succeeded');
  await olga.waitFor(/Возврат 40 ₽ выполнен, списано 4\s000 баллов/);
  await anna.waitFor(/Возврат: 40 ₽/);
  await tell(olga, `/refund ${uuid}`, /Платежа с таким id нет/);
  t.deepEqual(await studio.read("SELECT posted FROM accounts WHERE id = 'user:7401'"), [{ posted: 6_060 }]);
  t.deepEqual(await studio.read('SELECT action, subject, detail FROM audit ORDER BY at'), [
    { action: 'viewUser', subject: '7401', detail: null },
    { action: 'refund', subject: paymentId, detail: '{"amountMinor":4000}' },
  ]);
  t.deepEqual(await studio.read('SELECT SUM(posted) AS sum FROM accounts'), [{ sum: 0 }]);
});
