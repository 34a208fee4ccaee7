import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { spawnLedger } from '../actors/ledger.ts';
import { ask, tell } from '../actors/nact.ts';
import { spawnPayments } from '../actors/payments/payments.ts';
import type { LinkGateway, Notified, Observed } from '../actors/protocol.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import type { Payment, PaymentOrder, ProviderPayment } from '../src/domain/payment.ts';
import { joined } from '../src/payments/joined.ts';
import { createYooKassa } from '../src/payments/yookassa/yookassa.ts';
import { fastClock } from './fast-clock.ts';
import { balance, linkOf, madeElsewhere, notify, order, ordered, paymentRows, start } from './payer.ts';
import { actorSystem, fakeClock, idle, noon, openRows, until } from './probe.ts';
import { openStudio, token } from './studio.ts';

// — a whole house —

test('an order whose answer was lost is the same payment after a restart, also with other settings', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'dropAfterDoing', method: 'POST' });
  await order(anna);
  await studio.step('payment:unseen');
  mend();
  // Whatever is asked for meanwhile must not read otherwise than before: the shop refuses one key with two bodies.
  studio.telegram.faults.next({ kind: 'slow', delayMs: 300, method: 'getMe' });
  studio.env['PAYMENT_RETURN_URL'] = 'https://studio.example.com/elsewhere';
  await studio.reopen();
  t.truthy(await linkOf(anna));
  t.is(studio.shop.payments().length, 1);
  t.like((await paymentRows(studio))[0], { state: 'pending' });
  t.false(anna.messages.some(({ text }) => /не прошел/.test(text ?? '')));
});

test('what the shop is asked is durable before it is asked, and an order without it gets it at its next try', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'dropBeforeDoing', method: 'POST' });
  await order(anna);
  await studio.step('payment:unseen');
  const requestOf = async () =>
    (await studio.read<{ request: string | null }>('SELECT request FROM payments'))[0]?.request ?? null;
  t.like(JSON.parse((await requestOf())!), { amount: { value: '500.00', currency: 'RUB' }, capture: true });
  await studio.house.stop();
  // As the rows of an earlier version are.
  await studio.write('UPDATE payments SET request = NULL');
  mend();
  await studio.reopen();
  t.truthy(await linkOf(anna));
  t.deepEqual(JSON.parse((await requestOf())!), studio.shop.requests.at(-1)?.body);
});

test('whoever reads English reads English at the shop, also after a restart', async t => {
  const studio = await openStudio(t, { shop: true });
  const ann = studio.telegram.person(1001, { firstName: 'Ann', languageCode: 'en' });
  ann.sendText('/start');
  ann.sendText('➕ Top up');
  await ann.press('500₽ (50,000 points)', await ann.waitFor(/Choose an amount/));
  const mend = studio.shop.faults.always({ kind: 'down' });
  await ann.press('💳 Card', await ann.waitFor(/How would you like to pay/));
  await studio.step('payment:unseen');
  await studio.house.stop();
  await studio.write('UPDATE payments SET request = NULL');
  mend();
  await studio.reopen();
  await ann.waitFor(/Waiting for the payment/);
  t.like(studio.shop.requests.at(-1)?.body as object, { description: 'Balance top-up, 500 ₽' });
});

test('an order that the shop may have is not asked for again after an hour, also by a house that slept', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'dropBeforeDoing', method: 'POST' });
  await order(anna);
  await studio.step('payment:unseen');
  await studio.house.stop();
  await studio.write('UPDATE payments SET created_at = created_at - 2 * 3600000');
  const posted = studio.shop.requests.filter(({ method }) => method === 'POST').length;
  mend();
  await studio.reopen();
  await anna.waitFor(/не прошел/);
  t.is(studio.shop.requests.filter(({ method }) => method === 'POST').length, posted);
  t.is(studio.shop.payments().length, 0);
});

