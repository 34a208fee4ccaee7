import test from 'ava';
import type { Job } from '../src/domain/job.ts';
import { houseAccount, userAccount } from '../src/domain/ledger.ts';
import type { PaymentOrder } from '../src/domain/payment.ts';
import type { RefundAnswer, RefundWish } from '../src/domain/refund.ts';
import * as jobSaga from '../src/domain/saga.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import { checkLedger } from '../src/ledger-check.ts';
import type { ApiCall, CallFault, NotificationBody, Payment } from '../src/sandbox/yookassa/server.ts';
import { type Chance, chanceOf } from './chance.ts';
import { noon } from './probe.ts';
import {
  credentials,
  type Fate,
  gatewayName,
  isElsewhere,
  type Lane,
  type Mail,
  openLane,
  openTill,
  shopKey,
  type Till,
} from './till.ts';

/**
 * Storms of money: a seed has people order, pay, spend and get money back while the shop answers wrongly, notifications are lost,
 * repeated and forged, and the house dies at any step. When the storm is over, kopeks at the shop are points in the ledger.
 * `LONG=1` plays thousands; `SEED=… npx ava test/payment-chaos.test.ts` plays that one alone, and a failure says which it was.
 */
const alone = process.env['SEED'];
const first = Number(alone ?? Date.now() % 1_000_000);
const lanes = alone ? 1 : 2;
const seedsInLane = alone ? 1 : Number(process.env['SEEDS'] ?? (process.env['LONG'] ? 4_000 : 200)) / lanes;

for (let n = 0; n < lanes; n++) {
  const from = first + n * seedsInLane;
  const seeds = alone ? `SEED=${from}` : `SEED=${from} to ${from + seedsInLane - 1}`;
  test(`after any storm the ledger holds what the shop took, for everyone and once (${seeds})`, async t => {
    t.timeout(60 * 60_000);
    const lane = await openLane(t);
    for (let seed = from; seed < from + seedsInLane; seed++) {
      const { flaws, story } = await play(lane, seed);

      if (flaws.length > 0) return t.fail([`SEED=${seed}`, ...story, ...flaws.map(flaw => `✘ ${flaw}`)].join('\n'));
    }
    t.pass();
  });
}

// — the storm —

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000];
const people = [1001, 1002, 1003];
const email = 'payer@example.com';

type Wish = { wish: RefundWish; answers: RefundAnswer[] };
type Played = { orders: PaymentOrder[]; wishes: Wish[]; jobs: Job[]; spends: WriteUnit[]; story: string[] };
type Storm = Played & {
  till: Till;
  chance: Chance;
  mends: (() => void)[];
  releases: (() => void)[];
  deaths: number;
  /** Orders whose rows certainly stand: who else pays them can only know of them then. */
  placed: PaymentOrder[];
  /** Orders that somebody else has made a payment for, too. */
  /** Orders that only our own looking will find paid. */
  relied: Set<string>;
};

/** What is wrong after the storm of a seed, and what happened in it. */
async function play(lane: Lane, seed: number): Promise<{ flaws: string[]; story: string[] }> {
  const chance = chanceOf(seed);
  const till = await openTill(lane, body => fateOf(chance, body, line => tell(storm, line)));
  const storm: Storm = {
    ...{
      till,
      chance,
      mends: [],
      releases: [],
      deaths: chance.below(4),
      relied: new Set<string>(),
      placed: [],
    },
    ...{ orders: [], wishes: [], jobs: [], spends: [], story: [] },
  };
  try {
    await till.open();
    for (const userId of people) await till.settle(opening(userId));
    const steps = 14 + chance.below(16);
    for (let step = 1; step <= steps; step++) await playStep(storm, step);
    const unfinished = await calm(storm);
    return { flaws: [...unfinished, ...(await flawsOf(storm))], story: storm.story };
  } catch (error) {
    return { flaws: [(error as Error).stack ?? String(error)], story: storm.story };
  } finally {
    await till.close();
  }
}

const tell = ({ story, till }: Storm, line: string): void =>
  void story.push(`${till.isOpen() ? '  ' : '† '}${((till.now() - noon) / minuteMs).toFixed(1)} min: ${line}`);

const opening = (userId: number): WriteUnit => ({
  movement: {
    ...({ kind: 'transfer', id: `initial:${userId}`, reason: 'initial' } as const),
    ...{ from: 'bonus', to: userAccount(userId), points: 60 },
  },
  writes: [],
});

function fateOf(chance: Chance, { event, object }: NotificationBody, note: (line: string) => void): Fate {
  const fate = chance.pick(['sent', 'sent', 'sent', 'twice', 'often', 'lost', 'lost', 'later', 'later'] as const);
  note(`the shop has ${event} of ${object.id.slice(-4)} to tell: ${fate}`);
  return fate;
}

