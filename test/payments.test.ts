import test from 'ava';
import { fastClock } from './fast-clock.ts';
import { linesOf } from './log-lines.ts';
import {
  accounts,
  balance,
  credits,
  linkOf,
  madeElsewhere,
  notify,
  order,
  ordered,
  paymentRows,
  refundElsewhere,
  start,
} from './payer.ts';
import { openStudio } from './studio.ts';

test('a person chooses a sum, pays by the link, and the points are on the balance', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  anna.sendText('💰 Баланс');
  await anna.waitFor(/Баланс: 60 баллов/);
  const id = await ordered(anna);
  t.like(studio.shop.payment(id), { status: 'pending', amount: { value: '500.00', currency: 'RUB' } });
  studio.shop.pay(id);
  const words = await anna.waitFor(/Платеж успешно обработан/);
  t.regex(words.text ?? '', /Начислено: 50\s000 баллов[\s\S]*Новый баланс: 50\s060 баллов/);
  const waiting = await anna.waitFor(/Оплачено: 500 ₽/);
  t.deepEqual(waiting.buttons, [], 'nobody can pay it twice');
  t.deepEqual(await credits(studio), [{ id: `payment:yookassa:${id}`, points: 50_000 }]);
  t.deepEqual(await accounts(studio), { bonus: -60, 'user:1001': 50_060, 'provider:yookassa': -50_000 });
  t.deepEqual(await paymentRows(studio), [{ state: 'succeeded', reason: null, provider_id: id }]);
});

test('the order is asked for with its own id as the key, and says whose it is', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  await ordered(anna, 250);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  const [request] = studio.shop.requests.filter(({ method }) => method === 'POST');
  t.is(request?.idempotenceKey, row!.id);
  t.like(request?.body as object, { capture: true, metadata: { order_id: row!.id, user_id: '1001' } });
});

test('a notification delivered 23 times credits once', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.pay(id);
  const statuses = await Promise.all(
    Array.from({ length: 23 }, () => notify(studio, 'payment.succeeded', studio.shop.payment(id)!)),
  );
  t.deepEqual(
    statuses,
    Array.from({ length: 23 }, () => 200),
  );
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
  t.is((await credits(studio)).length, 1);
  t.is(anna.messages.filter(({ text }) => /успешно обработан/.test(text ?? '')).length, 1);
});

test('a payment whose notification never came is found all the same', async t => {
  const studio = await openStudio(t, { shop: true, clock: fastClock(200) });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
});

test('an order whose answer was lost is asked for again with the same key, and is one payment', async t => {
  const studio = await openStudio(t, { shop: true, clock: fastClock(50) });
  const anna = await start(studio, 1001);
  studio.shop.faults.next({ kind: 'status', status: 500, done: true });
  studio.shop.faults.next({ kind: 'dropAfterDoing' });
  const id = await ordered(anna);
  t.is(studio.shop.payments().length, 1);
  t.is(new Set(studio.shop.requests.filter(({ method }) => method === 'POST').map(one => one.idempotenceKey)).size, 1);
  studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
});

test('a shop that is down gets the order when it is back, and the person their link', async t => {
  const studio = await openStudio(t, { shop: true, clock: fastClock(50) });
  const anna = await start(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'down' });
  await order(anna);
  await anna.waitFor(/Создаю платеж на 500/);
  await studio.step('payment:unseen');
  mend();
  t.truthy(await linkOf(anna));
  t.is(studio.shop.payments().length, 1);
});

test('a shop that refuses the order is told of in words, and nothing is charged', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  studio.shop.faults.next({ kind: 'status', status: 403 });
  await order(anna);
  await anna.waitFor(/не прошел/);
  t.is(await balance(studio, 1001), 60);
  t.like((await paymentRows(studio))[0], { state: 'failed', reason: 'refused' });
  await order(anna);
  t.truthy(await linkOf(anna));
});

test('a card that the bank declines is told of kindly, with a way on', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.shop.decline(id, 'insufficient_funds');
  const words = await anna.waitFor(/не прошел[\s\S]*не хватило денег/);
  t.deepEqual(words.buttons, [['🔁 Попробовать снова'], ['➕ Пополнить', '🏠 Главное меню']]);
  await anna.waitFor(/^❌ Платеж на 500 ₽ не прошел\.$/);
  t.is(await balance(studio, 1001), 60);
});

