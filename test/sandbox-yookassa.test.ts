import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import Koa from 'koa';
import {
  type NotificationBody,
  type Payment,
  type Refund,
  startYooKassa,
  type YooKassaOptions,
  type YooKassaStandIn,
} from '../src/sandbox/yookassa/server.ts';

const shopId = '100500';
const apiKey = 'test_secret';
const authorization = 'Basic MTAwNTAwOnRlc3Rfc2VjcmV0';
const returnUrl = 'https://example.com/pay/return?order=72&from=<shop>';
const day = 24 * 60 * 60_000;

type Reply = { status: number; body: Payment & Refund & { code: string; parameter: string; description: string } };
type List<T> = { type: string; items: T[]; next_cursor?: string };

const started = async (t: ExecutionContext, options: Partial<YooKassaOptions> = {}): Promise<YooKassaStandIn> => {
  const shop = await startYooKassa({ shopId, apiKey, resendDelaysMs: [1], ...options });
  t.teardown(() => shop.close());
  return shop;
};

let keys = 0;
const newKey = () => `key-${(keys += 1)}`;

type Call = { key?: string | null; headers?: Record<string, string> };

const post = async (shop: YooKassaStandIn, path: string, body: unknown = {}, { key = newKey(), headers = {} }: Call = {}) => {
  const response = await fetch(shop.url + path, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...(key !== null && { 'idempotence-key': key }), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return replyOf(response);
};

const get = async (shop: YooKassaStandIn, path: string): Promise<Reply> =>
  replyOf(await fetch(shop.url + path, { headers: { authorization } }));

const replyOf = async (response: Response): Promise<Reply> => {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
};

const listOf = async <T = Payment>(shop: YooKassaStandIn, path: string): Promise<List<T>> =>
  (await get(shop, path)).body as unknown as List<T>;

const order = (more: object = {}) => ({
  amount: { value: '100.00', currency: 'RUB' },
  capture: true,
  confirmation: { type: 'redirect', return_url: returnUrl },
  description: 'Заказ №72',
  metadata: { order_id: '72' },
  ...more,
});

const ordered = async (shop: YooKassaStandIn, more: object = {}): Promise<Payment> => {
  const { body, status } = await post(shop, '/payments', order(more));
  if (status !== 200) throw new Error(`not ordered: ${JSON.stringify(body)}`);
  return body;
};

const rubles = (value: string) => ({ value, currency: 'RUB' });

const refused = async (t: ExecutionContext, asked: Promise<Reply>, status: number, code: string, parameter?: string) => {
  const reply = await asked;
  t.is(reply.status, status, JSON.stringify(reply.body));
  t.like(reply.body, { type: 'error', code, ...(parameter !== undefined && { parameter }) });
  t.regex(reply.body.id, /^[0-9a-f-]{36}$/);
  t.true(reply.body.description.length > 0);
};

/** A shop's address for notifications, which answers as told. */
const hook = async (t: ExecutionContext, answer: (notification: NotificationBody, count: number) => number = () => 200) => {
  const bodies: NotificationBody[] = [];
  const server: Server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body = JSON.parse(text) as NotificationBody;
    bodies.push(body);
    response.writeHead(answer(body, bodies.length)).end('{}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, bodies };
};

const taken = (shop: YooKassaStandIn, count: number) =>
  shop.waitFor('notification', () => shop.notifications.filter(({ outcome }) => outcome === 200).length >= count);

// --- who may ask, and how
// -------------------------------------------------------------------------------------------------------

test('a payment is answered in the documented shape, and paid into the same one', async t => {
  const shop = await started(t);
  const payment = await ordered(shop);
  const { id, created_at } = payment;
  t.regex(id, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  t.deepEqual(payment as unknown, {
    id,
    status: 'pending',
    paid: false,
    amount: rubles('100.00'),
    confirmation: {
      type: 'redirect',
      return_url: returnUrl,
      confirmation_url: `${shop.url.replace('/v3', '')}/checkout/payments/v2/contract?orderId=${id}`,
    },
    created_at,
    description: 'Заказ №72',
    metadata: { order_id: '72' },
    recipient: { account_id: shopId, gateway_id: '100700' },
    refundable: false,
    test: true,
  });
  shop.pay(id);
  const { body } = await get(shop, `/payments/${id}`);
  t.like(body, { id, status: 'succeeded', paid: true, refundable: true, metadata: { order_id: '72' }, created_at });
  t.deepEqual(body.income_amount, rubles('95.73'));
  t.deepEqual(body.refunded_amount, rubles('0.00'));
  t.like(body.payment_method, { type: 'bank_card', id, saved: false, status: 'inactive', title: 'Bank card *4477' });
  t.like(body.payment_method?.card, { first6: '555555', last4: '4477', card_type: 'MasterCard' });
  t.is(body.authorization_details?.three_d_secure.applied, true);
  t.false('confirmation' in body);
  t.is(shop.takenKopeks(), 10_000);
});

test('a payment through the fast payment system shows its operation and bank, and costs the shop less', async t => {
  const shop = await started(t);
  const payment = await ordered(shop, { amount: rubles('299.00'), payment_method_data: { type: 'sbp' } });
  t.like(payment.payment_method, { type: 'sbp', saved: false });
  const paid = shop.pay(payment.id);
  t.regex(paid.payment_method?.sbp_operation_id ?? '', /^[0-9A-F]{32}$/);
  t.deepEqual(paid.payment_method?.payer_bank_details, { bank_id: '100000000111', bic: '044525225' });
  t.deepEqual(paid.income_amount, rubles('296.45'));
  t.throws(() => shop.pay(payment.id, { method: 'bank_card' }));
});

test('wrong credentials are answered 401, whatever else is wrong', async t => {
  const shop = await started(t);
  const wrong = (value: string) => post(shop, '/payments', order(), { headers: { authorization: value } });
  await refused(t, wrong('Basic bm90OnRoaXM='), 401, 'invalid_credentials');
  await refused(t, wrong(''), 401, 'invalid_credentials');
  await refused(t, replyOf(await fetch(`${shop.url}/elsewhere`)), 401, 'invalid_credentials');
  t.is(shop.payments().length, 0);
  t.notRegex(JSON.stringify(shop.requests), /Basic|test_secret/);
});

test('what does not exist is 404, another method 405, a body of another type 415, broken JSON 400', async t => {
  const shop = await started(t);
  await refused(t, get(shop, '/payments/22e12f66-000f-5000-8000-18db351245c7'), 404, 'not_found', 'payment_id');
  await refused(t, get(shop, '/refunds/22e12f66-000f-5000-8000-18db351245c7'), 404, 'not_found', 'refund_id');
  await refused(t, get(shop, '/elsewhere'), 404, 'not_found');
  t.is((await post(shop, '/payments/22e12f66-000f-5000-8000-18db351245c7')).status, 405);
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  t.is((await post(shop, '/payments', 'amount=100', form)).status, 415);
  await refused(t, post(shop, '/payments', '{"amount":'), 400, 'invalid_request', 'body');
  await refused(t, post(shop, '/payments', '[]'), 400, 'invalid_request', 'body');
  t.is((await fetch(shop.url.replace('/v3', '/'))).status, 404);
});

// --- the key
// --------------------------------------------------------------------------------------------------------------------

test('the same key and body are one payment, answered as it was the first time', async t => {
  const shop = await started(t);
  const first = await post(shop, '/payments', order(), { key: 'once' });
  shop.pay(first.body.id);
  const again = await post(shop, '/payments', order(), { key: 'once' });
  t.deepEqual(again, first);
  t.is(again.body.status, 'pending');
  const { metadata, ...rest } = order();
  t.is((await post(shop, '/payments', { metadata, ...rest }, { key: 'once' })).body.id, first.body.id);
  t.is(shop.payments().length, 1);
});

test('twenty calls at once with one key are one payment', async t => {
  const shop = await started(t);
  const replies = await Promise.all(Array.from({ length: 20 }, () => post(shop, '/payments', order(), { key: 'once' })));
  t.is(new Set(replies.map(({ body }) => body.id)).size, 1);
  t.is(shop.payments().length, 1);
});

test('the same key with another body or path is refused', async t => {
  const shop = await started(t);
  const { body } = await post(shop, '/payments', order(), { key: 'once' });
  const other = post(shop, '/payments', order({ amount: rubles('100.01') }), { key: 'once' });
  await refused(t, other, 400, 'invalid_request', 'Idempotence-Key');
  t.is((await other).body.description, 'Idempotence key duplicated');
  const elsewhere = post(shop, `/payments/${body.id}/capture`, order(), { key: 'once' });
  await refused(t, elsewhere, 400, 'invalid_request', 'Idempotence-Key');
  t.is(shop.payments().length, 1);
});

test('a key is needed, of at most 64 characters that are allowed; the same body with another key is paid twice', async t => {
  const shop = await started(t);
  for (const key of [null, '', 'x'.repeat(65), 'with space', 'ключ'.replace(/./g, '{')])
    await refused(t, post(shop, '/payments', order(), { key }), 400, 'invalid_request', 'Idempotence-Key');
  t.is(shop.payments().length, 0);
  t.is((await post(shop, '/payments', order(), { key: 'x'.repeat(64) })).status, 200);
  t.is((await post(shop, '/payments', order())).status, 200);
  t.is(shop.payments().length, 2);
});

test('a key is forgotten after a day', async t => {
  let now = Date.UTC(2026, 10, 21);
  const shop = await started(t, { now: () => now });
  const first = await post(shop, '/payments', order(), { key: 'once' });
  now += day - 1;
  t.is((await post(shop, '/payments', order(), { key: 'once' })).body.id, first.body.id);
  now += 1;
  t.not((await post(shop, '/payments', order(), { key: 'once' })).body.id, first.body.id);
});

test('a refused request leaves its key free', async t => {
  const shop = await started(t);
  const { id } = await ordered(shop, { capture: false });
  const capture = () => post(shop, `/payments/${id}/capture`, {}, { key: 'capture-once' });
  await refused(t, capture(), 400, 'invalid_request', 'payment_id');
  shop.pay(id);
  t.is((await capture()).body.status, 'succeeded');
  t.is((await capture()).body.status, 'succeeded');
  t.is(shop.takenKopeks(), 10_000);
});

// --- what an order may say
// ------------------------------------------------------------------------------------------------------

const tooManyKeys = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`key${index}`, 'x']));
const badOrders: readonly [about: string, more: object, parameter: string][] = [
  ['no amount', { amount: undefined }, 'amount'],
  ['an amount that is a number', { amount: { value: 100, currency: 'RUB' } }, 'amount.value'],
  ['an amount without decimals', { amount: rubles('100') }, 'amount.value'],
  ['an amount with one decimal', { amount: rubles('100.5') }, 'amount.value'],
  ['an amount with a comma', { amount: rubles('100,00') }, 'amount.value'],
  ['an amount with spaces', { amount: rubles('1 000.00') }, 'amount.value'],
  ['nothing', { amount: rubles('0.00') }, 'amount.value'],
  ['less than nothing', { amount: rubles('-5.00') }, 'amount.value'],
  ['less than a ruble', { amount: rubles('0.99') }, 'amount.value'],
  ['more than a card can', { amount: rubles('350000.01') }, 'amount.value'],
  ['an unknown currency', { amount: { value: '100.00', currency: 'XTR' } }, 'amount.currency'],
  ['a capture that is text', { capture: 'true' }, 'capture'],
  ['a long description', { description: 'x'.repeat(129) }, 'description'],
  ['17 keys of metadata', { metadata: tooManyKeys }, 'metadata'],
  ['a long key', { metadata: { ['k'.repeat(33)]: 'x' } }, `metadata.${'k'.repeat(33)}`],
  ['a long value', { metadata: { order_id: 'x'.repeat(513) } }, 'metadata.order_id'],
  ['metadata that is a number', { metadata: { tg_user_id: 424242 } }, 'metadata.tg_user_id'],
  ['no way back', { confirmation: { type: 'redirect' } }, 'confirmation.return_url'],
  [
    'a long way back',
    { confirmation: { type: 'redirect', return_url: `https://example.com/${'x'.repeat(2048)}` } },
    'confirmation.return_url',
  ],
  [
    'a way back that is a script',
    { confirmation: { type: 'redirect', return_url: 'javascript:alert(1)' } },
    'confirmation.return_url',
  ],
  ['an unknown confirmation', { confirmation: { type: 'pigeon' } }, 'confirmation.type'],
  ['an unknown method', { payment_method_data: { type: 'shells' } }, 'payment_method_data.type'],
  ['a method that the shop lacks', { payment_method_data: { type: 'cash' } }, 'payment_method_data.type'],
  ['two methods', { payment_method_id: 'x', payment_method_data: { type: 'sbp' } }, 'payment_method_id'],
];