async function playStep(storm: Storm, step: number): Promise<void> {
  const { till, chance, story } = storm;
  story.push(`${step}.`);
  const choose = (from: readonly Act[]): Act | undefined => {
    const possible = from.filter(({ can }) => can(storm));
    let left = step === 1 ? 0 : chance.below(possible.reduce((sum, { weight }) => sum + weight, 0));
    return possible.find(({ weight }) => (left -= weight) < 0);
  };
  const playing = [choose(acts)?.play(storm)];
  // Some things happen at the same moment.
  while (chance.is(0.3)) playing.push(choose(acts.filter(({ play }) => play !== reopen))?.play(storm));
  await Promise.all(playing);
  // What comes next may find it half done.
  if (chance.is(0.7)) await till.still();
  if (await till.bury()) tell(storm, 'the house is dead');
}

type Act = { weight: number; can(storm: Storm): boolean; play(storm: Storm): Promise<unknown> | unknown };
const ofShop = (storm: Storm, status: Payment['status']): Payment[] =>
  storm.till.shop.payments().filter(payment => payment.status === status);
const isOpen = ({ till }: Storm): boolean => till.isOpen();
const acts: readonly Act[] = [
  { weight: 10, can: storm => isOpen(storm) && storm.orders.length < 6, play: placeOrder },
  { weight: 10, can: storm => ofShop(storm, 'pending').length > 0, play: pay },
  { weight: 2, can: storm => ofShop(storm, 'pending').length > 0, play: decline },
  { weight: 2, can: storm => ofShop(storm, 'pending').length > 0, play: expire },
  { weight: 4, can: storm => payableTwice(storm).length > 0, play: payElsewhere },
  { weight: 6, can: storm => isOpen(storm) && storm.orders.length > 0, play: wishRefund },
  { weight: 6, can: storm => ofShop(storm, 'succeeded').length > 0, play: refundInCabinet },
  { weight: 2, can: () => true, play: holdRefunds },
  { weight: 2, can: ({ till }) => till.shop.refunds().some(({ status }) => status === 'pending'), play: settleRefund },
  { weight: 9, can: () => true, play: breakShop },
  { weight: 3, can: ({ mends }) => mends.length > 0, play: mendShop },
  { weight: 6, can: ({ till }) => till.post.waiting.size > 0, play: bringMail },
  { weight: 6, can: isLostInMail, play: loseMail },
  { weight: 3, can: ({ till }) => till.post.delivered.length > 0, play: bringAgain },
  { weight: 3, can: isOpen, play: forge },
  { weight: 6, can: isOpen, play: spend },
  { weight: 4, can: storm => isOpen(storm) && storm.jobs.length > 0, play: endJob },
  { weight: 10, can: () => true, play: passTime },
  { weight: 18, can: storm => isOpen(storm) && storm.deaths > 0, play: storm => armKill(storm) },
  { weight: 20, can: storm => !isOpen(storm), play: reopen },
];

async function placeOrder(storm: Storm): Promise<void> {
  const { till, chance, orders } = storm;
  const rubles = chance.pick([1, 7, 100, 250, 999]);
  const order: PaymentOrder = {
    ...{ id: chance.uuid(), userId: chance.pick(people), gateway: gatewayName, method: chance.pick(['card', 'sbp', 'any']) },
    ...{ amountMinor: rubles * 100, currency: 'RUB', points: rubles * 100, email, createdAt: till.now() },
  };
  orders.push(order);
  tell(storm, `${order.userId} orders ${rubles} rubles as ${order.id.slice(0, 4)}`);
  await till.order(order);
  if (till.isOpen()) storm.placed.push(order);
}

const named = ({ id, metadata }: Payment): string => `${id.slice(-4)} of order ${metadata?.['order_id']?.slice(0, 4) ?? 'none'}`;

function pay(storm: Storm): void {
  const payment = storm.chance.pick(ofShop(storm, 'pending'));
  haunt(storm);
  tell(storm, `${named(payment)} is paid`);
  storm.till.shop.pay(payment.id);
}

function decline(storm: Storm): void {
  const payment = storm.chance.pick(ofShop(storm, 'pending'));
  tell(storm, `${named(payment)} is declined`);
  storm.till.shop.decline(payment.id, storm.chance.pick(['insufficient_funds', 'general_decline', 'fraud_suspected']));
}

function expire(storm: Storm): void {
  const payment = storm.chance.pick(ofShop(storm, 'pending'));
  tell(storm, `${named(payment)} expires`);
  storm.till.shop.expire(payment.id);
}

