import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { spawnJobs } from '../actors/jobs/jobs.ts';
import { type Ref, tell } from '../actors/nact.ts';
import type {
  Comfy,
  ComfyEvent,
  LedgerAnswer,
  LedgerMessage,
  Observed,
  OutboxMessage,
  Photos,
  Unfinished,
  Whereabouts,
} from '../actors/protocol.ts';
import type { RunTime } from '../src/domain/expected-wait.ts';
import type { Job } from '../src/domain/job.ts';
import { isQuiet, quietMs } from '../src/domain/quiet.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import { createComfyUI } from '../src/providers/comfyui/client.ts';
import type { ComfyUIStandIn } from '../src/sandbox/comfyui/server.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { fastClock } from './fast-clock.ts';
import { actorSystem, fakeClock, idle, noon, probe, responder, runs } from './probe.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions } from './studio.ts';
import { neverSaid, told } from './told.ts';

const photo = await phonePhoto(1, 320, 240);
const said: string[] = [];
const promptIds: string[] = [];

/** A house whose seconds pass in a twentieth; what its bot says is looked through at the end. */
async function open(t: ExecutionContext, options: StudioOptions = {}): Promise<Studio> {
  const studio = await openStudio(t, { clock: fastClock(), ...options });
  t.teardown(() => {
    said.push(...told(studio.telegram));
    promptIds.push(...studio.comfys.flatMap(({ accepted }) => accepted.map(({ promptId }) => promptId)));
  });
  return studio;
}

test.after('no path, node, trace, address or wish was said to anyone', t => {
  t.true(said.length > 100, 'there was something to look through');
  t.deepEqual(
    said.filter(text => neverSaid.test(text)),
    [],
  );
  t.deepEqual(
    promptIds.filter(id => said.some(text => text.includes(id))),
    [],
  );
});

test('what must not be said is recognised', t => {
  for (const text of [
    'RuntimeError: boom',
    'File "/opt/comfyui/execution.py", line 545, in execute',
    'KSampler 3: value_not_in_list',
    'ENOSPC: no space left on device',
    'http://127.0.0.1:8188',
    'вы просили: в акварель',
  ])
    t.regex(text, neverSaid);
  t.notRegex('❌ К сожалению, обработка не удалась.\n💰 Возвращаем 30 баллов на ваш баланс.', neverSaid);
});

const rich = { INITIAL_BALANCE: '6000', MAX_PENDING_PER_USER: '9' };
const done = /Обработка завершена/;
const sorry = /К сожалению, обработка не удалась/;
const cancelButton = '❌ Отменить';

const personOf = ({ telegram }: Studio, id = 1001): Person => telegram.person(id, { firstName: `Анна ${id}` });
const order = (person: Person) => person.sendPhoto(photo, { caption: 'в акварель' });
const jobsOf = (studio: Studio) =>
  studio.read<{ id: string; state: string; reason: string | null; executions: number }>(
    'SELECT id, state, reason, executions FROM jobs ORDER BY created_at',
  );
const attemptsOf = (studio: Studio) =>
  studio.read<{ job_id: string; prompt_id: string }>('SELECT job_id, prompt_id FROM attempts ORDER BY at');
const completed = (studio: Studio, count: number) =>
  studio.step(() => studio.observed.filter(({ step }) => step === 'job:complete:applied').length === count);

async function pointsOf(studio: Studio): Promise<{ free: number; reserved: number }> {
  const [account] = await studio.read<{ free: number; reserved: number }>(
    "SELECT posted - reserved AS free, reserved FROM accounts WHERE id = 'user:1001'",
  );
  return account!;
}

/** What the server was asked, in the order in which it came. */
const requestsOf = ({ requests }: ComfyUIStandIn): string[] =>
  [...requests].sort((a, b) => a.at - b.at).map(({ method, path }) => `${method} ${path}`);
const between = (list: readonly string[], from: string, to: string): string[] =>
  list.slice(list.indexOf(from) + 1, list.lastIndexOf(to));

// — an execution that ends badly —

test('memory is freed before the next try', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('outOfMemory');
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(done);
  t.true(between(requestsOf(studio.comfy), 'POST /prompt', 'POST /prompt').includes('POST /free'));
});

// — a submission without an answer —

test('a submission without an answer is looked for twice, in both places, before it is made anew', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('dropBeforeAccept');
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(done);
  const [first, second] = await attemptsOf(studio);
  t.not(first!.prompt_id, second!.prompt_id);
  const looks = between(requestsOf(studio.comfy), 'POST /prompt', 'POST /prompt');
  t.true(looks.filter(look => look === 'GET /queue').length >= 2);
  t.true(looks.filter(look => look === `GET /history/${first!.prompt_id}`).length >= 2);
});