test('whoever pays one order twice gets the points twice, and hears of both', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const first = await ordered(anna, 100);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  const mine = { amount: { value: '100.00', currency: 'RUB' }, metadata: { order_id: row!.id } };
  const second = await madeElsewhere(studio.shop, mine);
  studio.shop.pay(second);
  await anna.waitFor(/Новый баланс: 10\s060/);
  studio.shop.pay(first);
  await anna.waitFor(/Новый баланс: 20\s060/);
  t.is(await balance(studio, 1001), 20_060);
  for (const id of [first, second]) await notify(studio, 'payment.succeeded', studio.shop.payment(id)!);
  t.is(await balance(studio, 1001), 20_060);
});

test('another payment of the same order that ends without money leaves the one with the link open', async t => {
  const studio = await openStudio(t, { shop: true, clock: fastClock(200) });
  const anna = await start(studio, 1001);
  const mine = await ordered(anna, 100);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  const another = await madeElsewhere(studio.shop, {
    ...{ amount: { value: '100.00', currency: 'RUB' }, metadata: { order_id: row!.id } },
  });
  studio.shop.decline(another);
  t.is(await notify(studio, 'payment.canceled', studio.shop.payment(another)!), 200);
  t.like((await paymentRows(studio))[0], { state: 'pending', provider_id: mine });
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.pay(mine);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 10_060);
});

test('many notifications of one payment cost the shop a handful of questions', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.pay(id);
  studio.shop.faults.always({ kind: 'slow', ms: 1_000, method: 'GET' });
  const before = studio.shop.requests.length;
  const paid = studio.shop.payment(id)!;
  const statuses = await Promise.all(Array.from({ length: 90 }, () => notify(studio, 'payment.succeeded', paid)));
  t.true(statuses.every(status => status === 200));
  const asked = studio.shop.requests.length - before;
  t.true(asked <= 30, `${asked} questions`);
  t.is(await balance(studio, 1001), 50_060);
});

test('an order does not stand in line behind the reading of many payments', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'slow', ms: 3_000, method: 'GET' });
  const flood = Array.from({ length: 50 }, (_, n) => notify(studio, 'payment.succeeded', { id: `nobodys-${n}` }));
  await studio.shop.waitFor('request', () => true).catch(() => {});
  await order(anna, 100);
  t.truthy(await linkOf(anna));
  t.true(studio.shop.requests.filter(({ method }) => method === 'GET').length < 20, 'the flood is not through yet');
  mend();
  await studio.house.stop();
  await Promise.allSettled(flood);
});

test('a notification does not stand in line behind thousands of open payments', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna, 100);
  await studio.house.stop();
  await studio.write(
    `INSERT INTO payments (id, user_id, gateway, method, amount_minor, points, state, provider_id, created_at, updated_at)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     SELECT 'old-' || i, 2000 + i, 'yookassa', 'card', 100, 100, 'pending', 'nobodys-' || i, ${Date.now() - 600_000}, 0 FROM n`,
  );
  studio.shop.faults.always({ kind: 'slow', ms: 100, method: 'GET' });
  await studio.reopen();
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.pay(id);
  t.is(await notify(studio, 'payment.succeeded', studio.shop.payment(id)!), 200);
  await anna.waitFor(/Платеж успешно обработан/);
  t.true(studio.shop.requests.length < 1_000, 'the others are still being read');
});

test('a flood of notifications is turned away before it is read, and told to come again', async t => {
  const studio = await openStudio(t, { shop: true });
  const mend = studio.shop.faults.always({ kind: 'slow', ms: 300, method: 'GET' });
  const statuses = await Promise.all(
    Array.from({ length: 160 }, (_, n) => notify(studio, 'payment.succeeded', { id: `nobodys-${n}` })),
  );
  mend();
  t.true(statuses.includes(503), 'too many at once');
  t.true(statuses.includes(200), 'the others are dealt with');
  t.is(await notify(studio, 'payment.succeeded', { id: 'nobodys' }), 200, 'and there is room again');
});

