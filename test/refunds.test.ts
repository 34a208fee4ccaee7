import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import Koa from 'koa';
import { spawnLedger } from '../actors/ledger.ts';
import { ask } from '../actors/nact.ts';
import { spawnPayments } from '../actors/payments/payments.ts';
import type { LinkGateway, Notified, Observed } from '../actors/protocol.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { available, debtAccount, emptyBook, mayOverdraw, owed, userAccount } from '../src/domain/ledger.ts';
import type { Payment, ProviderPayment } from '../src/domain/payment.ts';
import { credit, providerAccount } from '../src/domain/payment-saga.ts';
import { type Facts, plan } from '../src/domain/plan.ts';
import {
  chargeOf,
  isRefundKeyFresh,
  judgeRefund,
  orderOf,
  type ProviderRefund,
  type Refund,
  type RefundAnswer,
  refundKeyMs,
  refundRetryMs,
} from '../src/domain/refund.ts';
import * as saga from '../src/domain/refund-saga.ts';
import { asPaidBy, chargesOf, judgeRefundWish, pointsOfPart, pointsOfRefund } from '../src/domain/refundable.ts';
import type { Commit, WriteUnit } from '../src/domain/unit.ts';
import { addressList } from '../src/http/client-address.ts';
import { GatewayError } from '../src/payments/gateway-error.ts';
import { refundBody, refundOf, refundPageOf } from '../src/payments/yookassa/refund.ts';
import { yookassaWebhook } from '../src/payments/yookassa/webhook.ts';
import { createYooKassa } from '../src/payments/yookassa/yookassa.ts';
import { voidPracticePoints } from '../src/practice-points.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { startYooKassa } from '../src/sandbox/yookassa/server.ts';
import { onEach } from './databases.ts';
import { fastClock } from './fast-clock.ts';
import { accounts, balance, madeElsewhere, notify, order, ordered, refundElsewhere, start } from './payer.ts';
import { actorSystem, fakeClock, noon, openRows, reserve, runs, until } from './probe.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions, token } from './studio.ts';

// — the rules —

