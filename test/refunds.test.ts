import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import Koa from 'koa';
import { spawnLedger } from '../actors/ledger.ts';
import { ask } from '../actors/nact.ts';
import { spawnPayments } from '../actors/payments.ts';
import type { LinkGateway, Notified, Observed } from '../actors/protocol.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { available, debtAccount, emptyBook, mayOverdraw, owed, userAccount } from '../src/domain/ledger.ts';
import type { Payment, ProviderPayment } from '../src/domain/payment.ts';
import { credit, providerAccount } from '../src/domain/payment-saga.ts';
import { type Facts, plan } from '../src/domain/plan.ts';
import {
  isRefundKeyFresh,
  judgeRefund,
  judgeRefundWish,
  orderOf,
  type ProviderRefund,
  pointsOfRefund,
  type Refund,
  type RefundAnswer,
  refundKeyMs,
  refundRetryMs,
} from '../src/domain/refund.ts';
import * as saga from '../src/domain/refund-saga.ts';
import type { Commit, WriteUnit } from '../src/domain/unit.ts';
import { addressList } from '../src/http/client-address.ts';
import { yookassaWebhook } from '../src/http/yookassa-webhook.ts';
import { createYooKassa } from '../src/payments/yookassa.ts';
import { refundBody, refundOf, refundPageOf } from '../src/payments/yookassa-refund.ts';
import { voidPracticePoints } from '../src/practice-points.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { startYooKassa } from '../src/sandbox/yookassa/server.ts';
import { fastClock } from './fast-clock.ts';
import { accounts, balance, madeElsewhere, notify, order, ordered, start } from './payer.ts';
import { actorSystem, fakeClock, noon, openRows, reserve, runs, until } from './probe.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions } from './studio.ts';

// — the rules —

const paid: Payment = {
  ...{ id: '0b7c1c1e-1111-4222-8333-444455556666', userId: 7, gateway: 'yookassa', method: 'card', amountMinor: 50_000 },
  ...{ currency: 'RUB', points: 50_000, email: null, request: null, createdAt: noon },
  ...{ state: 'succeeded', providerId: 'p', confirmationUrl: null, reason: null },
};
const back = (over: Partial<Refund> = {}): Refund => ({
  ...{ id: 'r', paymentId: paid.id, gateway: 'yookassa', amountMinor: 10_000, points: 10_000, byId: 9, createdAt: noon },
  ...{ state: 'created', providerId: null },
  ...over,
});
const shown = (over: Partial<ProviderRefund> = {}): ProviderRefund => ({
  ...{ providerId: 'pr', status: 'succeeded', amountMinor: 10_000, refundId: 'r' },
  ...over,
});

test('a part of the money takes the same part of the points', t => {
  const of = (points: number, paidMinor: number) => (amountMinor: number) =>
    pointsOfRefund({ points, amountMinor: paidMinor }, amountMinor);
  t.deepEqual([1, 10_000, 49_999, 50_000].map(of(50_000, 50_000)), [1, 10_000, 49_999, 50_000]);
  t.deepEqual([1, 33, 50, 100].map(of(130, 100)), [1, 43, 65, 130]);
  t.deepEqual([1, 49, 50, 99, 100].map(of(1, 100)), [0, 0, 1, 1, 1], 'a share of a point is rounded');
  t.is(of(500, 100)(101), 500, 'never more than was credited');
});

