import test from 'ava';
import fc from 'fast-check';
import { cannotBeEdited, deliveryOf } from '../src/bot/delivery.ts';
import { bar, render, type Surroundings, statusOf } from '../src/bot/render.ts';
import { type Catalogue, chosenPreset } from '../src/domain/catalogue.ts';
import { growingMs } from '../src/domain/growing-pause.ts';
import { type EndReason, isOpen, type Job, type JobState, openStates, reservedStates } from '../src/domain/job.ts';
import { emptyBook, settle } from '../src/domain/ledger.ts';
import { isLoopback } from '../src/domain/loopback.ts';
import type { Notice } from '../src/domain/notice.ts';
import { type Bucket, botRate, chatRate, fullBucket, pause, pauseAllUntil, setBack, take, waitMs } from '../src/domain/pace.ts';
import type { Payment } from '../src/domain/payment.ts';
import { type Facts, plan } from '../src/domain/plan.ts';
import { decodePress, encodePress, type Press } from '../src/domain/press.ts';
import { type Execution, judge, type Verdict } from '../src/domain/retry.ts';
import * as saga from '../src/domain/saga.ts';
import { afterFailure, isTrusted, restMs, type Trust } from '../src/domain/trust.ts';
import {
  comesBefore,
  newTurns,
  nextTurn,
  noteTurn,
  placeOf,
  type Turns,
  turnOrder,
  undoTurn,
  type Waiting,
  weightOf,
} from '../src/domain/turns.ts';
import type { Write, WriteUnit } from '../src/domain/unit.ts';
import { languageOf } from '../src/domain/user.ts';
import { terms } from './payer.ts';
import { noon, runs, transfer } from './probe.ts';

// — retries —

const policy = { retriesMax: 3, delaysMs: [5_000, 10_000, 20_000] };
const retry = (afterMs: number): Verdict => ({ next: 'retry', afterMs });
const lost: Verdict = { next: 'fail', reason: 'failed' };

test('three retries are four executions, with the pauses of the list', t => {
  t.deepEqual(
    [1, 2, 3, 4, 5].map(n => judge('failed', n, policy)),
    [retry(5_000), retry(10_000), retry(20_000), lost, lost],
  );
});

test('a short list of pauses repeats its last, an empty one does not pause', t => {
  t.deepEqual(
    [1, 2, 3].map(n => judge('failed', n, { ...policy, delaysMs: [500] })),
    [retry(500), retry(500), retry(500)],
  );
  t.deepEqual(judge('failed', 1, { ...policy, delaysMs: [] }), retry(0));
  t.deepEqual(judge('failed', 0, policy), retry(0));
  t.deepEqual(judge('failed', 1, { ...policy, retriesMax: 0 }), lost);
});

test('what would fail everywhere is not tried again; what no server answered does not count', t => {
  const verdicts: Record<Exclude<Execution, 'failed'>, Verdict> = {
    succeeded: { next: 'finish' },
    rejected: { next: 'fail', reason: 'rejected' },
    unavailable: { next: 'requeue' },
  };
  for (const [execution, verdict] of Object.entries(verdicts))
    for (const executions of [0, 1, 9]) t.deepEqual(judge(execution as Execution, executions, policy), verdict);
});

// — turns —

const waiting = (jobId: string, userId: number, order: number, head = false): Waiting => ({
  jobId,
  userId,
  order,
  from: 0,
  head,
});
const jobsOf = (userId: number, count: number, from = 0): Waiting[] =>
  Array.from({ length: count }, (_, n) => waiting(`${userId}.${n}`, userId, from + n));
/** After turns of these people, one after the other, while others waited. */
const after = (served: readonly number[], payers: readonly number[] = []): Turns => {
  const turns = { ...newTurns(), payers: new Set(payers) };
  for (const [n, userId] of served.entries()) noteTurn(turns, waiting('past', userId, n), [waiting('other', -1, n)]);
  return turns;
};
const inTurn = (line: Waiting[], turns = newTurns(), count = 99) =>
  turnOrder(line, turns, count)
    .map(({ jobId }) => jobId)
    .join(' ');
/** Gives `count` turns for real, with whoever comes meanwhile: `coming` by the number of the turn before which they come. */
function give(line: readonly Waiting[], turns: Turns, count: number, coming: Record<number, Waiting[]> = {}): Waiting[] {
  const [left, given] = [new Set(line), [] as Waiting[]];
  for (let n = 0; n < count; n++) {
    for (const one of coming[n] ?? []) left.add({ ...one, from: turns.now });
    const next = nextTurn(left, turns);
    if (!next) break;
    left.delete(next);
    noteTurn(turns, next, left);
    given.push(next);
  }
  return given;
}

test('a host is this machine alone, or it is not', t => {
  for (const host of ['localhost', 'LocalHost', '127.0.0.1', '127.255.0.9', '::1', '[::1]']) t.true(isLoopback(host), host);
  const others = [
    '',
    '0.0.0.0',
    '::',
    '127.0.0.256',
    '127.1',
    '10.0.0.1',
    'localhost.example.com',
    '127.0.0.1.example.com',
    '::2',
  ];
  for (const host of others) t.false(isLoopback(host), host);
});

test('a pause doubles with each failure in a row, up to its bound, and is none without a failure', t => {
  const pauses = [-1, 0, 1, 2, 3, 4, 5, 10_000].map(failures => growingMs(failures, { minMs: 500, maxMs: 3_000 }));
  t.deepEqual(pauses, [0, 0, 500, 1_000, 2_000, 3_000, 3_000, 3_000]);
});