const paid: Payment = {
  ...{ id: '0b7c1c1e-1111-4222-8333-444455556666', userId: 7, gateway: 'yookassa', method: 'card', amountMinor: 50_000 },
  ...{ currency: 'RUB', points: 50_000, email: null, request: null, createdAt: noon },
  ...{ state: 'succeeded', providerId: 'p', confirmationUrl: null, reason: null },
};
const back = (over: Partial<Refund> = {}): Refund => ({
  ...{ id: 'r', paymentId: paid.id, gateway: 'yookassa', amountMinor: 10_000, points: 10_000, byId: 9, createdAt: noon },
  ...{ paidBy: 'p', state: 'created', providerId: null },
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

/** Pays back parts of 100 ₽ that were sold as so many points, and resolves with what each of them took. */
function partsOf(points: number, parts: readonly number[]): number[] {
  const gone: Refund[] = [];
  for (const amountMinor of parts)
    gone.push(back({ amountMinor, points: pointsOfPart({ points, amountMinor: 10_000 }, amountMinor, gone) }));
  return gone.map(one => one.points);
}
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const times = (n: number, part: number): number[] => Array(n).fill(part);

const wholes: [what: string, points: number, parts: number[]][] = [
  ['halves of a point', 100, times(200, 50)],
  ['a little less than halves of a point', 100, [...times(204, 49), 4]],
  ['a little more than halves of a point', 100, [...times(196, 51), 4]],
  ['thirds of what was paid', 100, [3_333, 3_333, 3_334]],
  ['tens of kopeks', 100, times(1_000, 10)],
  ['parts of the only point', 1, times(100, 100)],
  ['fewer kopeks than points', 13_000, times(200, 50)],
];

test('parts of a payment that went back as a whole take its points exactly, in whatever order they go', t => {
  for (const [what, points, parts] of wholes)
    for (const order of [parts, parts.toReversed(), parts.toSorted((one, other) => ((one * 7919) % 13) - ((other * 7919) % 13))])
      t.is(sum(partsOf(points, order)), points, what);
  t.deepEqual(partsOf(100, times(6, 50)), [1, 0, 1, 0, 1, 0], 'half a point is one, and with the next half no more');
  t.deepEqual(partsOf(100, times(6, 49)), [0, 1, 0, 1, 0, 1]);
});

test('what an earlier version took too much or too little is made up by the parts that follow', t => {
  const of = (before: Refund[], amountMinor: number) => pointsOfPart({ points: 100, amountMinor: 10_000 }, amountMinor, before);
  const dear = times(100, 50).map(amountMinor => back({ amountMinor, points: 1 }));
  t.is(of(dear, 5_000), 0, '100 points were taken for 50 ₽');
  const free = times(100, 49).map(amountMinor => back({ amountMinor, points: 0 }));
  t.is(of(free, 5_100), 100);
  t.is(of([back({ amountMinor: 10_000, points: 100 })], 50), 0, 'never more than was credited');
});

test('no more goes back than is left, whatever is still on its way', t => {
  const wish = { refundId: 'new', paymentId: paid.id, amountMinor: null, byId: 9 };
  const judge = (amountMinor: number | null, refunds: Refund[], payment: Payment | undefined = paid) =>
    judgeRefundWish({ ...wish, amountMinor }, payment, chargesOf(payment, []), refunds, { onlyWhole: false }).answer;
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
  t.deepEqual(judgeRefundWish(wish, undefined, [], [], { onlyWhole: false }).answer, { status: 'unknownPayment' });
  for (const state of ['created', 'pending', 'failed', 'cancelled'] as const)
    t.deepEqual(judge(null, [], { ...paid, state }), { status: 'notPaid' }, state);
  t.deepEqual(judge(999_999, [back({ id: 'new', state: 'succeeded' })]), ordered(10_000), 'a repeat is what was ordered first');
});

test('Stars go back as a whole or not at all', t => {
  const judge = (amountMinor: number | null, refunds: Refund[] = []) =>
    judgeRefundWish({ refundId: 'new', paymentId: paid.id, amountMinor, byId: 9 }, stars, ['p'], refunds, { onlyWhole: true })
      .answer;
  t.deepEqual(judge(null), { status: 'ordered', amountMinor: 385, points: 50_000 });
  t.deepEqual(judge(385), { status: 'ordered', amountMinor: 385, points: 50_000 });
  t.deepEqual(judge(384), { status: 'onlyWhole' });
  t.deepEqual(judge(386), { status: 'onlyWhole' }, 'more than was paid is no part of it either');
  t.deepEqual(judge(385, [back({ amountMinor: 385 })]), { status: 'tooMuch', leftMinor: 0 });
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
  const known = (over: Partial<ProviderRefund>, refunds: Refund[] = rows, paidBy = 'p') =>
    orderOf(shown({ refundId: null, ...over }), paid, refunds, paidBy)?.id;
  t.is(known({}), 'b');
  t.is(known({ refundId: 'a' }), 'b', 'its own id goes first');
  t.is(known({ refundId: 'a', providerId: 'other' }), 'a');
  t.is(known({ refundId: 'b', providerId: 'other' }), undefined, 'an order is one refund');
  t.is(known({ providerId: 'other' }), undefined);
  const all = { providerId: 'charge', amountMinor: 50_000 };
  t.is(known(all, [...rows, whole]), 'whole');
  t.is(known(all, [{ ...whole, state: 'failed' }]), undefined);
  t.is(known(all, [whole], 'another'), undefined, 'another payment of the same order');
  t.is(known(all, [whole, { ...whole, id: 'its', paidBy: 'another' }], 'another'), 'its');
  t.is(known(all, [{ ...whole, paidBy: null }]), 'whole', 'a row of an earlier version');
  t.is(known({}, rows, 'another'), 'b', 'what is known by its own id is known');
});

const stars: Payment = { ...paid, gateway: 'stars', currency: 'XTR', amountMinor: 385 };

test('a refund that does not say which payment it is of is of the one in the order’s row, and of Stars of the one it names', t => {
  t.is(chargeOf(back({ paidBy: 'second' }), paid), 'second');
  t.is(chargeOf(back({ paidBy: null }), paid), 'p');
  t.is(chargeOf(back({ paidBy: null, providerId: 'pr' }), paid), 'p');
  t.is(chargeOf(back({ paidBy: null, providerId: 'stx-2' }), stars), 'stx-2');
  t.is(chargeOf(back({ paidBy: null }), stars), 'p');
});

test('an order goes back by its own payment first, and by the others as they were credited', t => {
  t.deepEqual(chargesOf(paid, []), ['p'], 'its credit has no line in the log of an earlier version');
  t.deepEqual(chargesOf(paid, ['p', 'second', 'third']), ['p', 'second', 'third']);
  t.deepEqual(chargesOf(paid, ['second', 'p']), ['p', 'second']);
  t.deepEqual(chargesOf({ ...paid, state: 'pending' }, []), []);
});

test('of an order that was paid twice each payment goes back for itself', t => {
  const wish = { refundId: 'new', paymentId: paid.id, byId: 9 };
  const judge = (amountMinor: number | null, refunds: Refund[], onlyWhole = false, payment = paid) =>
    judgeRefundWish({ ...wish, amountMinor }, payment, ['p', 'second'], refunds, { onlyWhole });
  const part = (paidBy: string, amountMinor: number, points = amountMinor) => ({
    ...{ answer: { status: 'ordered', amountMinor, points }, part: { paidBy, amountMinor, points } },
  });
  const gone = (paidBy: string | null, amountMinor: number, over: Partial<Refund> = {}) =>
    back({ paidBy, amountMinor, points: amountMinor, ...over });
  t.deepEqual(judge(null, []), part('p', 50_000));
  t.deepEqual(judge(null, [gone('p', 50_000)]), part('second', 50_000));
  t.deepEqual(judge(null, [gone(null, 50_000)]), part('second', 50_000), 'a row of an earlier version');
  t.deepEqual(judge(null, [gone('second', 50_000)]), part('p', 50_000));
  t.deepEqual(judge(null, [gone('p', 49_000)]), part('p', 1_000));
  t.deepEqual(judge(1_000, [gone('p', 49_000)]), part('p', 1_000));
  t.deepEqual(judge(1_001, [gone('p', 49_000)]), part('second', 1_001), 'of one payment as a whole');
  const nothing = { answer: { status: 'tooMuch', leftMinor: 0 }, part: null };
  t.deepEqual(judge(null, [gone('p', 50_000), gone('second', 50_000)]), nothing);
  t.deepEqual(judge(50_000, [gone('p', 49_000), gone('second', 20_000)]), {
    ...nothing,
    answer: { status: 'tooMuch', leftMinor: 30_000 },
  });
  t.deepEqual(judge(null, [gone('p', 50_000, { state: 'failed' })]), part('p', 50_000));
  const again = judge(null, [gone('p', 50_000, { id: 'new' })]);
  t.deepEqual(again, { ...part('p', 50_000), part: null }, 'the same wish is the same refund, and none of the other');
  t.deepEqual(judge(null, [gone('p', 385)], true, stars), part('second', 385, 50_000));
  t.deepEqual(judge(385, [gone('second', 385)], true, stars), part('p', 385, 50_000));
});

test('a refund is asked for again with growing pauses while its key lives', t => {
  t.deepEqual([1, 2, 3, 6, 50].map(refundRetryMs), [2_000, 4_000, 8_000, 60_000, 60_000]);
  t.deepEqual([0, refundKeyMs, refundKeyMs + 1, -refundKeyMs - 1].map(isRefundKeyFresh), [true, true, false, false]);
});

test('a refund of less than a point takes none, and is booked once', t => {
  const cheap = { ...paid, points: 1, amountMinor: 100 };
  const facts: Facts = { ...emptyBook(), states: new Map([['r', 'created']]) };
  const row = saga.booked(cheap, shown({ amountMinor: 10 }), back({ amountMinor: 10, points: 0 }), [], noon);
  const unit = saga.book(cheap, row, noon);
  const { outcomes, transfers, writes } = plan([unit, unit], facts);
  t.deepEqual(outcomes, [{ status: 'applied' }, { status: 'lost', state: 'succeeded' }]);
  t.deepEqual(transfers, []);
  t.is(writes.filter(write => write.do === 'setRefund').length, 1);
});

// — whatever happens in whatever order —

/** `n`: which order; `by`: which of its two charges. */
type Act =
  | { do: 'pay'; n: number; by: number }
  | { do: 'spend'; points: number }
  | { do: 'order' | 'book' | 'late' | 'fail' | 'elsewhere'; n: number; by: number; part: number };

const payments: Payment[] = [30, 7, 100].map((points, n) => ({
  ...paid,
  id: `pay-${n}`,
  points,
  amountMinor: 300,
  state: 'pending',
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
/** The first most often, so that much of it goes back. */
const [n, by] = [fc.constantFrom(0, 0, 0, 1, 2), fc.constantFrom(0, 0, 1)];
const part = fc.constantFrom(1, 4, 5, 19, 50, 99, 100, 150, 300);
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('pay' as const), n, by }),
    fc.record({ do: fc.constant('spend' as const), points: fc.constantFrom(1, 10, 30, 60) }),
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('order' as const, 'book' as const, 'book' as const), n, by, part }) },
    fc.record({ do: fc.constantFrom('late' as const, 'fail' as const, 'elsewhere' as const), n, by, part }),
  ),
  { minLength: 1, maxLength: 40, size: 'max' },
);