test('an edit whose answer Telegram lost leaves one message for the payment', async t => {
  const studio = await openStudio(t, { shop: true, clock: fastClock(20) });
  const anna = await start(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'down' });
  studio.telegram.faults.next({
    ...{ kind: 'dropAfterDoing', method: 'editMessageText', match: ({ params }) => /Создаю платеж/.test(String(params['text'])) },
  });
  await order(anna);
  await studio.step(seen => seen.step === 'outbox:settled:paymentStatus');
  const messages = anna.messages.length;
  mend();
  const id = new URL(await linkOf(anna)).searchParams.get('orderId') ?? '';
  t.is(anna.messages.length, messages, 'the link comes in the place of the order');
  studio.shop.pay(id);
  await anna.waitFor(/Оплачено: 500 ₽/);
  t.false(
    anna.messages.some(({ buttons }) => buttons.flat().includes('💳 Оплатить')),
    'nothing is left to press',
  );
});

test('a payer who deletes the message of their payment gets it anew, and that one tells the end', async t => {
  const studio = await openStudio(t, { shop: true, clock: fastClock(20) });
  const anna = await start(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'down' });
  await order(anna);
  const { id: messageId } = await anna.waitFor(/Создаю платеж/);
  await studio.step('outbox:settled:paymentStatus');
  await fetch(`${studio.telegram.url}/bot${token}/deleteMessage`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ chat_id: 1001, message_id: messageId }),
  });
  mend();
  const id = new URL(await linkOf(anna)).searchParams.get('orderId') ?? '';
  studio.shop.pay(id);
  await anna.waitFor(/Оплачено: 500 ₽/);
  t.false(
    anna.messages.some(({ buttons }) => buttons.flat().includes('💳 Оплатить')),
    'nothing is left to press',
  );
});

test('a shop that is switched off still credits what it had sold', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.env['PAYMENTS_ENABLED'] = 'false';
  await studio.reopen();
  anna.sendText('➕ Пополнить');
  await anna.waitFor(/Пополнение сейчас недоступно/);
  studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
});

test('a shop that asks for patience gets the order once', async t => {
  const studio = await openStudio(t, { shop: true, clock: fastClock(50) });
  const anna = await start(studio, 1001);
  studio.shop.faults.next({ kind: 'processing', retryAfterMs: 1800 });
  studio.shop.faults.next({ kind: 'status', status: 429, retryAfterMs: 1800 });
  const id = await ordered(anna);
  t.is(studio.shop.payments().length, 1);
  studio.shop.faults.always({ kind: 'status', status: 429, method: 'GET', retryAfterMs: 1800 });
  t.is(await notify(studio, 'payment.succeeded', { id }), 503, 'it is told again later');
});

// — the actor, over real rows, with a gateway that does what it likes —

const bill: PaymentOrder = {
  ...{ id: '0b7c1c1e-1111-4222-8333-444455556666', userId: 7, gateway: 'yookassa', method: 'card', amountMinor: 50_000 },
  ...{ currency: 'RUB', points: 50_000, email: null, createdAt: noon },
};
const shown = (over: Partial<ProviderPayment> = {}): ProviderPayment => ({
  ...{ providerId: 'p', status: 'pending', amountMinor: 50_000, currency: 'RUB', orderId: bill.id },
  ...{ refundedMinor: 0, confirmationUrl: 'https://pay.example/', reason: null },
  ...over,
});

const shop: LinkGateway = {
  ...{ name: 'yookassa', request: ({ id }) => `order ${id}`, create: async () => shown() },
  ...{ read: async () => shown(), capture: async () => shown(), refundsOf: async () => [] },
  refund: async ({ id, amountMinor }) => ({ providerId: 'r', status: 'succeeded', amountMinor, refundId: id }),
};

type PaymentOf = (gateway: string, providerId: string, orderId: string | null) => Promise<Payment | undefined>;

