import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { spawnJobs } from '../actors/jobs/jobs.ts';
import { type Ref, tell } from '../actors/nact.ts';
import type { LedgerMessage, Observed, OutboxMessage } from '../actors/protocol.ts';
import { statusOf } from '../src/bot/render.ts';
import { texts } from '../src/bot/words/texts.ts';
import {
  clockOf,
  expectedWaits,
  furtherBack,
  medianOf,
  mediansOf,
  noteRun,
  type Runs,
  type ServerNow,
  toldMinutes,
  type WaitingJob,
} from '../src/domain/expected-wait.ts';
import type { Job } from '../src/domain/job.ts';
import type { ChatMessage, Person } from '../src/sandbox/telegram/server.ts';
import { fastClock } from './fast-clock.ts';
import { actorSystem, fakeClock, noon, probe, responder, runs, until } from './probe.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions } from './studio.ts';

const photo = await phonePhoto(1, 320, 240);

// — the rule —

const second = 1_000;
const minute = 60 * second;
const medians = new Map([
  ['edit', 4 * second],
  ['slow', 60 * second],
]);
const server = (over: Partial<ServerNow> = {}): ServerNow => ({ medians, running: null, taken: [], ...over });
const running = (agoMs: number, workflow = 'edit') => ({ running: { workflow, since: noon - agoMs } });
const line = (...workflows: string[]): WaitingJob[] => workflows.map((workflow, n) => ({ jobId: `${n + 1}`, workflow }));
const taken = (...workflows: string[]) => ({ taken: workflows.map((workflow, n) => ({ jobId: `t${n + 1}`, workflow })) });

/** Seconds until submission and picture, by job; `?` for a picture of which nothing is known. */
const seconds = (waiting: WaitingJob[], servers: ServerNow[]): Record<string, string> =>
  Object.fromEntries(
    [...expectedWaits(waiting, servers, noon)].map(([jobId, { submissionMs, pictureMs }]) => [
      jobId,
      `${submissionMs / second} ${pictureMs === null ? '?' : pictureMs / second}`,
    ]),
  );

type Case = [what: string, waiting: WaitingJob[], servers: ServerNow[], expected: Record<string, string>];
const cases: Case[] = [
  ['an idle server takes the first at once', line('edit', 'edit'), [server()], { 1: '0 4', 2: '4 8' }],
  ['what runs has the rest of its median to go', line('edit'), [server(running(second))], { 1: '3 7' }],
  ['what runs longer than its median is expected to end at once', line('edit'), [server(running(minute))], { 1: '0 4' }],
  ['a clock that was set back makes no more of a run than it was', line('edit'), [server(running(-second))], { 1: '5 9' }],
  [
    'what a server has taken goes before the line',
    line('edit'),
    [server({ ...running(0), ...taken('slow') })],
    { t1: '4 64', 1: '64 68' },
  ],
  [
    'two that were taken in the moment of change go one after the other',
    line('edit'),
    [server(taken('edit', 'edit'))],
    { t1: '0 4', t2: '4 8', 1: '8 12' },
  ],
  [
    'two servers share the line',
    line('edit', 'edit', 'edit', 'edit'),
    [server(), server()],
    { 1: '0 4', 2: '0 4', 3: '4 8', 4: '4 8' },
  ],
  [
    'a job is taken as the one before it begins, also by the server that will be longer busy',
    line('edit', 'edit', 'edit'),
    [server(running(0, 'slow')), server(running(0))],
    // The second server prepares the first; the first server the second, behind its slow one; then the second is free again.
    { 1: '4 8', 2: '60 64', 3: '8 12' },
  ],
  [
    'servers have medians of their own',
    line('edit', 'edit', 'edit'),
    [server(), server({ medians: new Map([['edit', 1 * second]]) })],
    { 1: '0 4', 2: '0 1', 3: '1 2' },
  ],
  ['of a workflow that never ran there is nothing known, nor of what comes after', line('new', 'edit'), [server()], { 1: '0 ?' }],
  ['nor behind one that runs', line('edit'), [server(running(second, 'new'))], {}],
  ['nor behind one that was taken', line('edit'), [server(taken('new'))], { t1: '0 ?' }],
  [
    'a server that runs what never ran there is not counted, another is',
    line('edit', 'edit'),
    [server(running(0, 'new')), server()],
    { 1: '0 4', 2: '4 8' },
  ],
  ['without a server nothing is known', line('edit'), [], {}],
  ['without a run nothing is known', line('edit'), [server({ medians: new Map() })], { 1: '0 ?' }],
];
for (const [what, waiting, servers, expected] of cases)
  test(what, t => {
    t.deepEqual(seconds(waiting, servers), expected);
  });

