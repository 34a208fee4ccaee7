import test from 'ava';
import { createWriter } from '../db/writer.ts';
import type { Job } from '../src/domain/job.ts';
import {
  flawsOfAccount,
  flawsOfJob,
  flawsOfPayment,
  flawsOfRefund,
  flawsOfResolution,
  flawsOfStray,
  flawsOfTotal,
} from '../src/domain/ledger-check.ts';
import type { Payment, ProviderPayment } from '../src/domain/payment.ts';
import * as payments from '../src/domain/payment-saga.ts';
import * as refunds from '../src/domain/refund-saga.ts';
import { cancel, complete, fail, queue, refuse } from '../src/domain/saga.ts';
import type { Commit } from '../src/domain/unit.ts';
import { checkLedger, verdictLines } from '../src/ledger-check.ts';
import { onEach } from './databases.ts';
import { noon, transfer, unitOf } from './probe.ts';

const line = (points: number, debit: string, credit: string) => ({ points, debit, credit });
const toHouse = line(30, 'user:1', 'house');
const account = { id: 'user:1', posted: 60, reserved: 30, overdraft: 0, linesPosted: 60, linesReserved: 30 };
const ofJob = {
  ...{ id: 'j', userId: 1, price: 30, reservation: 'job:j', reserve: toHouse, resolved: null },
  state: 'queued' as const,
};
const ofPayment = { id: 'p', gateway: 'yookassa', userId: 1, state: 'succeeded', points: 100, providerId: 'x' };
const credit = line(100, 'provider:yookassa', 'user:1');
const ofRefund = { id: 'r', gateway: 'stars', userId: 1, state: 'succeeded', points: 40, providerId: 'x' };
const taken = line(40, 'debt:1', 'provider:stars');
const resolution = { id: 'job:j:post', reservation: 'job:j', line: toHouse, reserve: toHouse, resolutions: 1 };