test('nobody waits, nobody has a turn', t => {
  t.is(nextTurn([], newTurns()), undefined);
  t.is(inTurn([]), '');
  t.is(placeOf('x', [], newTurns()), 0);
});

test('people take turns; of one person the first that came goes first', t => {
  const line = [
    waiting('a1', 1, 0),
    waiting('a2', 1, 1),
    waiting('a3', 1, 2),
    waiting('b1', 2, 3),
    waiting('b2', 2, 4),
    waiting('c1', 3, 5),
  ];
  t.is(inTurn(line), 'a1 b1 c1 a2 b2 a3');
  t.is(inTurn(line, after([2, 1])), 'c1 b1 a1 b2 a2 a3');
  t.is(inTurn([waiting('late', 1, 9), waiting('early', 1, 3)]), 'early late');
});

for (const payers of [[], [1], [1, 2]])
  test(`someone with 50 jobs delays another’s first by one (paid: ${payers.length > 0 ? payers : 'nobody'})`, t => {
    const turns = { ...newTurns(), payers: new Set(payers) };
    t.is(inTurn([...jobsOf(1, 50), waiting('b', 2, 50)], turns, 2), '1.0 b');
    // One that runs and one that is prepared, and then whoever comes is next.
    for (const before of [1, 2, 3, 7, 20]) {
      const given = give(jobsOf(1, 50), { ...newTurns(), payers: new Set(payers) }, before + 1, {
        [before]: [waiting('b', 2, 50)],
      });
      t.is(given.at(-1)!.jobId, 'b', `after ${before} turns`);
    }
  });

test('the first jobs of newcomers go next, before whoever has been served, and one after the other', t => {
  const line = [...jobsOf(1, 9), ...jobsOf(2, 9, 9), waiting('new', 3, 50), waiting('newer', 4, 51)];
  t.is(inTurn(line, after([1, 2, 1, 1, 2], [1]), 3), 'new newer 1.0');
});

test('of two who always have jobs waiting, the one who has paid is given two turns of three', t => {
  const turns = { ...newTurns(), payers: new Set([1]) };
  const given = give([...jobsOf(1, 500), ...jobsOf(2, 500, 500)], turns, 300);
  t.is(given.filter(({ userId }) => userId === 1).length, 200);
  const both = give([...jobsOf(1, 500), ...jobsOf(2, 500, 500)], { ...newTurns(), payers: new Set([1, 2]) }, 300);
  t.is(both.filter(({ userId }) => userId === 1).length, 150);
});

test('nobody starves: of many with many jobs each has their share of every round, in the order in which their jobs came', t => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 8 }), paid => {
      const turns = { ...newTurns(), payers: new Set(paid.flatMap((one, userId) => (one ? [userId] : []))) };
      const round = paid.reduce((sum, one) => sum + weightOf(one), 0);
      const given = give(
        paid.flatMap((_, userId) => jobsOf(userId, 40, userId * 40)),
        turns,
        round * 10,
      );
      return paid.every((one, userId) => {
        const theirs = given.filter(other => other.userId === userId);
        const inOrder = theirs.every(({ order }, n) => order === userId * 40 + n);
        return inOrder && theirs.length === 10 * weightOf(one);
      });
    }),
    runs(t, 50),
  );
  t.pass();
});

for (const payers of [[], [1]])
  test(`nobody starves while people keep coming for the first time (paid: ${payers.join() || 'nobody'})`, t => {
    const newcomers = Array.from({ length: 60 }, (_, n) => waiting(`new ${n}`, 100 + n, 10 + n));
    const coming = Object.fromEntries(newcomers.map((one, n) => [n, n < 3 ? [] : [one]]));
    const turns = { ...newTurns(), payers: new Set(payers) };
    const given = give([...jobsOf(1, 5), ...newcomers.slice(0, 3)], turns, 60, coming);
    const waits = given.flatMap(({ userId }, n) => (userId === 1 ? [n] : []));
    t.is(waits.length, 5, given.map(({ jobId }) => jobId).join(' '));
    for (const [n, one] of waits.entries()) t.true(one <= 5 * (n + 1), `${n}: ${one}`);
  });

test('no turns are saved up by staying away, nor by one job at a time', t => {
  const turns = newTurns();
  give(jobsOf(1, 20), turns, 20);
  const come = [...jobsOf(2, 20, 30), ...jobsOf(1, 20, 60)].map(one => ({ ...one, from: turns.now }));
  const given = give(come, turns, 20).map(({ userId }) => userId);
  t.deepEqual(given.slice(0, 6), [2, 1, 2, 1, 2, 1]);
});

test('jobs that lost their server go before everyone, in the order they first came, and have paid for their turn', t => {
  const line = [waiting('a', 1, 0), waiting('late', 2, 7, true), waiting('early', 1, 3, true)];
  t.is(inTurn(line, after([1])), 'early late a');
  const turns = after([1, 2]);
  const before = structuredClone(turns);
  noteTurn(turns, waiting('early', 1, 3, true), []);
  t.deepEqual(turns, before);
});