/** A gateway that gives no more back than it took, our rows as they would be written, and every unit that has ever been made. */
function newTill() {
  const facts: Facts = { ...emptyBook(), states: new Map() };
  const [rows, lines] = [new Map<string, Refund>(), new Set<string>()];
  const [gone, credited] = [new Map<string, ProviderRefund[]>(), new Map<string, string[]>()];
  const commit = (...units: WriteUnit[]): void => {
    const { transfers, writes } = plan(units, facts);
    for (const { id } of transfers) {
      if (lines.has(id)) throw new Error(`${id} is there twice`);
      lines.add(id);
    }
    for (const write of writes) {
      if (write.do === 'addRefund') rows.set(write.refund.id, write.refund);
      if (write.do === 'setRefund') rows.set(write.id, { ...rows.get(write.id)!, ...write });
    }
  };
  const refundsOf = ({ id }: Payment) => [...rows.values()].filter(({ paymentId }) => paymentId === id);
  /** As its row has it: the charge that was credited first is its own. */
  const rowOf = (payment: Payment): Payment => {
    const [first] = credited.get(payment.id) ?? [];
    return first ? { ...payment, state: 'succeeded', providerId: first } : payment;
  };
  const isBooked =
    ({ providerId }: ProviderRefund) =>
    (one: Refund) =>
      one.state === 'succeeded' && one.providerId === providerId;
  return {
    ...{ facts, credited, commit, refundsOf, rowOf },
    goneMinor: (charge: string): number => sum((gone.get(charge) ?? []).map(({ amountMinor }) => amountMinor)),
    give: (charge: string, refund: ProviderRefund) => void gone.set(charge, [...(gone.get(charge) ?? []), refund]),
    /** The gateway tells of a charge: its refunds are booked, then its credit. */
    hear(payment: Payment, charge: string): void {
      for (const one of gone.get(charge) ?? []) {
        const [row, known] = [rowOf(payment), refundsOf(payment)];
        if (known.some(isBooked(one))) continue;
        const before = known.filter(other => other.state === 'succeeded' && chargeOf(other, row) === charge);
        const ours = orderOf(one, row, known, charge) ?? null;
        commit(saga.book(payment, saga.booked(asPaidBy(payment, charge), one, ours, before, noon), noon));
      }
      commit(credit(rowOf(payment), seenOf(asPaidBy(payment, charge)), noon));
      credited.set(payment.id, [...new Set([...(credited.get(payment.id) ?? []), charge])]);
    },
  };
}