const amountOf = (kopeks: number): { value: string; currency: string } => ({
  value: `${Math.floor(kopeks / 100)}.${String(kopeks % 100).padStart(2, '0')}`,
  currency: 'RUB',
});

const payableTwice = ({ placed, relied }: Storm): PaymentOrder[] => placed.filter(({ id }) => !relied.has(id));

/**
 * Somebody makes a payment at the same shop: none of our business, one that only looks like an order of ours, or the same order
 * again.
 */
async function payElsewhere(storm: Storm): Promise<void> {
  const { till, chance } = storm;
  const { id: orderId, amountMinor } = chance.pick(payableTwice(storm));
  const own = { amount: amountOf(amountMinor), metadata: { order_id: orderId } };
  const [what, body] = chance.pick([
    ['of nobody', { amount: amountOf(amountMinor) }],
    ['of an order that there is not', { ...own, metadata: { order_id: chance.uuid() } }],
    ['of another sum', { ...own, amount: amountOf(amountMinor + 100) }],
    ['in dollars', { ...own, amount: { ...own.amount, currency: 'USD' } }],
    ['of the same order', own],
    ['of the same order', own],
    ['of the same order, held', { ...own, capture: false }],
  ] as const);
  const confirmation = { type: 'redirect', return_url: 'https://shop.example/' };
  const { id } = await till.elsewhere('payments', { capture: true, confirmation, ...body });
  haunt(storm);
  tell(storm, `somebody else pays ${id.slice(-4)}, ${what} ${orderId.slice(0, 4)}`);
  till.shop.pay(id);
}

async function wishRefund(storm: Storm): Promise<void> {
  const { till, chance, orders, wishes } = storm;
  const paid = orders.filter(order => ofShop(storm, 'succeeded').some(({ metadata }) => metadata?.['order_id'] === order.id));
  const { id: paymentId, amountMinor: whole } = chance.pick(paid.length > 0 && chance.is(0.9) ? paid : orders);
  const amountMinor = chance.pick([null, null, whole, 1, Math.floor(whole / 3), Math.ceil(whole / 2)]);
  const again = wishes.length > 0 && chance.is(0.3) ? chance.pick(wishes) : undefined;
  const wished = again ?? { wish: { refundId: chance.uuid(), paymentId, amountMinor, byId: 9 }, answers: [] };
  if (!again) wishes.push(wished);
  const { wish } = wished;
  const sum = wish.amountMinor ?? 'all';
  tell(
    storm,
    `an admin wants ${sum} of order ${wish.paymentId.slice(0, 4)} back${again ? ' again' : ''} as ${wish.refundId.slice(0, 4)}`,
  );
  const asked = till.refund(wish).then(answer => {
    wished.answers.push(answer);
    tell(storm, `the admin hears of ${wish.refundId.slice(0, 4)}: ${answer.status}`);
  });
  // Two at once now and then.
  if (chance.is(0.8)) await asked;
}

async function refundInCabinet(storm: Storm): Promise<void> {
  const { till, chance } = storm;
  const payment = chance.pick(ofShop(storm, 'succeeded'));
  const kopeks = Number(payment.amount.value.replace('.', ''));
  haunt(storm);
  const part = chance.pick([kopeks, 50, 99, Math.ceil(kopeks / 2)]);
  const { id } = await till.elsewhere('refunds', { payment_id: payment.id, amount: { ...payment.amount, ...withValue(part) } });
  tell(storm, `in the cabinet ${part} of ${named(payment)} go back: ${id.slice(-4)}`);
}
const withValue = (kopeks: number) => ({ value: amountOf(kopeks).value });

function holdRefunds(storm: Storm): void {
  const { till, releases } = storm;
  const release = releases.pop();
  tell(storm, release ? 'the shop makes refunds at once' : 'the shop lets refunds wait');
  if (release) release();
  else releases.push(till.shop.holdRefunds());
}

function settleRefund(storm: Storm): void {
  const { till, chance } = storm;
  const refund = chance.pick(till.shop.refunds().filter(({ status }) => status === 'pending'));
  const status = chance.pick(['succeeded', 'succeeded', 'canceled'] as const);
  tell(storm, `refund ${refund.id.slice(-4)} is ${status}`);
  till.shop.settleRefund(refund.id, status);
}