for (const [about, more, parameter] of badOrders)
  test(`an order with ${about} is refused and names ${parameter.slice(0, 40)}`, async t => {
    const shop = await started(t);
    await refused(t, post(shop, '/payments', order(more)), 400, 'invalid_request', parameter);
    t.is(shop.payments().length, 0);
  });

test('an order may be as large as is documented', async t => {
  const shop = await started(t);
  const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`${index}`.padEnd(32, 'k'), 'x'.repeat(512)]));
  const payment = await ordered(shop, { description: 'x'.repeat(128), metadata, amount: rubles('350000.00') });
  t.deepEqual(payment.metadata, metadata);
  t.is((await post(shop, '/payments', { amount: rubles('1.00') })).body.status, 'pending');
  t.is((await post(shop, '/payments', order({ amount: rubles('500000.00'), payment_method_data: { type: 'sbp' } }))).status, 200);
});

test('a saved method needs a permission that this shop does not have', async t => {
  const shop = await started(t);
  await refused(t, post(shop, '/payments', order({ save_payment_method: true })), 403, 'forbidden');
  await refused(t, post(shop, '/payments', order({ payment_method_id: 'x' })), 403, 'forbidden');
});

// --- receipts
// -------------------------------------------------------------------------------------------------------------------

const item = (more: object = {}) => ({
  description: 'Пакет 50 генераций',
  quantity: 1,
  amount: rubles('100.00'),
  vat_code: 1,
  payment_mode: 'full_payment',
  payment_subject: 'service',
  measure: 'piece',
  ...more,
});
const receipt = (items: object[], customer: object = { email: 'user@example.com' }, more: object = {}) => ({
  receipt: { customer, items, internet: true, ...more },
});