test('whatever runs and waits, no expectation is below 0, and nobody is expected before who was submitted before them', t => {
  const workflow = fc.constantFrom('edit', 'slow', 'new');
  const anyServer = fc
    .record({
      running: fc.option(workflow),
      since: fc.integer({ min: -200_000, max: 200_000 }),
      taken: fc.array(workflow, { maxLength: 2 }),
    })
    .map(({ running: name, since, taken: theirs }): Omit<ServerNow, 'taken'> & { taken: string[] } => ({
      ...{ medians, taken: theirs, running: name === null ? null : { workflow: name, since: noon + since } },
    }));
  fc.assert(
    fc.property(fc.array(workflow, { maxLength: 40 }), fc.array(anyServer, { maxLength: 4 }), (waiting, servers) => {
      const named = servers.map((one, n) => ({
        ...one,
        taken: one.taken.map((name, m) => ({ jobId: `${n}-${m}`, workflow: name })),
      }));
      const found = [...expectedWaits(line(...waiting), named, noon).values()];
      return found.every(({ submissionMs, pictureMs }) => submissionMs >= 0 && (pictureMs === null || pictureMs > submissionMs));
    }),
    runs(t, 300),
  );
  t.pass();
});

test('the median is of the last 20 runs, by server and workflow', t => {
  t.deepEqual([[5], [9, 1], [3, 1, 2], [40, 1, 3, 2]].map(medianOf), [5, 5, 2, 2.5]);
  const noted: Runs = new Map();
  for (let n = 1; n <= 30; n++) noteRun(noted, { server: 'a', workflow: 'edit', runMs: n });
  noteRun(noted, { server: 'a', workflow: 'slow', runMs: 99 });
  noteRun(noted, { server: 'b', workflow: 'edit', runMs: 7 });
  t.deepEqual(
    [...mediansOf(noted, 'a')],
    [
      ['edit', 20.5],
      ['slow', 99],
    ],
  );
  t.deepEqual([...mediansOf(noted, 'b')], [['edit', 7]]);
  t.deepEqual([...mediansOf(noted, 'c')], []);
});

test('who is far back waits at the pace of those before', t => {
  t.is(furtherBack(2 * minute, 30, 300), 20 * minute);
});

// — the words —

const waits: [ms: number, minutes: number, ru: string, en: string][] = [
  [-5 * minute, 0, 'меньше минуты', 'less than a minute'],
  [0, 0, 'меньше минуты', 'less than a minute'],
  [59_999, 0, 'меньше минуты', 'less than a minute'],
  [60_000, 1, 'около минуты', 'about 1 minute'],
  [100_000, 2, 'около 2 минут', 'about 2 minutes'],
  [5.4 * minute, 5, 'около 5 минут', 'about 5 minutes'],
  [8 * minute, 10, 'около 10 минут', 'about 10 minutes'],
  [14 * minute, 15, 'около 15 минут', 'about 15 minutes'],
  [40 * minute, 45, 'около 45 минут', 'about 45 minutes'],
  [52 * minute, 45, 'около 45 минут', 'about 45 minutes'],
  [53 * minute, 60, 'около часа', 'about 1 hour'],
  [100 * minute, 120, 'около 2 часов', 'about 2 hours'],
  [21 * 60 * minute, 1_260, 'около 21 часа', 'about 21 hours'],
];
const job: Job = {
  ...{ id: 'j', userId: 7, presetId: null, prompt: 'x', workflow: 'w', seed: 1, price: 30, files: [{ fileId: 'f' }] },
  ...{ createdAt: noon, deadlineAt: noon + 1, state: 'queued', executions: 0, reason: null },
};
test('a wait is told in steps that people count in', t => {
  for (const [ms, minutes, ru, en] of waits) {
    t.is(toldMinutes(ms), minutes, `${ms}`);
    const shown = (language: 'ru' | 'en') =>
      statusOf(job, { jobId: 'j', place: 3, wait: minutes, part: null, preview: null }, language).text.split('\n')[1];
    t.deepEqual([shown('ru'), shown('en')], [`⏳ Место в очереди: 3 · ${ru}`, `⏳ Place in the queue: 3 · ${en}`]);
  }
});