const rules: [what: string, found: string[], expected: string[]][] = [
  ['an account that agrees', flawsOfAccount(account), []],
  ['too few points', flawsOfAccount({ ...account, posted: 59 }), ['account user:1: holds 59 points, its lines add up to 60']],
  [
    'a reservation that is forgotten',
    flawsOfAccount({ ...account, reserved: 0 }),
    ['account user:1: has 0 points set aside, its open reservations are 30'],
  ],
  [
    'more set aside than there is',
    flawsOfAccount({ ...account, posted: 20, linesPosted: 20 }),
    ['account user:1: has -10 points to spend, and must not be overdrawn'],
  ],
  [
    'a gateway below zero',
    flawsOfAccount({ ...account, id: 'provider:yookassa', overdraft: 1, posted: -5, linesPosted: -5 }),
    [],
  ],
  [
    'a person who may be overdrawn',
    flawsOfAccount({ ...account, overdraft: 1 }),
    ['account user:1: is marked as one that may be overdrawn'],
  ],
  [
    'a debt that is paid twice',
    flawsOfAccount({ ...account, id: 'debt:1', overdraft: 1, posted: 5, linesPosted: 5 }),
    ['account debt:1: is a debt, and holds 5 points'],
  ],
  ['lines without an account', flawsOfAccount({ ...account, posted: null }), ['account user:1: has lines, and no row']],
  ['a sum of nothing', flawsOfTotal(0), []],
  ['points from nowhere', flawsOfTotal(1), ['all accounts together hold 1 points, not 0']],
  ['a post', flawsOfResolution(resolution), []],
  [
    'a post and a void',
    flawsOfResolution({ ...resolution, resolutions: 2 }),
    ['transfer job:j:post: is one of 2 that resolve job:j'],
  ],
  [
    'a post of nothing',
    flawsOfResolution({ ...resolution, reserve: null }),
    ['transfer job:j:post: resolves job:j, which is no reservation'],
  ],
  [
    'a post of other points',
    flawsOfResolution({ ...resolution, line: line(31, 'user:1', 'house') }),
    ['transfer job:j:post: moves 31 from user:1 to house, its reservation 30 from user:1 to house'],
  ],
  ['a job that waits', flawsOfJob(ofJob), []],
  ['a job that is done', flawsOfJob({ ...ofJob, state: 'completed', resolved: 'post' }), []],
  ['a free job', flawsOfJob({ ...ofJob, price: 0, reservation: null, reserve: null }), []],
  ['a job that was cancelled before its photo came', flawsOfJob({ ...ofJob, state: 'cancelled', reserve: null }), []],
  ['a job without its reservation', flawsOfJob({ ...ofJob, reserve: null }), ['job j (queued, 30 points): has no reservation']],
  [
    'a refused job that was charged',
    flawsOfJob({ ...ofJob, state: 'refused' }),
    ['job j (refused, 30 points): has the reservation job:j'],
  ],
  [
    'a job of somebody else’s points',
    flawsOfJob({ ...ofJob, userId: 2 }),
    ['job j (queued, 30 points): its reservation is 30 from user:1 to house, not 30 from user:2 to house'],
  ],
  [
    'a job that failed and was paid',
    flawsOfJob({ ...ofJob, state: 'failed', resolved: 'post' }),
    ['job j (failed, 30 points): its reservation is posted, not void'],
  ],
  [
    'a job that is done and was not paid',
    flawsOfJob({ ...ofJob, state: 'completed' }),
    ['job j (completed, 30 points): its reservation is open, not posted'],
  ],
  [
    'a job that waits and was paid',
    flawsOfJob({ ...ofJob, resolved: 'void' }),
    ['job j (queued, 30 points): its reservation is void, not open'],
  ],
  [
    'a reservation without a job',
    flawsOfJob({ ...ofJob, id: null }),
    ['transfer job:j: is reserved for a job that is not there'],
  ],
  ['a payment', flawsOfPayment({ ...ofPayment, credit }), []],
  [
    'a payment of practice',
    flawsOfPayment({ ...ofPayment, gateway: 'sandbox-stars', credit: { ...credit, debit: 'provider:sandbox' } }),
    [],
  ],
  ['a payment that is open', flawsOfPayment({ ...ofPayment, state: 'pending', credit: null }), []],
  [
    'a payment without points',
    flawsOfPayment({ ...ofPayment, credit: null }),
    ['payment p (succeeded, 100 points): has no credit payment:yookassa:x'],
  ],
  [
    'a payment with other points',
    flawsOfPayment({ ...ofPayment, credit: { ...credit, points: 1 } }),
    [
      'payment p (succeeded, 100 points): its credit is 1 from provider:yookassa to user:1, not 100 from provider:yookassa to user:1',
    ],
  ],
  [
    'points for a payment that did not come',
    flawsOfPayment({ ...ofPayment, state: 'cancelled', credit }),
    ['payment p (cancelled, 100 points): has a credit of 100 points'],
  ],
  ['a refund', flawsOfRefund({ ...ofRefund, taken }), []],
  ['a refund of less than a point', flawsOfRefund({ ...ofRefund, points: 0, taken: null }), []],
  [
    'a refund that took nothing',
    flawsOfRefund({ ...ofRefund, taken: null }),
    ['refund r (succeeded, 40 points): took nothing as refund:stars:x'],
  ],
  [
    'a refund that failed and took points',
    flawsOfRefund({ ...ofRefund, state: 'failed', taken }),
    ['refund r (failed, 40 points): took 40 points'],
  ],
  [
    'a refund of no payment',
    flawsOfRefund({ ...ofRefund, userId: null, taken }),
    ['refund r (succeeded, 40 points): has no payment'],
  ],
  ['a credit of nobody', flawsOfStray('payment:yookassa:y', 'payment'), ['transfer payment:yookassa:y: belongs to no payment']],
];
for (const [what, found, expected] of rules) test(`the rules on ${what}`, t => t.deepEqual(found, expected));

// — a house in which all there is has happened, proved and then broken —

const jobOf = (id: string, price = 30): Job => ({
  ...{ id, userId: 1, presetId: null, prompt: 'x', workflow: 'w', seed: 1, price, files: [{ fileId: 'f' }] },
  ...{ createdAt: noon, deadlineAt: noon + 1, state: 'queued', executions: 0, reason: null },
});
const paymentOf = (id: string, gateway = 'yookassa'): Payment => ({
  ...{ id, userId: 1, gateway, method: 'card', amountMinor: 10_000, currency: 'RUB', points: 100, email: null, createdAt: noon },
  ...{ state: 'created', request: null, providerId: null, confirmationUrl: null, reason: null },
});
const seen = (providerId: string) => ({ providerId }) as ProviderPayment;