test('no more goes back than is left, whatever is still on its way', t => {
  const wish = { refundId: 'new', paymentId: paid.id, amountMinor: null, byId: 9 };
  const judge = (amountMinor: number | null, refunds: Refund[], payment: Payment | undefined = paid) =>
    judgeRefundWish({ ...wish, amountMinor }, payment, refunds, { onlyWhole: false });
  const ordered = (amountMinor: number): RefundAnswer => ({ status: 'ordered', amountMinor, points: amountMinor });
  t.deepEqual(judge(null, []), ordered(50_000));
  t.deepEqual(judge(20_000, []), ordered(20_000));
  for (const state of ['created', 'pending', 'succeeded'] as const) {
    t.deepEqual(judge(null, [back({ state })]), ordered(40_000), state);
    t.deepEqual(judge(40_001, [back({ state })]), { status: 'tooMuch', leftMinor: 40_000 }, state);
  }
  t.deepEqual(judge(null, [back({ state: 'failed' })]), ordered(50_000));
  t.deepEqual(judge(null, [back({ amountMinor: 50_000 })]), { status: 'tooMuch', leftMinor: 0 });
  t.deepEqual(judge(null, [back({ amountMinor: 60_000, state: 'succeeded' })]), { status: 'tooMuch', leftMinor: 0 });
  for (const odd of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    t.deepEqual(judge(odd, []), { status: 'tooMuch', leftMinor: 50_000 }, String(odd));
  t.deepEqual(judgeRefundWish(wish, undefined, [], { onlyWhole: false }), { status: 'unknownPayment' });
  for (const state of ['created', 'pending', 'failed', 'cancelled'] as const)
    t.deepEqual(judge(null, [], { ...paid, state }), { status: 'notPaid' }, state);
  t.deepEqual(judge(999_999, [back({ id: 'new', state: 'succeeded' })]), ordered(10_000), 'a repeat is what was ordered first');
});

test('Stars go back as a whole or not at all', t => {
  const stars: Payment = { ...paid, gateway: 'stars', currency: 'XTR', amountMinor: 385 };
  const judge = (amountMinor: number | null) =>
    judgeRefundWish({ refundId: 'new', paymentId: paid.id, amountMinor, byId: 9 }, stars, [], { onlyWhole: true });
  t.deepEqual(judge(null), { status: 'ordered', amountMinor: 385, points: 50_000 });
  t.deepEqual(judge(385), { status: 'ordered', amountMinor: 385, points: 50_000 });
  t.deepEqual(judge(384), { status: 'onlyWhole' });
});

test('what the gateway shows of a refund is what becomes of it', t => {
  const [created, pending] = [back(), back({ state: 'pending', providerId: 'pr' })];
  t.deepEqual([judgeRefund(created, shown()), judgeRefund(pending, shown())], ['book', 'book']);
  const failed = shown({ status: 'failed' });
  t.deepEqual([judgeRefund(created, failed), judgeRefund(pending, failed)], ['fail', 'fail']);
  const works = shown({ status: 'pending' });
  t.deepEqual([judgeRefund(created, works), judgeRefund(pending, works)], ['pend', 'wait']);
  t.deepEqual([judgeRefund(created, null), judgeRefund(pending, null)], ['fail', 'wait'], 'one that it took does not vanish');
});

test('a refund is known by its own id, by the one it was told, and a whole payment by its sum', t => {
  const whole = back({ id: 'whole', amountMinor: 50_000 });
  const rows = [back({ id: 'a' }), back({ id: 'b', providerId: 'pr', state: 'succeeded' })];
  t.is(orderOf(shown({ refundId: null }), paid, rows)?.id, 'b');
  t.is(orderOf(shown({ refundId: 'a' }), paid, rows)?.id, 'b', 'its own id goes first');
  t.is(orderOf(shown({ refundId: 'a', providerId: 'other' }), paid, rows)?.id, 'a');
  t.is(orderOf(shown({ refundId: 'b', providerId: 'other' }), paid, rows), undefined, 'an order is one refund');
  t.is(orderOf(shown({ refundId: null, providerId: 'other' }), paid, rows), undefined);
  const all = shown({ refundId: null, providerId: 'charge', amountMinor: 50_000 });
  t.is(orderOf(all, paid, [...rows, whole])?.id, 'whole');
  t.is(orderOf(all, paid, [{ ...whole, state: 'failed' }]), undefined);
});

test('a refund is asked for again with growing pauses while its key lives', t => {
  t.deepEqual([1, 2, 3, 6, 50].map(refundRetryMs), [2_000, 4_000, 8_000, 60_000, 60_000]);
  t.deepEqual([0, refundKeyMs, refundKeyMs + 1, -refundKeyMs - 1].map(isRefundKeyFresh), [true, true, false, false]);
});

test('a refund of less than a point takes none, and is booked once', t => {
  const cheap = { ...paid, points: 1, amountMinor: 100 };
  const facts: Facts = { ...emptyBook(), states: new Map([['r', 'created']]) };
  const unit = saga.book(cheap, shown({ amountMinor: 10 }), back({ amountMinor: 10, points: 0 }), noon);
  const { outcomes, transfers, writes } = plan([unit, unit], facts);
  t.deepEqual(outcomes, [{ status: 'applied' }, { status: 'lost', state: 'succeeded' }]);
  t.deepEqual(transfers, []);
  t.is(writes.filter(write => write.do === 'setRefund').length, 1);
});

// — whatever happens in whatever order —

type Act =
  | { do: 'pay' | 'payAgain'; n: number }
  | { do: 'spend'; points: number }
  | { do: 'order' | 'book' | 'fail'; n: number; part: number }
  | { do: 'elsewhere'; n: number; part: number };

const payments: Payment[] = [30, 7, 100].map((points, n) => ({
  ...paid,
  id: `pay-${n}`,
  points,
  amountMinor: 300,
  providerId: `p-${n}`,
}));
const seenOf = (payment: Payment): ProviderPayment => ({
  ...{
    providerId: payment.providerId!,
    status: 'succeeded',
    amountMinor: payment.amountMinor,
    refundedMinor: 0,
    currency: 'RUB',
  },
  ...{ orderId: payment.id, confirmationUrl: null, reason: null },
});
const n = fc.nat(payments.length - 1);
const part = fc.constantFrom(50, 99, 100, 150, 300);
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('pay' as const, 'payAgain' as const), n }),
    fc.record({ do: fc.constant('spend' as const), points: fc.constantFrom(1, 10, 30, 60) }),
    fc.record({ do: fc.constantFrom('order' as const, 'book' as const, 'book' as const, 'fail' as const), n, part }),
    fc.record({ do: fc.constant('elsewhere' as const), n, part }),
  ),
  { minLength: 1, maxLength: 40 },
);

/** A gateway that gives no more back than it took, our rows as they would be written, and every unit that has ever been made. */
function newTill() {
  const facts: Facts = { ...emptyBook(), states: new Map() };
  const [rows, lines] = [new Map<string, Refund>(), new Set<string>()];
  const gone = new Map<string, ProviderRefund[]>();
  const goneMinor = (id: string): number => (gone.get(id) ?? []).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const commit = (...units: WriteUnit[]): void => {
    const { transfers, writes } = plan(units, facts);
    for (const { id } of transfers) {
      if (lines.has(id)) throw new Error(`${id} is there twice`);
      lines.add(id);
    }
    for (const write of writes) {
      if (write.do === 'addRefund') rows.set(write.refund.id, write.refund);
      if (write.do === 'setRefund') rows.set(write.id, { ...rows.get(write.id)!, state: write.state });
    }
  };
  return { facts, rows, gone, goneMinor, commit };
}