/** One thing that happens at a till. */
function play(till: ReturnType<typeof newTill>, act: Act, count: number): void {
  if (act.do === 'spend') return till.commit({ movement: reserve(`spend-${count}`, userAccount(7), act.points), writes: [] });
  const payment = payments[act.n]!;
  const charge = `${'pq'[act.by]}-${act.n}`;
  if (act.do === 'pay') return till.hear(payment, charge);
  if (act.do === 'elsewhere') {
    if (till.goneMinor(charge) + act.part <= payment.amountMinor)
      till.give(charge, { providerId: `pr-${count}`, status: 'succeeded', amountMinor: act.part, refundId: null });
    return;
  }
  const [row, refunds] = [till.rowOf(payment), till.refundsOf(payment)];
  if (act.do === 'order') {
    const wish = { refundId: `r-${count}`, paymentId: payment.id, amountMinor: act.part, byId: 9 };
    const charges = chargesOf(row, till.credited.get(payment.id) ?? []);
    const { part } = judgeRefundWish(wish, row, charges, refunds, { onlyWhole: false });
    if (part) till.commit(saga.order(back({ ...part, id: wish.refundId, paymentId: payment.id })));
    return;
  }
  // `late`: it was given up, and the gateway makes it all the same.
  const open = refunds.find(({ state }) => state === (act.do === 'late' ? 'failed' : 'created'));
  if (act.do === 'fail') return open && till.commit(saga.fail(open, noon));
  if (!open) return till.hear(payment, charge);
  const { id: refundId, amountMinor, paidBy } = open;
  if (till.goneMinor(paidBy!) + amountMinor <= payment.amountMinor)
    till.give(paidBy!, { providerId: `pr-${count}`, status: 'succeeded', amountMinor, refundId });
  till.hear(payment, paidBy!);
}

test('whatever is paid, spent, given back and repeated: nothing is lost, made up or done twice, and debts are paid first', t => {
  fc.assert(
    fc.property(acts, script => {
      const till = newTill();
      const sold = (): [Payment, string][] =>
        payments.flatMap(one => (till.credited.get(one.id) ?? []).map((charge): [Payment, string] => [one, charge]));
      script.forEach((act, count) => {
        play(till, act, count);
        assertSound(till.facts);
        for (const [payment, charge] of sold()) assertExact(payment, charge, till.refundsOf(payment));
      });
      for (const [payment, charge] of sold()) till.hear(payment, charge);
      for (const [payment, charge] of sold()) assertGone(payment, charge, till.refundsOf(payment), till.goneMinor(charge));
      const left = sum(sold().map(([one, charge]) => one.points - pointsOfRefund(one, till.goneMinor(charge))));
      const provider = till.facts.accounts.get(providerAccount('yookassa'))?.posted ?? 0;
      if (provider !== -left)
        throw new Error(`the gateway's account is ${provider}, where ${-left} is what it sold and took back`);
    }),
    runs(t, 300),
  );
  t.pass();
});

test('however a payment is divided, and whichever of its parts fail on the way: gone as a whole, it took its points exactly', t => {
  const parts = fc.array(fc.record({ kopeks: fc.integer({ min: 1, max: 400 }), fate: fc.nat(3) }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), parts, fc.integer(), (points, some, seed) => {
      const sold = { ...paid, points, amountMinor: 10_000 };
      let rows: Refund[] = [];
      const order = (kopeks: number): Refund | undefined => {
        const wish = { refundId: `r-${rows.length}`, paymentId: paid.id, amountMinor: kopeks, byId: 9 };
        const { part } = judgeRefundWish(wish, sold, ['p'], rows, { onlyWhole: false });
        if (part) rows.push(back({ ...part, id: wish.refundId }));
        return part ? rows.at(-1) : undefined;
      };
      const become = (row: Refund, over: Partial<Refund>) =>
        void (rows = rows.map(one => (one.id === row.id ? { ...one, ...over } : one)));
      const bookOne = (row: Refund): void => {
        const before = rows.filter(({ state }) => state === 'succeeded');
        become(row, saga.booked(sold, shown({ providerId: `of-${row.id}`, amountMinor: row.amountMinor }), row, before, noon));
      };
      for (const { kopeks, fate } of some) {
        const row = order(kopeks);
        if (row && fate === 0) become(row, { state: 'failed' });
        if (row && fate === 1) bookOne(row);
      }
      order(10_000 - sum(rows.filter(({ state }) => state !== 'failed').map(({ amountMinor }) => amountMinor)));
      const open = rows.filter(({ state }) => state === 'created');
      for (const row of open.toSorted((one, other) => orderBy(one, seed) - orderBy(other, seed))) bookOne(row);
      const done = rows.filter(({ state }) => state === 'succeeded');
      if (sum(done.map(({ amountMinor }) => amountMinor)) !== 10_000) throw new Error('it did not go back as a whole');
      if (sum(done.map(one => one.points)) !== points) throw new Error(`${points} points were sold, and others taken`);
      if (done.some(one => one.points < 0)) throw new Error('points were given for money that went back');
    }),
    runs(t, 300),
  );
  t.pass();
});

const orderBy = ({ id }: Refund, seed: number): number => (Number(id.slice(2)) * 7919 + seed) % 101;

/** Whatever has gone back of a charge by now, what it took is its share. */
function assertExact(payment: Payment, charge: string, refunds: readonly Refund[]): void {
  const done = refunds.filter(({ state, paidBy }) => state === 'succeeded' && paidBy === charge);
  const [took, due] = [sum(done.map(({ points }) => points)), pointsOfRefund(payment, sum(done.map(one => one.amountMinor)))];
  if (took !== due) throw new Error(`${charge}: ${took} points are taken, where ${due} are its share`);
}

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