test('the order of turns is what giving them one after the other makes it', t => {
  const anyLine = fc.array(fc.record({ userId: fc.nat(4), head: fc.boolean() }), { maxLength: 30 });
  const anyPeople = fc.array(fc.nat(4), { maxLength: 12 });
  fc.assert(
    fc.property(anyLine, anyPeople, fc.uniqueArray(fc.nat(4)), (people, served, payers) => {
      const line = people.map(({ userId, head }, order) => waiting(`j${order}`, userId, order, head && order % 3 === 0));
      const expected = give(line, after(served, payers), 99).map(({ jobId }) => jobId);
      const places = line.map(({ jobId }) => placeOf(jobId, line, after(served, payers)));
      return (
        inTurn(line, after(served, payers)) === expected.join(' ') &&
        inTurn(line, after(served, payers), 3) === expected.slice(0, 3).join(' ') &&
        places.every((place, n) => expected[place - 1] === line[n]!.jobId)
      );
    }),
    runs(t, 300),
  );
  t.pass();
});

test('a turn that is taken back at once is as good as not given', t => {
  const anyLine = fc.array(fc.record({ userId: fc.nat(4), head: fc.boolean() }), { minLength: 1, maxLength: 12 });
  const anyPeople = fc.array(fc.nat(4), { maxLength: 12 });
  fc.assert(
    fc.property(anyLine, anyPeople, fc.uniqueArray(fc.nat(4)), (people, served, payers) => {
      const line = people.map(({ userId, head }, order) => waiting(`j${order}`, userId, order, head && order % 3 === 0));
      const [turns, untouched] = [after(served, payers), after(served, payers)];
      const next = nextTurn(line, turns)!;
      undoTurn(
        turns,
        noteTurn(
          turns,
          next,
          line.filter(one => one !== next),
        ),
      );
      return turns.now === untouched.now && inTurn(line, turns) === inTurn(line, untouched);
    }),
    runs(t, 300),
  );
  t.pass();
});

test('a turn that is taken back after others were given costs its person nothing', t => {
  const turns = after([1]);
  const first = noteTurn(turns, waiting('a', 1, 1), []);
  noteTurn(turns, waiting('b', 2, 2), []);
  const second = noteTurn(turns, waiting('a2', 1, 3), []);
  undoTurn(turns, first);
  undoTurn(turns, second);
  t.is(inTurn([waiting('a', 1, 1), waiting('b2', 2, 4)], turns), 'a b2');
});

test('before one that has been given its turn comes whoever would have had it first, and never another of the same person', t => {
  const turns = newTurns();
  noteTurn(turns, waiting('1.0', 1, 0), []);
  const given = noteTurn(turns, waiting('1.1', 1, 1), []);
  t.true(comesBefore(waiting('new', 2, 9), given, turns), 'somebody new');
  t.false(comesBefore(waiting('1.2', 1, 2), given, turns), 'the same person');
  t.true(comesBefore(waiting('lost', 2, 9, true), given, turns), 'a job that lost its server');
  const newcomer = noteTurn(turns, waiting('new', 2, 9), []);
  t.false(comesBefore(waiting('newer', 3, 10), newcomer, turns), 'somebody newer');
  t.false(comesBefore(waiting('1.1', 1, 1), newcomer, turns), 'who gave way');
  t.false(comesBefore(waiting('newer', 3, 10), noteTurn(turns, waiting('lost', 1, 3, true), []), turns));
});

test('who was served is remembered for the last 10,000 people, whoever was served before them is as good as new', t => {
  const turns = after(Array.from({ length: 10_001 }, (_, n) => n));
  t.is(turns.people.size, 10_000);
  t.is(inTurn([waiting('a', 10_000, 0), waiting('b', 5, 1), waiting('forgotten', 0, 2)], turns), 'forgotten b a');
});

test('a place in a line of 10,000 is found, and the first of them are', t => {
  const line = Array.from({ length: 10_000 }, (_, n) => waiting(`j${n}`, n % 5_000, n));
  t.is(placeOf('j9999', line, newTurns()), 10_000);
  t.deepEqual(
    turnOrder(line, newTurns(), 30).map(({ jobId }) => jobId),
    Array.from({ length: 30 }, (_, n) => `j${n}`),
  );
});

// — trust —

test('a server is trusted until a second job in a row fails on it; then it rests, each time for longer, at most a minute', t => {
  let trust: Trust | undefined;
  t.true(isTrusted(trust));
  const rests = Array.from({ length: 8 }, (_, n) => {
    trust = afterFailure(trust, `job ${n}`, noon);
    t.is(isTrusted(trust), n === 0);
    return trust.restUntil - noon;
  });
  t.deepEqual(rests, [0, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  t.is(restMs(10_000), 60_000);
});

test('a job that fails again and again is held against a server once', t => {
  let trust: Trust | undefined;
  for (let n = 0; n < 5; n++) trust = afterFailure(trust, 'bad', noon + n);
  t.true(isTrusted(trust));
  t.false(isTrusted(afterFailure(trust, 'another', noon)));
});

// — pace —

test('a chat takes a burst of five and then one a second', t => {
  let bucket = fullBucket(chatRate, noon);
  const sentAt: number[] = [];
  for (let now = noon; sentAt.length < 8; now += waitMs(bucket, chatRate, now))
    if (waitMs(bucket, chatRate, now) === 0) {
      bucket = take(bucket, chatRate, now);
      sentAt.push(now - noon);
    }
  t.deepEqual(sentAt, [0, 0, 0, 0, 0, 1_000, 2_000, 3_000]);
});

test('a bot sends no more than its burst and its rate, whatever the moments it is asked in', t => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 300 }), pauses => {
      let [bucket, now] = [fullBucket(botRate, noon), noon];
      let sent = 0;
      for (const pauseMs of pauses) {
        now += pauseMs;
        if (waitMs(bucket, botRate, now) > 0) continue;
        bucket = take(bucket, botRate, now);
        sent++;
      }
      return sent <= botRate.burst + ((now - noon) / 1_000) * botRate.perSecond + 1;
    }),
    runs(t, 100),
  );
  t.pass();
});

