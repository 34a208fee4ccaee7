import test from 'ava';
import { openWriter } from '../db/database.ts';
import { checkoutRefusals, judgeCheckout } from '../src/domain/invoice.ts';
import type { Payment } from '../src/domain/payment.ts';
import { createStars } from '../src/payments/stars.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { fastClock } from './fast-clock.ts';
import { accounts, balance, credits, order, ordered, paymentRows, start } from './payer.ts';
import { noon, until } from './probe.ts';
import { openStudio, type Studio, token } from './studio.ts';

const day = 24 * 60 * 60_000;

/** Presses the button for 500 ₽ in Stars, and resolves with the order's id once the bill stands in the chat. */
async function billed(studio: Studio, person: Person): Promise<string> {
  await order(person, 500, '⭐ Stars (385)');
  await person.waitFor(({ invoice }) => invoice !== undefined);
  const [row] = await studio.read<{ id: string }>(
    `SELECT id FROM payments WHERE user_id = ${person.id} ORDER BY created_at DESC, id DESC LIMIT 1`,
  );
  return row!.id;
}

const chargeOf = async (person: Person): Promise<string> => {
  const outcome = await person.pay();
  return outcome.ok ? outcome.chargeId : outcome.error;
};

/** What Telegram says of a payment, with whatever is wrong about it. */
const paidMessage = (payload: string, chargeId: string, over: object = {}, from = 1001, kind = 'successful_payment') => ({
  message: {
    ...{ message_id: 900, date: Math.floor(Date.now() / 1000), from: { id: from, is_bot: false, first_name: 'Анна' } },
    chat: { id: from, type: 'private', first_name: 'Анна' },
    [kind]: {
      ...{ currency: 'XTR', total_amount: 385, invoice_payload: payload },
      ...{ telegram_payment_charge_id: chargeId, provider_payment_charge_id: '1' },
      ...over,
    },
  },
});