const breakages: readonly [string, CallFault][] = [
  ['is lost after the work', { kind: 'dropAfterDoing' }],
  ['is lost before the work', { kind: 'dropBeforeDoing' }],
  ['is a 500 after the work', { kind: 'status', status: 500, done: true }],
  ['is a 500', { kind: 'status', status: 500 }],
  ['is a 429', { kind: 'status', status: 429 }],
  ['is a page of a proxy', { kind: 'html' }],
  ['is garbage after the work', { kind: 'html', status: 200, done: true }],
  ['is «still at it»', { kind: 'processing' }],
  ['comes late', { kind: 'slow', ms: 2, at: 'after' }],
  ['begins late', { kind: 'slow', ms: 2 }],
];
const callsOf: readonly [string, { method?: string; path?: string | RegExp }][] = [
  ['any call', {}],
  ['a creation', { method: 'POST', path: '/payments' }],
  ['a look at a payment', { method: 'GET', path: /^\/payments\// }],
  ['a refund', { method: 'POST', path: '/refunds' }],
  ['a list of refunds', { method: 'GET', path: '/refunds' }],
];

/** The rights of a key may be taken away between one try and the next. */
const refusal: [string, CallFault] = ['is a refusal', { kind: 'status', status: 403 }];

function breakShop(storm: Storm): void {
  const { till, chance, mends } = storm;
  const [what, calls] = chance.pick(callsOf);
  const [how, fault] = chance.pick(calls.method === 'POST' ? [...breakages, refusal] : breakages);
  const met = { ...fault, ...calls, match: (call: ApiCall) => !isElsewhere(call) };
  const isLasting = chance.is(0.35);
  tell(storm, `the answer to ${what} ${how}${isLasting ? ', from now on' : ''}`);
  if (isLasting) mends.push(till.shop.faults.always(met));
  else for (let times = 1 + chance.below(3); times > 0; times--) mends.push(till.shop.faults.next(met));
}

function mendShop(storm: Storm): void {
  tell(storm, 'the shop is well');
  for (const mend of storm.mends.splice(0)) mend();
}

/** What is owed to us by post comes in another order. */
async function bringMail(storm: Storm): Promise<void> {
  const { till, chance } = storm;
  const mails = [...till.post.waiting.values()].filter(({ isLost }) => !isLost);
  haunt(storm);
  for (let n = 1 + chance.below(3); n > 0 && mails.length > 0; n--) {
    const [mail] = mails.splice(chance.below(mails.length), 1);
    await bring(storm, mail!.body, 'late');
  }
}

async function bring(storm: Storm, body: NotificationBody, when: string): Promise<void> {
  const status = await storm.till.post.bring(body);
  tell(storm, `${body.event} of ${body.object.id.slice(-4)} comes ${when}: ${status}`);
}

function isLostInMail({ till }: Storm): boolean {
  return [...till.post.waiting.values()].some(({ isLost }) => isLost);
}

/** A day is over, and the shop gives up: from now on only our own looking can find what it had to tell. */
async function loseMail(storm: Storm): Promise<void> {
  const { till, relied } = storm;
  await till.still();
  for (const [key, mail] of [...till.post.waiting].filter(([, { isLost }]) => isLost)) {
    const orderId = await foundBy(till, mail);
    if (orderId === undefined) continue;
    till.post.waiting.delete(key);
    relied.add(orderId);
    tell(storm, `${mail.body.event} of ${mail.body.object.id.slice(-4)} never comes`);
  }
}

async function bringAgain(storm: Storm): Promise<void> {
  const { till, chance } = storm;
  const body = chance.pick(till.post.delivered);
  const times = chance.pick([1, 2, 23]);
  const statuses = await Promise.all(Array.from({ length: times }, () => till.post.bring(body)));
  tell(storm, `${body.event} of ${body.object.id.slice(-4)} comes ${times} times more: ${[...new Set(statuses)].join(', ')}`);
}

/** Whoever knows our address may write to it. */
async function forge(storm: Storm): Promise<void> {
  const { till, chance } = storm;
  const known = till.shop.payments().map(({ id }) => id);
  const id = chance.pick([...known, '2d000000-000f-5000-8000-000000000000', '../refunds']);
  const object = { id, payment_id: id, status: 'succeeded', amount: amountOf(99_999_900), metadata: {} };
  const body = chance.pick([
    { type: 'notification', event: 'payment.succeeded', object },
    { type: 'notification', event: 'payment.canceled', object },
    { type: 'notification', event: 'refund.succeeded', object },
    { type: 'notification', event: 'deal.closed', object },
    { event: null },
    [],
  ]);
  const status = await till.post.bring({ ...body });
  tell(storm, `somebody says ${'event' in body ? body.event : 'nothing'} of ${id.slice(-4)}: ${status}`);
}

async function spend(storm: Storm): Promise<void> {
  const { till, chance, jobs, spends } = storm;
  const [userId, points] = [chance.pick(people), chance.pick([30, 60, 100, 5_000, 20_000, 90_000])];
  if (chance.is(0.5)) {
    const again = spends.length > 0 && chance.is(0.3) ? chance.pick(spends) : undefined;
    const unit = again ?? transferOf(chance.uuid(), userId, points);
    if (!again) spends.push(unit);
    const { status } = await till.settle(unit);
    return tell(storm, `${userId} gives ${points} points${again ? ' (an old spending, again)' : ''}: ${status}`);
  }
  const job = jobOf(chance.uuid(), userId, points, till.now());
  jobs.push(job);
  await till.settle({ writes: [{ do: 'addJob', job }] });
  const { status } = till.isOpen() ? await till.settle(jobSaga.queue(job, till.now())) : { status: 'unheard' };
  tell(storm, `${userId} orders an edit for ${points} points: ${status}`);
}

const transferOf = (id: string, userId: number, points: number): WriteUnit => ({
  movement: { kind: 'transfer', id: `spend:${id}`, from: userAccount(userId), to: houseAccount, points, reason: 'edit' },
  writes: [],
});

const jobOf = (id: string, userId: number, price: number, at: number): Job => ({
  ...{ id, userId, price, presetId: null, prompt: 'winter', workflow: 'qwen-edit-2511', seed: 7, files: [] },
  ...{ createdAt: at, deadlineAt: at + hourMs, state: 'received', executions: 0, reason: null },
});

async function endJob(storm: Storm): Promise<void> {
  const { till, chance, jobs } = storm;
  const job = chance.pick(jobs);
  const isDone = chance.is(0.5);
  const { status } = await till.settle(endOf(job, isDone, till.now()));
  tell(storm, `the edit of ${job.userId} for ${job.price} points ${isDone ? 'is done' : 'fails'}: ${status}`);
}

const endOf = (job: Job, isDone: boolean, at: number): WriteUnit =>
  isDone ? jobSaga.complete(job, 1, at) : jobSaga.fail(job, 'failed', 1, at);

function passTime(storm: Storm): void {
  const { till, chance, story } = storm;
  haunt(storm);
  const ms = chance.pick([2 * secondMs, 10 * secondMs, minuteMs, minuteMs, 5 * minuteMs, 40 * minuteMs, 2 * hourMs, 26 * hourMs]);
  story.push(`  ${ms / minuteMs} min pass`);
  till.advance(ms);
}

function armKill(storm: Storm, withAnswer = false): void {
  const { till, chance } = storm;
  storm.deaths--;
  const of = withAnswer ? 'told' : chance.pick([null, null, 'told', 'statement', 'statement', 'answer'] as const);
  const left = withAnswer ? 1 : 1 + chance.below(of ? 6 : chance.pick([5, 40]));
  const kill = { left, of, commits: chance.is(0.5), cuts: chance.is(0.5) };
  const how = `${kill.commits ? 'commits' : 'rolls back'}, ${kill.cuts ? 'cuts' : 'sends'}`;
  tell(storm, `kill -9 with the next ${of ?? 'thing done'}, number ${left}; ${how} what is under way`);
  till.arm(kill);
}

/**
 * Dies where it hurts: with the next answer to a notification, for what it has said it has done must be done, or around a commit.
 */
function haunt(storm: Storm): void {
  if (storm.till.isOpen() && storm.deaths > 0 && storm.chance.is(0.2)) armKill(storm, storm.chance.is(0.5));
}

async function reopen(storm: Storm): Promise<void> {
  await storm.till.bury();
  await storm.till.open();
  tell(storm, `the house opens for life ${storm.till.lives()}`);
}

// — after it —

const roundsMax = 40;

/** Nothing breaks any more, and time passes until all is final; lost stays what somebody else will find. */
async function calm(storm: Storm): Promise<string[]> {
  const { till, story } = storm;
  story.push('the storm is over');
  till.disarm();
  mendShop(storm);
  await till.still();
  if (await till.bury()) await reopen(storm);
  else if (!till.isOpen()) await reopen(storm);
  await till.still();
  for (const release of storm.releases.splice(0)) release();
  await endJobs(storm);
  for (let round = 0; round < roundsMax; round++) {
    endAtShop(storm);
    await till.still();
    const isBrought = await bringRest(storm);
    await till.still();
    if (!isBrought && (await isFinal(till))) return [];
    till.advance(till.longestPause() ?? 0);
    await till.still();
  }
  return [`not all is final after ${roundsMax} rounds`];
}

async function endJobs({ till, chance, jobs }: Storm): Promise<void> {
  for (const job of jobs) {
    await till.settle(jobSaga.queue(job, till.now()));
    await till.settle(endOf(job, chance.is(0.5), till.now()));
  }
}

function endAtShop(storm: Storm): void {
  const { till, chance } = storm;
  while (till.shop.refunds().some(({ status }) => status === 'pending')) settleRefund(storm);
  for (const { id } of ofShop(storm, 'pending')) chance.is(0.4) ? till.shop.pay(id) : till.shop.expire(id);
}

async function bringRest(storm: Storm): Promise<boolean> {
  const { till } = storm;
  const mails = [...till.post.waiting];
  for (const [key, mail] of mails) {
    till.post.waiting.delete(key);
    if (mail.isLost && (await foundBy(till, mail)))
      tell(storm, `${mail.body.event} of ${mail.body.object.id.slice(-4)} never comes`);
    else await bring(storm, mail.body, 'at last');
  }
  return mails.length > 0;
}

/**
 * The order of which our own rows say that somebody will ask; undefined where it is closed on our side, and only the notification
 * tells: a shop sends that for a day. An order that was paid twice may be closed by the other payment.
 */
async function foundBy({ read, shop }: Till, { body: { object } }: Mail): Promise<string | undefined> {
  const [paymentId, refundId] = 'payment_id' in object ? [object.payment_id, object.metadata?.['refund_id']] : [object.id];
  const orderId = shop.payment(paymentId)?.metadata?.['order_id'];
  const isOnly = shop.payments().filter(({ metadata }) => metadata?.['order_id'] === orderId).length === 1;
  const rows = await read(
    `SELECT id FROM payments WHERE state = 'pending' AND provider_id = '${paymentId}' AND ${isOnly}
     UNION SELECT id FROM refunds WHERE state IN ('created', 'pending') AND id = '${refundId ?? ''}'`,
  );
  return rows.length > 0 ? orderId : undefined;
}

const isFinal = async ({ read, shop }: Till): Promise<boolean> =>
  (
    await read(`SELECT id FROM payments WHERE state IN ('created', 'pending')
      UNION SELECT id FROM refunds WHERE state IN ('created', 'pending')`)
  ).length === 0 && shop.payments().every(({ status }) => status !== 'pending');

// — the audit —

type Line = {
  id: string;
  kind: string;
  debit: string;
  credit: string;
  points: number;
  reservation: string | null;
  reason: string;
};
type PaymentRow = { id: string; user_id: number; state: string; provider_id: string | null };
type RefundRow = { id: string; payment_id: string; state: string; provider_id: string | null; amount_minor: number };
type Account = { id: string; posted: number; reserved: number };

const kopeksOf = ({ value }: { value: string }): number => Number(value.replace('.', ''));
const sumOf = (points: readonly number[]): number => points.reduce((sum, one) => sum + one, 0);

async function flawsOf({ till, orders, wishes }: Storm): Promise<string[]> {
  const { read, shop, observed } = till;
  const [lines, payments, refunds, accounts] = await Promise.all([
    read<Line>('SELECT id, kind, debit, credit, points, reservation, reason FROM transfers ORDER BY rowid'),
    read<PaymentRow>('SELECT * FROM payments'),
    read<RefundRow>('SELECT * FROM refunds'),
    read<Account>('SELECT * FROM accounts'),
  ]);
  const written = orders.filter(({ id }) => payments.some(row => row.id === id));
  const orderOf = ({ metadata, amount }: Payment): PaymentOrder | undefined =>
    written.find(
      ({ id, amountMinor }) => metadata?.['order_id'] === id && amount.currency === 'RUB' && kopeksOf(amount) === amountMinor,
    );
  const taken = shop.payments().flatMap(payment => {
    const order = orderOf(payment);
    return order && payment.status === 'succeeded' ? [{ payment, order }] : [];
  });
  const held = shop.payments().filter(payment => payment.status === 'waiting_for_capture' && orderOf(payment));
  const back = shop.refunds().flatMap(refund => {
    const of = taken.find(({ payment }) => payment.id === refund.payment_id);
    return of && refund.status === 'succeeded' ? [{ refund, order: of.order }] : [];
  });
  const credits = taken.map(({ payment, order }) => ({
    ...{ id: `payment:${gatewayName}:${payment.id}`, points: order.points },
    ...{ debit: `provider:${gatewayName}`, credit: `user:${order.userId}` },
  }));
  const takings = back.map(({ refund, order }) => ({
    ...{ id: `refund:${gatewayName}:${refund.id}`, points: kopeksOf(refund.amount) },
    ...{ debit: `debt:${order.userId}`, credit: `provider:${gatewayName}` },
  }));
  const posted = (id: string): number => accounts.find(account => account.id === id)?.posted ?? 0;
  const own = (userId: number) => posted(`user:${userId}`) + posted(`debt:${userId}`);
  return [
    ...held.map(payment => `the money of ${named(payment)} is still held`),
    ...flawsOfLines('payment', credits, lines),
    ...flawsOfLines('refund', takings, lines),
    ...flawsOfReplay(lines, accounts),
    ...people.flatMap(userId => {
      const [paid, gone] = [taken, back].map(list => list.filter(({ order }) => order.userId === userId));
      const kept =
        sumOf(taken.filter(one => paid!.includes(one)).map(({ payment }) => kopeksOf(payment.amount))) -
        sumOf(back.filter(one => gone!.includes(one)).map(({ refund }) => kopeksOf(refund.amount)));
      const spent = sumOf(
        lines
          .filter(line => isMove(line) && line.debit === `user:${userId}` && line.credit === 'house')
          .map(({ points }) => points),
      );
      return differ(`the points of ${userId}, with what they owe and have spent`, own(userId) + spent, 60 + kept);
    }),
    ...differ(
      'the points that the gateway sold',
      -posted(`provider:${gatewayName}`),
      sumOf(credits.map(({ points }) => points)) - sumOf(takings.map(({ points }) => points)),
    ),
    ...payments.flatMap(row =>
      flawsOfOrder(
        row,
        taken.filter(({ order }) => order.id === row.id).map(({ payment }) => payment),
        shop.requests,
      ),
    ),
    ...flawsOfRefunds(
      refunds,
      back.map(({ refund, order }) => ({ ...refund, orderId: order.id })),
      wishes,
    ),
    ...observed.filter(({ step }) => /^(fatal|crash)/.test(step)).map(({ step, error }) => `${step}: ${error?.stack}`),
    ...(await flawsOfWords(till, credits)),
    ...(await checkLedger(till.url)).flaws,
  ];
}

const differ = (what: string, found: unknown, expected: unknown): string[] =>
  found === expected ? [] : [`${what}: ${found}, where it should be ${expected}`];

const isMove = ({ kind }: Line): boolean => kind === 'transfer' || kind === 'post';

/** Each of the shop's is there once, as it should be, and there is no other. */
function flawsOfLines(
  kind: string,
  expected: readonly Omit<Line, 'kind' | 'reservation' | 'reason'>[],
  lines: readonly Line[],
): string[] {
  const found = lines.filter(({ id }) => id.startsWith(`${kind}:`) && !id.endsWith(':debt'));
  const words = ({ id, debit, credit, points }: Omit<Line, 'kind' | 'reservation' | 'reason'>) =>
    `${id} ${debit}→${credit} ${points}`;
  const [there, due] = [found.map(words).sort(), expected.map(words).sort()];
  return [
    ...due.filter(line => !there.includes(line)).map(line => `not in the ledger: ${line}`),
    ...there.filter(line => !due.includes(line)).map(line => `in the ledger, not at the shop: ${line}`),
    ...differ(`lines of ${kind}s`, there.length, new Set(there).size),
  ];
}

/**
 * Adds up all lines anew: nobody is ever below 0, no debt above, and what is owed is paid with every line that brings or takes
 * money.
 */
function flawsOfReplay(lines: readonly Line[], accounts: readonly Account[]): string[] {
  const [posted, reserved] = [new Map<string, number>(), new Map<string, number>()];
  const at = (map: Map<string, number>, id: string): number => map.get(id) ?? 0;
  const add = (map: Map<string, number>, id: string, points: number): void => void map.set(id, at(map, id) + points);
  const flaws: string[] = [];
  lines.forEach((line, n) => {
    const { id, kind, debit, credit, points } = line;
    if (kind === 'reserve') add(reserved, debit, points);
    else if (kind !== 'transfer') add(reserved, debit, -points);
    if (isMove(line)) add(posted, debit, -points);
    if (isMove(line)) add(posted, credit, points);
    for (const account of [debit, credit]) {
      if (account.startsWith('user:') && at(posted, account) < at(reserved, account))
        flaws.push(`${account} is below 0 after ${id}`);
      if (account.startsWith('debt:') && at(posted, account) > 0) flaws.push(`${account} is above 0 after ${id}`);
    }
    const owner =
      /^(?:payment|refund):[^:]+:[^:]+$/.test(id) && /^(?:user|debt):(\d+)/.exec(debit.startsWith('debt') ? debit : credit)?.[1];
    if (!owner) return;
    const user = `user:${owner}`;
    const due = Math.min(at(posted, user) - at(reserved, user), -at(posted, `debt:${owner}`));
    const next = lines[n + 1];
    flaws.push(...differ(`what ${id} repays of a debt`, next?.id === `${id}:debt` ? next.points : 0, Math.max(0, due)));
  });
  for (const account of accounts) {
    flaws.push(...differ(`${account.id} in its row`, account.posted, at(posted, account.id)));
    flaws.push(...differ(`what is set aside of ${account.id}`, account.reserved, 0));
  }
  return [...flaws, ...differ('all accounts together', sumOf(accounts.map(account => account.posted)), 0)];
}

/** A row says what became of its payments at the shop, and the house has ordered one of them at most. */
function flawsOfOrder(
  { id, state, provider_id }: PaymentRow,
  paid: readonly Payment[],
  requests: Till['shop']['requests'],
): string[] {
  const orders = requests.filter(({ method, path, body }) => {
    const { metadata } = (body ?? {}) as { metadata?: Record<string, string> };
    return method === 'POST' && path === '/payments' && metadata?.['order_id'] === id;
  });
  const keys = new Set(orders.filter(call => !isElsewhere(call)).map(({ idempotenceKey }) => idempotenceKey));
  const bodies = new Set(orders.filter(call => !isElsewhere(call)).map(({ body }) => JSON.stringify(body)));
  return [
    ...(keys.size > 1 || bodies.size > 1 ? [`order ${id} was asked for in ${bodies.size} ways with ${keys.size} keys`] : []),
    ...differ(`whether order ${id} is paid, by its row`, state === 'succeeded', paid.length > 0),
    ...(state === 'created' || state === 'pending' ? [`order ${id} is still ${state}`] : []),
    ...(state === 'succeeded' && !paid.some(payment => payment.id === provider_id)
      ? [`order ${id} names ${provider_id}, which is not paid`]
      : []),
  ];
}

type RefundAtShop = { id: string; orderId: string; amount: { value: string }; metadata?: Readonly<Record<string, string>> };

/**
 * Each refund of the shop has one row, each row that is done a refund; a wish that was taken has a row, and is done once at most.
 */
function flawsOfRefunds(rows: readonly RefundRow[], back: readonly RefundAtShop[], wishes: readonly Wish[]): string[] {
  const done = rows.filter(({ state }) => state === 'succeeded');
  const words = (of: RefundRow) => `${of.provider_id} of ${of.payment_id}: ${of.amount_minor}`;
  const [ours, theirs] = [done.map(words).sort(), back.map(one => `${one.id} of ${one.orderId}: ${kopeksOf(one.amount)}`).sort()];
  return [
    ...differ('the refunds that are done, by our rows', ours.join('; '), theirs.join('; ')),
    ...rows
      .filter(({ state }) => state === 'created' || state === 'pending')
      .map(({ id, state }) => `refund ${id} is still ${state}`),
    ...wishes.flatMap(({ wish, answers }) => {
      const row = rows.find(({ id }) => id === wish.refundId);
      const made = back.filter(({ metadata }) => metadata?.['refund_id'] === wish.refundId);
      // A whole payment goes back only once: what the cabinet gave back as a whole fulfils the wish.
      const isDone = made.length > 0 || back.some(({ id, metadata }) => id === row?.provider_id && !metadata?.['refund_id']);
      return [
        ...(made.length > 1 ? [`refund ${wish.refundId} was made ${made.length} times`] : []),
        ...(answers.some(({ status }) => status === 'ordered') && !row
          ? [`refund ${wish.refundId} was taken, and has no row`]
          : []),
        ...(row ? differ(`whether refund ${wish.refundId} is done, by its row`, row.state === 'succeeded', isDone) : []),
      ];
    }),
  ];
}

/** The log holds nothing that is a secret or a person's; who has paid is told. */
async function flawsOfWords({ read }: Till, credits: readonly { id: string }[]): Promise<string[]> {
  const log = await read<{ event: string; detail: string | null }>('SELECT event, detail FROM payment_log');
  const notices = await read<{ id: string }>("SELECT id FROM outbox WHERE id LIKE 'payment:%:succeeded:%'");
  const secrets = [shopKey, credentials, email];
  const isTold = log.filter(({ event, detail }) => {
    const text = `${event} ${detail ?? ''}`;
    return (
      secrets.some(secret => text.includes(secret)) ||
      /(?<![\w-])\d{13,19}(?![\w-])|\b\d{4}(?: \d{4}){3}\b|https?:|(?<![\da-f])555555(?![\da-f])|\*+ ?\d{4}\b/.test(text)
    );
  });
  return [
    ...isTold.map(({ event, detail }) => `the log tells too much: ${event} ${detail}`),
    ...(log.length === 0 && credits.length > 0 ? ['the log is empty'] : []),
    ...differ('payers who are told that they have paid', notices.length, credits.length),
  ];
}