async function live(commit: Commit): Promise<void> {
  await commit(unitOf(transfer('initial:1', 'bonus', 'user:1', 200)));
  const jobs = ['waits', 'done', 'failed', 'cancelled', 'refused', 'early'].map(id => jobOf(id));
  for (const job of [...jobs, jobOf('free', 0)]) await commit({ writes: [{ do: 'addJob', job }] });
  for (const id of ['waits', 'done', 'failed', 'cancelled']) await commit(queue(jobOf(id), noon));
  await commit(queue(jobOf('free', 0), noon));
  await commit(complete(jobOf('done'), 1, noon));
  await commit(fail(jobOf('failed'), 'failed', 1, noon));
  await commit(cancel(jobOf('cancelled'), noon));
  await commit(refuse(jobOf('refused'), 'damaged', noon));
  await commit(cancel({ ...jobOf('early'), state: 'received' }, noon));
  for (const payment of [paymentOf('open'), paymentOf('paid'), paymentOf('practice', 'sandbox-stars')])
    await commit({ writes: [{ do: 'addPayment', payment }] });
  await commit(payments.credit(paymentOf('paid'), seen('first'), noon));
  await commit(payments.credit(paymentOf('paid'), seen('second'), noon));
  await commit(payments.credit(paymentOf('practice', 'sandbox-stars'), seen('s'), noon));
  const refunded = { ...paymentOf('paid'), providerId: 'second', state: 'succeeded' as const };
  const back = { providerId: 'back', status: 'succeeded', amountMinor: 5_000, refundId: null } as const;
  await commit(refunds.book(refunded, refunds.booked(refunded, back, null, [], noon), noon));
}

const breaks: [change: string, back: string, flaws: RegExp[]][] = [
  [
    "UPDATE accounts SET posted = posted + 1 WHERE id = 'house'",
    "UPDATE accounts SET posted = posted - 1 WHERE id = 'house'",
    [/^all accounts together hold 1 points/, /^account house: holds 31 points, its lines add up to 30$/],
  ],
  [
    "UPDATE accounts SET reserved = 0 WHERE id = 'user:1'",
    "UPDATE accounts SET reserved = 30 WHERE id = 'user:1'",
    [/^account user:1: has 0 points set aside, its open reservations are 30$/],
  ],
  [
    "UPDATE transfers SET points = 31 WHERE id = 'job:waits'",
    "UPDATE transfers SET points = 30 WHERE id = 'job:waits'",
    [/^account user:1: .* are 31$/, /^job waits .*: its reservation is 31 from/],
  ],
  [
    "UPDATE jobs SET state = 'completed' WHERE id = 'waits'",
    "UPDATE jobs SET state = 'queued' WHERE id = 'waits'",
    [/^job waits \(completed, 30 points\): its reservation is open, not posted$/],
  ],
  [
    "UPDATE jobs SET id = 'gone' WHERE id = 'waits'",
    "UPDATE jobs SET id = 'waits' WHERE id = 'gone'",
    [/^job gone .*: has no reservation$/, /^transfer job:waits: is reserved for a job that is not there$/],
  ],
  [
    "UPDATE transfers SET credit = 'bonus' WHERE id = 'job:done:post'",
    "UPDATE transfers SET credit = 'house' WHERE id = 'job:done:post'",
    [/^account (bonus|house): /, /^account (bonus|house): /, /^transfer job:done:post: moves 30 from user:1 to bonus/],
  ],
  [
    "UPDATE payments SET state = 'cancelled' WHERE id = 'paid'",
    "UPDATE payments SET state = 'succeeded' WHERE id = 'paid'",
    [/^payment paid \(cancelled, 100 points\): has a credit of 100 points$/],
  ],
  [
    "UPDATE payments SET state = 'succeeded' WHERE id = 'open'",
    "UPDATE payments SET state = 'created' WHERE id = 'open'",
    [/^payment open \(succeeded, 100 points\): has no credit/],
  ],
  [
    "UPDATE transfers SET id = 'payment:yookassa:other' WHERE id = 'payment:yookassa:first'",
    "UPDATE transfers SET id = 'payment:yookassa:first' WHERE id = 'payment:yookassa:other'",
    [/^transfer payment:yookassa:other: belongs to no payment$/],
  ],
  [
    "UPDATE refunds SET points = 49 WHERE gateway = 'yookassa'",
    "UPDATE refunds SET points = 50 WHERE gateway = 'yookassa'",
    [/^refund .*: took 50 from debt:1 to provider:yookassa, not 49/],
  ],
  [
    "UPDATE refunds SET provider_id = 'none'",
    "UPDATE refunds SET provider_id = 'back'",
    [/^refund .*: took nothing as refund:yookassa:none$/, /^transfer refund:yookassa:back: belongs to no refund$/],
  ],
];

onEach('a ledger in which everything has happened is whole, and whatever is broken in it is named', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await live(commit);
  const verdict = await checkLedger(rows.url);
  t.deepEqual(verdictLines(verdict), ['The ledger is whole: 6 accounts, 13 transfers, 7 jobs, 3 payments agree.']);
  for (const [change, back, flaws] of breaks) {
    await rows.database.run(change);
    const found = (await checkLedger(rows.url)).flaws;
    t.is(found.length, flaws.length, `${change}: ${found.join('; ')}`);
    for (const [n, words] of flaws.entries()) t.regex(found[n] ?? '', words, change);
    await rows.database.run(back);
  }
  t.deepEqual((await checkLedger(rows.url)).flaws, []);
});