function assertGone({ amountMinor }: Payment, charge: string, refunds: readonly Refund[], goneMinor: number): void {
  const done = refunds.filter(({ state, paidBy }) => state === 'succeeded' && paidBy === charge);
  if (sum(done.map(one => one.amountMinor)) !== goneMinor || goneMinor > amountMinor)
    throw new Error(`${charge}: other sums are booked than went back`);
}

// — the rows —

onEach(
  'a refund’s row says which payment it is of and what it took in the end, and the log which payments were credited',
  async (t, open) => {
    const rows = await open(t);
    const { commit } = await createWriter(rows.database);
    const { creditedFor, refundsOf } = createQueries(rows.reader);
    const { state: _, request: __, providerId: ___, confirmationUrl: ____, reason: _____, ...order } = paid;
    await commit({ writes: [{ do: 'addPayment', payment: order }] });
    t.deepEqual(await creditedFor(paid.id), []);
    for (const charge of ['second one', 'p']) await commit(credit(paid, seenOf(asPaidBy(paid, charge)), noon + charge.length));
    t.deepEqual(await creditedFor(paid.id), ['p', 'second one'], 'as they were credited');
    const [ours, second] = [back({ points: 3 }), asPaidBy(paid, 'second one')];
    await commit(saga.order(ours));
    t.deepEqual(await refundsOf(paid.id), [ours]);
    await commit(saga.book(paid, saga.booked(paid, shown(), ours, [], noon), noon));
    const told = saga.booked(second, shown({ providerId: 'told', refundId: null }), null, [], noon + 1);
    await commit(saga.book(second, told, noon + 1));
    t.deepEqual(await refundsOf(paid.id), [{ ...ours, state: 'succeeded', points: 10_000, providerId: 'pr' }, told]);
    t.like(told, { paidBy: 'second one', points: 10_000, byId: null });
    t.is((await rows.account('provider:yookassa')).posted, -80_000);
  },
);

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
  t.like(refundPageOf(page), { items: { length: page.items.length }, cursor: 'c' });
  t.is(refundPageOf({ items: [{}] }), undefined);
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
type DeskOptions = { through?: (commit: Commit) => Commit; gateway?: Partial<LinkGateway>; points?: number };

/** A till whose one payment is paid and credited. */
async function openDesk(
  t: ExecutionContext,
  { through = commit => commit, gateway: over = {}, points = paid.points }: DeskOptions = {},
) {
  const bought: Payment = { ...paid, points };
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
  const { state: _, request: __, providerId: ___, confirmationUrl: ____, reason: _____, ...order } = bought;
  await commit({ writes: [{ do: 'addPayment', payment: order }] });
  const creditOf = (seen: string, state: Payment['state']) =>
    commit(credit({ ...bought, state }, seenOf({ ...bought, providerId: seen }), noon));
  await creditOf(providerId, 'pending');
  const system = actorSystem(t);
  const payments = spawnPayments(system, {
    ...{ ...deps, ...queries, ledger: spawnLedger(system, deps) },
    gateways: new Map([[gateway.name, { ...gateway, ...over }]]),
  });
  return {
    ...{ rows, shop, clock, providerId },
    /** The same order is paid once more, and credited. */
    async payAgain(): Promise<string> {
      const second = await madeElsewhere(shop, {
        ...{ amount: { value: '500.00', currency: 'RUB' }, metadata: { order_id: paid.id } },
      });
      shop.pay(second);
      await creditOf(second, 'succeeded');
      return second;
    },
    steps: () => observed.map(({ step }) => step),
    wish: (refundId: string, amountMinor: number | null = null): Promise<RefundAnswer> =>
      ask(payments, { type: 'refund', wish: { refundId, paymentId: paid.id, amountMinor, byId: 9 } }, 60_000),
    refunded: (): Promise<Notified> => ask(payments, { type: 'refunded', gateway: 'yookassa', providerId }, 60_000),
    refunds: () => rows.read<RefundColumns>('SELECT * FROM refunds ORDER BY id'),
  };
}
type RefundColumns = { id: string; state: string; amount_minor: number; points: number; provider_id: string | null };
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

test('a refund that came back to the shop and was made anew takes its points once', async t => {
  let listed: ProviderRefund[] = [shown({ providerId: 'r1', amountMinor: 50_000, refundId: null })];
  let refundedMinor = 50_000;
  const read = async (providerId: string) => ({ ...seenOf({ ...paid, providerId }), refundedMinor });
  const desk = await openDesk(t, { gateway: { read, refundsOf: async () => listed } });
  t.is(await desk.refunded(), 'booked');
  listed = [{ ...listed[0]!, status: 'failed' }];
  refundedMinor = 0;
  t.is(await desk.refunded(), 'booked');
  t.true(desk.steps().includes('refund:returned'));
  listed = [...listed, shown({ providerId: 'r2', amountMinor: 50_000, refundId: null })];
  refundedMinor = 50_000;
  t.is(await desk.refunded(), 'booked');
  t.is((await desk.rows.account('provider:yookassa')).posted, 0);
});