const goodReceipts: readonly [about: string, receipt: object][] = [
  ['an e-mail', receipt([item()])],
  ['a phone', receipt([item()], { phone: '79000000000' })],
  ['several lines', receipt([item({ quantity: 2, amount: rubles('30.00') }), item({ amount: rubles('40.00'), vat_code: 12 })])],
  ['a part of a piece', receipt([item({ quantity: 0.125, amount: rubles('800.00') })], undefined, { tax_system_code: 6 })],
];
for (const [about, more] of goodReceipts)
  test(`a receipt with ${about} is registered once the payment is taken`, async t => {
    const shop = await started(t);
    const payment = await ordered(shop, more);
    t.is(payment.receipt_registration, 'pending');
    t.is(shop.pay(payment.id).receipt_registration, 'succeeded');
  });

const badReceipts: readonly [about: string, receipt: object, parameter: string][] = [
  ['lines that come to less', receipt([item({ amount: rubles('99.99') })]), 'receipt'],
  ['lines that come to more', receipt([item({ quantity: 2 })]), 'receipt'],
  ['a line in another currency', receipt([item({ amount: { value: '100.00', currency: 'USD' } })]), 'receipt'],
  ['no lines', receipt([]), 'receipt.items'],
  ['81 lines', receipt(Array.from({ length: 81 }, () => item({ amount: rubles('1.00') }))), 'receipt.items'],
  ['nobody to send it to', receipt([item()], {}), 'receipt.customer'],
  ['a phone with a plus', receipt([item()], { phone: '+79000000000' }), 'receipt.customer.phone'],
  ['an e-mail that is none', receipt([item()], { email: 'user' }), 'receipt.customer.email'],
  ['VAT code 0', receipt([item({ vat_code: 0 })]), 'receipt.items[0].vat_code'],
  ['VAT code 13', receipt([item(), item({ vat_code: 13 })]), 'receipt.items[1].vat_code'],
  ['no VAT code', receipt([item({ vat_code: undefined })]), 'receipt.items[0].vat_code'],
  ['a nameless line', receipt([item({ description: '' })]), 'receipt.items[0].description'],
  ['a long name', receipt([item({ description: 'x'.repeat(129) })]), 'receipt.items[0].description'],
  ['a quantity that is text', receipt([item({ quantity: '1' })]), 'receipt.items[0].quantity'],
  ['no quantity', receipt([item({ quantity: 0 })]), 'receipt.items[0].quantity'],
  ['a quantity of four decimals', receipt([item({ quantity: 0.0625, amount: rubles('1600.00') })]), 'receipt.items[0].quantity'],
  ['an unknown mode', receipt([item({ payment_mode: 'gift' })]), 'receipt.items[0].payment_mode'],
  ['tax system 7', receipt([item()], undefined, { tax_system_code: 7 }), 'receipt.tax_system_code'],
];
for (const [about, more, parameter] of badReceipts)
  test(`a receipt with ${about} is refused and names ${parameter}`, async t => {
    const shop = await started(t);
    await refused(t, post(shop, '/payments', order(more)), 400, 'invalid_request', parameter);
    t.is(shop.payments().length, 0);
  });

test('a shop with a cash desk takes no order without a receipt', async t => {
  const shop = await started(t, { receiptsRequired: true });
  await refused(t, post(shop, '/payments', order()), 400, 'invalid_request', 'receipt');
  t.is((await post(shop, '/payments', order(receipt([item()])))).status, 200);
});

// --- capture, cancel, refund
// ----------------------------------------------------------------------------------------------------

test('without capture the money is held until the shop takes it', async t => {
  const shop = await started(t);
  const { id } = await ordered(shop, { capture: undefined });
  const held = shop.pay(id);
  t.like(held, { status: 'waiting_for_capture', paid: true, refundable: false });
  t.is(Date.parse(held.expires_at ?? '') - Date.parse(held.created_at) > 6 * day, true);
  t.is(shop.takenKopeks(), 0);
  const { body } = await post(shop, `/payments/${id}/capture`);
  t.like(body, { status: 'succeeded', amount: rubles('100.00'), refundable: true });
  t.false('expires_at' in body);
  t.is(shop.takenKopeks(), 10_000);
});