test('a wait that was kept to the end is enough', t => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000), { maxLength: 30 }), pauses => {
      let [bucket, now] = [fullBucket(chatRate, noon), noon];
      for (const pauseMs of pauses) {
        now += pauseMs;
        now += waitMs(bucket, chatRate, now);
        if (waitMs(bucket, chatRate, now) !== 0) return false;
        bucket = take(bucket, chatRate, now);
      }
      return true;
    }),
    runs(t, 100),
  );
  t.pass();
});

test('a chat that was told to wait waits that long, and a shorter word does not shorten it', t => {
  const paused = pause(pause(fullBucket(chatRate, noon), noon + 7_000), noon + 2_000);
  t.is(waitMs(paused, chatRate, noon), 7_000);
  t.is(waitMs(paused, chatRate, noon + 6_999), 1);
  t.is(waitMs(paused, chatRate, noon + 7_000), 0);
});

test('a clock that is set back does not silence a chat', t => {
  const used = take(fullBucket(chatRate, noon), chatRate, noon);
  t.is(waitMs(used, chatRate, noon - 3_600_000), 0);
  const empty: Bucket = { left: 0, at: noon, pausedUntil: 0 };
  t.true(waitMs(empty, chatRate, noon - 3_600_000) <= 1_000);
});

test('a bucket goes on filling under a clock that was set back, and a pause lasts no longer for it', t => {
  const hourAgo = noon - 3_600_000;
  const empty = setBack(pause({ left: 0, at: noon, pausedUntil: 0 }, noon + 5_000), hourAgo);
  t.is(waitMs(empty, chatRate, hourAgo), 5_000);
  t.is(waitMs(empty, chatRate, hourAgo + 5_000), 0);
  t.deepEqual(setBack(empty, hourAgo + 5_000), empty);
});

test('three chats told to wait at once mean that the bot is', t => {
  const until = (ms: number): Bucket => pause(fullBucket(chatRate, noon), noon + ms);
  t.is(pauseAllUntil([until(5_000), until(9_000)], noon), undefined);
  t.is(pauseAllUntil([until(5_000), until(9_000), until(0)], noon), undefined);
  t.is(pauseAllUntil([until(5_000), until(9_000), until(1)], noon), noon + 9_000);
});

// — buttons —

const uuid = '0f9b8c1e-6a4d-4a57-9d38-2f1f64a0b7c2';
const presses: Press[] = [
  ...(['history', 'email'] as const).map(to => ({ to })),
  ...[{ to: 'offer', rubles: 1 } as const, { to: 'resume', jobId: uuid } as const],
  ...[{ to: 'historyPage', page: 2, until: noon } as const, { to: 'jobCard', jobId: uuid, page: 0, until: noon } as const],
  { to: 'jobCard', jobId: uuid, page: 999_999_999, until: 99_999_999_999_999 },
  ...(['menu', 'categories', 'ownPrompt', 'languages', 'topUp'] as const).map(to => ({ to })),
  ...[{ to: 'category', category: 'Styles', page: 0 } as const, { to: 'category', category: 'my_own', page: 12 } as const],
  ...[{ to: 'preset', presetId: 5 } as const, { to: 'preset', presetId: 999_999_999 } as const],
  ...[
    { to: 'cancelJob', jobId: uuid } as const,
    { to: 'language', language: 'ru' } as const,
    { to: 'language', language: 'en' } as const,
  ],
];
test('every button is understood again, and fits in 64 bytes', t => {
  for (const press of presses) {
    t.deepEqual(decodePress(encodePress(press)), press);
    t.true(Buffer.byteLength(encodePress(press)) <= 64);
  }
  t.true(Buffer.byteLength(encodePress({ to: 'category', category: 'x'.repeat(40), page: 999_999_999 })) <= 64);
});

test('data that no button of ours carries is nobody’s', t => {
  const forged = [
    ...[
      '',
      'menu:',
      'menu:1',
      'menu:1:2',
      'Menu',
      ' menu',
      'constructor',
      '__proto__',
      'category',
      'category:',
      'category:Styles',
    ],
    ...[
      'category:Styles:',
      'category:Styles:-1',
      'category:Styles:1.5',
      'category:Styles:1:2',
      'category:<b>:0',
      'category:../x:0',
    ],
    ...['category:Styles:99999999999', 'preset', 'preset:', 'preset:x', 'preset:-1', 'preset:1e3', 'preset:1:2', 'preset:0x1'],
    ...['cancel', 'cancel:', 'cancel:1', `cancel:${uuid}:1`, `cancel:${uuid} `, `cancel:${uuid.toUpperCase()}`, 'cancelJob:1'],
    ...[
      'offer',
      'offer:1:1',
      'resume',
      'resume:1',
      `resume:${uuid}:1`,
      'history:0',
      'email:a@b.ru',
      'page',
      'page:1',
      'page:1:-1',
    ],
    ...['page:x:1', 'page:1:01', 'page:1:zzzzzzzzzz', `card:${uuid}`, `card:${uuid}:1`, `card:${uuid}:1:a:b`, 'card:1:1:a'],
    ...['language', 'language:de', 'language:ru:1', 'x'.repeat(4_000), ':::::', '\n', '💥'],
  ];
  for (const data of forged) t.is(decodePress(data), null, JSON.stringify(data));
  fc.assert(
    fc.property(fc.string(), data => {
      const press = decodePress(data);
      return press === null || Buffer.byteLength(encodePress(press)) <= 64;
    }),
    runs(t, 500),
  );
});