test('whatever is paid, spent, given back and repeated: nothing is lost, made up or done twice, and debts are paid first', t => {
  fc.assert(
    fc.property(acts, script => {
      const { facts, rows, gone, goneMinor, commit } = newTill();
      let count = 0;
      const refundsOf = ({ id }: Payment) => [...rows.values()].filter(({ paymentId }) => paymentId === id);
      const give = (payment: Payment, refund: ProviderRefund): void =>
        void gone.set(payment.id, [...(gone.get(payment.id) ?? []), refund]);
      const bookAll = (payment: Payment): WriteUnit[] =>
        (gone.get(payment.id) ?? []).map(one => saga.book(payment, one, orderOf(one, payment, refundsOf(payment)) ?? null, noon));
      const play = (act: Act): void => {
        if (act.do === 'spend') return commit({ movement: reserve(`spend-${++count}`, userAccount(7), act.points), writes: [] });
        const payment = payments[act.n]!;
        const isPaid = facts.states.get(payment.id) === 'succeeded';
        if (act.do === 'pay' || act.do === 'payAgain') return commit(...bookAll(payment), credit(payment, seenOf(payment), noon));
        if (act.do === 'order') {
          const wish = { refundId: `r-${++count}`, paymentId: payment.id, amountMinor: act.part, byId: 9 };
          const answer = judgeRefundWish(wish, isPaid ? payment : undefined, refundsOf(payment), { onlyWhole: false });
          if (answer.status === 'ordered')
            commit(saga.order(back({ id: wish.refundId, paymentId: payment.id, amountMinor: answer.amountMinor })));
          return;
        }
        if (act.do === 'elsewhere') {
          if (goneMinor(payment.id) + act.part <= payment.amountMinor)
            give(payment, { providerId: `pr-${++count}`, status: 'succeeded', amountMinor: act.part, refundId: null });
          return;
        }
        const open = refundsOf(payment).find(({ state }) => state === 'created');
        if (act.do === 'fail') return open && commit(saga.fail(open, noon));
        if (open && goneMinor(payment.id) + open.amountMinor <= payment.amountMinor)
          give(payment, { providerId: `pr-${++count}`, status: 'succeeded', amountMinor: open.amountMinor, refundId: open.id });
        // Told of before it was paid: both are booked, the refunds first.
        commit(...bookAll(payment), credit(payment, seenOf(payment), noon));
      };
      for (const act of script) {
        play(act);
        assertSound(facts);
      }
      const sold = payments.filter(({ id }) => facts.states.get(id) === 'succeeded');
      for (const payment of sold) commit(...bookAll(payment), credit(payment, seenOf(payment), noon));
      for (const payment of payments) assertGone(payment, refundsOf(payment), goneMinor(payment.id));
      const takenBack = sold.flatMap(payment =>
        (gone.get(payment.id) ?? []).map(one => pointsOfRefund(payment, one.amountMinor)),
      );
      const left = [...sold.map(({ points }) => points), ...takenBack.map(points => -points)].reduce(
        (sum, points) => sum + points,
        0,
      );
      const provider = facts.accounts.get(providerAccount('yookassa'))?.posted ?? 0;
      if (provider !== -left)
        throw new Error(`the gateway's account is ${provider}, where ${-left} is what it sold and took back`);
    }),
    runs(t, 300),
  );
  t.pass();
});

function assertSound({ accounts }: Facts): void {
  let sum = 0;
  for (const [id, account] of accounts) {
    sum += account.posted;
    if (!mayOverdraw(id) && available(account) < 0) throw new Error(`${id} is negative`);
  }
  if (sum !== 0) throw new Error(`the sum is ${sum}`);
  const [user, debt] = [accounts.get(userAccount(7)), accounts.get(debtAccount(7))];
  if (debt && debt.posted > 0) throw new Error('a debt is above 0');
  if (user && debt && owed(debt) > 0 && available(user) > 0) throw new Error('points can be spent that are owed');
}

function assertGone({ id, amountMinor }: Payment, refunds: readonly Refund[], goneMinor: number): void {
  const of = (state: Refund['state']) =>
    refunds.filter(one => one.state === state).reduce((sum, one) => sum + one.amountMinor, 0);
  if (of('succeeded') > goneMinor || goneMinor > amountMinor) throw new Error(`${id}: more is booked than went back`);
}

// — what YooKassa says —

const answer = { id: 'pr', payment_id: 'p', status: 'succeeded', amount: { value: '100.50', currency: 'RUB' } };

test('a refund of YooKassa is read in our words, and any other shape is none', t => {
  t.deepEqual(refundOf({ ...answer, metadata: { refund_id: 'r' }, receipt_registration: 7 }), shown({ amountMinor: 10_050 }));
  t.deepEqual(
    refundOf({ ...answer, status: 'canceled', metadata: [] }),
    shown({ status: 'failed', amountMinor: 10_050, refundId: null }),
  );
  for (const odd of [{}, null, { ...answer, status: 'refunded' }, { ...answer, amount: { value: '1', currency: 'RUB' } }])
    t.is(refundOf(odd), undefined);
  const page = { type: 'list', items: [answer, { ...answer, id: 'of-another', payment_id: 'x' }], next_cursor: 'c' };
  t.deepEqual(refundPageOf(page, 'p'), { refunds: [shown({ amountMinor: 10_050, refundId: null })], cursor: 'c' });
  t.is(refundPageOf({ items: [{}] }, 'p'), undefined);
});

test('a refund has the receipt that the payment had, with the sum that goes back', t => {
  const receipt = {
    customer: { email: 'a@example.com' },
    items: [{ description: 'Баллы', quantity: 1, amount: { value: '500.00', currency: 'RUB' }, vat_code: 1 }],
    tax_system_code: 2,
  };
  const request = JSON.stringify({ amount: { value: '500.00', currency: 'RUB' }, receipt });
  t.like(refundBody(back({ amountMinor: 12_345 }), { ...paid, request }), {
    ...{ payment_id: 'p', amount: { value: '123.45', currency: 'RUB' }, metadata: { refund_id: 'r' } },
    receipt: { ...receipt, items: [{ ...receipt.items[0]!, amount: { value: '123.45', currency: 'RUB' } }] },
  });
  for (const none of [null, '{}']) t.false('receipt' in refundBody(back(), { ...paid, request: none }));
});

// — the actor, over real rows and a shop that is asked over HTTP —

/** `through`: what stands between the actor and its rows; `gateway`: what is not as the shop has it. */
type DeskOptions = { through?: (commit: Commit) => Commit; gateway?: Partial<LinkGateway> };

