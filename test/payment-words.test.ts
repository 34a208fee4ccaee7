import test from 'ava';
import { checkLedger } from '../src/ledger-check.ts';
import { fastClock } from './fast-clock.ts';
import { madeElsewhere, order, ordered, start } from './payer.ts';
import { openStudio } from './studio.ts';

/* What a payer reads is true when they read it, whatever Telegram and the gateway do meanwhile. */

const oneBadGateway = { kind: 'status', status: 502, method: 'editMessageText', chatId: 1001 } as const;

test('the waiting message becomes the confirmation although its edit met a 502', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.telegram.faults.next(oneBadGateway);
  studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  t.deepEqual((await anna.waitFor(/Оплачено: 500 ₽/)).buttons, []);
});

test('the end of a bill is told although its edit met a 502', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.telegram.faults.next(oneBadGateway);
  studio.shop.expire(id);
  t.deepEqual((await anna.waitFor(/Платеж отменен: 500 ₽/)).buttons.flat().includes('💳 Оплатить'), false);
});

test('words of a payment that did not come about are not said any more once it has', async t => {
  const studio = await openStudio(t, { shop: true, clock: fastClock(20) });
  const anna = await start(studio, 1001);
  studio.shop.faults.next({ kind: 'status', status: 400, method: 'POST', path: '/payments' });
  const wait = { kind: 'status', status: 429, retryAfter: 1, chatId: 1001 } as const;
  const release = studio.telegram.faults.always({
    ...wait,
    match: (call: { params: unknown }) => /не прошел/.test(JSON.stringify(call.params)),
  });
  await order(anna);
  await studio.step('outbox:retryAfter:paymentEnded');
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  const amount = { value: '500.00', currency: 'RUB' };
  const paid = await madeElsewhere(studio.shop, { amount, metadata: { order_id: row!.id } });
  const from = studio.observed.length;
  studio.shop.pay(paid);
  await studio.step('payment:booked:applied', from);
  release();
  await anna.waitFor(/Платеж успешно обработан/);
  await studio.step('outbox:settled:paymentEnded', from);
  t.false(anna.messages.some(({ text }) => /не прошел/.test(text ?? '')));
});

test('where nothing is sold any more the end of an order offers no top-up', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.env['PAYMENTS_ENABLED'] = 'false';
  await studio.reopen();
  studio.shop.decline(id, 'insufficient_funds');
  const words = await anna.waitFor(/не прошел[\s\S]*не хватило денег/);
  t.false(words.buttons.flat().includes('➕ Пополнить'));
});

test('help with a payment names what was paid before what was only ordered', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  studio.shop.pay(await ordered(anna));
  await anna.waitFor(/Платеж успешно обработан/);
  const [paid] = await studio.read<{ id: string }>('SELECT id FROM payments');
  for (let n = 0; n < 3; n++) {
    const seen = anna.messages.at(-1)!.id;
    await order(anna, 100);
    await anna.waitFor(/Ожидаю подтверждение/, { after: seen });
  }
  anna.sendText('/paysupport');
  t.true((await anna.waitFor(/Помощь с оплатой/)).text!.includes(paid!.id));
});

test('ledger:check names the credit of a payment whose row is gone', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  const id = await ordered(anna);
  studio.shop.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  await studio.house.stop();
  t.deepEqual((await checkLedger(studio.env['DATABASE_URL']!)).flaws, []);
  await studio.write('DELETE FROM payments');
  const { flaws } = await checkLedger(studio.env['DATABASE_URL']!);
  t.true(
    flaws.some(flaw => flaw.includes(`payment:yookassa:${id}`)),
    JSON.stringify(flaws),
  );
});