// — the saga —

const jobOf = (job: Partial<Job> = {}): Job => ({
  ...{ id: 'j', userId: 7, presetId: null, prompt: 'x', workflow: 'w', seed: 1, price: 30, files: [{ fileId: 'f' }] },
  ...{ createdAt: noon, deadlineAt: noon + 1, state: 'received', executions: 0, reason: null },
  ...job,
});
const attempt = { jobId: 'j', n: 1, server: 's', promptId: 'p', at: noon };
const stateAfter = (writes: readonly Write[]): JobState | undefined =>
  writes.flatMap(write => (write.do === 'setJob' ? [write.state] : [])).at(-1);
const told = (writes: readonly Write[]): string[] => writes.flatMap(write => (write.do === 'say' ? [write.row.id] : []));

type Step = { unit(job: Job): WriteUnit; from: readonly JobState[]; to: JobState; movement: string | undefined; told: string[] };
const ended = (state: JobState) => ['job:j:ended', `job:j:status:${state}`];
const steps: Record<string, Step> = {
  queue: { unit: job => saga.queue(job, noon), from: ['received'], to: 'queued', movement: 'reserve', told: [] },
  refuse: {
    unit: job => saga.refuse(job, 'damaged', noon),
    from: ['received'],
    to: 'refused',
    movement: undefined,
    told: ended('refused'),
  },
  submit: { unit: () => saga.submit(attempt), from: reservedStates, to: 'submitting', movement: undefined, told: [] },
  requeue: { unit: job => saga.requeue(job, 1, false, noon), from: reservedStates, to: 'queued', movement: undefined, told: [] },
  retry: {
    unit: job => saga.requeue(job, 2, true, noon),
    from: reservedStates,
    to: 'queued',
    movement: undefined,
    told: ['job:j:retry:2'],
  },
  complete: {
    ...{ unit: job => saga.complete(job, 1, noon), from: reservedStates, to: 'completed', movement: 'post' },
    told: ['job:j:result', 'job:j:status:completed'],
  },
  fail: {
    unit: job => saga.fail(job, 'failed', 4, noon),
    from: reservedStates,
    to: 'failed',
    movement: 'void',
    told: ended('failed'),
  },
  'cancel of a reserved one': {
    ...{
      unit: job => saga.cancel({ ...job, state: 'submitting' }, noon),
      from: reservedStates,
      to: 'cancelled',
      movement: 'void',
    },
    told: ended('cancelled'),
  },
  'cancel of a received one': {
    ...{ unit: job => saga.cancel(job, noon), from: ['received'], to: 'cancelled', movement: undefined },
    told: ended('cancelled'),
  },
};
for (const [name, { unit, from, to, movement, told: words }] of Object.entries(steps)) {
  test(`${name}: leaves ${from.join(', ')} for ${to}, moves ${movement ?? 'nothing'} and says what there is to say`, t => {
    const one = unit(jobOf());
    t.deepEqual(one.guard, { table: 'jobs', id: 'j', states: from });
    t.is(stateAfter(one.writes), to);
    t.is(one.movement?.kind, movement as never);
    t.deepEqual(told(one.writes), words);
  });

  test(`${name} of a free job has no line in the ledger, gives nothing back, and is the same for the rest`, t => {
    const [priced, free] = [unit(jobOf()), unit(jobOf({ price: 0 }))];
    t.deepEqual([free.movement, free.repayment], [undefined, undefined]);
    const rest = (one: WriteUnit) =>
      JSON.stringify({ ...one, movement: undefined, repayment: undefined }).replace(/"refunded":\d+/, '"refunded":0');
    t.is(rest(free), rest(priced));
  });
}

test('points are set aside under the id of the job, for the house', t => {
  const { movement, refused } = saga.queue(jobOf(), noon);
  const expected = { kind: 'reserve', id: 'job:j', from: 'user:7', to: 'house', points: 30, reason: 'edit' } as const;
  t.deepEqual(movement, expected);
  t.is(stateAfter(refused ?? []), 'refused');
  t.deepEqual(told(refused ?? []), ended('refused'));
});

test('words about money and results go first, changes of the status last', t => {
  const ranks = [saga.complete(jobOf(), 1, noon), saga.fail(jobOf(), 'failed', 1, noon)].flatMap(({ writes }) =>
    writes.flatMap(write => (write.do === 'say' ? [[write.row.rank, write.row.edits]] : [])),
  );
  t.deepEqual(ranks, [
    ['result', null],
    ['edit', 'job:j:status'],
    ['result', null],
    ['edit', 'job:j:status'],
  ]);
});

test('a job that is open can be unfinished; one that is not cannot', t => {
  const all: Record<JobState, boolean> = {
    ...{ received: true, queued: true, submitting: true, completed: false, failed: false, cancelled: false, refused: false },
  };
  for (const [state, open] of Object.entries(all)) t.is(isOpen(state as JobState), open);
  t.deepEqual([...openStates], ['received', 'queued', 'submitting']);
});