async function openTill(
  t: ExecutionContext,
  gateway: Partial<LinkGateway>,
  through: (paymentOf: PaymentOf) => PaymentOf = paymentOf => paymentOf,
) {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const queries = createQueries(rows.reader);
  const clock = fakeClock();
  const observed: Observed[] = [];
  const deps = { clock, commit, observe: (seen: Observed) => void observed.push(seen), reconcileMs: 60_000 };
  const system = actorSystem(t);
  const payments = spawnPayments(system, {
    ...{ ...deps, ledger: spawnLedger(system, deps), openPayments: queries.openPayments },
    ...{ payment: queries.payment, booked: queries.booked, openRefunds: queries.openRefunds, refundsOf: queries.refundsOf },
    ...{ creditedFor: queries.creditedFor, returned: queries.returned },
    paymentOf: through(queries.paymentOf),
    gateways: new Map([['yookassa', { ...shop, ...gateway }]]),
  });
  return {
    ...{ clock, observed },
    steps: () => observed.map(({ step }) => step),
    async order(): Promise<void> {
      await commit({ writes: [{ do: 'addPayment', payment: bill }] });
      tell(payments, { type: 'ordered', payment: bill });
    },
    notified: (): Promise<Notified> => ask(payments, { type: 'notified', gateway: 'yookassa', providerId: 'p' }, 60_000),
    row: async () => (await rows.read<{ state: string; reason: string | null }>('SELECT state, reason FROM payments'))[0],
    account: () => rows.account('user:7'),
    said: () => rows.read<{ id: string }>('SELECT id FROM outbox'),
  };
}

test('a database that cannot be read for a while is answered for at once, and ends neither the actor nor its timers', async t => {
  let isDown = true;
  const till = await openTill(t, {}, paymentOf => async (...asked) => {
    if (isDown) throw new Error('SQLITE_BUSY');
    return paymentOf(...asked);
  });
  await till.order();
  const answers = await Promise.all(Array.from({ length: 12 }, () => till.notified()));
  t.true(answers.every(answer => answer === 'unavailable'));
  t.deepEqual(
    till.steps().filter(step => /crash|fatal/.test(step)),
    [],
  );
  isDown = false;
  till.clock.advance(60_000);
  await until(async () => (await till.row())?.state === 'pending', 'the order goes on by itself');
});

test('a payment that nobody can be sent to is not told as one', async t => {
  let link: string | null = null;
  let orders = 0;
  const till = await openTill(t, {
    create: async () => {
      orders++;
      return shown({ confirmationUrl: link });
    },
  });
  await till.order();
  await until(() => till.steps().includes('payment:wait'), 'the answer without a link');
  t.deepEqual(await till.said(), []);
  link = 'https://pay.example/';
  till.clock.advance(60_000);
  await until(async () => (await till.row())?.state === 'pending', 'the link');
  t.is(orders, 2);
});

test('an answer about nothing that was ordered is no answer, and the order goes on', async t => {
  const odd: ProviderPayment[] = [shown({ orderId: null }), shown({ providerId: 'q', orderId: 'another' })];
  let orders = 0;
  const till = await openTill(t, {
    create: async () => {
      orders++;
      return odd.shift() ?? shown();
    },
  });
  await till.order();
  for (let n = 2; n <= 3; n++) {
    await until(() => till.clock.pauses().length === 1, 'the pause');
    till.clock.advance(60_000);
    await until(() => orders === n, `order ${n}`);
  }
  await until(async () => (await till.row())?.state === 'pending', 'the link');
  t.is(orders, 3);
});

test('a payment that is not what was ordered is not read for ever', async t => {
  const till = await openTill(t, { read: async () => shown({ status: 'succeeded', amountMinor: 100 }) });
  await till.order();
  await until(() => till.clock.pauses().length === 1, 'the link');
  const differences = () => till.steps().filter(step => step === 'payment:differs').length;
  till.clock.advance(60_000);
  await until(() => differences() === 1 && till.clock.pauses().length === 1, 'the first look');
  t.is((await till.row())?.state, 'pending');
  till.clock.advance(3 * 3_600_000);
  await until(async () => (await till.row())?.state === 'failed', 'the end');
  t.deepEqual(till.clock.pauses(), []);
  t.is((await till.account()).posted, 0);
});

test('held money that the gateway does not let go is asked for at leisure, not in a loop', async t => {
  let captures = 0;
  const held = shown({ status: 'waiting_for_capture' });
  const till = await openTill(t, {
    read: async () => held,
    capture: async () => {
      captures++;
      return captures < 5 ? held : shown({ status: 'succeeded' });
    },
  });
  await till.order();
  await until(async () => (await till.row())?.state === 'pending', 'the link');
  t.is(await till.notified(), 'unavailable');
  await idle(50);
  t.is(captures, 1);
  for (let n = 2; n <= 5; n++) {
    await until(() => till.clock.pauses().length === 1, 'the pause');
    till.clock.advance(60_000);
    await until(() => captures === n, `capture ${n}`);
  }
  await until(async () => (await till.row())?.state === 'succeeded', 'the money');
  t.is((await till.account()).posted, 50_000);
});