test('less than what is held may be taken, but not more, nor another currency', async t => {
  const shop = await started(t);
  const { id } = await ordered(shop, { capture: false });
  shop.pay(id);
  const capture = (amount: object) => post(shop, `/payments/${id}/capture`, { amount });
  await refused(t, capture(rubles('100.01')), 400, 'invalid_request', 'amount.value');
  await refused(t, capture({ value: '10.00', currency: 'USD' }), 400, 'invalid_request', 'amount.currency');
  const { body } = await capture(rubles('60.50'));
  t.deepEqual(body.amount, rubles('60.50'));
  t.is(shop.takenKopeks(), 6050);
});

test('only what is held can be captured or canceled', async t => {
  const shop = await started(t);
  const pending = await ordered(shop);
  const succeeded = shop.pay((await ordered(shop)).id);
  const canceled = shop.decline((await ordered(shop)).id);
  for (const { id } of [pending, succeeded, canceled])
    for (const what of ['capture', 'cancel'])
      await refused(t, post(shop, `/payments/${id}/${what}`), 400, 'invalid_request', 'payment_id');
  await refused(t, post(shop, '/payments/nobody/cancel'), 404, 'not_found', 'payment_id');
  const held = shop.pay((await ordered(shop, { capture: false })).id);
  const { body } = await post(shop, `/payments/${held.id}/cancel`, '');
  t.like(body, { status: 'canceled', paid: false });
  t.deepEqual(body.cancellation_details, { party: 'merchant', reason: 'canceled_by_merchant' });
  await refused(t, post(shop, `/payments/${held.id}/capture`), 400, 'invalid_request', 'payment_id');
});

test('refunds together never exceed what was taken, and leave the payment succeeded', async t => {
  const shop = await started(t);
  const { id } = shop.pay((await ordered(shop)).id);
  const refund = (value: string, more: object = {}) => post(shop, '/refunds', { payment_id: id, amount: rubles(value), ...more });
  await refused(t, refund('100.01'), 400, 'invalid_request', 'amount.value');
  const first = await refund('60.00', { description: 'Не удалось', metadata: { order_id: '72' } });
  t.like(first.body, { payment_id: id, status: 'succeeded', description: 'Не удалось', amount: rubles('60.00') });
  t.regex(first.body.id, /^[0-9a-f-]{36}$/);
  t.like((await get(shop, `/payments/${id}`)).body, { status: 'succeeded', refundable: true, refunded_amount: rubles('60.00') });
  await refused(t, refund('40.01'), 400, 'invalid_request', 'amount.value');
  await refund('40.00');
  t.like(shop.payment(id), { status: 'succeeded', refundable: false, refunded_amount: rubles('100.00') });
  await refused(t, refund('0.01'), 400, 'invalid_request', 'amount.value');
  t.is(shop.takenKopeks(), 0);
  t.deepEqual((await get(shop, `/refunds/${first.body.id}`)).body as Refund, first.body as Refund);
  t.deepEqual((await listOf<Refund>(shop, `/refunds?payment_id=${id}`)).items, [...shop.refunds()].reverse());
});

test('only a succeeded payment can be refunded, and only in its own currency', async t => {
  const shop = await started(t);
  const refund = (payment_id: string, amount = rubles('1.00')) => post(shop, '/refunds', { payment_id, amount });
  await refused(t, refund((await ordered(shop)).id), 400, 'invalid_request', 'payment_id');
  await refused(t, refund(shop.pay((await ordered(shop, { capture: false })).id).id), 400, 'invalid_request', 'payment_id');
  await refused(t, refund('22e12f66-000f-5000-8000-18db351245c7'), 404, 'not_found', 'payment_id');
  await refused(t, post(shop, '/refunds', { amount: rubles('1.00') }), 400, 'invalid_request', 'payment_id');
  const { id } = shop.pay((await ordered(shop)).id);
  await refused(t, refund(id, { value: '1.00', currency: 'EUR' }), 400, 'invalid_request', 'amount.currency');
});

test('parallel refunds of the whole sum are given once', async t => {
  const shop = await started(t);
  const { id } = shop.pay((await ordered(shop)).id);
  const asked = Array.from({ length: 10 }, () => post(shop, '/refunds', { payment_id: id, amount: rubles('100.00') }));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  t.is(statuses.filter(status => status === 200).length, 1);
  t.is(shop.takenKopeks(), 0);
});

// --- lists
// ----------------------------------------------------------------------------------------------------------------------

test('a list comes newest first in pages that new payments do not move', async t => {
  const shop = await started(t);
  const ids: string[] = [];
  for (let count = 0; count < 12; count += 1) ids.unshift((await ordered(shop)).id);
  const first = await listOf(shop, '/payments');
  t.is(first.type, 'list');
  t.deepEqual(
    first.items.map(({ id }) => id),
    ids.slice(0, 10),
  );
  await ordered(shop);
  const second = await listOf(shop, `/payments?cursor=${first.next_cursor}`);
  t.deepEqual(
    second.items.map(({ id }) => id),
    ids.slice(10),
  );
  t.false('next_cursor' in second);
  t.is((await listOf(shop, '/payments?limit=100')).items.length, 13);
});

test('a list can be asked for by status, method and time', async t => {
  let now = Date.UTC(2026, 10, 21, 10);
  const shop = await started(t, { now: () => now });
  const old = await ordered(shop);
  now += 60_000;
  const paid = shop.pay((await ordered(shop)).id, { method: 'sbp' });
  const idsOf = async (query: string) => (await listOf(shop, `/payments?${query}`)).items.map(({ id }) => id);
  t.deepEqual(await idsOf('status=pending'), [old.id]);
  t.deepEqual(await idsOf('payment_method=sbp'), [paid.id]);
  t.deepEqual(await idsOf('created_at.gte=2026-11-21T10:01:00.000Z'), [paid.id]);
  t.deepEqual(await idsOf('created_at.gt=2026-11-21T10:01:00.000Z'), []);
  t.deepEqual(await idsOf('created_at.lt=2026-11-21T10:01:00.000Z'), [old.id]);
  t.deepEqual(await idsOf('created_at.lte=2026-11-21T10:01:00.000Z'), [paid.id, old.id]);
  t.deepEqual(await idsOf('captured_at.gte=2026-11-21T00:00:00Z'), [paid.id]);
});