test('in whatever order steps of a job come, it ends once, and its points are moved or given back exactly once', t => {
  const names = Object.keys(steps);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { maxLength: 15 }), fc.constantFrom(0, 30), (order, price) => {
      const facts: Facts = { ...emptyBook(), states: new Map([['j', 'received']]) };
      settle(facts, transfer('gift', 'bonus', 'user:7', 40));
      const { outcomes } = plan(
        order.map(name => steps[name]!.unit(jobOf({ price }))),
        facts,
      );
      const state = facts.states.get('j') as JobState;
      const ends = order.filter((name, n) => outcomes[n]!.status !== 'lost' && !isOpen(steps[name]!.to)).length;
      const { posted, reserved } = facts.accounts.get('user:7')!;
      const spent = state === 'completed' ? price : 0;
      const aside = state === 'queued' || state === 'submitting' ? price : 0;
      return ends === (isOpen(state) ? 0 : 1) && posted === 40 - spent && reserved === aside;
    }),
    runs(t, 500),
  );
  t.pass();
});

// — what Telegram says of a message —

const answer = (error_code: number, description = '', parameters?: object) => ({
  response: { ok: false, error_code, description, parameters },
});
const network = (code: string) => Object.assign(new Error('request failed'), { name: 'FetchError', code });
const deliveries: [unknown, ReturnType<typeof deliveryOf>][] = [
  [answer(429, 'Too Many Requests', { retry_after: 7 }), { kind: 'retryAfter', ms: 7_000 }],
  [answer(429), { kind: 'retryAfter', ms: 1_000 }],
  [answer(403, 'Forbidden: bot was blocked by the user'), { kind: 'refused', blocked: true }],
  [answer(403, 'Forbidden: user is deactivated'), { kind: 'refused', blocked: true }],
  [answer(400, 'Bad Request: chat not found'), { kind: 'refused', blocked: false }],
  [answer(400, "Bad Request: can't parse entities"), { kind: 'refused', blocked: false }],
  [answer(400, 'Bad Request: message is not modified: specified new message content …'), { kind: 'sent', messageId: null }],
  [answer(413, 'Request Entity Too Large'), { kind: 'refused', blocked: false }],
  [answer(401, 'Unauthorized'), { kind: 'unsent' }],
  [answer(404, 'Not Found'), { kind: 'unsent' }],
  [answer(409, 'Conflict'), { kind: 'unsent' }],
  [answer(500, 'Internal Server Error'), { kind: 'ambiguous' }],
  [answer(502, 'Bad Gateway'), { kind: 'ambiguous' }],
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].map(
    (code): [unknown, ReturnType<typeof deliveryOf>] => [network(code), { kind: 'unsent' }],
  ),
  ...['ECONNRESET', 'ETIMEDOUT', 'EPIPE'].map((code): [unknown, ReturnType<typeof deliveryOf>] => [
    network(code),
    { kind: 'ambiguous' },
  ]),
  [new DOMException('The operation was aborted', 'AbortError'), { kind: 'ambiguous' }],
  [new Error('anything'), { kind: 'ambiguous' }],
];
for (const [error, delivery] of deliveries) {
  const { response, code, name } = error as {
    response?: { error_code: number; description: string };
    code?: string;
    name?: string;
  };
  const shown = response ? `${response.error_code} ${response.description}` : (code ?? name);
  test(`${shown} means: ${Object.values(delivery).join(' ')}`, t => {
    t.deepEqual(deliveryOf(error), delivery);
  });
}

test('a message that is gone, has no text or is too old is said anew; other refusals are not', t => {
  const gone = ['message to edit not found', "message can't be edited", 'there is no text in the message to edit'];
  for (const description of gone) t.true(cannotBeEdited(answer(400, `Bad Request: ${description}`)), description);
  t.false(cannotBeEdited(answer(400, 'Bad Request: message is not modified')));
  t.false(cannotBeEdited(answer(403, 'Forbidden: bot was blocked by the user')));
  t.false(cannotBeEdited(new Error('network')));
});

// — words —

test('a bar has ten parts and a percentage between 0 and 100', t => {
  const bars: [number, string][] = [
    ...([
      [0, '▱▱▱▱▱▱▱▱▱▱ 0%'],
      [0.04, '▱▱▱▱▱▱▱▱▱▱ 4%'],
      [0.25, '▰▰▰▱▱▱▱▱▱▱ 25%'],
      [0.5, '▰▰▰▰▰▱▱▱▱▱ 50%'],
    ] as [number, string][]),
    ...([
      [0.999, '▰▰▰▰▰▰▰▰▰▰ 100%'],
      [1, '▰▰▰▰▰▰▰▰▰▰ 100%'],
      [1.5, '▰▰▰▰▰▰▰▰▰▰ 100%'],
      [-1, '▱▱▱▱▱▱▱▱▱▱ 0%'],
    ] as [number, string][]),
  ];
  for (const [part, shown] of bars) t.is(bar(part), shown, String(part));
});

const paymentOf = (changes: Partial<Payment> = {}): Payment => ({
  ...{ id: uuid, userId: 7, gateway: 'yookassa', method: 'card', amountMinor: 50_000, points: 50_000, createdAt: noon },
  ...{
    currency: 'RUB',
    email: null,
    request: null,
    state: 'pending',
    providerId: 'x',
    confirmationUrl: 'https://yookassa.example/pay',
    reason: null,
  },
  ...changes,
});