test('a clock that is set back by days does not make an order be asked for all that time', async t => {
  let orders = 0;
  const till = await openTill(t, {
    create: async () => {
      orders++;
      throw new Error('no answer');
    },
  });
  till.clock.advance(-48 * 3_600_000);
  await till.order();
  await until(async () => (await till.row())?.state === 'failed', 'the end');
  t.true(orders <= 1);
});

// — what the gateway says —

test('who asks while the same is being asked gets an answer to a question put after theirs', async t => {
  const put: { id: string; answer(text: string): void; fail(): void }[] = [];
  const ask = joined(
    id => new Promise<string>((answer, reject) => void put.push({ id, answer, fail: () => reject(new Error('no answer')) })),
  );
  const first = ask('a');
  const later = [ask('a'), ask('a'), ask('a')];
  const another = ask('b');
  t.deepEqual(
    put.map(({ id }) => id),
    ['a', 'b'],
  );
  put[0]!.fail();
  await t.throwsAsync(first, { message: 'no answer' });
  await idle(1);
  t.is(put.length, 3, 'one more for the three');
  put[2]!.answer('new');
  put[1]!.answer('other');
  t.deepEqual(await Promise.all([...later, another]), ['new', 'new', 'new', 'other']);
  const fresh = ask('a');
  put[3]!.answer('newest');
  t.is(await fresh, 'newest', 'nothing is remembered');
});

/** A YooKassa that answers everything with the same, after `pauseMs`. */
async function answering(t: ExecutionContext, body: string | object, { status = 200, headers = {} } = {}) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
  return createYooKassa({ name: 'yookassa', shopId: '1', apiKey: 'live_secret', apiUrl, returnUrl: () => 'https://t.me/bot' });
}

const paid = { id: 'p', status: 'succeeded', amount: { value: '500.00', currency: 'RUB' }, metadata: { order_id: bill.id } };

test('what is not needed to know money by may have any shape', async t => {
  const odd = {
    confirmation: null,
    cancellation_details: null,
    description: 5,
    recipient: [],
    refunded_amount: { value: '0.00' },
  };
  const shop = await answering(t, { ...paid, ...odd });
  t.like(await shop.read('p', true), { status: 'succeeded', amountMinor: 50_000, orderId: bill.id, refundedMinor: 0 });
  const strange = await answering(t, { ...paid, status: 'pending', confirmation: { confirmation_url: 'javascript:alert(1)' } });
  t.like(await strange.read('p', true), { status: 'pending', confirmationUrl: null });
});

test('money of which it is unclear how much went back is not taken for money', async t => {
  const shop = await answering(t, { ...paid, refunded_amount: { value: 'all', currency: 'RUB' } });
  await t.throwsAsync(shop.read('p', true), { message: /unknown shape/ });
});

test('an answer that is too big, leads elsewhere or is no JSON is no answer', async t => {
  const big = await answering(t, { ...paid, description: 'x'.repeat(2_000_000) });
  const elsewhere = await answering(t, '', { status: 302, headers: { Location: 'http://127.0.0.1:9/' } });
  const html = await answering(t, '<html>', {});
  for (const shop of [big, elsewhere, html])
    await t.throwsAsync(shop.create(bill.id, '{}'), { name: 'GatewayError', message: /^127\.0\.0\.1:\d+ POST \/payments/ });
});

test('held money that the gateway refuses to let go may have been taken meanwhile, and is read again', async t => {
  const shop = await answering(t, { type: 'error', code: 'invalid_request' }, { status: 400 });
  t.like(await t.throwsAsync(shop.capture('p')), { kind: 'unclear' });
  t.like(await t.throwsAsync(shop.create(bill.id, '{}')), { kind: 'rejected' });
});