test('a bill that nobody paid in time ends without another message', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  const before = anna.messages.length;
  studio.shop.expire(id);
  await anna.waitFor(/Платеж отменен: 500 ₽/);
  t.is(anna.messages.length, before);
});

test('a success that comes after we gave up is credited', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  studio.shop.faults.next({ kind: 'status', status: 403, done: true });
  await order(anna);
  await anna.waitFor(/не прошел/);
  const [payment] = studio.shop.payments();
  studio.shop.pay(payment!.id);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
  t.like((await paymentRows(studio))[0], { state: 'succeeded' });
});

test('money that is only held is taken, and then credited once', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  await ordered(anna, 100);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  const id = await madeElsewhere(studio.shop, {
    ...{ amount: { value: '100.00', currency: 'RUB' }, capture: false, metadata: { order_id: row!.id } },
  });
  studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(studio.shop.payment(id)?.status, 'succeeded');
  t.is(await balance(studio, 1001), 10_060);
});

test('a payment of another sum, currency or order credits nothing', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  await ordered(anna, 1000);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  const mine = { metadata: { order_id: row!.id } };
  for (const other of [
    { amount: { value: '1.00', currency: 'RUB' }, ...mine },
    { amount: { value: '1000.00', currency: 'KZT' }, ...mine },
    { amount: { value: '1000.00', currency: 'RUB' }, metadata: { order_id: 'another' } },
    { amount: { value: '1000.00', currency: 'RUB' } },
  ]) {
    const id = await madeElsewhere(studio.shop, other);
    studio.shop.faults.next({ kind: 'lost' });
    studio.shop.pay(id);
    t.is(await notify(studio, 'payment.succeeded', studio.shop.payment(id)!), 200);
  }
  t.is(await balance(studio, 1001), 60);
  t.deepEqual(await credits(studio), []);
});

test('what a notification says is never believed, only what the shop shows', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  t.is(await notify(studio, 'payment.succeeded', { ...studio.shop.payment(id), status: 'succeeded', paid: true }), 200);
  t.is(await balance(studio, 1001), 60);
});

test('the door for notifications answers each with what the sender must know', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  t.is(await notify(studio, 'payment.succeeded', { id: '22e12f66-000f-5000-8000-000000000000' }), 200, 'not ours');
  t.is(await notify(studio, 'payout.succeeded', { id }), 200, 'an event we do not know');
  t.is(await notify(studio, 'refund.succeeded', { id: 'x', payment_id: id }), 200);
  const mend = studio.shop.faults.always({ kind: 'down' });
  t.is(await notify(studio, 'payment.succeeded', { id }), 503, 'the shop cannot be asked');
  mend();
  t.is(await notify(studio, 'payment.succeeded', { id }), 200);
  const post = (body: string) => fetch(`${studio.house.url}/api/webhooks/yukassa`, { method: 'POST', body });
  t.is((await post('{')).status, 400);
  t.is((await post('[]')).status, 400);
  t.is((await post(`"${'x'.repeat(300_000)}"`)).status, 413);
});

test('nobody outside the list gets in, whatever they write into a header', async t => {
  const studio = await openStudio(t, { shop: true, env: { YUKASSA_ALLOWED_IPS: '185.71.76.0/27' } });
  const post = (headers: Record<string, string>) =>
    fetch(`${studio.house.url}/api/webhooks/yukassa`, { method: 'POST', body: '{}', headers });
  t.is((await post({})).status, 403);
  t.is((await post({ 'X-Forwarded-For': '185.71.76.1' })).status, 403);
});

test('behind a proxy of ours the address it has seen counts', async t => {
  const studio = await openStudio(t, { shop: true, env: { YUKASSA_ALLOWED_IPS: '185.71.76.0/27', TRUST_PROXY: '127.0.0.1' } });
  const post = (forwarded: string) =>
    fetch(`${studio.house.url}/api/webhooks/yukassa`, { method: 'POST', body: '{}', headers: { 'X-Forwarded-For': forwarded } });
  t.is((await post('185.71.76.1')).status, 200);
  t.is((await post('185.71.76.1, 203.0.113.9')).status, 403);
});

test('double taps make one order', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  anna.sendText('➕ Пополнить');
  const amounts = await anna.waitFor(/Выберите сумму/);
  await anna.press('500₽ (50 000 баллов)', amounts);
  const methods = await anna.waitFor(/Как удобнее заплатить/);
  const answers = await Promise.all([
    anna.press('💳 Карта', methods),
    anna.press('💳 Карта', methods),
    anna.press('🏦 СБП', methods),
  ]);
  t.is(answers.filter(({ text }) => text?.includes('уже создан')).length, 2);
  await linkOf(anna);
  t.is(studio.shop.payments().length, 1);
  t.is((await paymentRows(studio)).length, 1);
});