const catalogue: Catalogue = {
  categories: [{ id: 'Styles', emoji: '🧩', name: { ru: 'Стили', en: 'Styles' } }],
  presets: Array.from({ length: 20 }, (_, n) => ({
    ...{ id: n + 1, category: 'Styles', name: { ru: `Стиль <${n}>`, en: `Style <${n}>` }, description: { ru: 'd&d', en: 'd&d' } },
    ...{ prompt: 'x', workflow: null, price: n === 1 ? 45 : null },
  })),
};
const around = (language: 'ru' | 'en', job?: Job, payment: Payment = paymentOf()): Surroundings => ({
  person: {
    user: { id: 7, username: null, firstName: '<script>&', language, blocked: false, createdAt: noon, seenAt: noon },
    ...{ balance: 60, unlimited: false, debt: 0 },
  },
  ...{ job, payment, repaid: 0, catalogue, botName: 'A & B', supportContact: '@a<b', priceFor: () => 30 },
  topUp: terms,
  practice: { pictures: true, payments: true },
  subject: undefined,
  ...{ history: undefined, card: undefined, resumable: undefined, freedom: null, timeZone: 'Europe/Moscow', isRefundOpen: true },
  ...{ lastPayments: ['<p>'], termsUrl: 'https://terms.example/?a=1&b=2' },
  startLink: start => `https://t.me/bot?start=${start}`,
});
const reasons: Record<EndReason, true> = {
  ...{
    insufficient_points: true,
    not_a_picture: true,
    unsupported_format: true,
    animated: true,
    too_heavy: true,
    too_many_pixels: true,
  },
  ...{ too_small: true, damaged: true, file_unavailable: true, rejected: true, failed: true, deadline: true, cancelled: true },
};
test('whoever looks reads the dates of the operator’s time zone', t => {
  const late = Date.UTC(2026, 10, 20, 22);
  const ours = around('ru');
  const person = { ...ours.person, user: { ...ours.person.user, createdAt: late, seenAt: late } };
  const facts = { jobs: {}, paymentsTotal: 0, paidTotal: 0, payments: [] };
  const there = { ...ours, person, subject: { ...person, facts }, timeZone: 'Asia/Vladivostok' };
  for (const notice of [{ type: 'profile' }, { type: 'adminUser', subjectId: 7 }] as const) {
    t.regex(render(notice, there)?.text ?? '', /21 ноября 2026/);
    t.regex(render(notice, { ...there, timeZone: 'UTC' })?.text ?? '', /20 ноября 2026/);
  }
  const promo = { type: 'adminOutcome', is: 'promoCreated', code: 'x', points: 1, uses: 1, expiresAt: late } as const;
  t.regex(render(promo, there)?.text ?? '', /21 ноября 2026[^\n]*08:00/);
});

const notices: { [Type in Notice['type']]: Notice & { type: Type } } = {
  welcome: { type: 'welcome', points: 60 },
  greeting: { type: 'greeting' },
  menu: { type: 'menu' },
  help: { type: 'help' },
  balance: { type: 'balance' },
  profile: { type: 'profile' },
  topUp: { type: 'topUp' },
  languages: { type: 'languages' },
  languageSet: { type: 'languageSet' },
  cancelled: { type: 'cancelled' },
  categories: { type: 'categories' },
  presets: { type: 'presets', category: 'Styles', page: 0 },
  presetCard: { type: 'presetCard', presetId: 2 },
  askPrompt: { type: 'askPrompt' },
  askPhotoForPrompt: { type: 'askPhotoForPrompt' },
  whatToDo: { type: 'whatToDo' },
  promptLength: { type: 'promptLength' },
  albumTrimmed: { type: 'albumTrimmed' },
  slowDown: { type: 'slowDown' },
  failure: { type: 'failure' },
  unexpected: { type: 'unexpected', awaiting: 'main_menu' },
  fileUnsuitable: { type: 'fileUnsuitable', reason: 'animated' },
  topUpMethods: { type: 'topUpMethods', rubles: 500 },
  askAmount: { type: 'askAmount' },
  amountUnclear: { type: 'amountUnclear' },
  tooManyPayments: { type: 'tooManyPayments', limit: 5 },
  paymentStatus: { type: 'paymentStatus', paymentId: 'p' },
  invoice: { type: 'invoice', paymentId: 'p' },
  paysupport: { type: 'paysupport' },
  terms: { type: 'terms' },
  paymentSucceeded: { type: 'paymentSucceeded', paymentId: 'p' },
  paymentEnded: { type: 'paymentEnded', paymentId: 'p' },
  tooManyOpen: { type: 'tooManyOpen', limit: 3 },
  tooManyPerHour: { type: 'tooManyPerHour', limit: 20 },
  refunded: { type: 'refunded', paymentId: 'p', amountMinor: 50_000, points: 50_000 },
  refundEnded: { type: 'refundEnded', paymentId: 'p', amountMinor: 12_345, isDone: false },
  askPromo: { type: 'askPromo' },
  promoApplied: { type: 'promoApplied', points: 5 },
  promoRefused: { type: 'promoRefused', reason: 'unknown' },
  adminMenu: { type: 'adminMenu' },
  adminUsage: { type: 'adminUsage', command: 'addtokens' },
  adminUser: { type: 'adminUser', subjectId: 7 },
  adminOutcome: { type: 'adminOutcome', is: 'promoExists', code: 'лето' },
  granted: { type: 'granted', points: 5, reason: '<b>&' },
  unlimitedSet: { type: 'unlimitedSet', unlimited: true },
  weeklyBonus: { type: 'weeklyBonus', points: 10 },
  history: { type: 'history', page: 0, until: null },
  jobCard: { type: 'jobCard', jobId: 'j', page: 0, until: noon },
  presetGone: { type: 'presetGone' },
  pointsLacking: { type: 'pointsLacking', jobId: 'j' },
  askEmail: { type: 'askEmail', rubles: 500 },
  emailUnclear: { type: 'emailUnclear' },
  emailSaved: { type: 'emailSaved', email: 'a***@mail.ru' },
  jobStatus: { type: 'jobStatus', jobId: 'j' },
  jobResult: { type: 'jobResult', jobId: 'j' },
  jobRetry: { type: 'jobRetry', jobId: 'j' },
  jobEnded: { type: 'jobEnded', jobId: 'j', reason: 'failed', refunded: 30 },
};