test('a longer wait is never told as a shorter one', t => {
  for (let [ms, told] = [0, 0]; ms < 5 * 60 * minute; ms += second) {
    t.true(toldMinutes(ms) >= told);
    told = toldMinutes(ms);
  }
});

test('a wait of which nothing is known is not told, and that no server is there is told kindly', t => {
  const shown = (wait?: 'noServer') =>
    statusOf(job, { jobId: 'j', place: 3, ...(wait && { wait }), part: null, preview: null }, 'ru').text.split('\n')[1];
  t.is(shown(), '⏳ Место в очереди: 3');
  t.is(shown('noServer'), '⏳ Место в очереди: 3 · серверы сейчас недоступны, задача подождёт');
  t.is(statusOf(job, null, 'ru').text.split('\n')[1], '⏳ В очереди');
  const running = { jobId: 'j', place: null, wait: 'noServer', part: null, preview: null } as const;
  const words = statusOf({ ...job, state: 'submitting' }, running, 'ru')
    .text.split('\n')
    .slice(0, 2);
  t.deepEqual(words, ['🎨 Обрабатываю…', '⏳ серверы сейчас недоступны, задача подождёт']);
});

test('the times of a result are told to the second, and not at all when they are unknown', t => {
  const told = (waitMs: number, runMs: number, language: 'ru' | 'en' = 'ru') =>
    texts[language].result({ balance: 30, times: { waitMs, runMs } }).split('\n')[2]?.replaceAll('\u00a0', ' ');
  t.is(told(12_400, 3_600), '⏱ Ожидание 12 с, обработка 4 с');
  t.is(told(0, 499), '⏱ Ожидание меньше 1 с, обработка меньше 1 с');
  t.is(told(59_600, 125_000), '⏱ Ожидание 1 мин 0 с, обработка 2 мин 5 с');
  t.is(told(3_725_000, 1_000), '⏱ Ожидание 1 ч 2 мин, обработка 1 с');
  t.is(told(12_400, 3_600, 'en'), '⏱ Waited 12 s, edited in 4 s');
  t.deepEqual(clockOf(-5), { hours: 0, minutes: 0, seconds: 0 });
  t.is(texts.ru.result({ balance: 30, times: null }), '🎉 Обработка завершена!\n💳 Оставшийся баланс: 30 баллов');
});

// — the house —

const rich = { INITIAL_BALANCE: '6000', MAX_PENDING_PER_USER: '50', MAX_TASKS_PER_USER_PER_HOUR: '50' };
/** Its seconds pass in a twentieth, and a run takes `runMs` of them. */
const open = (t: ExecutionContext, runMs: number, options: StudioOptions = {}): Promise<Studio> =>
  openStudio(t, { clock: fastClock(), comfy: { steps: 1, stepMs: runMs / 20 }, env: rich, ...options });
const personOf = ({ telegram }: Studio, id = 1001): Person => telegram.person(id, { firstName: 'Анна' });
const order = (person: Person) => person.sendPhoto(photo, { caption: 'в акварель' });
const done = /Обработка завершена/;
const count = ({ observed }: Studio, step: string): number => observed.filter(one => one.step === step).length;
const reached = (studio: Studio, step: string, times: number) => studio.step(() => count(studio, step) >= times);
const words = ({ text, caption }: ChatMessage): string => text ?? caption ?? '';
/** The house has heard of the run in the server. */
const orderOne = async (studio: Studio, person: Person): Promise<void> => {
  const before = count(studio, 'job:queue:applied');
  await order(person);
  await reached(studio, 'job:queue:applied', before + 1);
};

