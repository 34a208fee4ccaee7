/** What the contract says must never happen to points, each line on every kind of database, through the chat and over HTTP. */
import type { ExecutionContext } from 'ava';
import type { Alarm, Clock } from '../actors/protocol.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { inEachHouse } from './databases.ts';
import { accounts, balance, credits, notify, ordered, paymentRows, refundElsewhere, start } from './payer.ts';
import { openStudio, phonePhoto, type Studio } from './studio.ts';

const admin = 1;

/** The sum over all accounts is 0, and nobody has less than nothing. */
async function booksClose(t: ExecutionContext, studio: Studio): Promise<void> {
  const all = await accounts(studio);
  t.is(
    Object.values(all).reduce((sum, posted) => sum + posted, 0),
    0,
  );
  for (const [id, posted] of Object.entries(all)) if (/^(user|promo):/.test(id)) t.true(posted >= 0, id);
}

const count = ({ observed }: Studio, step: string): number => observed.filter(seen => seen.step === step).length;
/** Waits for a step to have been taken so often. */
async function times(studio: Studio, step: string, wanted: number): Promise<void> {
  for (let from = 0; count(studio, step) < wanted; ) {
    await studio.step(step, from);
    from = studio.observed.length;
  }
}

inEachHouse('of 50 parallel debits of 30 on 60 exactly two are taken', async (t, on) => {
  const studio = await openStudio(t, {
    ...on,
    env: { MAX_PENDING_PER_USER: '100', MAX_TASKS_PER_USER_PER_HOUR: '100' },
  });
  const anna = await start(studio, 3001);
  const photo = await phonePhoto(1, 160, 120);
  await Promise.all(Array.from({ length: 50 }, (_, n) => anna.sendPhoto(photo, { caption: `Номер ${n}` })));
  await times(studio, 'job:queue:refused', 48);
  await times(studio, 'job:complete:applied', 2);
  t.is(await balance(studio, 3001), 0);
  t.is(studio.comfy.executions.length, 2);
  await booksClose(t, studio);
});

inEachHouse('23 deliveries of one notification are one credit', async (t, on) => {
  const studio = await openStudio(t, { ...on, shop: true });
  const anna = await start(studio, 3002);
  const id = await ordered(anna, 100);
  studio.shop.faults.next({ kind: 'lost' });
  studio.shop.pay(id);
  const answers = await Promise.all(Array.from({ length: 23 }, () => notify(studio, 'payment.succeeded', { id })));
  t.deepEqual([...new Set(answers)], [200]);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is((await credits(studio)).length, 1);
  t.is(await balance(studio, 3002), 10_060);
  await booksClose(t, studio);
});

inEachHouse('a success that the gateway confirms is credited, whatever our own status said', async (t, on) => {
  const studio = await openStudio(t, { ...on, shop: true });
  const states = ['failed', 'cancelled', 'created'];
  for (const [n, state] of states.entries()) {
    const id = await ordered(await start(studio, 3010 + n), 100);
    await studio.house.stop();
    await studio.write(`UPDATE payments SET state = '${state}' WHERE provider_id = '${id}'`);
    studio.shop.pay(id);
    await studio.reopen();
    t.is(await notify(studio, 'payment.succeeded', { id }), 200, state);
    t.is(await balance(studio, 3010 + n), 10_060, state);
  }
  t.deepEqual(
    (await paymentRows(studio)).map(({ state }) => state),
    states.map(() => 'succeeded'),
  );
  await booksClose(t, studio);
});

inEachHouse('points that come back from an edit pay first what is owed for money that went back', async (t, on) => {
  const studio = await openStudio(t, { ...on, shop: true, env: { EDIT_COST: '10060' } });
  const anna = await start(studio, 3020);
  const id = await ordered(anna, 100);
  studio.shop.pay(id);
  await anna.waitFor(/Новый баланс: 10\s060/);
  studio.comfy.faults.next('hold');
  await anna.sendPhoto(await phonePhoto(1, 160, 120), { caption: 'в зиму' });
  const status = await anna.waitFor(/Обрабатываю/);
  const refund = await refundElsewhere(studio.shop, id, '100.00');
  t.is(await notify(studio, 'refund.succeeded', refund), 200);
  await anna.waitFor(/Долг: 10\s000 баллов/);
  await anna.press('❌ Отменить', status);
  await anna.waitFor(/Возвращаем 10\s060 баллов[\s\S]*погашен долг: 10\s000 баллов[\s\S]*Новый баланс: 60 баллов/);
  t.is(await balance(studio, 3020), 60);
  t.is((await accounts(studio))['debt:3020'], 0);
  await booksClose(t, studio);
});

inEachHouse('one promo code, 50 tries at once: by one person it gives once, by 50 people with one use once', async (t, on) => {
  const studio = await openStudio(t, { ...on, env: { ADMIN_IDS: String(admin) } });
  const boss = await start(studio, admin);
  boss.sendText('/newpromo ВЕСНА 100 1000');
  await boss.waitFor(/весна/i, { after: boss.messages.at(-1)!.id });
  boss.sendText('/newpromo ОДИН 100 1');
  await boss.waitFor(/один/i, { after: boss.messages.at(-1)!.id });
  const anna = await start(studio, 3004);
  for (let n = 0; n < 50; n++) anna.sendText(n % 2 ? '/promo весна' : '/promo ВЕСНА');
  const crowd = Array.from({ length: 50 }, (_, n) => studio.telegram.person(3100 + n, { firstName: 'Ира' }));
  for (const one of crowd) one.sendText('/promo один');
  await studio.telegram.waitForCall(call => call.method === 'sendMessage' && call.chatId === 3149, { timeoutMs: 30_000 });
  await studio.step(seen => seen.step === 'update:durable' && count(studio, 'update:durable') >= 104);
  const after = await accounts(studio);
  t.is(after['user:3004'], 160);
  t.deepEqual(crowd.filter(({ id }) => after[`user:${id}`] === 160).length, 1);
  t.is(after['promo:один'], 0);
  await booksClose(t, studio);
});

/** Friday of week 47, 20:00 in Moscow. */
const friday = Date.UTC(2026, 10, 20, 17);

inEachHouse('one bonus per person and ISO week, over any restarts', async (t, on) => {
  let now = friday - 3_600_000;
  const clock: Clock = {
    now: () => now,
    after(ms, call) {
      const timer = setTimeout(call, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
  const bells = new Set<() => void>();
  const bonusAlarm: Alarm = ring => {
    bells.add(ring);
    return () => void bells.delete(ring);
  };
  const studio = await openStudio(t, { ...on, clock, bonusAlarm, env: { WEEKLY_BONUS_ENABLED: 'true' } });
  const people: Person[] = [await start(studio, 3005), await start(studio, 3006)];
  now = friday;
  for (let restart = 0; restart < 5; restart++) {
    await studio.reopen();
    for (const ring of bells) ring();
    now += 3_600_000;
  }
  await studio.step('bonus:done');
  for (const { id } of people) t.is(await balance(studio, id), 70, String(id));
  await booksClose(t, studio);
});