/** A till whose one payment is paid and credited. */
async function openDesk(t: ExecutionContext, { through = commit => commit, gateway: over = {} }: DeskOptions = {}) {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const queries = createQueries(rows.reader);
  const shop = await startYooKassa({ shopId: '100500', apiKey: 'live_secret' });
  t.teardown(() => shop.close());
  const gateway = createYooKassa({
    ...{ name: 'yookassa', shopId: '100500', apiKey: 'live_secret', apiUrl: shop.url },
    returnUrl: () => 'https://t.me/bot',
  });
  const clock = fakeClock();
  const observed: Observed[] = [];
  const deps = { clock, commit: through(commit), observe: (seen: Observed) => void observed.push(seen), reconcileMs: 60_000 };
  const providerId = await madeElsewhere(shop, {
    ...{ amount: { value: '500.00', currency: 'RUB' }, metadata: { order_id: paid.id } },
  });
  shop.pay(providerId);
  const { state: _, request: __, providerId: ___, confirmationUrl: ____, reason: _____, ...order } = paid;
  await commit({ writes: [{ do: 'addPayment', payment: order }] });
  await commit(credit({ ...paid, state: 'pending' }, seenOf({ ...paid, providerId }), noon));
  const system = actorSystem(t);
  const payments = spawnPayments(system, {
    ...{ ...deps, ...queries, ledger: spawnLedger(system, deps) },
    gateways: new Map([[gateway.name, { ...gateway, ...over }]]),
  });
  return {
    ...{ rows, shop, clock, providerId },
    steps: () => observed.map(({ step }) => step),
    wish: (refundId: string, amountMinor: number | null = null): Promise<RefundAnswer> =>
      ask(payments, { type: 'refund', wish: { refundId, paymentId: paid.id, amountMinor, byId: 9 } }, 15_000),
    refunded: (): Promise<Notified> => ask(payments, { type: 'refunded', gateway: 'yookassa', providerId }, 15_000),
    refunds: () => rows.read<{ id: string; state: string; amount_minor: number }>('SELECT * FROM refunds ORDER BY id'),
  };
}
const uuidOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

test('whoever asks at the same moment, no more is ordered than was paid; the same order twice is one', async t => {
  const desk = await openDesk(t);
  const answers = await Promise.all([
    ...[1, 1, 2, 2, 3].map(n => desk.wish(uuidOf(n), 20_000)),
    ...[4, 5].map(n => desk.wish(uuidOf(n))),
  ]);
  t.deepEqual(
    answers.map(answer => (answer.status === 'ordered' ? answer.amountMinor : answer.status === 'tooMuch' && answer.leftMinor)),
    [20_000, 20_000, 20_000, 20_000, 10_000, 10_000, 0],
    'the third wanted more than was left, the fourth all of it',
  );
  await until(async () => (await desk.refunds()).every(({ state }) => state === 'succeeded'), 'all are booked');
  t.is(desk.shop.takenKopeks(), 0);
  t.is((await desk.rows.account('user:7')).posted, 0);
  t.deepEqual(await desk.wish(uuidOf(1), 999), { status: 'ordered', amountMinor: 20_000, points: 20_000 });
  t.is(desk.shop.refunds().length, 3);
});

test('an order that could not be written is not asked for, and the room it took is free again', async t => {
  let isDown = true;
  const desk = await openDesk(t, {
    through: commit => async unit => {
      if (isDown && unit.writes.some(write => write.do === 'addRefund')) throw new Error('SQLITE_FULL');
      return commit(unit);
    },
  });
  t.deepEqual(await desk.wish(uuidOf(1)), { status: 'unavailable' });
  t.deepEqual(await desk.wish(uuidOf(1)), { status: 'unavailable' });
  t.deepEqual(await desk.wish(uuidOf(2)), { status: 'tooMuch', leftMinor: 0 }, 'it may still have been written');
  isDown = false;
  desk.clock.advance(60_000);
  await until(async () => (await desk.wish(uuidOf(2))).status === 'ordered', 'another is taken');
  await until(async () => (await desk.refunds()).every(({ state }) => state === 'succeeded'), 'and done');
  t.deepEqual(
    (await desk.refunds()).map(({ id }) => id),
    [uuidOf(2)],
  );
});

test('an order whose answer is lost is booked when the gateway tells of it, and not once more when it is asked', async t => {
  const desk = await openDesk(t);
  const mend = desk.shop.faults.always({ kind: 'dropAfterDoing', method: 'POST', path: '/refunds' });
  await desk.wish(uuidOf(1), 10_000);
  await until(() => desk.steps().includes('refund:unseen'), 'the answer is lost');
  mend();
  t.is(await desk.refunded(), 'booked');
  t.is((await desk.refunds())[0]?.state, 'succeeded');
  t.deepEqual(await Promise.all([desk.refunded(), desk.refunded()]), ['booked', 'booked']);
  t.is((await desk.rows.account('provider:yookassa')).posted, -40_000);
  desk.clock.advance(60_000);
  await until(() => desk.steps().includes('refund:booked:repeated'), 'the order learns of it');
  t.is(desk.shop.refunds().length, 1);
});

test('a refund that the gateway works on is looked at to its end, although nobody heard that this was written', async t => {
  let [status, isLost] = ['pending' as ProviderRefund['status'], false];
  const one = (refundId: string) => shown({ refundId, status });
  const desk = await openDesk(t, {
    through: commit => async unit => {
      const outcome = await commit(unit);
      if (isLost || !unit.writes.some(write => write.do === 'setRefund')) return outcome;
      isLost = true;
      throw new Error('the answer is lost');
    },
    gateway: { refund: async ({ id }) => one(id), refundsOf: async () => [one(uuidOf(1))] },
  });
  await desk.wish(uuidOf(1), 10_000);
  await until(() => desk.steps().includes('refund:booked:failed'), 'the answer is lost');
  desk.clock.advance(60_000);
  await until(() => desk.steps().includes('refund:booked:lost'), 'it was written all the same');
  status = 'failed';
  desk.clock.advance(60_000);
  await until(async () => (await desk.refunds())[0]?.state !== 'pending', 'the end is seen');
  t.is((await desk.refunds())[0]?.state, 'failed');
});