test('double taps on a message that Telegram no longer shows make one order', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const from = { id: 1001, is_bot: false, first_name: 'Анна', language_code: 'ru' };
  const message = { chat: { id: 1001, type: 'private', first_name: 'Анна' }, message_id: 77, date: 0 };
  for (const id of ['one', 'two'])
    studio.telegram.pushUpdate({ callback_query: { id, from, chat_instance: '1', message, data: 'pay:500:card' } });
  await linkOf(anna);
  const { params } = await studio.telegram.waitForCall(({ params: asked }) => asked['callback_query_id'] === 'two');
  t.regex(String(params['text']), /уже создан/);
  t.is(studio.shop.payments().length, 1);
});

test('no more unpaid bills than allowed, and a paid one makes room', async t => {
  const studio = await openStudio(t, { shop: true, env: { MAX_OPEN_PAYMENTS_PER_USER: '1' } });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  await order(anna, 100);
  await anna.waitFor(/уже 1 неоплаченный счёт/);
  studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  await order(anna, 100);
  t.truthy(await anna.waitFor(/Платеж создан на сумму 100/));
  t.is(studio.shop.payments().length, 2);
});

test('a sum of their own is taken within its bounds', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  anna.sendText('➕ Пополнить');
  await anna.waitFor(/Выберите сумму/);
  await anna.press('✏️ Своя сумма');
  await anna.waitFor(/от 1 ₽ до 10\s000 ₽/);
  anna.sendText('0');
  await anna.waitFor(/Такая сумма не подойдёт/);
  anna.sendText('333 ₽');
  await anna.waitFor(/333 ₽ — 33\s300 баллов/);
  await anna.press('🏦 СБП');
  await linkOf(anna);
  t.like(studio.shop.requests.find(({ method }) => method === 'POST')?.body as object, {
    amount: { value: '333.00', currency: 'RUB' },
    payment_method_data: { type: 'sbp' },
  });
});

test('a house that is closed while it orders goes on when it opens', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'down' });
  await order(anna);
  await studio.step('payment:unseen');
  mend();
  await studio.reopen();
  const link = await linkOf(anna);
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.pay(new URL(link).searchParams.get('orderId') ?? '');
  await studio.reopen();
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
  t.is(studio.shop.payments().length, 1);
});

test('where nothing is sold there are no buttons but one sentence, and the door says so', async t => {
  const studio = await openStudio(t, { env: { PAYMENTS_ENABLED: 'false', SUPPORT_CONTACT: '@support' } });
  const anna = await start(studio, 1001);
  anna.sendText('➕ Пополнить');
  await anna.waitFor(/Пополнение сейчас недоступно. Напишите в поддержку: @support/);
  await anna.press({ data: 'pay:500:card' });
  await anna.waitFor(/недоступно/, { after: anna.messages.at(-1)!.id - 1 });
  const response = await fetch(`${studio.house.url}/api/webhooks/yukassa`, { method: 'POST', body: '{}' });
  t.is(response.status, 503);
  t.is(((await response.json()) as { error: { code: string } }).error.code, 'payments_disabled');
});

test('neither a key of the shop nor anything of a card gets into a row or a line of the log', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  const paid = studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  await notify(studio, 'refund.succeeded', await refundElsewhere(studio.shop, id, '100.00'));
  await anna.waitFor(/Возврат: 100 ₽/);
  const boris = await start(studio, 1002);
  studio.shop.decline(await ordered(boris, 100));
  await boris.waitFor(/не прошел/);
  const { first6, last4 } = (paid.payment_method as { card: { first6: string; last4: string } }).card;
  const tables = await studio.read<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const rows = await Promise.all(tables.map(({ name }) => studio.read(`SELECT * FROM ${name}`)));
  const lines = studio.observed.map(seen => linesOf(seen));
  const everything = JSON.stringify([rows, lines]);
  t.true(everything.includes(id), 'the payment itself is there');
  for (const secret of ['live_secret', Buffer.from('100500:live_secret').toString('base64'), 'first6', 'last4', 'expiry'])
    t.false(everything.includes(secret), secret);
  t.notRegex(everything, new RegExp(`(?<![\\da-f])(${first6}|\\*+ ?${last4})(?![\\da-f])`));
});