test('who waits is told place and time by what the last runs took; both move with the line, and the result tells the real ones', async t => {
  const clock = fastClock();
  const studio = await open(t, 90_000 / 10, { clock });
  const [anna, boris] = [personOf(studio), personOf(studio, 1002)];
  await order(anna);
  const first = await anna.waitFor(done);
  t.regex(words(first), /⏱ Ожидание .+, обработка (9|\d\d)\sс$/);
  t.false(
    anna.messages.some(message => / · /.test(words(message))),
    'before the first run nothing was known',
  );
  // Nine seconds a run became seventy: the next runs are judged by that.
  await studio.house.stop();
  await studio.write('UPDATE jobs SET run_ms = 70000');
  await studio.reopen();
  studio.comfy.faults.next('hold');
  // As slow as life: what has run meanwhile is little beside what is expected.
  clock.hurry(1);
  for (let n = 0; n < 4; n++) await orderOne(studio, boris);
  const last = await boris.waitFor(/Место в очереди: 3 · около 5 минут/);
  clock.hurry(20);
  studio.comfy.release();
  await boris.waitFor(message => message.id === last.id && /Место в очереди: 2 · около [34] минут/.test(words(message)));
  await reached(studio, 'job:complete:applied', 5);
  await boris.waitFor(done);
  const rows = await studio.read<{ wait_ms: number; run_ms: number; server: string; made: number }>(
    'SELECT wait_ms, run_ms, jobs.server, attempts.at - jobs.created_at AS made FROM jobs JOIN attempts ON job_id = id ORDER BY created_at',
  );
  for (const { wait_ms, run_ms, server: madeBy, made } of rows) {
    t.true(wait_ms >= made, 'the wait ends with the submission, which comes after its row');
    t.true(run_ms >= 9_000);
    t.is(madeBy, studio.comfy.url);
  }
  t.true(rows.at(-1)!.wait_ms >= 3 * 9_000, 'the last has waited for three');
});

test('a person who is far back is told the place they have, not the length of the line', async t => {
  const studio = await open(t, 0);
  studio.comfy.faults.next('hold');
  const [greedy, modest] = [personOf(studio, 1), personOf(studio, 2)];
  for (let n = 0; n < 8; n++) await order(greedy);
  await reached(studio, 'job:queue:applied', 8);
  await order(modest);
  await modest.waitFor(/Место в очереди: 2\n/);
  t.false(modest.messages.some(message => /очереди: [3-9]/.test(words(message))));
  studio.comfy.release();
  await modest.waitFor(done);
});

test('when every server is down for a while, that is told; when one is back, the picture comes', async t => {
  const studio = await open(t, 0);
  await studio.step('gpu:ready');
  await studio.comfy.down();
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(/Место в очереди: 1 · серверы сейчас недоступны, задача подождёт/);
  await studio.comfy.up();
  t.regex(words(await anna.waitFor(done)), /Оставшийся баланс: 5 970 баллов|Оставшийся баланс: 5\s970 баллов/);
});

test('the run of a job that was found finished after a restart is not known, and not told', async t => {
  const studio = await open(t, 0);
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await comfy.waitFor('started', () => true);
  await studio.house.stop();
  comfy.release();
  await comfy.waitFor('ended', () => true);
  await studio.reopen();
  t.notRegex(words(await anna.waitFor(done)), /⏱/);
  const [row] = await studio.read<{ wait_ms: number | null; run_ms: number | null }>('SELECT wait_ms, run_ms FROM jobs');
  t.is(row!.run_ms, null);
  t.true(row!.wait_ms! >= 0);
});

test('the run of a job that still ran after a restart is known, from its submission to its end', async t => {
  const studio = await open(t, 0);
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await comfy.waitFor('started', () => true);
  await studio.reopen();
  // Shown as running again once it was found in the server.
  await studio.step(
    'job:running',
    studio.observed.findLastIndex(({ step }) => step === 'jobs:recovered'),
  );
  comfy.release();
  t.regex(words(await anna.waitFor(done)), /⏱ Ожидание/);
});

// — who has paid —