test('the same order again is the same refund, also when its payment has gone back and the order was paid twice', async t => {
  const desk = await openDesk(t);
  const second = await desk.payAgain();
  const whole = { status: 'ordered', amountMinor: 50_000, points: 50_000 } as const;
  t.deepEqual(await desk.wish(uuidOf(1)), whole);
  await until(async () => (await desk.refunds()).every(({ state }) => state === 'succeeded'), 'the first is back');
  for (let n = 0; n < 3; n++) t.deepEqual(await desk.wish(uuidOf(1)), whole);
  t.is(desk.shop.refunds().length, 1);
  t.deepEqual(await Promise.all([2, 2, 3].map(n => desk.wish(uuidOf(n)))), [whole, whole, { status: 'tooMuch', leftMinor: 0 }]);
  await until(async () => (await desk.refunds()).every(({ state }) => state === 'succeeded'), 'and so is the second');
  t.deepEqual(
    desk.shop.refunds().map(({ payment_id, metadata }) => [payment_id, metadata?.['refund_id']]),
    [
      [desk.providerId, uuidOf(1)],
      [second, uuidOf(2)],
    ],
  );
  t.is((await desk.rows.account('provider:yookassa')).posted, 0);
});

test('half a point and half a point are one, whoever gives the money back', async t => {
  const desk = await openDesk(t, { points: 500 });
  for (const [n, points] of [1, 0, 1, 0].entries()) {
    t.deepEqual(await desk.wish(uuidOf(n), 50), { status: 'ordered', amountMinor: 50, points });
    await until(async () => (await desk.refunds()).every(({ state }) => state === 'succeeded'), 'it is back');
  }
  t.is((await desk.rows.account('provider:yookassa')).posted, -498);
  for (const [n, value] of ['0.49', '0.49', '0.02'].entries())
    await refundElsewhere(desk.shop, desk.providerId, value, `odd-${n}`);
  t.deepEqual(await Promise.all(Array.from({ length: 5 }, desk.refunded)), Array(5).fill('booked'));
  t.is((await desk.rows.account('provider:yookassa')).posted, -497);
  t.deepEqual(await desk.wish(uuidOf(9)), { status: 'ordered', amountMinor: 49_700, points: 497 });
  await until(async () => (await desk.refunds()).every(({ state }) => state === 'succeeded'), 'all is back');
  t.is((await desk.rows.account('provider:yookassa')).posted, 0);
});

test('what is told of while other parts are being booked is reckoned upon them, and what is told of twice is booked once', async t => {
  let go = (): void => {};
  const held = new Promise<void>(resolve => (go = resolve));
  const half = (providerId: string) => shown({ providerId, amountMinor: 49, refundId: null });
  let listed = [half('one')];
  const desk = await openDesk(t, {
    points: 500,
    through: commit => async unit => {
      if (unit.writes.some(write => write.do === 'addRefund')) await held;
      return commit(unit);
    },
    gateway: { read: async providerId => seenOf({ ...paid, providerId }), refundsOf: async () => listed },
  });
  const isBooking = (n: number) => () => desk.steps().filter(step => step === 'refunds:book').length === n;
  const first = desk.refunded();
  await until(isBooking(1), 'the first part is being booked');
  listed = [half('other'), ...listed];
  const second = desk.refunded();
  await until(isBooking(2), 'and another');
  go();
  t.deepEqual(await Promise.all([first, second]), ['booked', 'booked']);
  t.deepEqual(
    (await desk.refunds()).map(({ provider_id, points }) => [provider_id, points]),
    [
      ['one', 0],
      ['other', 1],
    ],
  );
  t.is((await desk.rows.account('provider:yookassa')).posted, -499);
});