const call = async ({ telegram }: Studio, method: string, params: object = {}) =>
  (
    await fetch(`${telegram.url}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(params),
    })
  ).json() as Promise<{ ok: boolean; result: { update_id: number; pre_checkout_query?: { id: string } }[] }>;

/** Stops the house for good, or until it is opened again. */
async function close(studio: Studio): Promise<void> {
  await studio.house.stop();
  studio.house = { ...studio.house, stop: async () => {} };
}

const logOf = ({ read }: Studio, paymentId: string) =>
  read<{ event: string; detail: string | null }>(
    `SELECT event, detail FROM payment_log WHERE payment_id = '${paymentId}' ORDER BY rowid`,
  );
const refunds = ({ read }: Studio) => read<{ state: string; points: number }>('SELECT state, points FROM refunds');

test('a bill in Stars stands in the chat, and once it is paid the points are on the balance', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await billed(studio, anna);
  t.like(
    anna.messages.findLast(({ invoice }) => invoice),
    { invoice: { title: 'Пополнение баланса', currency: 'XTR', total_amount: 385, start_parameter: 'topup' } },
  );
  t.regex((await anna.waitFor(/Счёт на 385 ⭐/)).text ?? '', /50\s000 баллов[\s\S]*ниже[\s\S]*Ожидаю подтверждение оплаты/);
  const chargeId = await chargeOf(anna);
  t.regex((await anna.waitFor(/Платеж успешно обработан/)).text ?? '', /Начислено: 50\s000[\s\S]*Новый баланс: 50\s060/);
  await anna.waitFor(/Оплачено: 385 ⭐, 50\s000 баллов/);
  t.deepEqual(await credits(studio), [{ id: `payment:stars:${chargeId}`, points: 50_000 }]);
  t.deepEqual(await accounts(studio), { bonus: -60, 'user:1001': 50_060, 'provider:stars': -50_000 });
  t.deepEqual(await paymentRows(studio), [{ state: 'succeeded', reason: null, provider_id: chargeId }]);
  t.deepEqual(await logOf(studio, id), [
    { event: 'ordered', detail: 'stars 385 XTR for 50000' },
    { event: 'pre_checkout', detail: 'ok' },
    { event: 'seen', detail: 'succeeded credit' },
    { event: 'credited', detail: `${chargeId} 50000` },
  ]);
  t.false(
    studio.shop.requests.some(({ path }) => path.startsWith('/payments')),
    'no shop is asked',
  );
});

test('a payment in Stars that is told 23 times, before and after a restart, credits once', async t => {
  const studio = await openStudio(t);
  const anna = await start(studio, 1001);
  const id = await billed(studio, anna);
  for (let n = 0; n < 12; n++) studio.telegram.pushUpdate(paidMessage(id, 'stx-1'));
  await studio.step('payment:booked:applied');
  await studio.reopen();
  for (let n = 12; n < 23; n++) studio.telegram.pushUpdate(paidMessage(id, 'stx-1'));
  await until(() => studio.telegram.pendingUpdates() === 0, 'all are taken');
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
  t.is((await credits(studio)).length, 1);
  t.is(anna.messages.filter(({ text }) => /успешно обработан/.test(text ?? '')).length, 1);
});

test('whoever writes too much is asked and credited all the same', async t => {
  const studio = await openStudio(t, { env: { MAX_MESSAGES_PER_USER_PER_MINUTE: '6' } });
  const anna = await start(studio, 1001);
  await billed(studio, anna);
  for (let n = 0; n < 6; n++) anna.sendText('привет');
  await anna.waitFor(/Слишком много сообщений/);
  await chargeOf(anna);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
});

test('Telegram is told no before the money moves for a bill that is paid, of somebody else, of another sum, or unknown', async t => {
  const studio = await openStudio(t);
  const anna = await start(studio, 1001);
  const boris = await start(studio, 1002);
  const id = await billed(studio, anna);
  const asked = async (over: object, from = 1001): Promise<object> => {
    const query = { id: `q-${Math.random()}`, from: { id: from, is_bot: false, first_name: 'x', language_code: 'ru' } };
    const bill = { currency: 'XTR', total_amount: 385, invoice_payload: id, ...over };
    studio.telegram.pushUpdate({ pre_checkout_query: { ...query, ...bill } });
    const isAnswer = ({ method, params }: { method: string; params: Record<string, unknown> }) =>
      method === 'answerPreCheckoutQuery' && params['pre_checkout_query_id'] === query.id;
    return (await studio.telegram.waitForCall(isAnswer)).params;
  };
  t.like(await asked({}), { ok: true });
  t.like(await asked({ total_amount: 1 }), {
    ok: false,
    error_message: 'Счёт изменился. Начните, пожалуйста, заново: «➕ Пополнить».',
  });
  t.like(await asked({ invoice_payload: 'gone' }), { ok: false });
  t.regex(String(((await asked({}, boris.id)) as { error_message: string }).error_message), /другому человеку/);
  await chargeOf(anna);
  await anna.waitFor(/Платеж успешно обработан/);
  t.deepEqual(await anna.pay(), { ok: false, error: 'Этот счёт уже оплачен: баллы на балансе. Второй раз платить не нужно.' });
  t.is((await credits(studio)).length, 1);
  t.is(studio.telegram.pendingUpdates(), 0, 'an answer that comes too late holds nobody up');
});

test('a question before the money moves is answered although the rows cannot be read', async t => {
  const studio = await openStudio(t);
  const anna = await start(studio, 1001);
  await billed(studio, anna);
  const database = await openWriter(`${studio.folder}/bot.db`);
  await database.run('ALTER TABLE payments RENAME TO payments_gone');
  t.deepEqual(await anna.pay(), {
    ok: false,
    error: 'Не получилось проверить счёт. Попробуйте, пожалуйста, ещё раз через минуту.',
  });
  await database.run('ALTER TABLE payments_gone RENAME TO payments');
  await database.close();
  t.true((await anna.pay()).ok);
  await anna.waitFor(/Платеж успешно обработан/);
});

test('a question before the money moves is answered in time, however long an update before it cannot be written', async t => {
  const clock = fastClock(20);
  const studio = await openStudio(t, { clock });
  const anna = await start(studio, 1001);
  await billed(studio, anna);
  const database = await openWriter(`${studio.folder}/bot.db`);
  await database.run(
    "CREATE TRIGGER fault BEFORE INSERT ON journal WHEN NEW.key = 'user-1002' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
  );
  const boris = studio.telegram.person(1002);
  boris.sendText('/start');
  await studio.step(() => studio.observed.filter(({ step }) => step === 'update:unwritten').length === 6);
  // As fast as life: the next try of Boris’s update is 12.8 s away, and Telegram cancels what is not answered within ten.
  clock.hurry(1);
  t.true((await anna.pay(undefined, { timeoutMs: 10_000 })).ok);
  await database.run('DROP TRIGGER fault');
  await database.close();
  await anna.waitFor(/Платеж успешно обработан/);
  clock.hurry(100);
  await boris.waitFor(/Добро пожаловать/);
});

test('a payment that cannot be written comes again, and is credited once', async t => {
  const studio = await openStudio(t, { clock: fastClock() });
  const anna = await start(studio, 1001);
  await billed(studio, anna);
  const database = await openWriter(`${studio.folder}/bot.db`);
  await database.run("CREATE TRIGGER fault BEFORE INSERT ON transfers BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  t.true((await anna.pay()).ok);
  await studio.step('update:unwritten');
  const again = studio.observed.length;
  await studio.step('update:unwritten', again);
  t.is(studio.telegram.pendingUpdates(), 1, 'nothing is confirmed');
  t.is(await balance(studio, 1001), 60);
  await database.run('DROP TRIGGER fault');
  await database.close();
  await anna.waitFor(/Платеж успешно обработан/);
  await until(() => studio.telegram.pendingUpdates() === 0, 'it is confirmed');
  t.is((await credits(studio)).length, 1);
});

test('a payment that could not be written for so long that its update was laid aside is credited all the same, once', async t => {
  const clock = fastClock(300);
  const studio = await openStudio(t, { clock });
  const anna = await start(studio, 1001);
  await billed(studio, anna);
  const database = await openWriter(`${studio.folder}/bot.db`);
  await database.run("CREATE TRIGGER fault BEFORE INSERT ON transfers BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  t.true((await anna.pay()).ok);
  await studio.step('update:kept');
  const keptAt = clock.now();
  const from = studio.observed.length;
  await studio.step('payments:looked-back:1', from);
  await database.run('DROP TRIGGER fault');
  await database.close();
  await anna.waitFor(/Платеж успешно обработан/);
  t.true(clock.now() - keptAt < 2 * 60 * 60_000, 'long before the list is looked at anyway');
  await studio.step('payments:looked-back:0', from);
  t.is((await credits(studio)).length, 1);
});

test('a webhook is told to come again with a payment that cannot be written', async t => {
  const env = { WEBHOOK_URL: 'https://studio.example.com', WEBHOOK_SECRET: 'told' };
  const studio = await openStudio(t, { env });
  const tell = async (update: object): Promise<number> =>
    (
      await fetch(`${studio.house.url}/webhooks/telegram`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Telegram-Bot-Api-Secret-Token': 'told' },
        body: JSON.stringify(update),
      })
    ).status;
  await studio.write(
    `INSERT INTO payments (id, user_id, gateway, method, amount_minor, currency, points, state, created_at, updated_at)
     VALUES ('bill', 1001, 'stars', 'stars', 385, 'XTR', 50000, 'pending', ${Date.now()}, 0)`,
  );
  const database = await openWriter(`${studio.folder}/bot.db`);
  await database.run("CREATE TRIGGER fault BEFORE INSERT ON transfers BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  const update = { update_id: 77, ...paidMessage('bill', 'stx-1') };
  t.is(await tell(update), 503);
  await database.run('DROP TRIGGER fault');
  await database.close();
  t.is(await tell(update), 200);
  t.is(await tell(update), 200);
  t.is(await balance(studio, 1001), 50_000);
});

test('Stars of another sum, currency or payer credit nothing, are kept as they came, and the operator is told', async t => {
  const studio = await openStudio(t);
  const anna = await start(studio, 1001);
  const id = await billed(studio, anna);
  const wrong: [object, number, string][] = [
    [{ total_amount: 384 }, 1001, 'amount'],
    [{ currency: 'RUB' }, 1001, 'currency'],
    [{}, 1002, 'payer'],
  ];
  for (const [over, from, differs] of wrong) {
    const seen = studio.observed.length;
    studio.telegram.pushUpdate(paidMessage(id, `stx-${differs}`, over, from));
    const { error } = await studio.step('payment:differs', seen);
    t.is(error?.message, `the ${differs} is not what was ordered`);
  }
  await until(() => studio.telegram.pendingUpdates() === 0, 'they are taken');
  t.deepEqual(await credits(studio), []);
  t.true((await logOf(studio, id)).some(({ event, detail }) => event === 'differs' && detail === 'payer'));
  const kept = await studio.read<{ data: string }>('SELECT data FROM dead_updates ORDER BY update_id');
  t.deepEqual(
    kept.map(({ data }) => /"telegram_payment_charge_id":"([^"]*)"/.exec(data)?.[1]),
    wrong.map(([, , differs]) => `stx-${differs}`),
    'they can only go back by the id of their charge',
  );
});

test('Stars for an order that is not known are kept for the operator, and hold nobody up', async t => {
  const studio = await openStudio(t);
  const anna = await start(studio, 1001);
  studio.telegram.pushUpdate(paidMessage('of a database that was lost', 'stx-lost'));
  t.regex((await studio.step('payment:kept')).error?.message ?? '', /no order that we know/);
  anna.sendText('💰 Баланс');
  await anna.waitFor(/Баланс: 60 баллов/);
  const [kept] = await studio.read<{ data: string }>('SELECT data FROM dead_updates');
  t.regex(kept?.data ?? '', /"telegram_payment_charge_id":"stx-lost"/);
});

test('Stars that go back take their points along, once, also when that is told before the payment', async t => {
  const studio = await openStudio(t);
  const anna = await start(studio, 1001);
  await billed(studio, anna);
  const telegram_payment_charge_id = await chargeOf(anna);
  await anna.waitFor(/Платеж успешно обработан/);
  t.true((await call(studio, 'refundStarPayment', { user_id: 1001, telegram_payment_charge_id })).ok);
  await anna.waitFor(/Возврат: 385 ⭐/);
  t.is(await balance(studio, 1001), 60);
  const id = await billed(studio, anna);
  studio.telegram.pushUpdate(paidMessage(id, 'stx-2', {}, 1001, 'refunded_payment'));
  studio.telegram.pushUpdate(paidMessage(id, 'stx-2'));
  studio.telegram.pushUpdate(paidMessage(id, 'stx-2', {}, 1001, 'refunded_payment'));
  await until(() => studio.telegram.pendingUpdates() === 0, 'all are taken');
  await until(async () => (await refunds(studio)).length === 2, 'both refunds');
  t.deepEqual(await refunds(studio), [
    { state: 'succeeded', points: 50_000 },
    { state: 'succeeded', points: 50_000 },
  ]);
  t.is(await balance(studio, 1001), 60);
  t.is((await accounts(studio))['provider:stars'], 0);
});

/** Pays while the house is closed: the update that tells of it is lost, as after a day. */
async function payUntold(studio: Studio, person: Person): Promise<string> {
  await close(studio);
  const paying = chargeOf(person);
  const [asked] = (await call(studio, 'getUpdates', { timeout: 1 })).result.filter(one => one.pre_checkout_query);
  await call(studio, 'answerPreCheckoutQuery', { pre_checkout_query_id: asked!.pre_checkout_query!.id, ok: true });
  const chargeId = await paying;
  await call(studio, 'getUpdates', { offset: studio.telegram.nextUpdateId });
  return chargeId;
}

test('a payment in Stars whose update was lost is found in Telegram’s list, and so is its refund', async t => {
  const studio = await openStudio(t);
  const anna = await start(studio, 1001);
  await billed(studio, anna);
  const chargeId = await payUntold(studio, anna);
  await studio.reopen();
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
  await close(studio);
  await call(studio, 'refundStarPayment', { user_id: 1001, telegram_payment_charge_id: chargeId });
  await call(studio, 'getUpdates', { offset: studio.telegram.nextUpdateId });
  await studio.reopen();
  await anna.waitFor(/Возврат: 385 ⭐/);
  t.is(await balance(studio, 1001), 60);
  const from = studio.observed.length;
  await studio.reopen();
  t.truthy(await studio.step('payments:looked-back:0', from), 'what is booked is not looked at again');
});

test('a Telegram that does not list its Stars is asked again soon', async t => {
  const clock = fastClock(1);
  const studio = await openStudio(t, { clock });
  const anna = await start(studio, 1001);
  await billed(studio, anna);
  await payUntold(studio, anna);
  clock.hurry(5_000);
  const mend = studio.telegram.faults.always({ kind: 'status', status: 500, method: 'getStarTransactions' });
  const from = studio.observed.length;
  await studio.reopen();
  await studio.step('payments:unlisted', from);
  mend();
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
});

test('a bill that nobody pays for an hour is open no more, and is credited when it is paid all the same', async t => {
  const studio = await openStudio(t, { env: { MAX_OPEN_PAYMENTS_PER_USER: '1' } });
  const anna = await start(studio, 1001);
  const id = await billed(studio, anna);
  await order(anna, 500, '⭐ Stars (385)');
  await anna.waitFor(/уже 1 неоплаченный счёт/);
  await studio.house.stop();
  await studio.write('UPDATE payments SET created_at = created_at - 3600001');
  await studio.reopen();
  await anna.waitFor(/Платеж отменен: 385 ⭐/);
  t.deepEqual(await paymentRows(studio), [{ state: 'cancelled', reason: 'expired', provider_id: null }]);
  t.not(await billed(studio, anna), id, 'there is room for another');
  const [first] = anna.messages.filter(({ invoice }) => invoice !== undefined);
  t.true((await anna.pay(first)).ok);
  await anna.waitFor(/Платеж успешно обработан/);
  t.like((await paymentRows(studio))[0], { state: 'succeeded' });
});

test('a bill of a running house expires by its own clock, and nobody is asked for it', async t => {
  const studio = await openStudio(t, { clock: fastClock(20_000) });
  const anna = await start(studio, 1001);
  await order(anna, 500, '⭐ Stars (385)');
  await anna.waitFor(/Платеж отменен: 385 ⭐/);
  t.like((await paymentRows(studio))[0], { state: 'cancelled', reason: 'expired' });
});

test('an order in Stars whose house was closed before the bill was sent gets it afterwards, and an invoice that was in doubt once more', async t => {
  const studio = await openStudio(t);
  const anna = await start(studio, 1001);
  studio.telegram.faults.next({ kind: 'dropAfterDoing', method: 'sendInvoice' });
  await order(anna, 500, '⭐ Stars (385)');
  await studio.step('outbox:ambiguous:invoice');
  await studio.reopen();
  await until(() => anna.messages.filter(({ invoice }) => invoice !== undefined).length === 2, 'the second');
  const [one, other] = anna.messages.filter(({ invoice }) => invoice !== undefined);
  t.true((await anna.pay(other)).ok);
  await anna.waitFor(/Платеж успешно обработан/);
  t.like(await anna.pay(one), { ok: false });
  t.is(await balance(studio, 1001), 50_060);
});

test('a shop and Stars work side by side, each for its own orders', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const atShop = await ordered(anna, 100);
  const inStars = await billed(studio, anna);
  t.deepEqual(
    (await studio.read<{ gateway: string }>('SELECT gateway FROM payments ORDER BY created_at')).map(({ gateway }) => gateway),
    ['yookassa', 'stars'],
  );
  studio.telegram.pushUpdate(paidMessage(inStars, atShop));
  await anna.waitFor(/Новый баланс: 50\s060/);
  studio.shop.pay(atShop);
  await anna.waitFor(/Новый баланс: 60\s060/);
  t.deepEqual(await accounts(studio), {
    ...{ bonus: -60, 'user:1001': 60_060, 'provider:yookassa': -10_000, 'provider:stars': -50_000 },
  });
});

test('an order of a shop that is gone is left alone while Stars are sold', async t => {
  const studio = await openStudio(t, { shop: true, env: { MAX_OPEN_PAYMENTS_PER_USER: '1' } });
  const anna = await start(studio, 1001);
  await ordered(anna, 100);
  studio.env['YUKASSA_SHOP_ID'] = '';
  studio.env['YUKASSA_API_KEY'] = '';
  await studio.reopen();
  await billed(studio, anna);
  await chargeOf(anna);
  await anna.waitFor(/Платеж успешно обработан/);
  t.like((await paymentRows(studio))[0], { state: 'pending', reason: null });
});

test('where Stars are switched off there is no button for them, and what they had sold is credited', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await billed(studio, anna);
  studio.env['STARS_ENABLED'] = 'false';
  await studio.reopen();
  await t.throwsAsync(order(anna, 500, '⭐ Stars (385)'), { message: /no button|385/ });
  await anna.press({ data: 'pay:500:stars' });
  await anna.waitFor(/Выберите сумму/, { after: anna.messages.at(-1)!.id - 1 });
  studio.telegram.pushUpdate(paidMessage(id, 'stx-1'));
  await anna.waitFor(/Платеж успешно обработан/);
});

test('help with a payment names whom to write to and the last payments, and the terms have an address', async t => {
  const env = { SUPPORT_CONTACT: '@support', TERMS_URL: 'https://studio.example.com/terms' };
  const studio = await openStudio(t, { env });
  const anna = await start(studio, 1001);
  const id = await billed(studio, anna);
  anna.sendText('/paysupport');
  t.regex((await anna.waitFor(/Помощь с оплатой/)).text ?? '', new RegExp(`@support[\\s\\S]*${id}`));
  anna.sendText('/terms');
  await anna.waitFor(/https:\/\/studio\.example\.com\/terms/);
  const registered = studio.telegram.calls
    .filter(({ method }) => method === 'setMyCommands')
    .map(({ params }) => params['commands']);
  for (const commands of registered)
    t.true(['paysupport', 'terms'].every(name => (commands as { command: string }[]).some(({ command }) => command === name)));
});

// — parts of it —

const bill: Payment = {
  ...{ id: 'bill', userId: 7, gateway: 'stars', method: 'stars', amountMinor: 385, currency: 'XTR', points: 50_000 },
  ...{ email: null, createdAt: noon, state: 'pending', request: null, providerId: null, confirmationUrl: null, reason: null },
};

test('a bill may be paid by whom and for what it was made, until it is paid', t => {
  const asked = { paymentId: 'bill', payerId: 7, currency: 'XTR', amountMinor: 385 };
  t.is(judgeCheckout(bill, asked), null);
  for (const state of ['cancelled', 'failed'] as const) t.is(judgeCheckout({ ...bill, state }, asked), null, state);
  t.is(judgeCheckout({ ...bill, state: 'succeeded' }, asked), 'paid');
  t.is(judgeCheckout(undefined, asked), 'unknown');
  t.is(judgeCheckout({ ...bill, currency: 'RUB' }, asked), 'unknown');
  t.is(judgeCheckout(bill, { ...asked, payerId: 8 }), 'notYours');
  for (const other of [{ amountMinor: 384 }, { currency: 'RUB' }]) t.is(judgeCheckout(bill, { ...asked, ...other }), 'differs');
  t.true(checkoutRefusals.includes('unavailable'));
});

/** A Telegram with so many transactions, each a payment of an order of its own. */
const listing = (count: number) => {
  let asked = 0;
  const all = Array.from({ length: count }, (_, n) => ({
    ...{ id: `stx-${n}`, amount: 1, date: n },
    source: { type: 'user', user: { id: 7 }, invoice_payload: `order-${n}` },
  }));
  const stars = createStars({
    name: 'stars',
    call: async (_, { offset, limit }) => {
      asked++;
      return { transactions: all.slice(Number(offset), Number(offset) + Number(limit)) } as never;
    },
  });
  return { stars, all, asked: () => asked };
};

test('the end of a list that begins with the oldest is found in a few questions', async t => {
  for (const count of [0, 1, 99, 100, 101, 199, 200, 201, 1_999, 2_000, 2_001, 123_456]) {
    const { stars, asked } = listing(count);
    const seen = await stars.recent();
    t.is(seen.length, Math.min(count, 2_000), `${count}`);
    t.is(seen.at(-1)?.providerId, count > 0 ? `stx-${count - 1}` : undefined, `${count}`);
    t.is(new Set(seen.map(({ providerId }) => providerId)).size, seen.length);
    t.true(asked() < 50, `${asked()} questions for ${count}`);
    const before = asked();
    t.deepEqual(await stars.recent(), seen);
    t.true(asked() - before <= 24, `${asked() - before} questions more`);
  }
});

test('what grows while it is known is found from where it ended', async t => {
  const { stars, all } = listing(250);
  await stars.recent();
  for (let n = 250; n < 777; n++) all.push({ ...all[0]!, id: `stx-${n}`, date: n });
  t.is((await stars.recent()).at(-1)?.providerId, 'stx-776');
});

test('a refund is known by its payment’s id, and one that is not there by its absence', async t => {
  const { stars, all } = listing(350);
  all.push({ id: 'stx-20', amount: 1, date: day, receiver: { type: 'user', user: { id: 7 } } } as never);
  t.deepEqual(await stars.refundsOf('stx-20'), [{ providerId: 'stx-20', status: 'succeeded', amountMinor: 1, refundId: null }]);
  t.deepEqual(await stars.refundsOf('stx-21'), []);
  t.like(
    (await stars.recent()).find(({ providerId }) => providerId === 'stx-20'),
    { refundedMinor: 1, amountMinor: 1 },
  );
  t.deepEqual(await listing(3).stars.refundsOf('nobody knows'), []);
  const far = listing(20_100);
  await t.throwsAsync(far.stars.refundsOf('stx-1'), { message: /too long/ });
});

test('a refund that Telegram has made already is the same refund, and a refusal is known from silence', async t => {
  const refund = {
    ...{ id: 'r', paymentId: 'bill', paidBy: 'stx-1', gateway: 'stars', amountMinor: 385, points: 50_000 },
    ...{ byId: 1, createdAt: noon },
  };
  const answering = (error: object | null) =>
    createStars({
      name: 'stars',
      call: async () => {
        if (error) throw error;
        return true as never;
      },
    }).refund(refund, { ...bill, providerId: 'stx-1' });
  const done = { providerId: 'stx-1', status: 'succeeded', amountMinor: 385, refundId: 'r' } as const;
  t.deepEqual(await answering(null), done);
  const told = (error_code: number, description = '') => ({ response: { error_code, description } });
  t.deepEqual(await answering(told(400, 'Bad Request: CHARGE_ALREADY_REFUNDED')), done);
  await t.throwsAsync(answering(told(400, 'Bad Request: CHARGE_NOT_FOUND')), { name: 'GatewayError', message: /answered 400/ });
  t.like(await t.throwsAsync(answering(told(400))), { kind: 'rejected' });
  for (const error of [told(429), told(500), new Error('no answer')])
    t.like(await t.throwsAsync(answering(error)), { kind: 'unclear' });
});