test('a payment that says more went back than its refunds show is told of again', async t => {
  let listed: ProviderRefund[] = [];
  const desk = await openDesk(t, {
    gateway: {
      read: async providerId => ({ ...seenOf({ ...paid, providerId }), refundedMinor: 10_000 }),
      refundsOf: async () => listed,
    },
  });
  t.is(await desk.refunded(), 'unavailable');
  listed = [shown({ amountMinor: 4_000, refundId: null })];
  t.is(await desk.refunded(), 'unavailable', 'some are booked');
  listed = [
    ...listed,
    shown({ providerId: 'another', amountMinor: 6_000, refundId: null }),
    shown({ providerId: 'x', status: 'failed' }),
  ];
  t.is(await desk.refunded(), 'booked');
  t.deepEqual(
    (await desk.refunds()).map(row => row.amount_minor),
    [6_000, 4_000],
  );
  t.is((await desk.rows.account('provider:yookassa')).posted, -40_000);
});

test('a refund is booked although the payment does not show it yet', async t => {
  const desk = await openDesk(t, {
    gateway: {
      read: async providerId => seenOf({ ...paid, providerId }),
      refundsOf: async () => [shown({ amountMinor: 4_000, refundId: null }), shown({ providerId: 'x', status: 'pending' })],
    },
  });
  t.is(await desk.refunded(), 'booked');
  t.is((await desk.rows.account('provider:yookassa')).posted, -46_000);
});

test('whoever tells of a refund that a bank takes its time with is not told to come again for days', async t => {
  let [status, refundedMinor] = ['pending' as ProviderRefund['status'], 10_000];
  const desk = await openDesk(t, {
    gateway: {
      read: async providerId => ({ ...seenOf({ ...paid, providerId }), refundedMinor }),
      refundsOf: async () => [
        shown({ refundId: null, status }),
        shown({ providerId: 'another', amountMinor: 5, status: 'failed' }),
      ],
    },
  });
  t.is(await desk.refunded(), 'booked');
  t.is((await desk.rows.account('provider:yookassa')).posted, -50_000, 'nothing is taken before it is done');
  refundedMinor = 10_001;
  t.is(await desk.refunded(), 'unavailable', 'a part of it is not listed');
  [status, refundedMinor] = ['succeeded', 10_000];
  t.is(await desk.refunded(), 'booked');
  t.is((await desk.rows.account('provider:yookassa')).posted, -40_000);
});

test('of a refund that the gateway takes back after it was booked the operator is told', async t => {
  let status: ProviderRefund['status'] = 'succeeded';
  const desk = await openDesk(t, {
    gateway: {
      read: async providerId => seenOf({ ...paid, providerId }),
      refundsOf: async () => [shown({ amountMinor: 4_000, refundId: null, status })],
    },
  });
  t.is(await desk.refunded(), 'booked');
  t.false(desk.steps().includes('refund:returned'));
  status = 'failed';
  t.is(await desk.refunded(), 'booked');
  t.true(desk.steps().includes('refund:returned'));
  t.is((await desk.rows.account('provider:yookassa')).posted, -46_000, 'whoever looks at it decides');
});

test('a notification of a refund asks for refunds, and one of a payment for the payment', async t => {
  const told: string[] = [];
  const tell = (what: string) => async (id: string) => {
    told.push(`${what} ${id}`);
    return 'booked' as const;
  };
  const allowed = addressList(['127.0.0.1/32']);
  const app = new Koa().use(
    yookassaWebhook({ allowed, proxies: addressList([]), secret: null, notified: tell('payment'), refunded: tell('refund of') }),
  );
  const server = app.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  for (const event of ['payment.succeeded', 'refund.succeeded', 'refund.made_up_tomorrow', 'payout.succeeded'])
    await fetch(url, { method: 'POST', body: JSON.stringify({ event, object: { id: 'a', payment_id: 'b' } }) });
  t.deepEqual(told, ['payment a', 'refund of b', 'refund of b']);
});

// — a whole house —

const adminId = 9000;
const openTill = (t: ExecutionContext, options: StudioOptions = {}) =>
  openStudio(t, { shop: true, clock: fastClock(20), ...options, env: { ADMIN_IDS: `${adminId},9001`, ...options.env } });

/** Somebody who has paid, with the id of our order and the shop's of the payment. */
async function payer(studio: Studio, id: number, rubles: 100 | 250 | 500 | 1000 = 500) {
  const person = await start(studio, id);
  const providerId = await ordered(person, rubles);
  studio.shop.pay(providerId);
  await person.waitFor(/Платеж успешно обработан/);
  await person.waitFor(/Оплачено/);
  const [row] = await studio.read<{ id: string }>(`SELECT id FROM payments WHERE provider_id = '${providerId}'`);
  return { person, providerId, paymentId: row!.id };
}