test('an order whose money goes back in the cabinet while it is written ends, as what did not come about', async t => {
  const gate = () => {
    let open = (): void => {};
    const passed = new Promise<void>(resolve => (open = resolve));
    return { open, passed };
  };
  const [ours, told] = [gate(), gate()];
  const whole = shown({ providerId: 'cabinet', amountMinor: 50_000, refundId: null });
  const desk = await openDesk(t, {
    through: commit => async unit => {
      const added = unit.writes.find(write => write.do === 'addRefund');
      if (added) await (added.refund.byId === null ? told : ours).passed;
      return commit(unit);
    },
    gateway: {
      read: async providerId => seenOf({ ...paid, providerId }),
      refund: async () => Promise.reject(new GatewayError('rejected', 'nothing is left')),
      refundsOf: async () => [whole],
    },
  });
  const ordered = desk.wish(uuidOf(1));
  const heard = desk.refunded();
  await until(() => desk.steps().includes('refunds:book'), 'what is told of is being booked');
  ours.open();
  t.like(await ordered, { status: 'ordered' });
  await until(() => desk.steps().includes('refund:book'), 'it is taken for the order');
  told.open();
  t.is(await heard, 'booked');
  await until(async () => {
    desk.clock.advance(60_000);
    return (await desk.refunds()).every(({ state }) => ['succeeded', 'failed'].includes(state));
  }, 'both are final');
  t.deepEqual((await desk.refunds()).map(({ state }) => state).sort(), ['failed', 'succeeded']);
  t.is((await desk.rows.account('provider:yookassa')).posted, 0);
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

/** The same with a second payment of the same order, which somebody made elsewhere. */
async function payerTwice(studio: Studio, id: number) {
  const paid = await payer(studio, id);
  const metadata = { order_id: paid.paymentId };
  const second = await madeElsewhere(studio.shop, { amount: { value: '500.00', currency: 'RUB' }, metadata });
  const from = studio.observed.length;
  studio.shop.pay(second);
  await studio.step('payment:booked:applied', from);
  return { ...paid, second };
}

const giveBack = ({ shop }: Studio, paymentId: string, value: string): Promise<{ id: string }> =>
  refundElsewhere(shop, paymentId, value);

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

test('a refund of the cabinet whose notification never came is found in the list of the shop, and booked once', async t => {
  const studio = await openTill(t);
  const { person, providerId } = await payer(studio, 1301);
  await studio.house.stop();
  const untell = studio.shop.faults.always({ kind: 'lost', event: 'refund.succeeded' });
  await giveBack(studio, providerId, '100.00');
  await giveBack(studio, providerId, '50.00');
  untell();
  await studio.reopen();
  await person.waitFor(/Возврат: 100 ₽/);
  await person.waitFor(/Возврат: 50 ₽/);
  t.deepEqual(
    (await taken(studio)).map(({ points }) => points).sort((one, other) => one - other),
    [5_000, 10_000],
  );
  const from = studio.observed.length;
  await studio.reopen();
  t.truthy(await studio.step('payments:looked-back:0', from), 'what is booked is not looked at again');
  t.is((await taken(studio)).length, 2);
  await assertBalanced(t, studio);
});

test('of what was paid twice, a refund of either payment is found in the list, and one of less than a point only once', async t => {
  const studio = await openTill(t, { env: { POINTS_PER_RUBLE: '1' } });
  const { person, providerId, second } = await payerTwice(studio, 1303);
  await studio.house.stop();
  const untell = studio.shop.faults.always({ kind: 'lost', event: 'refund.succeeded' });
  await giveBack(studio, second, '100.00');
  await giveBack(studio, providerId, '0.20');
  untell();
  await studio.reopen();
  await person.waitFor(/Возврат: 100 ₽/);
  await person.waitFor(/Возврат: 0,20 ₽/);
  const from = studio.observed.length;
  await studio.reopen();
  t.truthy(await studio.step('payments:looked-back:0', from));
  t.deepEqual(
    (await taken(studio)).map(({ points }) => points),
    [100],
  );
  t.is(await balance(studio, 1303), 960);
});

test('a shop that does not list its refunds is asked again soon, and those of others are nobody’s here', async t => {
  const clock = fastClock(20);
  const studio = await openTill(t, { clock });
  const { person, providerId } = await payer(studio, 1302);
  await studio.house.stop();
  const untell = studio.shop.faults.always({ kind: 'lost', event: 'refund.succeeded' });
  const foreign = await madeElsewhere(studio.shop, { amount: { value: '70.00', currency: 'RUB' } });
  studio.shop.pay(foreign);
  await giveBack(studio, foreign, '70.00');
  await giveBack(studio, providerId, '500.00');
  untell();
  studio.shop.faults.next({ kind: 'status', status: 500, method: 'GET', path: '/refunds' });
  const from = studio.observed.length;
  await studio.reopen();
  await studio.step('payments:unlisted', from);
  clock.hurry(2_000);
  await studio.step('payments:looked-back:1', from);
  await person.waitFor(/Возврат: 500 ₽/);
  t.deepEqual(
    (await taken(studio)).map(({ points }) => points),
    [50_000],
  );
});

test('of an order that was paid twice, what the cabinet gives back of one payment is not the admin’s refund of the other', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const { person, paymentId, providerId, second } = await payerTwice(studio, 1001);
  const isOurs = ({ body }: { body: unknown }) => (body as { metadata?: object }).metadata !== undefined;
  const mend = studio.shop.faults.always({ kind: 'dropBeforeDoing', method: 'POST', path: '/refunds', match: isOurs });
  const from = studio.observed.length;
  admin.sendText(`/refund ${paymentId}`);
  await studio.step('outbox:settled:adminOutcome', from);
  await giveBack(studio, second, '500.00');
  await person.waitFor(/Возврат: 500 ₽[\s\S]*Новый баланс: 50\s060/);
  mend();
  await person.waitFor(/Возврат: 500 ₽[\s\S]*Новый баланс: 60 баллов/);
  await admin.waitFor(/✅ Возврат 500 ₽ выполнен/);
  const backOf = studio.shop.refunds().map(({ payment_id }) => payment_id);
  t.deepEqual(backOf.sort(), [providerId, second].sort());
  const rows = (await rowsOf(studio)).map(({ state, by_id }) => `${state} ${by_id}`);
  t.deepEqual(rows.sort(), [`succeeded ${adminId}`, 'succeeded null']);
  await assertBalanced(t, studio);
});

/** The ids of the gateway's refunds that took points. */
const takenOf = async (studio: Studio): Promise<string[]> => (await taken(studio)).map(({ id }) => id).sort();

/** An admin wants all of a payment back, and hears of it; resolves when that is said. */
async function askBack(studio: Studio, admin: Person, paymentId: string): Promise<void> {
  const from = studio.observed.length;
  admin.sendText(`/refund ${paymentId}`);
  await studio.step('outbox:settled:adminOutcome', from);
}

const toTelegram = async ({ telegram }: Studio, method: string, params: object) =>
  (
    await fetch(`${telegram.url}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(params),
    })
  ).json() as Promise<{ result: { pre_checkout_query?: { id: string } }[] }>;

/** Somebody who pays one bill on two devices: Telegram asks for both, and hears yes, before it tells of either. */
async function payerOfStarsTwice(studio: Studio, id: number) {
  const person = await start(studio, id);
  await order(person, 500, '⭐ Stars (385)');
  await person.waitFor(({ invoice }) => invoice !== undefined);
  await studio.house.stop();
  const paying = Promise.all([person.pay(), person.pay()]);
  const { result: updates } = await toTelegram(studio, 'getUpdates', { timeout: 1 });
  const asked = updates.flatMap(({ pre_checkout_query: query }) => (query ? [query.id] : []));
  for (const query of asked) await toTelegram(studio, 'answerPreCheckoutQuery', { pre_checkout_query_id: query, ok: true });
  const charges = (await paying).map(outcome => (outcome.ok ? outcome.chargeId : outcome.error));
  await studio.reopen();
  await person.waitFor(/Новый баланс: 100\s060/);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  return { person, charges, paymentId: row!.id };
}

/** What may happen between two refunds of one order. */
const meanwhile: [words: string, come: (studio: Studio) => Promise<void>][] = [
  ['', async () => {}],
  [', also by a house that was closed in between', studio => studio.reopen()],
];

/** As an earlier version has left the rows. */
const forgetCharges = async (studio: Studio): Promise<void> => {
  await studio.house.stop();
  await studio.write('UPDATE refunds SET paid_by = NULL');
  await studio.reopen();
};

for (const [words, come] of [...meanwhile, [', also where an earlier version gave back the first', forgetCharges] as const])
  test(`Stars that were paid twice for one order go back one payment after the other${words}`, async t => {
    const studio = await openTill(t);
    const admin = await start(studio, adminId);
    const { person, charges, paymentId } = await payerOfStarsTwice(studio, 1001);
    admin.sendText(`/refund ${paymentId}`);
    await person.waitFor(/Возврат: 385 ⭐[\s\S]*Новый баланс: 50\s060/);
    t.is((await accounts(studio))['provider:stars'], -50_000);
    await come(studio);
    admin.sendText(`/refund ${paymentId}`);
    await person.waitFor(/Возврат: 385 ⭐[\s\S]*Новый баланс: 60 баллов/);
    await askBack(studio, admin, paymentId);
    await admin.waitFor(/По этому платежу уже всё возвращено/);
    t.deepEqual(await takenOf(studio), charges.map(id => `refund:stars:${id}`).sort());
    const done = { state: 'succeeded', amount_minor: 385, points: 50_000, by_id: adminId };
    t.deepEqual(await rowsOf(studio), [done, done]);
    t.is(told(person, /Возврат:/), 2);
    t.deepEqual(await accounts(studio), {
      ...{ bonus: -120, [`user:${adminId}`]: 60, 'user:1001': 60, 'provider:stars': 0, 'debt:1001': 0 },
    });
  });

for (const [words, come] of meanwhile)
  test(`what was paid twice and once given back in the cabinet, an admin gives back as well${words}`, async t => {
    const studio = await openTill(t);
    const admin = await start(studio, adminId);
    const { person, paymentId, providerId, second } = await payerTwice(studio, 1001);
    await giveBack(studio, second, '500.00');
    await person.waitFor(/Возврат: 500 ₽[\s\S]*Новый баланс: 50\s060/);
    await assertBalanced(t, studio);
    await come(studio);
    admin.sendText(`/refund ${paymentId}`);
    await person.waitFor(/Возврат: 500 ₽[\s\S]*Новый баланс: 60 баллов/);
    await admin.waitFor(/✅ Возврат 500 ₽ выполнен/);
    await askBack(studio, admin, paymentId);
    await admin.waitFor(/По этому платежу уже всё возвращено/);
    t.deepEqual(
      studio.shop.refunds().map(({ payment_id }) => payment_id),
      [second, providerId],
    );
    t.deepEqual(
      await takenOf(studio),
      studio.shop
        .refunds()
        .map(({ id }) => `refund:yookassa:${id}`)
        .sort(),
    );
    t.is((await accounts(studio))['provider:yookassa'], 0);
    await assertBalanced(t, studio);
  });

test('of what was paid twice each payment takes its points when the cabinet gives it back, whatever an earlier version has noted', async t => {
  const studio = await openTill(t);
  const { person, providerId, second } = await payerTwice(studio, 1001);
  await giveBack(studio, second, '500.00');
  await person.waitFor(/Возврат: 500 ₽[\s\S]*Новый баланс: 50\s060/);
  await forgetCharges(studio);
  await giveBack(studio, providerId, '500.00');
  await person.waitFor(/Возврат: 500 ₽[\s\S]*Новый баланс: 60 баллов/);
  await assertBalanced(t, studio);
});

test('what was paid twice goes back twice, also where the cabinet gives back the first', async t => {
  const studio = await openTill(t);
  const admin = await start(studio, adminId);
  const { person, paymentId, providerId, second } = await payerTwice(studio, 1001);
  await giveBack(studio, providerId, '200.00');
  await person.waitFor(/Возврат: 200 ₽[\s\S]*Новый баланс: 80\s060/);
  admin.sendText(`/refund ${paymentId} 400`);
  await person.waitFor(/Возврат: 400 ₽[\s\S]*Новый баланс: 40\s060/);
  admin.sendText(`/refund ${paymentId}`);
  await person.waitFor(/Возврат: 300 ₽[\s\S]*Новый баланс: 10\s060/);
  admin.sendText(`/refund ${paymentId}`);
  await person.waitFor(/Возврат: 100 ₽[\s\S]*Новый баланс: 60 баллов/);
  t.deepEqual(
    studio.shop.refunds().map(({ payment_id, amount: { value } }) => [payment_id, value]),
    [
      [providerId, '200.00'],
      [second, '400.00'],
      [providerId, '300.00'],
      [second, '100.00'],
    ],
  );
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
  t.false(studio.shop.requests.some(({ method, path }) => method === 'POST' && path === '/refunds'));
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