test('a list refuses what it cannot understand', async t => {
  const shop = await started(t);
  const asked = { 'limit=0': 'limit', 'limit=101': 'limit', 'limit=x': 'limit', 'cursor=x': 'cursor', 'status=paid': 'status' };
  for (const [query, parameter] of Object.entries(asked))
    await refused(t, get(shop, `/payments?${query}`), 400, 'invalid_request', parameter);
  await refused(t, get(shop, '/payments?created_at.gte=yesterday'), 400, 'invalid_request', 'created_at.gte');
});

// --- what the payer does
// --------------------------------------------------------------------------------------------------------

test('a declining card declines, with the party and the reason that are documented', async t => {
  const shop = await started(t);
  const { id } = await ordered(shop);
  const declined = shop.pay(id, { card: '5555 5555 5555 4584' });
  t.like(declined, { status: 'canceled', paid: false, refundable: false });
  t.deepEqual(declined.cancellation_details, { party: 'yoo_money', reason: 'country_forbidden' });
  t.is(declined.payment_method?.card?.last4, '4584');
  t.is(shop.takenKopeks(), 0);
});

test('a payer can decline for any reason, and let the time pass', async t => {
  const shop = await started(t);
  const declined = shop.decline((await ordered(shop)).id, 'insufficient_funds');
  t.deepEqual(declined.cancellation_details, { party: 'payment_network', reason: 'insufficient_funds' });
  t.is(declined.payment_method?.card?.last4, '4600');
  t.is(shop.decline((await ordered(shop)).id).cancellation_details?.reason, 'general_decline');
  const expired = shop.expire((await ordered(shop)).id);
  t.deepEqual(expired.cancellation_details, { party: 'yoo_money', reason: 'expired_on_confirmation' });
  t.false('payment_method' in expired);
});

test('nothing can be done to a payment that waits no longer, or to one that does not exist', async t => {
  const shop = await started(t);
  const paid = shop.pay((await ordered(shop)).id);
  const held = shop.pay((await ordered(shop, { capture: false })).id);
  const declined = shop.decline((await ordered(shop)).id);
  for (const id of [paid.id, held.id, declined.id, 'nobody'])
    for (const act of [() => shop.pay(id), () => shop.decline(id), () => shop.expire(id)]) t.throws(act);
  t.deepEqual(shop.payment(paid.id), paid);
  const { id } = await ordered(shop);
  t.throws(() => shop.pay(id, { card: '1234567890123456' }));
  t.is(shop.payment(id)?.status, 'pending');
});

test('a payment that nobody confirms ends by itself', async t => {
  const shop = await started(t, { confirmWithinMs: 5 });
  const { id } = await ordered(shop);
  const ended = await shop.waitFor('payment', payment => payment.id === id && payment.status === 'canceled');
  t.deepEqual(ended.cancellation_details, { party: 'yoo_money', reason: 'expired_on_confirmation' });
});

test('held money that nobody takes goes back by itself', async t => {
  const shop = await started(t, { captureWithinMs: 5 });
  const { id } = shop.pay((await ordered(shop, { capture: false })).id);
  const ended = await shop.waitFor('payment', payment => payment.id === id && payment.status === 'canceled');
  t.deepEqual(ended.cancellation_details, { party: 'yoo_money', reason: 'expired_on_capture' });
  await refused(t, post(shop, `/payments/${id}/capture`), 400, 'invalid_request', 'payment_id');
});

test('a paid payment does not expire', async t => {
  const shop = await started(t, { confirmWithinMs: 5 });
  const stop = shop.on('payment', ({ id, status }) => void (status === 'pending' && shop.pay(id)));
  const { id } = await ordered(shop);
  stop();
  const later = await ordered(shop);
  await shop.waitFor('payment', payment => payment.id === later.id && payment.status === 'canceled');
  t.is(shop.payment(id)?.status, 'succeeded');
});

// --- notifications
// --------------------------------------------------------------------------------------------------------------

test('every documented event is posted with its three fields and the object as it was then', async t => {
  const { url, bodies } = await hook(t);
  const shop = await started(t, { notifyUrl: url });
  const held = shop.pay((await ordered(shop, { capture: false })).id);
  await taken(shop, 1);
  const { body: captured } = await post(shop, `/payments/${held.id}/capture`);
  await taken(shop, 2);
  const { body: refund } = await post(shop, '/refunds', { payment_id: held.id, amount: rubles('100.00') });
  await taken(shop, 3);
  const declined = shop.decline((await ordered(shop)).id);
  await taken(shop, 4);
  t.deepEqual(bodies as unknown[], [
    { type: 'notification', event: 'payment.waiting_for_capture', object: held },
    { type: 'notification', event: 'payment.succeeded', object: captured },
    { type: 'notification', event: 'refund.succeeded', object: refund },
    { type: 'notification', event: 'payment.canceled', object: declined },
  ]);
});

test('a notification is sent again until it is answered with 200, and no other success will do', async t => {
  const answers = [500, 404, 204, 302, 200];
  const { url, bodies } = await hook(t, (_, count) => answers[count - 1] ?? 418);
  const shop = await started(t, { notifyUrl: url });
  const paid = shop.pay((await ordered(shop)).id);
  await taken(shop, 1);
  t.deepEqual(
    shop.notifications.map(({ outcome }) => outcome),
    answers,
  );
  t.deepEqual(
    shop.notifications.map(({ attempt }) => attempt),
    [1, 2, 3, 4, 5],
  );
  t.true(bodies.every(({ object }) => object.id === paid.id));
});

test('a shop that cannot be reached gets its notification where it is found later', async t => {
  const shop = await started(t, { notifyUrl: 'http://127.0.0.1:9/nobody' });
  const { id } = shop.pay((await ordered(shop)).id);
  const { outcome } = await shop.waitFor('notification', ({ objectId }) => objectId === id);
  t.is(outcome, 'unreachable');
  const { url, bodies } = await hook(t);
  shop.notifyUrl = url;
  await taken(shop, 1);
  t.is(bodies[0]?.object.id, id);
});