/** Gives money back by the shop's own API, as the operator does in its cabinet. */
async function giveBack({ shop }: Studio, paymentId: string, value: string): Promise<void> {
  const response = await fetch(`${shop.url}/refunds`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${Buffer.from('100500:live_secret').toString('base64')}`,
      'Idempotence-Key': `back-${shop.refunds().length}`,
    },
    body: JSON.stringify({ payment_id: paymentId, amount: { value, currency: 'RUB' } }),
  });
  if (response.status !== 200) throw new Error(`the shop answered ${response.status}`);
}

const rowsOf = ({ read }: Studio) =>
  read<{ state: string; amount_minor: number; points: number; by_id: number | null }>(
    'SELECT state, amount_minor, points, by_id FROM refunds ORDER BY created_at, id',
  );
const taken = ({ read }: Studio) =>
  read<{ id: string; points: number }>("SELECT id, points FROM transfers WHERE reason = 'refund'");
const told = (person: Person, words: RegExp): number => person.messages.filter(({ text }) => words.test(text ?? '')).length;

/** The sum of all is 0, nobody is below it, and what the shop holds is what the ledger says it sold. */
async function assertBalanced(t: ExecutionContext, studio: Studio): Promise<void> {
  const all = await accounts(studio);
  t.is(
    Object.values(all).reduce((sum, posted) => sum + posted, 0),
    0,
  );
  for (const [id, posted] of Object.entries(all)) {
    if (id.startsWith('user:')) t.true(posted >= 0, id);
    if (id.startsWith('debt:')) t.true(posted <= 0, id);
  }
  t.is(studio.shop.takenKopeks() + (all['provider:yookassa'] ?? 0), 0, '100 points for a ruble: a point for a kopek');
}

test('an admin gives all of a payment back: the money, the points, and a word to both', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const { person, providerId, paymentId } = await payer(studio, 1001);
  admin.sendText(`/refund ${paymentId}`);
  const words = await person.waitFor(/Возврат: 500 ₽/);
  t.regex(words.text ?? '', /Списано: 50\s000 баллов\n.*Новый баланс: 60 баллов/);
  await admin.waitFor(/✅ Возврат 500 ₽ выполнен/);
  t.like(studio.shop.refunds(), [{ payment_id: providerId, status: 'succeeded', amount: { value: '500.00', currency: 'RUB' } }]);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM refunds');
  const request = studio.shop.requests.find(({ method, path }) => method === 'POST' && path === '/refunds');
  t.is(request?.idempotenceKey, row!.id);
  t.deepEqual(await rowsOf(studio), [{ state: 'succeeded', amount_minor: 50_000, points: 50_000, by_id: adminId }]);
  t.is(await balance(studio, 1001), 60);
  await assertBalanced(t, studio);
  const logged = await studio.read<{ event: string }>(
    `SELECT event FROM payment_log WHERE event LIKE 'refund%' AND event <> 'refund_notified' ORDER BY at`,
  );
  t.deepEqual(
    logged.map(({ event }) => event),
    ['refund_ordered', 'refund_succeeded'],
  );
});

test('a payment goes back in parts, and never more than was paid', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const { person, paymentId } = await payer(studio, 1001);
  for (const [rubles, left] of [
    ['200', /30\s060/],
    ['0.50', /30\s010/],
  ] as const) {
    admin.sendText(`/refund ${paymentId} ${rubles}`);
    await person.waitFor(new RegExp(`Возврат:[\\s\\S]*Новый баланс: ${left.source}`));
  }
  admin.sendText(`/refund ${paymentId} 300`);
  await studio.step(seen => seen.step === 'outbox:settled:adminOutcome', studio.observed.length);
  t.is(studio.shop.refunds().length, 2);
  admin.sendText(`/refund ${paymentId}`);
  await person.waitFor(/Возврат: 299,50 ₽[\s\S]*Новый баланс: 60 баллов/);
  t.deepEqual(
    (await rowsOf(studio)).map(row => row.amount_minor),
    [20_000, 50, 29_950],
  );
  await assertBalanced(t, studio);
});

test('two admins at the same moment give back no more than there is', async t => {
  const studio = await openTill(t);
  const [one, another] = [await start(studio, adminId), await start(studio, 9001)];
  const { person, paymentId } = await payer(studio, 1001, 100);
  const before = studio.observed.length;
  one.sendText(`/refund ${paymentId}`);
  another.sendText(`/refund ${paymentId}`);
  one.sendText(`/refund ${paymentId} 60`);
  another.sendText(`/refund ${paymentId} 60`);
  await person.waitFor(/Возврат:/);
  for (let n = 0, from = before; n < 4; n++) {
    await studio.step('outbox:settled:adminOutcome', from);
    from = studio.observed.findIndex(({ step }, at) => at >= from && step === 'outbox:settled:adminOutcome') + 1;
  }
  t.true((await rowsOf(studio)).reduce((sum, { amount_minor }) => sum + amount_minor, 0) <= 10_000);
  await assertBalanced(t, studio);
});

test('points that were spent are owed, shown, and repaid by the next top-up before anything else', async t => {
  const studio = await openTill(t, { env: { EDIT_COST: '10060' } });
  const admin = await start(studio, adminId);
  const { person, paymentId } = await payer(studio, 1001, 100);
  person.sendPhoto(await phonePhoto(), { caption: 'в зиму' });
  await person.waitFor(/Обработка завершена/);
  t.is(await balance(studio, 1001), 0);
  admin.sendText(`/refund ${paymentId}`);
  const words = await person.waitFor(/Возврат: 100 ₽[\s\S]*Долг: 10\s000 баллов, погасится следующим пополнением/);
  t.notRegex(words.text ?? '', /Списано/);
  person.sendText('/balance');
  await person.waitFor(/Баланс: 0 баллов[\s\S]*Долг: 10\s000 баллов, погасится следующим пополнением/);
  person.sendText('👤 Профиль');
  await person.waitFor(/Баланс: 0 баллов\n📅[\s\S]*Долг: 10\s000 баллов/);
  await assertBalanced(t, studio);
  const second = await ordered(person, 250);
  studio.shop.pay(second);
  await person.waitFor(/Начислено: 25\s000 баллов\n.*Из них погашен долг: 10\s000 баллов\n.*Новый баланс: 15\s000 баллов/);
  t.is(await balance(studio, 1001), 15_000);
  t.is((await accounts(studio))['debt:1001'], 0);
  person.sendText('/balance');
  const after = await person.waitFor(/Баланс: 15\s000 баллов\n/);
  t.notRegex(after.text ?? '', /Долг/);
  await assertBalanced(t, studio);
});

test('whoever owes already is told how many of their points a further refund took', async t => {
  const studio = await openTill(t, { env: { EDIT_COST: '10060' } });
  const admin = await start(studio, adminId);
  const { person, paymentId } = await payer(studio, 1001, 100);
  person.sendPhoto(await phonePhoto(), { caption: 'в зиму' });
  await person.waitFor(/Обработка завершена/);
  admin.sendText(`/refund ${paymentId} 60`);
  await person.waitFor(/Возврат: 60 ₽[\s\S]*Долг: 6\s000/);
  admin.sendText('/addtokens 1001 50');
  await person.waitFor(/Вам начислено 50 баллов/);
  admin.sendText(`/refund ${paymentId} 40`);
  const words = await person.waitFor(/Возврат: 40 ₽/);
  t.regex(words.text ?? '', /Списано: 50 баллов\n.*Долг: 9\s950 баллов.*\n.*Новый баланс: 0 баллов/);
  await assertBalanced(t, studio);
});

test('a notification of a refund delivered 23 times at once books it once, also one that nobody here ordered', async t => {
  const studio = await openTill(t);
  const { person, providerId } = await payer(studio, 1001);
  studio.shop.faults.always({ kind: 'lost' });
  await giveBack(studio, providerId, '200.00');
  const [refund] = studio.shop.refunds();
  const statuses = await Promise.all(Array.from({ length: 23 }, () => notify(studio, 'refund.succeeded', refund!)));
  t.true(statuses.every(status => status === 200));
  await person.waitFor(/Возврат: 200 ₽[\s\S]*Новый баланс: 30\s060/);
  t.is(await notify(studio, 'refund.succeeded', refund!), 200);
  t.deepEqual(await taken(studio), [{ id: `refund:yookassa:${refund!.id}`, points: 20_000 }]);
  t.deepEqual(await rowsOf(studio), [{ state: 'succeeded', amount_minor: 20_000, points: 20_000, by_id: null }]);
  t.is(told(person, /Возврат:/), 1);
  await assertBalanced(t, studio);
});

test('an order whose answer is lost is one refund at the shop', async t => {
  const studio = await openTill(t, { clock: fastClock(50) });
  const admin = await start(studio, adminId);
  const { person, paymentId } = await payer(studio, 1001);
  for (const fault of [{ kind: 'dropAfterDoing' }, { kind: 'status', status: 500, done: true }, { kind: 'processing' }] as const)
    studio.shop.faults.next({ ...fault, method: 'POST', path: '/refunds' });
  studio.shop.faults.always({ kind: 'lost' });
  admin.sendText(`/refund ${paymentId} 200`);
  await person.waitFor(/Возврат: 200 ₽/);
  t.is(studio.shop.refunds().length, 1);
  t.is((await taken(studio)).length, 1);
  await assertBalanced(t, studio);
});

test('a refund that was asked for, with the answer lost and the key forgotten, is found by what it was told', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const { person, paymentId } = await payer(studio, 1001);
  studio.shop.faults.always({ kind: 'lost' });
  const mend = studio.shop.faults.always({ kind: 'dropAfterDoing', method: 'POST', path: '/refunds' });
  admin.sendText(`/refund ${paymentId} 200`);
  await studio.step('refund:unseen');
  await studio.house.stop();
  const asked = studio.shop.requests.filter(({ method, path }) => method === 'POST' && path === '/refunds').length;
  await studio.write('UPDATE refunds SET created_at = created_at - 25 * 3600000');
  mend();
  await studio.reopen();
  await person.waitFor(/Возврат: 200 ₽/);
  t.is(studio.shop.refunds().length, 1);
  t.is(studio.shop.requests.filter(({ method, path }) => method === 'POST' && path === '/refunds').length, asked);
  await assertBalanced(t, studio);
});

test('a refund that never reached the shop is not asked for again after a day', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const { paymentId } = await payer(studio, 1001);
  const mend = studio.shop.faults.always({ kind: 'dropBeforeDoing', method: 'POST', path: '/refunds' });
  admin.sendText(`/refund ${paymentId}`);
  await studio.step('refund:unseen');
  await studio.house.stop();
  await studio.write('UPDATE refunds SET created_at = created_at - 25 * 3600000');
  mend();
  await studio.reopen();
  await admin.waitFor(/❌ Возврат 500 ₽ не прошел/);
  t.is(studio.shop.refunds().length, 0);
  t.is(await balance(studio, 1001), 50_060);
  await assertBalanced(t, studio);
});

test('a refund that the shop refuses takes nothing, and may be ordered anew', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const { person, paymentId } = await payer(studio, 1001);
  studio.shop.faults.next({ kind: 'status', status: 403, method: 'POST', path: '/refunds' });
  admin.sendText(`/refund ${paymentId}`);
  await admin.waitFor(/❌ Возврат 500 ₽ не прошел/);
  t.is(await balance(studio, 1001), 50_060);
  t.is(told(person, /Возврат/), 0);
  admin.sendText(`/refund ${paymentId}`);
  await person.waitFor(/Возврат: 500 ₽/);
  t.deepEqual(
    (await rowsOf(studio)).map(({ state }) => state),
    ['failed', 'succeeded'],
  );
  await assertBalanced(t, studio);
});

test('a refund that the shop works on is looked at until it is final, also by a house that was closed meanwhile', async t => {
  const studio = await openTill(t, { clock: fastClock(200) });
  const admin = await start(studio, adminId);
  const { person, paymentId } = await payer(studio, 1001);
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.holdRefunds();
  const pending = async (rubles: number): Promise<string> => {
    const from = studio.observed.length;
    admin.sendText(`/refund ${paymentId} ${rubles}`);
    await studio.step('refund:booked:applied', from);
    return studio.shop.refunds().at(-1)!.id;
  };
  const first = await pending(200);
  t.is(await balance(studio, 1001), 50_060, 'nothing is taken before it is final');
  studio.shop.settleRefund(first, 'succeeded');
  await person.waitFor(/Возврат: 200 ₽/);
  const second = await pending(100);
  await studio.reopen();
  studio.shop.settleRefund(second, 'canceled');
  await admin.waitFor(/❌ Возврат 100 ₽ не прошел/);
  const third = await pending(300);
  await studio.house.stop();
  studio.shop.settleRefund(third, 'succeeded');
  await studio.reopen();
  await person.waitFor(/Возврат: 300 ₽[\s\S]*Новый баланс: 60 баллов/);
  t.deepEqual(
    (await rowsOf(studio)).map(({ state }) => state),
    ['succeeded', 'failed', 'succeeded'],
  );
  await assertBalanced(t, studio);
});

test('money that went back before the payment was credited is taken, and the payment credited all the same', async t => {
  const studio = await openTill(t);
  const person = await start(studio, 1001);
  const providerId = await ordered(person);
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.pay(providerId);
  await giveBack(studio, providerId, '200.00');
  const [refund] = studio.shop.refunds();
  t.is(await notify(studio, 'refund.succeeded', refund!), 200);
  await person.waitFor(/Возврат: 200 ₽/);
  await person.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 30_060);
  const lines = await studio.read<{ id: string }>(
    "SELECT id FROM transfers WHERE reason IN ('payment', 'refund') ORDER BY rowid",
  );
  t.deepEqual(
    lines.map(({ id }) => id),
    [`refund:yookassa:${refund!.id}`, `payment:yookassa:${providerId}`],
    'a house that dies in between finds the payment open still',
  );
  await assertBalanced(t, studio);
});

test('all the refunds of a payment are read, however many pages they are', async t => {
  const studio = await openTill(t);
  const person = await start(studio, 1001);
  const providerId = await ordered(person, 500);
  studio.shop.faults.always({ kind: 'lost' });
  studio.shop.pay(providerId);
  for (let n = 0; n < 120; n++) await giveBack(studio, providerId, '1.00');
  t.is(await notify(studio, 'payment.succeeded', { id: providerId }), 200);
  t.is((await taken(studio)).length, 120);
  t.is(await balance(studio, 1001), 60 + 38_000);
  await assertBalanced(t, studio);
});

test('a refund of what was never ours takes nothing, and one that cannot be looked at comes again', async t => {
  const studio = await openTill(t);
  const { providerId } = await payer(studio, 1001);
  const foreign = await madeElsewhere(studio.shop, { amount: { value: '10.00', currency: 'RUB' } });
  studio.shop.pay(foreign);
  await giveBack(studio, foreign, '10.00');
  t.is(await notify(studio, 'refund.succeeded', studio.shop.refunds()[0]!), 200);
  t.is(await notify(studio, 'refund.succeeded', { id: 'x', payment_id: 'nobodys' }), 200);
  t.is(await notify(studio, 'refund.succeeded', { id: 'x' }), 200);
  studio.shop.faults.always({ kind: 'lost' });
  await giveBack(studio, providerId, '1.00');
  const mend = studio.shop.faults.always({ kind: 'down', path: '/refunds' });
  t.is(await notify(studio, 'refund.succeeded', { id: 'x', payment_id: providerId }), 503);
  t.deepEqual(await taken(studio), []);
  mend();
  t.is(await notify(studio, 'refund.succeeded', { id: 'x', payment_id: providerId }), 200);
  t.is((await taken(studio)).length, 1);
  await assertBalanced(t, studio);
});

test('nobody can have more back of a payment that did not come about', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const person = await start(studio, 1001);
  const id = await ordered(person);
  studio.shop.decline(id);
  await person.waitFor(/не прошел/);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  const from = studio.observed.length;
  admin.sendText(`/refund ${row!.id}`);
  await studio.step('outbox:settled:adminOutcome', from);
  t.deepEqual(await rowsOf(studio), []);
  t.false(studio.shop.requests.some(({ path }) => path === '/refunds'));
});

test('practice points that went back are voided only once', async t => {
  const studio = await openTill(t, { standIns: ['yookassa'], env: { EDIT_COST: '10060' } });
  const admin = await start(studio, adminId);
  const { person, paymentId } = await payer(studio, 1001, 100);
  person.sendPhoto(await phonePhoto(), { caption: 'в зиму' });
  await person.waitFor(/Обработка завершена/);
  const second = await payer(studio, 1002, 250);
  for (const id of [paymentId, second.paymentId]) admin.sendText(`/refund ${id}`);
  await person.waitFor(/Долг: 10\s000/);
  await second.person.waitFor(/Возврат: 250 ₽/);
  await studio.house.stop();
  const url = studio.env['DATABASE_URL']!;
  await voidPracticePoints(url);
  const after = await accounts(studio);
  t.is(after['provider:sandbox'], 0);
  t.is(after['debt:1001'], 0);
  t.is(after['user:1002'], 60);
  t.is(await voidPracticePoints(url), 0);
  t.deepEqual(await accounts(studio), after);
});

test('Stars go back as a whole, also when the answer is lost, and Telegram’s own word of it changes nothing more', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const person = await start(studio, 1001);
  await order(person, 500, '⭐ Stars (385)');
  await person.waitFor(({ invoice }) => invoice !== undefined);
  t.true((await person.pay()).ok);
  await person.waitFor(/Платеж успешно обработан/);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  let from = studio.observed.length;
  admin.sendText(`/refund ${row!.id} 1`);
  await studio.step('outbox:settled:adminOutcome', from);
  t.deepEqual(await rowsOf(studio), []);
  from = studio.observed.length;
  studio.telegram.faults.next({ kind: 'dropAfterDoing', method: 'refundStarPayment' });
  admin.sendText(`/refund ${row!.id}`);
  await person.waitFor(/Возврат: 385 ⭐[\s\S]*Новый баланс: 60 баллов/);
  await admin.waitFor(/✅ Возврат 385 ⭐ выполнен/);
  await studio.step(({ step }) => step === 'refund:booked:repeated' || step === 'payment:booked:repeated', from);
  t.deepEqual(await rowsOf(studio), [{ state: 'succeeded', amount_minor: 385, points: 50_000, by_id: adminId }]);
  t.is((await taken(studio)).length, 1);
  t.is(told(person, /Возврат:/), 1);
  t.deepEqual(await accounts(studio), {
    ...{ bonus: -120, [`user:${adminId}`]: 60, 'user:1001': 60, 'provider:stars': 0, 'debt:1001': 0 },
  });
});