for (const language of ['ru', 'en'] as const)
  test(`everything there is to say has words in ${language}, within Telegram’s limits and safe as HTML`, t => {
    const every: Notice[] = [
      ...Object.values(notices),
      ...Object.keys(reasons).map(
        (reason): Notice => ({ type: 'jobEnded', jobId: 'j', reason: reason as EndReason, refunded: 0 }),
      ),
    ];
    for (const notice of every) {
      const shown = render(notice, around(language, jobOf({ id: uuid, state: 'queued' })));
      t.truthy(shown?.text, notice.type);
      t.true(shown!.text.length <= 1_024, notice.type);
      t.notRegex(shown!.text, /undefined|NaN|\[object|<script>|<(?!\/?(b|i|code|a)\b)|&(?!amp;|lt;|gt;)/, notice.type);
      for (const button of buttonsOf(shown!)) t.truthy(decodePress(button), `${notice.type}: ${button}`);
    }
  });

const buttonsOf = ({ keyboard }: NonNullable<ReturnType<typeof render>>): string[] =>
  keyboard && 'inline_keyboard' in keyboard
    ? keyboard.inline_keyboard.flat().flatMap(one => ('callback_data' in one ? [one.callback_data] : []))
    : [];

test('what is no longer so is not said', t => {
  t.is(render(notices.jobStatus, around('ru')), undefined);
  for (const state of ['completed', 'failed', 'cancelled'] as const)
    t.is(render(notices.jobRetry, around('ru', jobOf({ state }))), undefined);
});

test('points are said to be back only when some had been set aside', t => {
  const words = (refunded: number) => render({ ...notices.jobEnded, refunded }, around('ru'))!.text;
  t.regex(words(30), /Возвращаем 30 баллов[\s\S]*60 баллов/);
  t.notRegex(words(0), /Возвращаем/);
});

test('a cancel before anything was set aside moves no points', t => {
  const facts: Facts = { ...emptyBook(), states: new Map([['j', 'received']]) };
  const { outcomes, transfers } = plan([saga.cancel(jobOf(), noon)], facts);
  t.deepEqual([outcomes, transfers], [[{ status: 'applied' }], []]);
});

test('a status can be cancelled while its job is open, and shows place and progress', t => {
  const shown = (state: JobState, place: number | null = null, part: number | null = null) =>
    statusOf(jobOf({ state }), { jobId: 'j', place, part, preview: null }, 'ru');
  t.regex(shown('queued', 4).text, /4/);
  t.regex(shown('submitting', null, 0.5).text, /50%/);
  for (const state of ['received', 'queued', 'submitting'] as const)
    t.deepEqual(shown(state).keyboard, { inline_keyboard: [[{ text: '❌ Отменить', callback_data: 'cancel:j' }]] });
  for (const state of ['completed', 'failed', 'cancelled', 'refused'] as const) t.is(shown(state).keyboard, null);
});

test('pages of presets lead to each other, and one past the end is the last', t => {
  const page = (n: number) => buttonsOf(render({ type: 'presets', category: 'Styles', page: n }, around('ru'))!);
  t.deepEqual(
    page(0).filter(data => data.startsWith('category')),
    ['category:Styles:1'],
  );
  t.deepEqual(
    page(1).filter(data => data.startsWith('category')),
    ['category:Styles:0', 'category:Styles:2'],
  );
  t.deepEqual(page(2), page(999));
  const all = [0, 1, 2].flatMap(n => page(n).filter(data => data.startsWith('preset')));
  t.is(new Set(all).size, 20);
});

test('a preset of its own price and workflow keeps them, any other takes the house’s', t => {
  const house = { workflow: 'house', price: 30 };
  t.is(chosenPreset(catalogue, 2, house)?.price, 45);
  t.is(chosenPreset(catalogue, 1, house)?.price, 30);
  t.is(chosenPreset(catalogue, 1, house)?.workflow, 'house');
  t.is(chosenPreset(catalogue, 99, house), undefined);
});

test('Russian for those who write ru, uk, be or kk, English for everyone else', t => {
  for (const code of ['ru', 'uk', 'be', 'kk', 'ru-RU', 'RU']) t.is(languageOf(code), 'ru', code);
  for (const code of ['en', 'de', 'pt-br', '', 'rus', undefined]) t.is(languageOf(code), 'en', code);
});