test('a notification is given up after a day', async t => {
  let now = Date.UTC(2026, 10, 21);
  const { url, bodies } = await hook(t, () => {
    now += day / 2;
    return 503;
  });
  const shop = await started(t, { notifyUrl: url, now: () => now, resendDelaysMs: [1] });
  const first = shop.pay((await ordered(shop)).id);
  await shop.waitFor('notification', ({ attempt }) => attempt === 2);
  shop.pay((await ordered(shop)).id);
  await shop.waitFor('notification', ({ objectId, attempt }) => objectId !== first.id && attempt === 2);
  t.is(bodies.filter(({ object }) => object.id === first.id).length, 2);
});

test('a lost notification is never sent, the next one is', async t => {
  const { url, bodies } = await hook(t);
  const shop = await started(t, { notifyUrl: url });
  shop.faults.next('lost');
  const lost = shop.pay((await ordered(shop)).id);
  const sent = shop.pay((await ordered(shop)).id);
  await taken(shop, 1);
  t.deepEqual(
    bodies.map(({ object }) => object.id),
    [sent.id],
  );
  t.like(
    shop.notifications.find(({ objectId }) => objectId === lost.id),
    { outcome: 'lost', event: 'payment.succeeded' },
  );
  t.is((await get(shop, `/payments/${lost.id}`)).body.status, 'succeeded');
});

test('a notification repeated 23 times is delivered 23 times, alike', async t => {
  const { url, bodies } = await hook(t, (_, count) => (count === 5 ? 500 : 200));
  const shop = await started(t, { notifyUrl: url });
  shop.faults.next({ kind: 'repeated', times: 23, event: 'payment.succeeded' });
  shop.pay((await ordered(shop)).id);
  await taken(shop, 23);
  t.is(new Set(bodies.map(body => JSON.stringify(body))).size, 1);
  t.is(bodies.length, 24);
});

test('a delayed notification lets others pass and shows what was then', async t => {
  const { url, bodies } = await hook(t);
  const shop = await started(t, { notifyUrl: url });
  shop.faults.next({ kind: 'delayed', ms: 2_000 });
  const { id } = shop.pay((await ordered(shop)).id);
  const other = shop.pay((await ordered(shop)).id);
  await post(shop, '/refunds', { payment_id: id, amount: rubles('100.00') });
  await taken(shop, 3);
  t.is(bodies[0]?.object.id, other.id);
  t.like(bodies.at(-1), { event: 'payment.succeeded', object: { id, refunded_amount: rubles('0.00') } });
});

test('a reordered notification comes after the next one', async t => {
  const { url, bodies } = await hook(t);
  const shop = await started(t, { notifyUrl: url });
  shop.faults.next({ kind: 'reordered', event: 'payment.waiting_for_capture' });
  const { id } = shop.pay((await ordered(shop, { capture: false })).id);
  await post(shop, `/payments/${id}/capture`);
  await taken(shop, 2);
  t.deepEqual(
    bodies.map(({ event }) => event),
    ['payment.succeeded', 'payment.waiting_for_capture'],
  );
});

test('without an address nothing is sent, and once closed nothing is sent again', async t => {
  const { url, bodies } = await hook(t, () => 500);
  const shop = await started(t, { resendDelaysMs: [5] });
  shop.pay((await ordered(shop)).id);
  await shop.waitFor('notification', ({ outcome }) => outcome === 'lost');
  shop.notifyUrl = url;
  const { id } = shop.pay((await ordered(shop)).id);
  await shop.waitFor('notification', ({ outcome }) => outcome === 500);
  const waiting = shop.waitFor('notification', () => false);
  await shop.close();
  await t.throwsAsync(waiting, { message: /closed/ });
  const count = bodies.length;
  const other = await started(t, { notifyUrl: url, resendDelaysMs: [5] });
  other.pay((await ordered(other)).id);
  await other.waitFor('notification', ({ attempt }) => attempt === 4);
  t.true(bodies.slice(count).every(({ object }) => object.id !== id));
});

// --- what can go wrong with a call
// ----------------------------------------------------------------------------------------------

test('a 500 after the work is done: the same key gives the payment that was made', async t => {
  const shop = await started(t);
  shop.faults.next({ kind: 'status', status: 500, done: true });
  await refused(t, post(shop, '/payments', order(), { key: 'once' }), 500, 'internal_server_error');
  t.is(shop.payments().length, 1);
  const { status, body } = await post(shop, '/payments', order(), { key: 'once' });
  t.is(status, 200);
  t.deepEqual(body as Payment, shop.payments()[0]);
  t.is(shop.payments().length, 1);
});

test('a 500 before the work leaves nothing behind', async t => {
  const shop = await started(t);
  shop.faults.next({ kind: 'status', status: 500 });
  t.is((await post(shop, '/payments', order(), { key: 'once' })).status, 500);
  t.is(shop.payments().length, 0);
  t.is((await post(shop, '/payments', order(), { key: 'once' })).status, 200);
});

test('429 says in milliseconds when to come again, 401 and 403 speak as YooKassa does', async t => {
  const shop = await started(t);
  shop.faults.next({ kind: 'status', status: 429, retryAfterMs: 250 });
  t.like((await get(shop, '/payments')).body, { code: 'too_many_requests', retry_after: 250 });
  shop.faults.next({ kind: 'status', status: 401 });
  await refused(t, get(shop, '/payments'), 401, 'invalid_credentials');
  shop.faults.next({ kind: 'status', status: 403, description: 'Not you' });
  t.like((await get(shop, '/payments')).body, { code: 'forbidden', description: 'Not you' });
  t.is((await get(shop, '/payments')).status, 200);
});

test('202 is said once, and the same key then gives the payment', async t => {
  const shop = await started(t);
  shop.faults.next('processing');
  const first = await post(shop, '/payments', order(), { key: 'once' });
  t.is(first.status, 202);
  t.like(first.body as unknown as object, { type: 'processing', retry_after: 1800 });
  t.is((await post(shop, '/payments', order(), { key: 'once' })).body.status, 'pending');
  t.is(shop.payments().length, 1);
});

test('a proxy answers with a page of its own', async t => {
  const shop = await started(t);
  shop.faults.next('html');
  const { status, body } = await get(shop, '/payments');
  t.is(status, 502);
  t.regex(body as unknown as string, /^<html>.*502 Bad Gateway/);
});