const paid = (userId: number, id = `00000000-0000-4000-8000-00000000000${userId}`) =>
  `INSERT INTO payments (id, user_id, gateway, method, amount_minor, points, state, created_at, updated_at)
   VALUES ('${id}', ${userId}, 'yookassa', 'card', 10000, 10000, 'succeeded', 1, 1)`;
/** Whose jobs were executed, in their order. */
async function executed(studio: Studio): Promise<number[]> {
  const people = new Map(
    (await studio.read<{ id: string; user_id: number }>('SELECT id, user_id FROM jobs')).map(({ id, user_id }) => [id, user_id]),
  );
  return studio.comfy.executions.map(({ graph }) => people.get(/studio\/([0-9a-f-]{36})/.exec(JSON.stringify(graph))![1]!)!);
}

for (const restarted of [false, true])
  test(`whoever has paid is given two turns of three${restarted ? ', also after a restart' : ''}`, async t => {
    const studio = await open(t, 0);
    await studio.house.stop();
    await studio.write(paid(1));
    await studio.reopen();
    const [payer, other] = [personOf(studio, 1), personOf(studio, 2)];
    studio.comfy.faults.next('hold');
    for (let n = 0; n < 7; n++) for (const person of [payer, other]) await orderOne(studio, person);
    if (restarted) await studio.reopen();
    studio.comfy.release();
    await studio.step(() => studio.observed.filter(({ step }) => step === 'job:complete:applied').length === 14);
    const turns = await executed(studio);
    // The first two were taken as they came.
    t.deepEqual(turns.slice(2, 8).filter(userId => userId === 1).length, 4, turns.join(' '));
    t.deepEqual(turns.toSorted(), [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]);
  });

test('that payments and times cannot be read costs neither the start nor a job', async t => {
  const system = actorSystem(t);
  const steps: string[] = [];
  const unreadable = () => Promise.reject(new Error('the disk is gone'));
  const ledger = responder<Extract<LedgerMessage, { type: 'settle' }>>(system, 'ledger', () => ({ status: 'applied' }));
  const jobs = spawnJobs(system, {
    ...{ ledger: ledger as Ref<LedgerMessage>, clock: fakeClock(), servers: [], retry: { retriesMax: 3, delaysMs: [] } },
    ...{ outbox: probe<OutboxMessage>(system, 'outbox').ref, commit: async () => ({ status: 'applied' }), timeoutMs: 300_000 },
    ...{ unfinishedJobs: async () => [], abandonedAttempts: async () => [], job: async () => undefined },
    ...{ lastRuns: unreadable, hasPaid: unreadable, openPayers: unreadable },
    observe: ({ step }: Observed) => steps.push(step),
    photos: {
      prepare: async () => ({ status: 'ready' }),
      read: async () => [],
      saveResult: async () => 'saved',
    },
  });
  tell(jobs, { type: 'ordered', job: { ...job, deadlineAt: noon + minute } });
  await until(() => steps.includes('job:queue:applied'));
  t.deepEqual(
    steps.filter(step => /unread|unknown/.test(step)),
    ['jobs:unread', 'jobs:unread', 'payer:unknown'],
  );
  t.false(steps.some(step => step.startsWith('crash')));
});

test('runs and payers are found by an index, whatever has ended', async t => {
  const studio = await open(t, 0);
  const planOf = async (sql: string) =>
    (await studio.read<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)).map(({ detail }) => detail).join('; ');
  t.regex(
    await planOf('SELECT server, workflow, run_ms FROM jobs WHERE run_ms IS NOT NULL ORDER BY updated_at DESC LIMIT 500'),
    /jobs_timed/,
  );
  t.regex(
    await planOf("SELECT 1 FROM payments WHERE user_id = 1 AND state = 'succeeded' LIMIT 1"),
    /SEARCH payments USING .*payments_of_user/,
  );
  t.regex(
    await planOf(
      "SELECT DISTINCT user_id FROM payments WHERE state = 'succeeded' AND user_id IN (SELECT user_id FROM jobs WHERE state IN ('received', 'queued', 'submitting'))",
    ),
    /SEARCH payments USING .*payments_of_user/,
  );
});