test('a prompt that ends between the look at the queue and that at the history is not taken for gone', async t => {
  let looks = 0;
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const entry = { outputs: {}, status: { status_str: 'success', messages: [] } };
    if (request.url === '/queue') return response.end('{"queue_running":[],"queue_pending":[]}');
    return response.end(JSON.stringify(++looks === 1 ? {} : { 'p-1': entry }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const comfy = createComfyUI({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  t.deepEqual(await comfy.locate('p-1'), { at: 'settled', settlement: { kind: 'success', images: [] } });
});

// — the WebSocket —

test('a connection that another client takes over loses no job, and the next is heard on a new one', async t => {
  const studio = await open(t);
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  const { clientId } = await comfy.waitFor('started', () => true);
  const thief = new WebSocket(`${comfy.url.replace('http', 'ws')}/ws?clientId=${clientId}`);
  t.teardown(() => thief.terminate());
  await new Promise(resolve => thief.once('message', resolve));
  const from = studio.observed.length;
  comfy.release();
  await anna.waitFor(done);
  await studio.step('gpu:ready', from);
  const { message } = await order(anna);
  await anna.waitFor(done, { after: message.id });
  t.not(comfy.executions[1]?.clientId, clientId);
  t.deepEqual(
    (await jobsOf(studio)).map(({ executions }) => executions),
    [1, 1],
  );
});

// — uploads and pictures —

test('a slow upload is waited for, while the server goes on with what it has', async t => {
  const studio = await open(t, { env: rich });
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await comfy.waitFor('started', () => true);
  comfy.faults.next({ kind: 'uploadSlow', ms: 300 });
  await order(anna);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:turn').length === 2);
  comfy.release();
  await completed(studio, 2);
  const [first, second] = comfy.executions;
  const uploads = comfy.requests.filter(({ path }) => path === '/upload/image');
  t.is(uploads.length, 2);
  t.true(first!.endedAt! < second!.queuedAt);
  t.true((await jobsOf(studio)).every(({ executions }) => executions === 1));
});

test('while a picture cannot be fetched the server goes on with the next job', async t => {
  const studio = await open(t, { env: rich });
  const { comfy } = studio;
  comfy.faults.next('hold');
  const mend = comfy.faults.always('viewFails');
  const anna = personOf(studio);
  await order(anna);
  await order(anna);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:turn').length === 2);
  comfy.release();
  await studio.step('result:unavailable');
  await comfy.waitFor('ended', ({ promptId }) => promptId !== comfy.executions[0]?.promptId);
  mend();
  await completed(studio, 2);
  t.is(comfy.executions.length, 2);
});

// — our own disk —

/** A file stands where a folder has to be: even root can write nothing there. */
function blockFolder(studio: Studio, name: 'photos' | 'results'): () => void {
  const path = join(studio.folder, name);
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, '');
  return () => {
    rmSync(path);
    mkdirSync(path);
  };
}

test('a photo that the disk does not take costs nothing and is tried again until it does', async t => {
  const studio = await open(t);
  const mend = blockFolder(studio, 'photos');
  const anna = personOf(studio);
  await order(anna);
  await studio.step(({ step }) => step === 'photo:unavailable' && studio.observed.filter(seen => seen.step === step).length >= 3);
  t.deepEqual(await pointsOf(studio), { free: 60, reserved: 0 });
  mend();
  await anna.waitFor(done);
  t.deepEqual(await pointsOf(studio), { free: 30, reserved: 0 });
});

test('a photo that the disk never takes is refused at the deadline, and nothing was taken', async t => {
  const studio = await open(t, { env: { JOB_DEADLINE_SECONDS: '10' } });
  blockFolder(studio, 'photos');
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(/Пришлите его, пожалуйста, ещё раз/);
  t.deepEqual(await pointsOf(studio), { free: 60, reserved: 0 });
  t.like((await jobsOf(studio))[0], { state: 'refused', executions: 0 });
});

test('a picture that the disk does not take is not made again, but kept when the disk takes it', async t => {
  const studio = await open(t);
  const mend = blockFolder(studio, 'results');
  const anna = personOf(studio);
  await order(anna);
  const unkept = () => studio.observed.filter(({ step, error }) => step === 'result:unkept' && error).length;
  await studio.step(() => unkept() >= 6);
  t.deepEqual(await pointsOf(studio), { free: 30, reserved: 30 });
  mend();
  await anna.waitFor(done);
  t.is(studio.comfy.executions.length, 1);
  t.deepEqual(await pointsOf(studio), { free: 30, reserved: 0 });
  t.like((await jobsOf(studio))[0], { state: 'completed', executions: 1 });
});

test('a picture that the disk never takes ends at the deadline with the points back', async t => {
  const clock = fastClock();
  const studio = await open(t, { clock, env: { JOB_DEADLINE_SECONDS: '600' } });
  blockFolder(studio, 'results');
  const anna = personOf(studio);
  await order(anna);
  await studio.comfy.waitFor('ended', () => true);
  clock.hurry(500);
  await anna.waitFor(sorry);
  t.is(studio.comfy.executions.length, 1);
  t.deepEqual(await pointsOf(studio), { free: 60, reserved: 0 });
  t.like((await jobsOf(studio))[0], { state: 'failed', reason: 'deadline' });
});

// — servers that are none, or none at all —

/** Answers everything with a page, as a proxy does whose login has run out. */
async function openLoginPage(t: ExecutionContext) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'text/html; charset=utf-8').end('<html><title>Sign in</title></html>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a server that answers with pages gets no job, and keeps none from the others', async t => {
  const page = await openLoginPage(t);
  const studio = await open(t);
  studio.env['COMFYUI_URL'] = `${page.url},${studio.comfy.url}`;
  await studio.reopen();
  await studio.step(({ step, server }) => step === 'crash:session' && server === page.url);
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(done);
  t.deepEqual(
    page.asked.filter(request => request.startsWith('POST')),
    [],
  );
  t.like((await jobsOf(studio))[0], { state: 'completed', executions: 1 });
});

test('with pages for servers a job waits, its person is told, and it ends at the deadline with the points back', async t => {
  const page = await openLoginPage(t);
  const studio = await open(t, { env: { COMFYUI_URL: page.url, JOB_DEADLINE_SECONDS: '100' } });
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(/серверы сейчас недоступны/i);
  await anna.waitFor(sorry);
  t.deepEqual(await attemptsOf(studio), []);
  t.deepEqual(await pointsOf(studio), { free: 60, reserved: 0 });
  t.like((await jobsOf(studio))[0], { state: 'failed', reason: 'deadline', executions: 0 });
});

test('when the only server goes down in the middle of a run its person is told so, and gets the picture when it is back', async t => {
  const studio = await open(t);
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await comfy.waitFor('started', () => true);
  await comfy.down();
  await anna.waitFor(/серверы сейчас недоступны/i);
  await comfy.up();
  await anna.waitFor(done);
  t.deepEqual(await pointsOf(studio), { free: 30, reserved: 0 });
});

// — starts —

test('what runs when the house stops is adopted by the next start, and run once', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await studio.comfy.waitFor('started', () => true);
  await studio.reopen();
  await studio.step('gpu:ready');
  studio.comfy.release();
  await anna.waitFor(done);
  t.is(studio.comfy.accepted.length, 1);
});

test('a server that is added takes its share of what waits', async t => {
  const studio = await open(t, { servers: 2, env: rich });
  const [first, second] = studio.comfys as [ComfyUIStandIn, ComfyUIStandIn];
  studio.env['COMFYUI_URL'] = first.url;
  await studio.reopen();
  for (const { faults } of studio.comfys) faults.next('hold');
  const anna = personOf(studio);
  for (let n = 0; n < 4; n++) await order(anna);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:queue:applied').length === 4);
  studio.env['COMFYUI_URL'] = `${first.url},${second.url}`;
  await studio.reopen();
  await second.waitFor('started', () => true);
  first.release();
  second.release();
  await completed(studio, 4);
  t.is(first.accepted.length + second.accepted.length, 4);
  t.deepEqual([first.maxOutstanding(), second.maxOutstanding()], [1, 1]);
});

test('a job of a server that is no longer named is given to another', async t => {
  const studio = await open(t, { servers: 2 });
  const [first, second] = studio.comfys as [ComfyUIStandIn, ComfyUIStandIn];
  studio.env['COMFYUI_URL'] = first.url;
  await studio.reopen();
  first.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await first.waitFor('started', () => true);
  studio.env['COMFYUI_URL'] = second.url;
  await studio.reopen();
  await anna.waitFor(done);
  t.is(second.executions.length, 1);
  t.deepEqual(await pointsOf(studio), { free: 30, reserved: 0 });
});

// — cancelling —

test('a cancelled run is deleted, interrupted and looked for before the next prompt goes in', async t => {
  const studio = await open(t, { env: rich });
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  const { message } = await order(anna);
  const status = await anna.waitFor(({ buttons }) => buttons.flat().includes(cancelButton), { after: message.id });
  await order(anna);
  await comfy.waitFor('started', () => true);
  await anna.press(cancelButton, status);
  await anna.waitFor(done);
  const [first] = comfy.executions;
  const steps = between(requestsOf(comfy), 'POST /prompt', 'POST /prompt');
  const [deleted, interrupted] = [steps.indexOf('POST /queue'), steps.indexOf('POST /interrupt')];
  t.true(deleted >= 0 && deleted < interrupted);
  t.true(steps.indexOf(`GET /history/${first!.promptId}`, interrupted) > 0);
  t.true(steps.indexOf('GET /queue', interrupted) > 0);
  t.is(first!.outcome, 'interrupted');
});

// — a rule —

for (const [what, about, quiet] of [
  ['at work', { isBusy: true, heardAt: 0, now: 10 * quietMs }, false],
  ['heard of a moment ago', { isBusy: false, heardAt: 1_000, now: 2_000 }, false],
  ['heard of just within the time', { isBusy: false, heardAt: 0, now: quietMs }, false],
  ['not heard of for longer', { isBusy: false, heardAt: 0, now: quietMs + 1 }, true],
] as const)
  test(`a server ${what} is ${quiet ? '' : 'not '}quiet`, t => t.is(isQuiet(about), quiet));

// — the jobs and their servers alone, in a time that passes by hand —

const image = { filename: 'edit.png', subfolder: 'studio', type: 'output' };
const success: Whereabouts = { at: 'settled', settlement: { kind: 'success', images: [image] } };
const failure: Whereabouts = { at: 'settled', settlement: { kind: 'failed', outOfMemory: false, exceptionType: 'RuntimeError' } };
const jobOf = (n: number): Job => ({
  ...{ id: `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`, userId: 1000 + n, presetId: null, prompt: 'в акварель' },
  ...{ workflow: 'qwen-edit-2511', seed: 7, price: 30, files: [{ fileId: 'a' }], createdAt: noon, deadlineAt: noon + 3_600_000 },
  ...{ state: 'queued', executions: 0, reason: null },
});

type Machine = {
  comfy: Comfy;
  submitted: { promptId: string; at: number }[];
  removed: string[];
  /** How its runs end. */
  result: Whereabouts;
  /** How many prompts are in it. */
  inside(): number;
  event(event: ComfyEvent): void;
};

/** A server that accepts everything; a run ends when the test says so. */
function machine(n: number, now: () => number, changes: Partial<Comfy> = {}): Machine {
  const submitted: Machine['submitted'] = [];
  const removed: string[] = [];
  const over = new Map<string, Whereabouts>();
  let tellEvent: (event: ComfyEvent) => void = () => {};
  const comfy: Comfy = {
    server: `http://stub-${n}`,
    connect: async onEvent => {
      tellEvent = onEvent;
      return { clientId: 'client', close: () => {} };
    },
    upload: async name => name,
    locate: async promptId => {
      if (!submitted.some(one => one.promptId === promptId)) return { at: 'absent' };
      return over.get(promptId) ?? { at: 'running' };
    },
    async remove(promptId) {
      removed.push(promptId);
      if (!over.has(promptId)) over.set(promptId, { at: 'settled', settlement: { kind: 'interrupted' } });
    },
    view: async () => Buffer.alloc(1),
    free: async () => {},
    ask: async () => {},
    ...changes,
    async submit(request) {
      submitted.push({ promptId: request.promptId, at: now() });
      await changes.submit?.(request);
    },
  };
  const made: Machine = {
    ...{
      comfy,
      submitted,
      removed,
      result: success,
      inside: () => submitted.filter(({ promptId }) => !over.has(promptId)).length,
    },
    event(event) {
      if (event.type === 'ended' && !over.has(event.promptId)) over.set(event.promptId, made.result);
      tellEvent(event);
    },
  };
  return made;
}

function queueAlone(
  t: ExecutionContext,
  machines: Partial<Comfy>[],
  {
    delaysMs = [] as number[],
    retriesMax = 4,
    photos = {} as Partial<Photos>,
    lastRuns = [] as RunTime[],
    unfinished = async (): Promise<Unfinished[]> => [],
    answer = (_: WriteUnit): LedgerAnswer | undefined => ({ status: 'applied' }),
  } = {},
) {
  const [system, clock] = [actorSystem(t), fakeClock()];
  const outbox = probe<OutboxMessage>(system, 'outbox');
  const made = machines.map((over, n) => machine(n, clock.now, over));
  const observed: Observed[] = [];
  const units: WriteUnit[] = [];
  let answers = 0;
  const settle = async (unit: WriteUnit) => {
    units.push(unit);
    return { status: 'applied' as const };
  };
  const ledger = responder<Extract<LedgerMessage, { type: 'settle' }>>(system, 'ledger', ({ unit }) => {
    units.push(unit);
    return answer(unit);
  });
  const jobs = spawnJobs(system, {
    ...{ ledger: ledger as Ref<LedgerMessage>, clock, servers: made.map(({ comfy }) => comfy), timeoutMs: 300_000 },
    ...{ retry: { retriesMax, delaysMs }, outbox: outbox.ref, commit: settle },
    ...{ observe: (seen: Observed) => void observed.push(seen), job: async () => undefined },
    ...{ unfinishedJobs: unfinished, abandonedAttempts: async () => [] },
    ...{ lastRuns: async () => lastRuns, hasPaid: async () => false, openPayers: async () => [] },
    photos: {
      prepare: async () => ({ status: 'ready' }),
      read: async ({ id }) => [{ name: id, bytes: Buffer.alloc(1) }],
      saveResult: async () => 'saved',
      ...photos,
    },
  });
  return {
    ...{ clock, observed, jobs, units, machines: made },
    first: made[0]!,
    order: (n: number, userId = 1000 + n) => tell(jobs, { type: 'ordered', job: { ...jobOf(n), userId } }),
    /** The numbers of the jobs that a server was given to run, in their order. */
    ran: ({ submitted }: Machine) => {
      const jobs = new Map(
        units
          .flatMap(({ writes }) => writes)
          .flatMap(w => (w.do === 'addAttempt' ? [[w.attempt.promptId, w.attempt.jobId]] : [])),
      );
      return submitted.map(({ promptId }) => Number(jobs.get(promptId)!.slice(-12)));
    },
    cancel: (n: number, userId = 1000 + n) =>
      tell(jobs, { type: 'cancel', jobId: jobOf(n).id, userId, replyTo: probe(system, `answer-${++answers}`).ref as never }),
    /** Ends what runs on a server. */
    async end(of = made[0]!) {
      of.event({ type: 'ended', promptId: of.submitted.at(-1)!.promptId });
      await idle(60);
    },
    /** Who was told that there is no server. */
    stuck: () => new Set(outbox.kept.flatMap(msg => (msg.type === 'live' && msg.job.wait === 'noServer' ? [msg.chatId] : []))),
    states: () => units.flatMap(({ writes }) => writes.flatMap(write => (write.do === 'setJob' ? [write.state] : []))),
    attempts: () => units.flatMap(({ writes }) => writes.flatMap(write => (write.do === 'addAttempt' ? [write.attempt] : []))),
    async pass(ms: number) {
      clock.advance(ms);
      await idle(60);
    },
  };
}

test('retries come after 5, 10 and 20 seconds, and the last pause repeats', async t => {
  const { clock, first, order, end, pass } = queueAlone(t, [{ locate: async () => failure }], {
    delaysMs: [5_000, 10_000, 20_000],
  });
  await idle();
  order(1);
  await idle(60);
  for (const [n, ms] of [5_000, 10_000, 20_000, 20_000].entries()) {
    t.is(first.submitted.length, n + 1);
    const failedAt = clock.now();
    await end();
    await pass(ms - 1);
    t.is(first.submitted.length, n + 1, `nothing is tried before ${ms} ms`);
    await pass(1);
    t.is(first.submitted.length, n + 2);
    t.is(first.submitted.at(-1)!.at - failedAt, ms);
  }
});

test('a job whose server is silent moves only after its time, and is interrupted by its own id first', async t => {
  const silent = () => Promise.reject(Object.assign(new Error('no answer'), { kind: 'timedOut', mayHaveArrived: true }));
  const { machines, order, pass, states } = queueAlone(t, [{}, {}]);
  const [a, b] = machines as [Machine, Machine];
  await idle();
  order(1);
  await idle(60);
  const [sick, healthy] = a.submitted.length > 0 ? [a, b] : [b, a];
  sick.comfy.locate = silent;
  for (let second = 0; second < 299; second++) await pass(1_000);
  t.is(healthy.submitted.length, 0);
  t.deepEqual(sick.removed, []);
  for (let second = 0; second < 30 && healthy.submitted.length === 0; second++) await pass(1_000);
  t.deepEqual([...new Set(sick.removed)], [sick.submitted[0]!.promptId]);
  t.is(healthy.submitted.length, 1);
  t.is(sick.submitted.length, 1);
  t.is(states().filter(state => state === 'queued').length, 2);
});

test('an upload that is never answered gives the job back, and costs no execution', async t => {
  let tries = 0;
  const { first, order, pass, attempts } = queueAlone(t, [
    {
      upload: async name => {
        if (++tries === 1) throw Object.assign(new Error('no answer'), { kind: 'timedOut' });
        return name;
      },
    },
  ]);
  await idle();
  order(1);
  await idle(60);
  await pass(1_000);
  t.deepEqual([tries, first.submitted.length, attempts().length], [2, 1, 1]);
});

test('a server at work, or heard of a moment ago, is not asked whether it is there', async t => {
  let asked = 0;
  const { first, order, end, pass } = queueAlone(t, [{ ask: async () => void asked++, locate: async () => success }]);
  await idle();
  for (const n of [1, 2, 3]) {
    order(n);
    await idle(60);
    await end();
    await pass(quietMs - 1);
  }
  t.is(first.submitted.length, 3);
  t.is(asked, 0);
});

test('a server that was quiet for long is asked while the photos go up, and gets its job when it has answered', async t => {
  const steps: string[] = [];
  let answer = () => {};
  const { first, order, pass } = queueAlone(t, [
    {
      upload: async name => {
        steps.push('upload');
        return name;
      },
      ask: () => {
        steps.push('ask');
        return new Promise<void>(resolve => (answer = resolve));
      },
    },
  ]);
  await idle();
  await pass(quietMs + 1);
  order(1);
  await idle(60);
  t.deepEqual(steps.sort(), ['ask', 'upload']);
  t.is(first.submitted.length, 0);
  answer();
  await idle(60);
  t.is(first.submitted.length, 1);
});

test('a quiet server that does not answer loses its job to another at once, and comes back by itself', async t => {
  const silent = () =>
    Promise.reject(Object.assign(new Error('no answer in 5000 ms'), { kind: 'timedOut', mayHaveArrived: true }));
  const { machines, order, pass, observed, attempts } = queueAlone(t, [{}, {}]);
  const [a, b] = machines as [Machine, Machine];
  a.comfy.ask = silent;
  a.comfy.upload = () => new Promise(() => {});
  await idle();
  await pass(quietMs + 1);
  order(1);
  await idle(100);
  if (b.submitted.length === 0) await pass(0);
  t.is(a.submitted.length, 0);
  t.is(b.submitted.length, 1);
  t.is(attempts().length, 1);
  const ofA = (step: string) => observed.filter(seen => seen.step === step && seen.server === a.comfy.server).length;
  t.deepEqual([ofA('gpu:silent'), ofA('gpu:ready')], [1, 1]);
  await pass(1_000);
  t.is(ofA('gpu:ready'), 2, 'connected to again after a pause');
});

test('the next attempt is written when the server says that the run is over, and submitted once that is settled', async t => {
  let settle = (_: Whereabouts) => {};
  const { first, order, attempts, end } = queueAlone(t, [{ locate: () => new Promise(resolve => (settle = resolve)) }]);
  await idle();
  order(1);
  order(2);
  await idle(60);
  t.deepEqual([attempts().length, first.submitted.length], [1, 1]);
  await end();
  t.deepEqual([attempts().length, first.submitted.length], [2, 1]);
  settle(success);
  await idle(60);
  t.deepEqual([attempts().length, first.submitted.length], [2, 2]);
  t.is(first.submitted[1]!.promptId, attempts()[1]!.promptId);
});

test('a job that is cancelled after its attempt was written and before it was submitted never is', async t => {
  let settle = (_: Whereabouts) => {};
  const { first, order, cancel, attempts, end } = queueAlone(t, [{ locate: () => new Promise(resolve => (settle = resolve)) }]);
  await idle();
  for (const n of [1, 2, 3]) order(n);
  await idle(60);
  await end();
  t.is(attempts()[1]!.jobId, jobOf(2).id);
  cancel(2);
  await idle(60);
  settle(success);
  await idle(60);
  t.deepEqual(
    first.submitted.map(({ promptId }) => attempts().find(attempt => attempt.promptId === promptId)!.jobId),
    [1, 3].map(n => jobOf(n).id),
  );
});

test('a job whose attempt was written when the connection broke gets a new one elsewhere, under the next number', async t => {
  const { machines, order, attempts, end, pass } = queueAlone(t, [{}, {}]);
  const [a, b] = machines as [Machine, Machine];
  let lost = false;
  for (const { comfy } of machines)
    comfy.locate = () =>
      lost ? Promise.reject(Object.assign(new Error('refused'), { mayHaveArrived: false })) : new Promise(() => {});
  await idle();
  for (const n of [1, 2, 3]) order(n);
  await idle(100);
  const third = () => attempts().filter(({ jobId }) => jobId === jobOf(3).id);
  await end(a);
  await end(b);
  t.is(third().length, 1);
  const [from, to] = third()[0]!.server === a.comfy.server ? [a, b] : [b, a];
  lost = true;
  to.comfy.locate = async () => success;
  from.event({ type: 'closed' });
  to.event({ type: 'ended', promptId: to.submitted.at(-1)!.promptId });
  for (let n = 0; n < 10 && third().length < 2; n++) {
    await pass(500);
    await end(to);
  }
  t.deepEqual(
    third().map(({ n }) => n),
    [1, 2],
  );
  t.not(third()[0]!.promptId, third()[1]!.promptId);
  t.is(from.submitted.length, 1);
});

test('a picture is fetched at once when no job follows', async t => {
  let fetched = 0;
  const view = async () => {
    fetched++;
    return Buffer.alloc(1);
  };
  const { order, end } = queueAlone(t, [{ view }]);
  await idle();
  order(1);
  await idle(60);
  await end();
  t.is(fetched, 1);
});

test('a picture waits for the next prompt to be on its way, and not for its answer', async t => {
  const steps: string[] = [];
  const submit = ({ promptId }: { promptId: string }) => {
    steps.push(promptId);
    return steps.length === 1 ? Promise.resolve() : new Promise<void>(() => {});
  };
  const view = async () => {
    steps.push('view');
    return Buffer.alloc(1);
  };
  const { order, first, attempts } = queueAlone(t, [{ submit, view }]);
  await idle();
  order(1);
  order(2);
  await idle(60);
  first.event({ type: 'ended', promptId: steps[0]! });
  await idle(60);
  t.deepEqual(steps, [...attempts().map(({ promptId }) => promptId), 'view']);
  t.is(steps.length, 3);
});

// — a sick server beside a sound one —

const failing = (kind: string) => () => Promise.reject(Object.assign(new Error('the disk is full'), { kind }));
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

test('a server that takes no photos gets no more of them while another does, and the line keeps its order', async t => {
  let tries = 0;
  const { machines, order, ran, end, pass, states } = queueAlone(t, [
    { upload: () => failing('failed')().finally(() => tries++) },
    {},
  ]);
  const [, sound] = machines as [Machine, Machine];
  await idle();
  for (const n of numbers(1, 10)) order(n);
  await idle(200);
  for (const n of numbers(1, 10)) {
    t.is(sound.submitted.length, n, 'the sound one never stands idle while there is work');
    await pass(1_000);
    await end(sound);
  }
  t.deepEqual(ran(sound), [2, 1, ...numbers(3, 10)]);
  t.true(tries <= 4, `${tries} uploads to the sick one`);
  t.is(states().filter(state => state === 'queued').length, 10, 'what no attempt was written for is not written back');
});

test('a server on which every run fails costs nobody their picture while another makes them', async t => {
  const { machines, order, end, pass, states } = queueAlone(t, [{}, {}], { delaysMs: [5_000], retriesMax: 3 });
  const [sick, sound] = machines as [Machine, Machine];
  sick.result = failure;
  await idle();
  for (const n of numbers(1, 6)) order(n);
  await idle(200);
  const ended = { sick: 0, sound: 0 };
  for (let second = 1; second <= 90; second++) {
    for (; ended.sick < sick.submitted.length; ended.sick++) await end(sick);
    if (second % 10 === 0 && ended.sound < sound.submitted.length) {
      await end(sound);
      ended.sound++;
    }
    await pass(1_000);
  }
  const endStates = states().filter(state => state !== 'queued' && state !== 'submitting');
  t.deepEqual(endStates, Array(6).fill('completed'));
  t.true(sick.submitted.length <= 6, `${sick.submitted.length} executions on the sick one`);
});

test('a server that was sick is given one job after its pause, and its share again when that went well', async t => {
  const { machines, order, end, pass } = queueAlone(t, [{}, {}], { delaysMs: [1_000] });
  const [sick, sound] = machines as [Machine, Machine];
  sick.result = failure;
  await idle();
  for (const n of numbers(1, 9)) order(n);
  await idle(200);
  for (let ended = 0; ended < sick.submitted.length; ended++) await end(sick);
  const before = sick.submitted.length;
  await pass(1_000);
  await end(sound);
  t.is(sick.submitted.length, before, 'it rests');
  for (let second = 0; second < 60 && sick.submitted.length === before; second++) await pass(1_000);
  t.is(sick.submitted.length, before + 1, 'and is tried again');
  sick.result = success;
  await end(sick);
  await end(sick);
  await end(sick);
  t.true(sick.submitted.length >= before + 3, 'and is as good as any other');
});

test('a job that fails everywhere makes no server sick: the next two begin at once, on both', async t => {
  const { machines, order, end, pass, states } = queueAlone(t, [{}, {}], { delaysMs: [1_000], retriesMax: 3 });
  const [a, b] = machines as [Machine, Machine];
  for (const one of machines) one.result = failure;
  await idle();
  order(1);
  await idle(60);
  for (let n = 1; n <= 4; n++) {
    t.is(a.submitted.length + b.submitted.length, n);
    await end(a.submitted.at(-1)!.at > (b.submitted.at(-1)?.at ?? 0) ? a : b);
    await pass(1_000);
  }
  t.is(states().at(-1), 'failed');
  t.deepEqual([a.submitted.length, b.submitted.length], [2, 2], 'never twice in a row on the same server');
  order(2);
  order(3);
  await idle(100);
  t.deepEqual([a.submitted.length, b.submitted.length], [3, 3]);
});

test('jobs that a server took no photos of go there again a minute later, if the other is still at work', async t => {
  let isFull = true;
  const upload = (name: string) => (isFull ? failing('failed')() : Promise.resolve(name));
  const { machines, order, pass } = queueAlone(t, [{ upload }, {}]);
  const [sick] = machines as [Machine, Machine];
  await idle();
  for (const n of [1, 2, 3, 4]) order(n);
  await idle(200);
  for (let second = 0; second < 60; second++) await pass(1_000);
  t.is(sick.submitted.length, 0);
  isFull = false;
  for (let second = 0; second < 60 && sick.submitted.length === 0; second++) await pass(1_000);
  t.is(sick.submitted.length, 1);
});

test('a job that failed on the only server that is up is tried there again', async t => {
  const { machines, order, end, pass } = queueAlone(t, [{}, { connect: failing('unavailable') }], { delaysMs: [1_000] });
  const [a] = machines as [Machine, Machine];
  a.result = failure;
  await idle();
  order(1);
  await idle(60);
  await end(a);
  await pass(1_000);
  t.is(a.submitted.length, 2);
});

// — a prepared job is not bound to its server —

test('a server that stands idle takes over what another has only prepared', async t => {
  const { machines, order, ran, end } = queueAlone(t, [{}, {}]);
  const [a, b] = machines as [Machine, Machine];
  await idle();
  for (const n of [1, 2, 3]) order(n);
  await idle(100);
  t.deepEqual([...ran(a), ...ran(b)].sort(), [1, 2]);
  const observedAt = (n: number) => (ran(a).includes(n) ? a : b);
  // Whichever prepares the third, the other becomes idle; then the same the other way round.
  order(4);
  await idle(100);
  await end(observedAt(1));
  await end(observedAt(1));
  await end(observedAt(1));
  const [left, busy] = [observedAt(1), observedAt(2)];
  t.deepEqual(ran(busy), [2], 'what the busy one had prepared it never ran');
  t.deepEqual(ran(left).toSorted(), [1, 3, 4]);
});

test('what another server has written an attempt for is not taken over, and runs once', async t => {
  const { machines, order, ran, end, attempts } = queueAlone(t, [{}, {}]);
  const [a, b] = machines as [Machine, Machine];
  await idle();
  for (const n of [1, 2, 3, 4]) order(n);
  await idle(100);
  let settle = (_: Whereabouts) => {};
  a.comfy.locate = () => new Promise(resolve => (settle = resolve));
  await end(a);
  await end(b);
  await end(b);
  t.deepEqual([ran(a).length, ran(b).length], [1, 2], 'the other stands idle');
  settle(success);
  await idle(100);
  t.deepEqual([...ran(a), ...ran(b)].sort(), [1, 2, 3, 4]);
  t.is(attempts().length, 4);
});

test('of two servers that are busy the one that is expected to end first prepares the next job', async t => {
  const times = [
    { server: 'http://stub-0', workflow: 'qwen-edit-2511', runMs: 250_000 },
    { server: 'http://stub-1', workflow: 'qwen-edit-2511', runMs: 4_000 },
  ];
  const uploads: string[][] = [[], []];
  const upload = (n: number) => async (name: string) => {
    uploads[n]!.push(name);
    return name;
  };
  for (const reversed of [false, true]) {
    for (const list of uploads) list.length = 0;
    const lastRuns = reversed ? times.map(({ runMs }, n) => ({ ...times[1 - n]!, runMs })) : times;
    const { order } = queueAlone(t, [{ upload: upload(0) }, { upload: upload(1) }], { lastRuns });
    await idle();
    for (const n of [1, 2, 3]) {
      order(n);
      await idle(100);
    }
    t.deepEqual(
      uploads.map(({ length }) => length),
      reversed ? [2, 1] : [1, 2],
    );
  }
});

test('a newcomer whose photo is not up in time goes after the prepared job, and the server waits for neither', async t => {
  let arrive = () => {};
  const upload = (name: string) =>
    name === jobOf(4).id ? new Promise<string>(resolve => (arrive = () => resolve(name))) : Promise.resolve(name);
  const { first, order, ran, end } = queueAlone(t, [{ upload }]);
  await idle();
  for (const n of [1, 2, 3]) order(n, 7);
  await idle(100);
  order(4, 8);
  await idle(100);
  await end();
  t.deepEqual(ran(first), [1, 2]);
  arrive();
  await idle(100);
  await end();
  await end();
  t.deepEqual(ran(first), [1, 2, 4, 3]);
});

test('newcomers take the place of a prepared job in the order in which they come, and it is the next after them', async t => {
  const { first, order, ran, end, states } = queueAlone(t, [{}]);
  await idle();
  for (const n of [1, 2, 3, 4]) order(n, 7);
  await idle(100);
  for (const n of [5, 6]) order(n);
  await idle(100);
  for (let n = 0; n < 5; n++) await end();
  t.deepEqual(ran(first), [1, 5, 6, 2, 3, 4]);
  t.is(states().filter(state => state === 'queued').length, 6, 'to give way is not written');
});

test('of two servers one prepared job gives way to a newcomer, and no other moves', async t => {
  const uploads: string[] = [];
  const upload = async (name: string) => {
    uploads.push(name);
    return name;
  };
  const { machines, order, ran, end } = queueAlone(t, [{ upload }, { upload }]);
  await idle();
  for (const n of [1, 2, 3, 4, 5]) order(n, 7);
  await idle(200);
  t.is(uploads.length, 4);
  order(6, 8);
  await idle(200);
  t.is(uploads.length, 5);
  for (const one of machines) await end(one);
  t.true(machines.flatMap(ran).includes(6));
});

test('a job whose attempt is written gives way to nobody', async t => {
  let settle = (_: Whereabouts) => {};
  const { first, order, ran, end, attempts } = queueAlone(t, [{ locate: () => new Promise(resolve => (settle = resolve)) }]);
  await idle();
  for (const n of [1, 2, 3]) order(n, 7);
  await idle(100);
  await end();
  order(4, 8);
  await idle(100);
  settle(success);
  await idle(100);
  t.deepEqual(ran(first), [1, 2]);
  await end();
  settle(success);
  await idle(100);
  t.deepEqual(ran(first), [1, 2, 4]);
  t.is(attempts().length, 3);
});

for (const cancelled of [2, 4])
  test(`when ${cancelled === 2 ? 'the job that would give way' : 'the newcomer'} is cancelled, the other goes`, async t => {
    const { first, order, ran, end, cancel } = queueAlone(t, [
      { upload: name => (name === jobOf(4).id ? new Promise<string>(() => {}) : Promise.resolve(name)) },
    ]);
    await idle();
    for (const n of [1, 2, 3]) order(n, 7);
    await idle(100);
    order(4, 1004);
    await idle(100);
    cancel(cancelled, cancelled === 2 ? 7 : 1004);
    await idle(100);
    await end();
    t.deepEqual(ran(first), cancelled === 2 ? [1] : [1, 2]);
  });

test('a request for work that crosses with a job costs no write and nobody their turn', async t => {
  const { first, jobs, order, ran, end, states } = queueAlone(t, [{}]);
  await idle();
  for (const n of [1, 2, 3]) order(n, 7);
  await idle(100);
  tell(jobs, { type: 'gpuFree', server: first.comfy.server, idle: true });
  await idle(100);
  order(4, 8);
  await idle(100);
  for (let n = 0; n < 3; n++) await end();
  t.is(states().filter(state => state === 'queued').length, 4);
  t.deepEqual(ran(first), [1, 4, 2, 3]);
});

// — whatever happens —

type Happening = { what: 'order' | 'end' | 'fail' | 'cancel' | 'pass' | 'fill' | 'mend' | 'cut'; who: number };
const anyHappenings = fc.array(
  fc.record({
    what: fc.constantFrom<Happening['what']>(
      ...(['order', 'order', 'end', 'end', 'fail', 'cancel', 'pass', 'fill', 'mend', 'cut'] as const),
    ),
    who: fc.nat(2),
  }),
  { minLength: 40, maxLength: 80 },
);

test('whatever fails in whatever order, every job ends once and no server ever has two prompts', async t => {
  const play = async (happenings: Happening[]): Promise<void> => {
    const full = new Set<number>();
    const upload = (n: number) => (name: string) => (full.has(n) ? failing('failed')() : Promise.resolve(name));
    const alone = queueAlone(t, [{ upload: upload(0) }, { upload: upload(1) }, { upload: upload(2) }], { retriesMax: 40 });
    const { machines, order, cancel, end, pass, states } = alone;
    const endWith = async (one: Machine, result: Whereabouts) => {
      one.result = result;
      if (one.inside() > 0) await end(one);
      t.true(
        machines.every(({ inside }) => inside() <= 1),
        'two prompts in one server',
      );
    };
    const ended = () => states().filter(state => state === 'completed' || state === 'cancelled').length;
    let ordered = 0;
    await idle(60);
    for (const { what, who } of happenings) {
      const one = machines[who]!;
      if (what === 'order') order(++ordered, who);
      if (what === 'end') await endWith(one, success);
      if (what === 'fail') await endWith(one, failure);
      if (what === 'cancel' && ordered > 0) for (const userId of [0, 1, 2]) cancel(ordered, userId);
      if (what === 'pass') await pass(2_000);
      if (what === 'fill') full.add(who);
      if (what === 'mend') full.delete(who);
      if (what === 'cut') one.event({ type: 'closed' });
      await idle(10);
    }
    full.clear();
    for (let n = 0; n < 300 && ended() < ordered; n++) {
      await pass(1_000);
      for (const one of machines) await endWith(one, success);
    }
    t.is(ended(), ordered, 'every job ends, and once');
  };
  const { numRuns, seed } = runs(t, 6);
  await fc.assert(fc.asyncProperty(anyHappenings, play), { numRuns, seed, endOnFailure: true });
});

test('as long as nothing fails no server stands idle while there is a job that it could run', async t => {
  const play = async (happenings: Happening[]): Promise<void> => {
    const { machines, order, cancel, end, states } = queueAlone(t, [{}, {}, {}]);
    const ended = () => states().filter(state => state === 'completed' || state === 'cancelled').length;
    let ordered = 0;
    await idle(60);
    for (const { what, who } of happenings) {
      if (what === 'order') order(++ordered, who);
      if (what === 'end' && machines[who]!.inside() > 0) await end(machines[who]);
      if (what === 'cancel' && ordered > 0) for (const userId of [0, 1, 2]) cancel(ordered - who, userId);
      await idle(100);
      const running = machines.map(({ inside }) => inside()).reduce((sum, one) => sum + one);
      t.is(running, Math.min(3, ordered - ended()), what);
    }
  };
  const { numRuns, seed } = runs(t, 6);
  await fc.assert(fc.asyncProperty(anyHappenings, play), { numRuns, seed, endOnFailure: true });
});

// — the actor of the jobs begins anew —

const restart = async ({ jobs, first, pass }: ReturnType<typeof queueAlone>): Promise<void> => {
  tell(jobs, { type: 'gpuCrashed', server: first.comfy.server });
  await idle(60);
  await pass(300);
};

test('a pause of an earlier life that ends while the picture is fetched does not make it again', async t => {
  const unfinished: Unfinished[] = [];
  const alone = queueAlone(t, [{ view: () => new Promise(() => {}) }], {
    delaysMs: [60_000],
    unfinished: async () => unfinished,
  });
  const { first, order, end, pass, attempts } = alone;
  first.result = failure;
  await idle();
  order(1);
  await idle(60);
  await end();
  unfinished.push({ job: { ...jobOf(1), executions: 1 }, lastAttempt: attempts()[0]!, hasResult: false });
  await restart(alone);
  first.result = success;
  t.is(first.submitted.length, 2);
  await end();
  await pass(60_000);
  t.is(first.submitted.length, 2);
});

test('a job that an earlier life brought into the line after all waits there, and not for its deadline', async t => {
  const unfinished: Unfinished[] = [];
  const answer = ({ guard }: WriteUnit): LedgerAnswer | undefined => {
    if (!(guard?.states as readonly string[] | undefined)?.includes('received')) return { status: 'applied' };
    return unfinished.length === 0 ? undefined : { status: 'lost', state: 'queued' };
  };
  const alone = queueAlone(t, [{}], { answer, unfinished: async () => unfinished });
  await idle();
  alone.order(1);
  await idle(60);
  unfinished.push({ job: { ...jobOf(1), state: 'received' }, lastAttempt: null, hasResult: false });
  await restart(alone);
  await idle(60);
  t.is(alone.first.submitted.length, 1);
});

test('of a picture that was kept before its job was completed the server and the wait are known, and no run is guessed', async t => {
  const { id: jobId } = jobOf(1);
  const lastAttempt = { jobId, n: 2, server: 'http://stub-0', promptId: 'p', at: noon + 30_000 };
  const { units } = queueAlone(t, [{}], {
    unfinished: async () => [{ job: { ...jobOf(1), state: 'submitting', executions: 1 }, lastAttempt, hasResult: true }],
  });
  await idle(60);
  const completed = units.flatMap(({ writes }) => writes).find(write => write.do === 'setJob' && write.state === 'completed');
  t.like(completed, { server: 'http://stub-0', waitMs: 30_000, executions: 2 });
  t.false('runMs' in completed!);
});

test('a server that rejects what another would run costs nobody their picture', async t => {
  const studio = await open(t, { servers: 2, env: rich, comfy: { stepMs: 20 } });
  await studio.step(() => studio.observed.filter(({ step }) => step === 'gpu:ready').length === 2);
  studio.comfys[0]!.faults.always('rejectPrompt');
  for (let n = 0; n < 8; n++) await order(personOf(studio));
  const isEnd = ({ step }: Observed) => /^job:(complete|fail):applied/.test(step);
  await studio.step(() => studio.observed.filter(isEnd).length === 8);
  t.deepEqual(
    (await jobsOf(studio)).map(({ state, executions }) => [state, executions]),
    Array(8).fill(['completed', 1]),
  );
});

test('what is left of a partly accepted prompt is out of the server before the next goes in', async t => {
  const studio = await openStudio(t, { comfy: { steps: 4, stepMs: 500 }, env: rich });
  studio.comfy.faults.next('partlyRejected');
  for (const _ of [1, 2]) await order(personOf(studio));
  await studio.step('prompt:accepted');
  t.is(studio.comfy.maxOutstanding(), 1);
});

test('two servers, two newcomers: each waits for one run of the person with many jobs', async t => {
  const { machines, order, ran, end } = queueAlone(t, [{}, {}]);
  const [a, b] = machines as [Machine, Machine];
  await idle();
  for (const n of numbers(1, 20)) order(n, 7); // two run, two are prepared
  await idle(200);
  order(21, 8);
  await idle(200);
  order(22, 9);
  await idle(200);
  await end(a);
  await end(b);
  t.deepEqual([...ran(a).slice(1), ...ran(b).slice(1)].sort(), [21, 22]);
});

test('a newcomer waits for one run of another, also when the newcomer before is cancelled', async t => {
  const never = () => new Promise<string>(() => {});
  const upload = (name: string) => (name === jobOf(4).id ? never() : Promise.resolve(name));
  const { first, order, ran, end, cancel } = queueAlone(t, [{ upload }]);
  await idle();
  for (const n of [1, 2, 3]) order(n, 7); // 1 runs, 2 is prepared
  await idle(100);
  order(4, 8); // beside 2
  await idle(100);
  order(5, 9); // its photo would be up at once
  await idle(100);
  cancel(4, 8);
  await idle(100);
  await end();
  t.deepEqual(ran(first), [1, 5]);
});

test('a clock that is set back during a run keeps no hang from being noticed', async t => {
  const { clock, first, order, pass } = queueAlone(t, [{}], { delaysMs: [1_000] });
  await idle();
  order(1);
  await idle(60);
  await pass(10_000);
  const now = clock.now;
  clock.now = () => now() - 3_600_000;
  for (let n = 0; n < 20; n++) await pass(30_000);
  t.true(first.removed.length > 0);
});

test('a picture that its server cannot hand out for half a minute is not made again', async t => {
  let away = true;
  const view = async () => {
    if (away) throw Object.assign(new Error('ECONNREFUSED'), { kind: 'unavailable', mayHaveArrived: false });
    return Buffer.alloc(1);
  };
  const { first, order, end, pass, states } = queueAlone(t, [{ view }], { delaysMs: [5_000], retriesMax: 0 });
  await idle();
  order(1);
  await idle(60);
  await end();
  for (let n = 0; n < 30; n++) await pass(1_000);
  away = false;
  for (let n = 0; n < 60; n++) await pass(1_000);
  t.deepEqual([first.submitted.length, states().at(-1)], [1, 'completed']);
});

test('a step of an earlier life that is answered late puts no job on two servers', async t => {
  const unfinished: Unfinished[] = [];
  let isHeld = false;
  const isRequeue = ({ writes }: WriteUnit) => writes?.some(w => w.do === 'setJob' && w.state === 'queued' && w.executions === 1);
  const alone = queueAlone(t, [{}, {}, {}], {
    ...{ unfinished: async () => unfinished, delaysMs: [2_000] },
    answer: unit => (isRequeue(unit) && !isHeld ? void (isHeld = true) : { status: 'applied' }),
  });
  await idle();
  alone.order(1);
  await idle(60);
  const ran = alone.machines.find(({ submitted }) => submitted.length > 0)!;
  ran.result = failure;
  await alone.end(ran); // the requeue is on its way to the disk
  unfinished.push({ job: { ...jobOf(1), state: 'submitting' }, lastAttempt: alone.attempts()[0]!, hasResult: false });
  tell(alone.jobs, { type: 'gpuCrashed', server: 'any' });
  await idle(60);
  alone.clock.advance(250); // the rows have been read again
  await idle(3);
  tell(alone.jobs, { type: 'stepped', jobId: jobOf(1).id, step: 'requeue', outcome: { status: 'applied' } });
  await idle(60);
  for (let n = 0; n < 20; n++) await alone.pass(500);
  t.true(alone.machines.reduce((sum, one) => sum + one.inside(), 0) <= 1);
});

test('two gpus that crash at once cost one start anew', async t => {
  const alone = queueAlone(t, [{}, {}]);
  await idle();
  for (const server of ['a', 'b']) tell(alone.jobs, { type: 'gpuCrashed', server });
  await idle(60);
  for (let n = 0; n < 20; n++) await alone.pass(500);
  const crashes = alone.observed.filter(({ step }) => step === 'crash:jobs').map(({ error }) => error!.message);
  t.deepEqual(crashes, ['the actor of a server crashed']);
});

test('when every server is down, all are told: whose job was running, and who waits, however far back', async t => {
  const refused = () => Promise.reject(Object.assign(new Error('refused'), { kind: 'unavailable', mayHaveArrived: false }));
  let isDown = false;
  const connect = async () => (isDown ? refused() : { clientId: 'c', close: () => {} });
  const { order, pass, stuck, machines } = queueAlone(t, [{ locate: refused }]);
  await idle();
  for (const n of numbers(1, 50)) order(n);
  await idle(400);
  isDown = true;
  machines[0]!.comfy.connect = connect;
  machines[0]!.event({ type: 'closed' });
  await idle(60);
  for (let n = 0; n < 120; n++) await pass(1_000);
  t.is(stuck().size, 50);
});