test('a connection cut before the work does nothing, one cut after it does everything', async t => {
  const shop = await started(t);
  shop.faults.next('dropBeforeDoing');
  await t.throwsAsync(post(shop, '/payments', order(), { key: 'once' }));
  t.is(shop.payments().length, 0);
  shop.faults.next('dropAfterDoing');
  await t.throwsAsync(post(shop, '/payments', order(), { key: 'once' }));
  t.is(shop.payments().length, 1);
  t.is((await post(shop, '/payments', order(), { key: 'once' })).body.id, shop.payments()[0]!.id);
  t.deepEqual(
    shop.requests.map(({ status }) => status),
    ['dropped', 'dropped', 200],
  );
});

test('while it is down nobody gets an answer, and it can come back', async t => {
  const shop = await started(t);
  const up = shop.faults.always('down');
  await t.throwsAsync(get(shop, '/payments'));
  await t.throwsAsync(post(shop, '/payments', order()));
  up();
  t.is((await get(shop, '/payments')).status, 200);
});

test('a slow answer comes all the same', async t => {
  const shop = await started(t);
  shop.faults.next({ kind: 'slow', ms: 30 });
  shop.faults.next({ kind: 'status', status: 500 });
  const begun = performance.now();
  t.is((await get(shop, '/payments')).status, 500);
  t.true(performance.now() - begun >= 28);
});

test('a fault meets only the calls that fit it, can be taken back, and is forgotten by clear', async t => {
  const shop = await started(t);
  const { id } = await ordered(shop);
  shop.faults.next({ kind: 'status', status: 500, method: 'get', path: /^\/payments\/[^/]+$/ });
  shop.faults.next({ kind: 'status', status: 429, match: ({ query }) => query === 'limit=5' });
  t.is((await get(shop, '/payments')).status, 200);
  t.is((await post(shop, '/payments', order())).status, 200);
  t.is((await get(shop, '/payments?limit=5')).status, 429);
  t.is((await get(shop, `/payments/${id}`)).status, 500);
  t.is((await get(shop, `/payments/${id}`)).status, 200);
  shop.faults.next({ kind: 'status', status: 500, path: '/payments' })();
  t.is((await get(shop, '/payments')).status, 200);
  shop.faults.always({ kind: 'status', status: 500 });
  shop.faults.clear();
  t.is((await get(shop, '/payments')).status, 200);
});

// --- what can be watched
// --------------------------------------------------------------------------------------------------------

test('requests are seen with their key, body and answer, payments and refunds as they change', async t => {
  const shop = await started(t);
  const seen: string[] = [];
  const stop = shop.on('payment', ({ status }) => void seen.push(status));
  const { body } = await post(shop, '/payments', order(), { key: 'once' });
  t.like(shop.requests[0], { method: 'POST', path: '/payments', query: '', idempotenceKey: 'once', body: order(), status: 200 });
  const paying = shop.waitFor('payment', ({ status }) => status === 'succeeded');
  shop.pay(body.id);
  t.is((await paying).id, body.id);
  const refunding = shop.waitFor('refund');
  await post(shop, '/refunds', { payment_id: body.id, amount: rubles('1.00') });
  t.is((await refunding).payment_id, body.id);
  stop();
  await ordered(shop);
  t.deepEqual(seen, ['pending', 'succeeded', 'succeeded']);
  await t.throwsAsync(
    shop.waitFor('refund', ({ status }) => status === 'canceled', 1),
    { message: /refund/ },
  );
});

// --- the payment page
// -----------------------------------------------------------------------------------------------------------

const pageOf = async (payment: Payment, language = 'ru-RU,ru;q=0.9', more = '') => {
  const address = `${payment.confirmation?.confirmation_url}${more}`;
  const response = await fetch(address, { headers: { 'accept-language': language } });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const press = (payment: Payment, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(payment.confirmation?.confirmation_url ?? '', {
    method: 'POST',
    redirect: 'manual',
    headers: { 'accept-language': 'ru', ...headers },
    body: new URLSearchParams(fields),
  });

const card = (number = '5555555555554477') => ({ method: 'bank_card', card: number, action: 'pay' });

test('the page shows shop, sum and purpose, and no address but its own', async t => {
  const shop = await started(t, { shopName: 'Фотостудия' });
  const { status, text, headers } = await pageOf(await ordered(shop, { amount: rubles('1250.50') }));
  t.is(status, 200);
  for (const words of ['Фотостудия', '1 250,50 ₽', 'Заказ №72', 'Карта', 'СБП', 'Оплатить', 'Отклонить', 'Закрыть'])
    t.true(text.replace(/\u00a0/g, ' ').includes(words), words);
  t.true(text.includes('Учебная касса: деньги не списываются'));
  t.true(text.includes('<html lang="ru">'));
  t.regex(text, /prefers-color-scheme: dark/);
  t.notRegex(text, /(href|src|action)="(https?:|\/)/);
  t.notRegex(text, /<script/);
  t.regex(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  t.is(headers.get('cache-control'), 'no-store');
});

test('the page speaks English to whoever does not begin with Russian', async t => {
  const shop = await started(t);
  const payment = await ordered(shop);
  const { text } = await pageOf(payment, 'en-GB,ru;q=0.5');
  t.true(text.includes('Practice shop: no money moves') && text.includes('<html lang="en">') && text.includes('Decline'));
  t.true((await pageOf(payment, '*')).text.includes('<html lang="ru">'));
});

test('a payer pays, is shown that it is paid, and finds the way back', async t => {
  const { url } = await hook(t);
  const shop = await started(t, { notifyUrl: url });
  const payment = await ordered(shop);
  const answer = await press(payment, card('2200000000000004'), { origin: new URL(shop.url).origin });
  t.is(answer.status, 303);
  const result = await fetch(new URL(answer.headers.get('location') ?? '', payment.confirmation?.confirmation_url), {
    headers: { 'accept-language': 'ru' },
  });
  const text = await result.text();
  t.true(text.includes('Оплачено'));
  t.true(text.includes('href="https://example.com/pay/return?order=72&amp;from=&lt;shop&gt;"'));
  t.false(text.includes('<form'));
  t.like(shop.payment(payment.id), { status: 'succeeded', payment_method: { card: { card_type: 'Mir', last4: '0004' } } });
  await taken(shop, 1);
});

test('a payer pays through the fast payment system, which may be the only way', async t => {
  const shop = await started(t);
  const payment = await ordered(shop);
  t.true((await pageOf(payment, 'ru', '&method=sbp')).text.includes('name="method" value="sbp"'));
  t.is((await press(payment, { method: 'sbp', action: 'pay' })).status, 303);
  t.is(shop.payment(payment.id)?.payment_method?.type, 'sbp');
  const only = await ordered(shop, { payment_method_data: { type: 'sbp' } });
  const { text } = await pageOf(only, 'ru', '&method=bank_card');
  t.true(text.includes('name="method" value="sbp"'));
  t.false(text.includes('<nav'));
  t.is((await press(only, card())).status, 400);
  t.is(shop.payment(only.id)?.status, 'pending');
  t.is((await press(only, { method: 'sbp', decline: 'insufficient_funds' })).status, 303);
  t.is(shop.payment(only.id)?.cancellation_details?.reason, 'insufficient_funds');
});

test('every declining card is a button that names its reason, and declines with it', async t => {
  const shop = await started(t);
  const { text } = await pageOf(await ordered(shop));
  const buttons = [...text.matchAll(/<button name="card" value="(\d{16})"><span>([^<]+)<\/span>/g)];
  t.is(buttons.length, 13);
  t.deepEqual(buttons[0]?.slice(1), ['5555555555554600', 'Не хватает денег']);
  for (const [, number = '', words = ''] of buttons) {
    const payment = await ordered(shop);
    t.is((await press(payment, { method: 'bank_card', card: number })).status, 303);
    t.is(shop.payment(payment.id)?.status, 'canceled');
    const result = await pageOf(payment);
    t.true(result.text.includes('Платёж не прошёл') && result.text.includes(words), words);
  }
});

test('closing leads back to the shop and leaves the payment waiting', async t => {
  const shop = await started(t);
  const payment = await ordered(shop);
  const answer = await press(payment, { action: 'close' });
  t.is(answer.status, 303);
  t.is(answer.headers.get('location'), returnUrl);
  t.is(shop.payment(payment.id)?.status, 'pending');
});

test('a second press on a page that is out of date changes nothing and shows what became of it', async t => {
  const shop = await started(t);
  const payment = await ordered(shop);
  await press(payment, card());
  t.is((await press(payment, { ...card('5555555555554600') })).status, 303);
  t.is(shop.payment(payment.id)?.status, 'succeeded');
  await post(shop, '/refunds', { payment_id: payment.id, amount: rubles('40.00') });
  t.true((await pageOf(payment)).text.replace(/\u00a0/g, ' ').includes('Возвращено: 40,00 ₽'));
});

test('held and expired payments are said to be that', async t => {
  const shop = await started(t);
  const held = await ordered(shop, { capture: false });
  shop.pay(held.id);
  t.true((await pageOf(held)).text.includes('Деньги удержаны'));
  const expired = await ordered(shop);
  shop.expire(expired.id);
  t.true((await pageOf(expired)).text.includes('Истекло время на оплату'));
});

test('a form on somebody else’s page cannot pay', async t => {
  const shop = await started(t);
  const payment = await ordered(shop);
  for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
    t.is((await press(payment, card(), headers)).status, 403);
  t.is(shop.payment(payment.id)?.status, 'pending');
});

test('a form that the page does not have is refused', async t => {
  const shop = await started(t);
  const payment = await ordered(shop);
  const forms = [
    {},
    { action: 'pay' },
    card('1234567890123456'),
    { method: 'cash', action: 'pay' },
    { method: 'sbp', action: 'steal' },
  ];
  for (const form of forms) t.is((await press(payment, form as Record<string, string>)).status, 400);
  t.is((await press(payment, card(), { 'content-type': 'text/plain' })).status, 400);
  t.is(shop.payment(payment.id)?.status, 'pending');
});

test('an unknown payment and an unknown page are 404', async t => {
  const shop = await started(t);
  const origin = shop.url.replace('/v3', '');
  for (const path of ['/checkout/payments/v2/contract', '/checkout/payments/v2/contract?orderId=__proto__', '/checkout/x']) {
    const response = await fetch(origin + path, { headers: { 'accept-language': 'ru' } });
    t.is(response.status, 404);
    t.true((await response.text()).includes('Такого платежа нет'));
  }
});

test('whatever the shop writes is text on the page', async t => {
  const shop = await started(t, { shopName: '<b>"Shop"</b>' });
  const payment = await ordered(shop, { description: `</p><script>alert('x')</script>&amp;"` });
  const before = (await pageOf(payment)).text;
  shop.pay(payment.id);
  for (const text of [before, (await pageOf(payment)).text]) {
    t.true(text.includes('&lt;/p&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;&quot;'));
    t.true(text.includes('&lt;b&gt;&quot;Shop&quot;&lt;/b&gt;'));
    t.notRegex(text, /<script|<b>/);
  }
});

test('another server can show the page under a prefix of its own', async t => {
  const shop = await started(t);
  const app = new Koa();
  app.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/sandbox/yookassa/')) return next();
    ctx.path = ctx.path.slice('/sandbox/yookassa'.length);
    return shop.checkout(ctx, next);
  });
  app.use(ctx => {
    ctx.body = 'the other server';
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  shop.checkoutUrl = `${origin}/sandbox/yookassa/`;
  const payment = await ordered(shop);
  const address = `${origin}/sandbox/yookassa/checkout/payments/v2/contract?orderId=${payment.id}`;
  t.is(payment.confirmation?.confirmation_url, address);
  const { text } = await pageOf(payment);
  const [, action = ''] = /<form method="post" action="([^"]+)"/.exec(text) ?? [];
  const answer = await fetch(new URL(action, address), { method: 'POST', redirect: 'manual', body: new URLSearchParams(card()) });
  const shown = await fetch(new URL(answer.headers.get('location') ?? '', address), { headers: { 'accept-language': 'ru' } });
  t.is(shown.url, address);
  t.true((await shown.text()).includes('Оплачено'));
  t.is(await (await fetch(`${origin}/sandbox/yookassa/elsewhere`)).text(), 'the other server');
});
