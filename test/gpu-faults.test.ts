import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { spawnGpu } from '../actors/gpu/gpu.ts';
import { spawnJobs } from '../actors/jobs/jobs.ts';
import { ask, type Ref, tell } from '../actors/nact.ts';
import type { Comfy, ComfyEvent, GpuMessage, JobsMessage, LedgerMessage, Observed, OutboxMessage } from '../actors/protocol.ts';
import { openWriter } from '../db/database.ts';
import type { Job } from '../src/domain/job.ts';
import { type ComfyUIStandIn, type Execution, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { fastClock } from './fast-clock.ts';
import { actorSystem, fakeClock, idle, noon, probe, responder } from './probe.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions } from './studio.ts';
import { neverSaid, told } from './told.ts';

const photo = await phonePhoto(1, 320, 240);

/** A house whose seconds pass in a twentieth; time to be patient is what the faults here cost. */
async function open(t: ExecutionContext, options: StudioOptions = {}): Promise<Studio> {
  const studio = await openStudio(t, { clock: fastClock(), ...options });
  t.teardown(() => void everSaid.push(...told(studio.telegram)));
  return studio;
}

const everSaid: string[] = [];

test.after('no path, node, trace, address or wish was said to anyone', t => {
  t.true(everSaid.length > 100, 'there was something to look through');
  t.deepEqual(
    everSaid.filter(text => neverSaid.test(text)),
    [],
  );
});

const personOf = ({ telegram }: Studio, id = 1001): Person => telegram.person(id, { firstName: `Анна ${id}` });
const order = (person: Person) => person.sendPhoto(photo, { caption: 'в акварель' });
const done = /Обработка завершена/;
const tryAgain = /Попробую еще раз/;
const sorry = /К сожалению, обработка не удалась/;
const cancelButton = '❌ Отменить';

const jobsOf = (studio: Studio) =>
  studio.read<{ id: string; user_id: number; state: string; reason: string | null; executions: number }>(
    'SELECT id, user_id, state, reason, executions FROM jobs ORDER BY created_at',
  );
const jobOf = async (studio: Studio) => (await jobsOf(studio))[0]!;

async function pointsOf(studio: Studio, id = 1001): Promise<number> {
  const [account] = await studio.read<{ points: number }>(
    `SELECT posted - reserved AS points FROM accounts WHERE id = 'user:${id}'`,
  );
  return account!.points;
}

/** The job is delivered after `executions` that a server answered for, and paid once. */
async function isDelivered(t: ExecutionContext, studio: Studio, person: Person, executions: number): Promise<void> {
  const result = await person.waitFor(done);
  t.truthy(result.photo);
  t.regex(result.caption ?? '', /Оставшийся баланс: 30 баллов/);
  const { state, executions: counted } = await jobOf(studio);
  t.deepEqual([state, counted, await pointsOf(studio)], ['completed', executions, 30]);
}

/** The job has ended without a picture: the points are back, with a word and not one of a trace. */
async function isGivenBack(t: ExecutionContext, studio: Studio, person: Person, reason: string): Promise<void> {
  const { text } = await person.waitFor(sorry);
  t.regex(text ?? '', /Возвращаем 30 баллов/);
  t.regex(text ?? '', /Новый баланс: 60 баллов/);
  const job = await jobOf(studio);
  t.deepEqual([job.state, job.reason, await pointsOf(studio)], ['failed', reason, 60]);
  t.notRegex(person.describe(), /node|Error|trace|Loader|http/i);
}

const said = (person: Person, words: RegExp): number =>
  person.messages.filter(({ from, text, caption }) => from === 'bot' && words.test(text ?? caption ?? '')).length;
const requested = ({ requests }: ComfyUIStandIn, method: string, path: string): number =>
  requests.filter(request => request.method === method && request.path === path).length;
const jobIdOf = ({ graph }: Execution): string => /studio\/([0-9a-f-]{36})/.exec(JSON.stringify(graph))?.[1] ?? '';

// — an execution that ends badly —

test('an execution that fails once is told of and tried again', async t => {
  const studio = await open(t);
  studio.comfy.faults.next({ kind: 'executionError', exceptionType: 'RuntimeError', message: 'secret path /opt/models' });
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(tryAgain);
  await isDelivered(t, studio, anna, 2);
  t.deepEqual(
    studio.comfy.executions.map(({ outcome }) => outcome),
    ['error', 'success'],
  );
});

test('a server that is out of memory is asked to free it', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('outOfMemory');
  const anna = personOf(studio);
  await order(anna);
  await isDelivered(t, studio, anna, 2);
  t.is(requested(studio.comfy, 'POST', '/free'), 1);
});

test('a job that always fails is executed four times, and then the points go back', async t => {
  const studio = await open(t);
  studio.comfy.faults.always({ kind: 'executionError', exceptionType: 'RuntimeError', message: 'boom' });
  const anna = personOf(studio);
  await order(anna);
  await isGivenBack(t, studio, anna, 'failed');
  t.is(studio.comfy.executions.length, 4);
  t.is((await jobOf(studio)).executions, 4);
  t.is(said(anna, tryAgain), 3, 'each retry is told');
});

test('a graph that the server rejects is not tried again', async t => {
  const studio = await open(t);
  studio.comfy.faults.always('rejectPrompt');
  const anna = personOf(studio);
  await order(anna);
  await isGivenBack(t, studio, anna, 'rejected');
  t.is(requested(studio.comfy, 'POST', '/prompt'), 1);
  t.is(said(anna, tryAgain), 0);
});

test('a graph that is accepted in part only is taken from the queue and not tried again', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('partlyRejected');
  studio.comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await isGivenBack(t, studio, anna, 'rejected');
  t.is((await studio.comfy.waitFor('ended', () => true)).outcome, 'interrupted');
  t.is(studio.comfy.accepted.length, 1);
});

test('a success without a picture is no success', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('emptySuccess');
  const anna = personOf(studio);
  await order(anna);
  await isDelivered(t, studio, anna, 2);
});

test('a result whose file is not there is made again', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('missingFile');
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(tryAgain);
  await isDelivered(t, studio, anna, 2);
});

test('a result whose file was deleted is made again, although the server remembers the run', async t => {
  const studio = await open(t);
  const { comfy } = studio;
  comfy.faults.next({ kind: 'viewSlow', ms: 100 });
  const anna = personOf(studio);
  await order(anna);
  await comfy.waitFor('ended', () => true);
  for (const path of comfy.files.list('output')) comfy.files.remove('output', path);
  await isDelivered(t, studio, anna, 2);
});

test('a result that cannot be fetched at once is fetched later and not made again', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('viewFails');
  studio.comfy.faults.next('viewFails');
  const anna = personOf(studio);
  await order(anna);
  await isDelivered(t, studio, anna, 1);
  t.is(studio.comfy.executions.length, 1);
});

// — a submission without an answer —

test('a prompt that was accepted although its answer was lost is found and executed once', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('dropAfterAccept');
  const anna = personOf(studio);
  await order(anna);
  await isDelivered(t, studio, anna, 1);
  t.is(studio.comfy.accepted.length, 1);
  t.is(studio.comfy.executions.length, 1);
});

for (const kind of ['dropBeforeAccept', 'error500', 'html'] as const)
  test(`a submission that never arrived is made anew and does not count (${kind})`, async t => {
    const studio = await open(t);
    studio.comfy.faults.next(kind);
    const anna = personOf(studio);
    await order(anna);
    await isDelivered(t, studio, anna, 1);
    t.is(requested(studio.comfy, 'POST', '/prompt'), 2);
    t.is(studio.comfy.executions.length, 1);
    t.is(said(anna, tryAgain), 0);
    const attempts = await studio.read<{ n: number; prompt_id: string }>('SELECT n, prompt_id FROM attempts ORDER BY n');
    t.deepEqual(
      attempts.map(({ n }) => n),
      [1, 2],
    );
    t.not(attempts[0]?.prompt_id, attempts[1]?.prompt_id);
  });

test('a slow answer to the submission is waited for', async t => {
  const studio = await open(t);
  studio.comfy.faults.next({ kind: 'slow', ms: 300 });
  const anna = personOf(studio);
  await order(anna);
  await isDelivered(t, studio, anna, 1);
  t.is(studio.comfy.accepted.length, 1);
});

test('an upload that fails is made again and costs no attempt', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('uploadFails');
  const anna = personOf(studio);
  await order(anna);
  await isDelivered(t, studio, anna, 1);
  t.is(requested(studio.comfy, 'POST', '/upload/image'), 2);
});

test.serial('a server that takes no uploads is not pestered with them, also when it is the only one', async t => {
  const studio = await open(t, { env: { JOB_DEADLINE_SECONDS: '20' } });
  studio.comfy.faults.always('uploadFails');
  const anna = personOf(studio);
  await order(anna);
  await isGivenBack(t, studio, anna, 'deadline');
  t.true(requested(studio.comfy, 'POST', '/upload/image') < 15);
});

test.serial('a server that takes no uploads leaves the jobs to another, without a write for each try', async t => {
  const studio = await open(t, { servers: 2, env: { INITIAL_BALANCE: '6000', MAX_PENDING_PER_USER: '9' } });
  const [sick, sound] = studio.comfys as [ComfyUIStandIn, ComfyUIStandIn];
  await studio.step(() => studio.observed.filter(({ step }) => step === 'gpu:ready').length === 2);
  sick.faults.always('uploadFails');
  const anna = personOf(studio);
  for (let n = 0; n < 8; n++) await order(anna);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:complete:applied').length === 8);
  t.is(sound.executions.length, 8);
  const uploads = requested(sick, 'POST', '/upload/image');
  t.true(uploads >= 1 && uploads <= 8, `${uploads} uploads`);
  t.is(studio.observed.filter(({ step }) => step.startsWith('job:requeue')).length, 0);
});

// — the WebSocket —

test('a WebSocket that is silent delays a result and loses nothing', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('silentWebSocket');
  const anna = personOf(studio);
  await order(anna);
  await isDelivered(t, studio, anna, 1);
});

test('a WebSocket that closes in the middle of a run costs nothing', async t => {
  const studio = await open(t);
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await comfy.waitFor('started', () => true);
  comfy.faults.closeWebSockets();
  comfy.release();
  await isDelivered(t, studio, anna, 1);
  t.is(comfy.executions.length, 1);
});

test('a server that takes no WebSocket yet gets its first job when it does', async t => {
  const studio = await open(t);
  const { comfy } = studio;
  const accept = comfy.faults.always('refuseWebSocket');
  await studio.reopen();
  const anna = personOf(studio);
  await order(anna);
  await studio.step('job:queue:applied');
  t.is(comfy.accepted.length, 0);
  accept();
  await isDelivered(t, studio, anna, 1);
});

test('a WebSocket that is lost while no job runs is opened again', async t => {
  const studio = await open(t);
  await studio.step('gpu:ready');
  const from = studio.observed.length;
  studio.comfy.faults.closeWebSockets();
  await studio.step('gpu:ready', from);
  const anna = personOf(studio);
  await order(anna);
  await isDelivered(t, studio, anna, 1);
});

// — hangs: alone, for here real time is short —

test.serial('an execution past its time is interrupted and tried again', async t => {
  const studio = await open(t, { env: { COMFYUI_TIMEOUT: '10' } });
  studio.comfy.faults.next({ kind: 'hang', interruptible: true });
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(tryAgain);
  await isDelivered(t, studio, anna, 2);
  t.is(studio.comfy.executions[0]?.outcome, 'interrupted');
  t.is(studio.comfy.maxOutstanding(), 1);
});

const hung = ({ step, error }: Observed): boolean => step === 'crash:session' && error?.message === 'a prompt hangs';

test.serial('nothing is submitted to a server in which a prompt hangs, until it is out of it', async t => {
  const studio = await open(t, { env: { COMFYUI_TIMEOUT: '5' } });
  const { comfy } = studio;
  comfy.faults.next({ kind: 'hang' });
  const anna = personOf(studio);
  await order(anna);
  await studio.step(hung);
  await studio.step(hung, studio.observed.findIndex(hung) + 1);
  t.is(comfy.accepted.length, 1);
  await comfy.restart();
  await isDelivered(t, studio, anna, 2);
  t.is(comfy.maxOutstanding(), 1);
});

test.serial('another server takes over from one in which a prompt hangs', async t => {
  const env = { COMFYUI_TIMEOUT: '5', INITIAL_BALANCE: '6000', MAX_PENDING_PER_USER: '9' };
  const studio = await open(t, { servers: 2, env });
  for (const { faults } of studio.comfys) faults.next({ kind: 'hang' });
  const anna = personOf(studio);
  await order(anna);
  await Promise.race(studio.comfys.map(comfy => comfy.waitFor('started', () => true)));
  const [sick, healthy] = [...studio.comfys].sort((a, b) => b.executions.length - a.executions.length) as [
    ComfyUIStandIn,
    ComfyUIStandIn,
  ];
  healthy.faults.clear();
  await anna.waitFor(done);
  t.is(sick.accepted.length, 1);
  t.is(healthy.executions.length, 1);
  const from = studio.observed.length;
  for (let n = 0; n < 4; n++) await order(anna);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:complete:applied').length === 5);
  const turns = studio.observed.slice(from).filter(({ step, server }) => step === 'job:turn' && server === sick.url);
  t.deepEqual(turns, [], 'no job waits behind the one that hangs');
  t.is(sick.accepted.length, 1);
  t.is(healthy.maxOutstanding(), 1);
});

// — servers that come and go —

test('a server that restarts in the middle of a run and forgets it is given the job again', async t => {
  const studio = await open(t);
  studio.comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await studio.comfy.waitFor('started', () => true);
  await studio.comfy.restart();
  await anna.waitFor(tryAgain);
  await isDelivered(t, studio, anna, 2);
});

test('a server that crashes in the middle of a run and stays down loses the job to another', async t => {
  const studio = await open(t, { servers: 2 });
  for (const { faults } of studio.comfys) faults.next({ kind: 'crash', staysDown: true });
  const anna = personOf(studio);
  await order(anna);
  await Promise.race(studio.comfys.map(comfy => comfy.waitFor('started', () => true)));
  for (const { faults, executions } of studio.comfys) if (executions.length === 0) faults.clear();
  await isDelivered(t, studio, anna, 2);
});

/** A way to a server that can break while the server goes on, as `ssh -L` does. */
async function openTunnel(url: string) {
  const to = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  const server = createServer(near => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
  });
  const open = async (port = 0) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await open();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async down() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
    up: () => open(port),
  };
}

test('a tunnel that breaks and comes back never brings a second prompt into the server', async t => {
  const comfy = await startComfyUI();
  const tunnel = await openTunnel(comfy.url);
  t.teardown(async () => {
    await tunnel.down();
    await comfy.close();
  });
  const studio = await open(t, { env: { COMFYUI_URL: tunnel.url } });
  comfy.faults.next('hold');
  const anna = personOf(studio);
  await order(anna);
  await comfy.waitFor('started', () => true);
  await tunnel.down();
  await studio.step('job:requeue:applied');
  await tunnel.up();
  await anna.waitFor(done);
  t.is(comfy.maxOutstanding(), 1);
});

test('a job waits for a server that is down at the start, and uses no attempt up', async t => {
  const studio = await open(t);
  await studio.comfy.down();
  await studio.reopen();
  const anna = personOf(studio);
  await order(anna);
  await studio.step('job:queue:applied');
  await studio.step('crash:session');
  await studio.comfy.up();
  await isDelivered(t, studio, anna, 1);
  t.is(studio.comfy.executions.length, 1);
  t.is(said(anna, tryAgain), 0);
});

test.serial('a job that no server takes until its deadline is given back', async t => {
  const studio = await open(t, { servers: 2, env: { JOB_DEADLINE_SECONDS: '20' } });
  await Promise.all(studio.comfys.map(comfy => comfy.down()));
  const anna = personOf(studio);
  await order(anna);
  await isGivenBack(t, studio, anna, 'deadline');
  t.is((await jobOf(studio)).executions, 0);
});

test('a job that was prepared for a server that goes down moves to another', async t => {
  const studio = await open(t, { servers: 2, env: { INITIAL_BALANCE: '6000', MAX_PENDING_PER_USER: '9' } });
  await studio.step(() => studio.observed.filter(({ step }) => step === 'gpu:ready').length === 2);
  for (const { faults } of studio.comfys) faults.next('hold');
  const anna = personOf(studio);
  for (let n = 0; n < 4; n++) await order(anna);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:turn').length === 4);
  const [down, up] = studio.comfys as [ComfyUIStandIn, ComfyUIStandIn];
  await Promise.all([down, up].map(comfy => comfy.waitFor('started', () => true)));
  await down.down();
  up.release();
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:complete:applied').length === 4);
  t.is(up.executions.length, 4);
  t.is(up.maxOutstanding(), 1);
});

// — cancelling —

/** Orders and resolves with the status message, which has the button. */
async function ordered(person: Person) {
  const { message } = await order(person);
  return person.waitFor(({ buttons }) => buttons.flat().includes(cancelButton), { after: message.id });
}

const rich = { INITIAL_BALANCE: '6000', MAX_PENDING_PER_USER: '9' };

test('a job is cancelled while it waits, and is never submitted', async t => {
  const studio = await open(t, { env: rich });
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  for (let n = 0; n < 2; n++) await ordered(anna);
  const third = await ordered(anna);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:queue:applied').length === 3);
  t.is((await anna.press(cancelButton, third)).text, 'Задача отменена');
  t.is(await pointsOf(studio), 6000 - 60);
  comfy.release();
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:complete:applied').length === 2);
  await anna.waitFor(/Возвращаем 30 баллов/);
  t.is(comfy.accepted.length, 2);
});

test('a job is cancelled while its photo is uploaded, and is never submitted', async t => {
  const studio = await open(t, { env: rich });
  studio.comfy.faults.next({ kind: 'uploadSlow', ms: 300 });
  const anna = personOf(studio);
  const status = await ordered(anna);
  await studio.step('job:turn');
  t.is((await anna.press(cancelButton, status)).text, 'Задача отменена');
  await order(anna);
  await anna.waitFor(done);
  t.is(studio.comfy.accepted.length, 1);
  t.deepEqual(
    (await jobsOf(studio)).map(({ state }) => state),
    ['cancelled', 'completed'],
  );
});

test('a job is cancelled while its submission is unanswered, and is stopped once it is', async t => {
  const studio = await open(t);
  const { comfy } = studio;
  comfy.faults.next({ kind: 'slow', ms: 300 });
  comfy.faults.next('hold');
  const anna = personOf(studio);
  const status = await ordered(anna);
  await comfy.waitFor('started', () => true);
  t.is((await anna.press(cancelButton, status)).text, 'Задача отменена');
  t.is(await pointsOf(studio), 60);
  await comfy.waitFor('ended', ({ outcome }) => outcome === 'interrupted');
  await order(anna);
  await anna.waitFor(done);
  t.is(comfy.maxOutstanding(), 1);
});

test('a job is cancelled while it runs: points back at once, the next one goes on', async t => {
  const studio = await open(t, { env: rich });
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  const status = await ordered(anna);
  await order(anna);
  await comfy.waitFor('started', () => true);
  t.is((await anna.press(cancelButton, status)).text, 'Задача отменена');
  const { outcome } = await comfy.waitFor('ended', () => true);
  t.is(outcome, 'interrupted');
  await anna.waitFor(done);
  t.is(await pointsOf(studio), 6000 - 30);
  t.is(said(anna, tryAgain), 0);
  t.is(comfy.maxOutstanding(), 1);
});

test('a button pressed after the end changes nothing', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  const status = await ordered(anna);
  await anna.waitFor(done);
  const { id } = await jobOf(studio);
  t.regex((await anna.press({ data: status.buttonData.flat()[0] ?? id })).text ?? '', /уже/i);
  t.is(await pointsOf(studio), 30);
});

// — the order of work —

test('the next job is uploaded while one runs, and submitted when that has ended', async t => {
  const studio = await open(t, { env: rich });
  const { comfy } = studio;
  comfy.faults.next('hold');
  const anna = personOf(studio);
  for (let n = 0; n < 3; n++) await order(anna);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:queue:applied').length === 3);
  await comfy.waitFor('request', () => requested(comfy, 'POST', '/upload/image') === 2);
  await comfy.waitFor('started', () => true);
  t.is(comfy.accepted.length, 1);
  t.is(requested(comfy, 'POST', '/upload/image'), 2);
  comfy.release();
  const first = await comfy.waitFor('ended', () => true);
  const second = await comfy.waitFor('accepted', ({ promptId }) => promptId !== first.promptId);
  t.true(second.at >= (first.endedAt ?? 0));
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:complete:applied').length === 3);
  t.is(comfy.maxOutstanding(), 1);
});

for (const servers of [1, 3])
  test(`ten jobs of five people at once: never two prompts in one server (${servers})`, async t => {
    const studio = await open(t, { servers, env: rich, comfy: { stepMs: 1 } });
    const people = [1, 2, 3, 4, 5].map(id => personOf(studio, id));
    await Promise.all([...people, ...people].map(order));
    await Promise.all(people.map(person => studio.step(() => said(person, done) === 2)));
    t.is(studio.comfys.flatMap(({ executions }) => executions).length, 10);
    for (const comfy of studio.comfys) {
      t.is(comfy.maxOutstanding(), 1);
      t.true(comfy.executions.length > 0, 'every server has its share');
    }
    t.true((await jobsOf(studio)).every(({ state, executions }) => state === 'completed' && executions === 1));
  });

test('a person with many jobs delays the first of another by one execution: the one that runs, if its photo is there before that ends', async t => {
  const studio = await open(t, {
    env: { MAX_PENDING_PER_USER: '50', INITIAL_BALANCE: '6000', MAX_TASKS_PER_USER_PER_HOUR: '50', COMFYUI_TIMEOUT: '3000' },
  });
  const { comfy } = studio;
  comfy.faults.next('hold');
  const [greedy, modest] = [personOf(studio, 1), personOf(studio, 2)];
  for (let n = 0; n < 8; n++) await order(greedy);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:queue:applied').length === 8);
  await order(modest);
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:queue:applied').length === 9);
  await studio.step('job:released');
  comfy.release();
  await studio.step(() => studio.observed.filter(({ step }) => step === 'job:complete:applied').length === 9);
  const users = new Map((await jobsOf(studio)).map(({ id, user_id }) => [id, user_id]));
  t.is(
    comfy.executions.map(jobIdOf).findIndex(id => users.get(id) === 2),
    1,
  );
});

// — actors that crash —

const image = { filename: 'edit.png', subfolder: 'studio', type: 'output' };
const job: Job = {
  ...{
    id: '00000000-0000-4000-8000-000000000001',
    userId: 1001,
    presetId: null,
    prompt: 'в акварель',
    workflow: 'qwen-edit-2511',
  },
  ...{ seed: 7, price: 30, files: [{ fileId: 'a' }], createdAt: noon, deadlineAt: noon + 3_600_000 },
  ...{ state: 'queued', executions: 0, reason: null },
};

/** A gpu alone, over a ComfyUI that is whatever the test makes of it, in a time that passes by hand. */
function gpuAlone(t: ExecutionContext, over: Partial<Comfy>) {
  const system = actorSystem(t);
  const clock = fakeClock();
  const jobs = probe<JobsMessage>(system, 'jobs');
  const observed: Observed[] = [];
  let tellEvent: (event: ComfyEvent) => void = () => {};
  const comfy: Comfy = {
    server: 'http://stub',
    connect: async onEvent => {
      tellEvent = onEvent;
      return { clientId: 'client', close: () => {} };
    },
    upload: async name => name,
    submit: async () => {},
    locate: async () => ({ at: 'settled', settlement: { kind: 'success', images: [image] } }),
    remove: async () => {},
    view: async () => Buffer.alloc(0),
    free: async () => {},
    ask: async () => {},
    ...over,
  };
  const gpu = spawnGpu(system, 'gpu', {
    ...{ comfy, isAlone: false, clock, jobs: jobs.ref, timeoutMs: 300_000 },
    observe: (seen: Observed) => observed.push(seen),
    commit: async () => ({ status: 'applied' }),
    photos: {
      prepare: async () => ({ status: 'ready' }),
      read: async () => [{ name: 'photo.jpg', bytes: Buffer.alloc(1) }],
      saveResult: async () => 'saved',
    },
  });
  const executed = () => jobs.kept.flatMap(msg => (msg.type === 'executed' ? [msg.execution] : []));
  return {
    ...{ clock, jobs, observed, executed },
    event: (event: ComfyEvent) => tellEvent(event),
    tell: (msg: GpuMessage) => tell(gpu, msg),
    steps: () => observed.map(({ step }) => step),
    /** Lets time pass until the next thing that waits for it, at most `ms`, and lets that happen. */
    async pass(ms: number) {
      await idle();
      clock.advance(ms);
      await idle();
    },
  };
}

test('a session that crashes is restarted with growing pauses, and past the bound opened afresh by its gpu', async t => {
  let broken = true;
  const { clock, steps, pass, observed } = gpuAlone(t, {
    connect() {
      if (broken) throw new Error('unexpected');
      return Promise.resolve({ clientId: 'client', close: () => {} });
    },
  });
  const pauses: number[] = [];
  for (await idle(); !steps().includes('gpu:given-up'); await pass(pauses.at(-1)!)) pauses.push(clock.pauses()[0]!);
  t.is(pauses.length, 6);
  for (const [n, ms] of [500, 1_000, 2_000, 4_000, 8_000, 15_000].entries()) t.true(Math.abs(pauses[n]! - ms) <= ms / 10);
  t.is(observed.filter(({ step }) => step === 'crash:session').length, 7);
  broken = false;
  t.false(steps().includes('gpu:ready'));
  await pass(15_000);
  t.true(steps().includes('gpu:ready'));
});

test('a session that crashes in the middle of a run looks for its prompt when it is back', async t => {
  let crashes = 1;
  const submitted: string[] = [];
  const { event, tell, executed, pass, steps } = gpuAlone(t, {
    submit: async ({ promptId }) => void submitted.push(promptId),
    locate() {
      if (crashes-- > 0) throw new Error('unexpected');
      return Promise.resolve({ at: 'settled', settlement: { kind: 'success', images: [image] } });
    },
  });
  await idle();
  tell({ type: 'run', job, attempts: 0 });
  await idle();
  event({ type: 'ended', promptId: submitted[0]! });
  await idle();
  t.true(steps().includes('crash:session'));
  t.deepEqual(executed(), []);
  await pass(1_000);
  t.deepEqual(executed(), [{ execution: 'succeeded', answered: true, image, server: 'http://stub', attempts: 1 }]);
  t.is(submitted.length, 1);
});

for (const turns of [1, 2, 3, 4, 5, 6, 7, 8])
  test(`a connection that is lost ${turns} turns after a job came loses no job`, async t => {
    const submitted: string[] = [];
    let [refusals, lose] = [0, () => {}];
    const { tell, executed, pass, jobs } = gpuAlone(t, {
      connect: async onEvent => {
        if (refusals-- > 0) throw new Error('503');
        lose = () => onEvent({ type: 'closed' });
        return { clientId: 'client', close: () => {} };
      },
      submit: async ({ promptId }) => void submitted.push(promptId),
      locate: async promptId =>
        submitted.includes(promptId) ? { at: 'settled', settlement: { kind: 'success', images: [image] } } : { at: 'absent' },
    });
    await idle();
    tell({ type: 'run', job, attempts: 0 });
    await idle(turns);
    refusals = 2;
    lose();
    for (let n = 0; n < 10; n++) await pass(1_000);
    const released = jobs.kept.filter(({ type }) => type === 'released');
    t.is(executed().length + released.length, 1);
    if (executed().length > 0) t.is(executed()[0]?.execution, submitted.length === 0 ? 'unavailable' : 'succeeded');
    else t.is(submitted.length, 0);
  });

test('a submission on its way is not given up for two looks in one moment', async t => {
  let looks = 0;
  const { tell, executed, pass, event } = gpuAlone(t, {
    submit: async () => {
      throw Object.assign(new Error('reset'), { mayHaveArrived: true });
    },
    locate: async () => (++looks <= 2 ? { at: 'absent' } : { at: 'settled', settlement: { kind: 'success', images: [image] } }),
  });
  await idle();
  tell({ type: 'run', job, attempts: 0 });
  await idle();
  event({ type: 'closed' });
  for (let n = 0; n < 3; n++) await pass(1_000);
  t.deepEqual(
    executed().map(({ execution }) => execution),
    ['succeeded'],
  );
});

test('a job of a workflow that nobody knows is refused and takes nobody with it', async t => {
  const { tell, executed, steps } = gpuAlone(t, {});
  await idle();
  tell({ type: 'run', job: { ...job, workflow: 'of another time' }, attempts: 0 });
  await idle();
  t.like(executed()[0], { execution: 'rejected' });
  t.false(steps().some(step => step.startsWith('crash')));
});

test('a job that comes where there is no room is let go of, as if it had never come', async t => {
  const { tell, executed, jobs } = gpuAlone(t, { upload: () => new Promise(() => {}) });
  await idle();
  tell({ type: 'run', job, attempts: 0 });
  tell({ type: 'run', job: { ...job, id: 'another' }, attempts: 0 });
  await idle();
  t.deepEqual(
    jobs.kept.filter(({ type }) => type === 'released'),
    [{ type: 'released', jobId: 'another', server: 'http://stub', fault: null }],
  );
  t.deepEqual(executed(), []);
});

test('a gpu that is started anew has one session', async t => {
  const { tell, steps, pass, executed } = gpuAlone(t, {});
  await idle();
  tell({ type: 'reopen' });
  await pass(1_000);
  tell({ type: 'run', job, attempts: 0 });
  await pass(5_000);
  t.is(executed().length, 1);
  t.is(steps().filter(step => step === 'gpu:ready').length, 1);
});

test('the actor of the jobs begins anew from the rows when one could not be written', async t => {
  const studio = await open(t);
  const database = await openWriter(`${studio.folder}/bot.db`);
  t.teardown(() => database.close());
  await database.run(
    "CREATE TRIGGER fault BEFORE UPDATE ON jobs WHEN NEW.state = 'queued' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
  );
  const anna = personOf(studio);
  await order(anna);
  await studio.step('crash:jobs');
  await database.run('DROP TRIGGER fault');
  await isDelivered(t, studio, anna, 1);
  t.is(studio.comfy.executions.length, 1);
});

test('the actor of the jobs finds what runs on a server again after a crash', async t => {
  const studio = await open(t, { env: rich });
  const { comfy } = studio;
  const database = await openWriter(`${studio.folder}/bot.db`);
  t.teardown(() => database.close());
  comfy.faults.next('hold');
  const [anna, boris] = [personOf(studio), personOf(studio, 1002)];
  await order(anna);
  await comfy.waitFor('started', () => true);
  await database.run(
    "CREATE TRIGGER fault BEFORE UPDATE ON jobs WHEN NEW.state = 'queued' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
  );
  await order(boris);
  await studio.step('crash:jobs');
  await database.run('DROP TRIGGER fault');
  comfy.release();
  await Promise.all([anna.waitFor(done), boris.waitFor(done)]);
  t.is(comfy.executions.length, 2);
  t.is(comfy.maxOutstanding(), 1);
  t.is(await pointsOf(studio), 6000 - 30);
});

test('a button that is pressed while the actor of the jobs begins anew does what it says', async t => {
  const studio = await openStudio(t, { env: rich });
  const database = await openWriter(`${studio.folder}/bot.db`);
  t.teardown(() => database.close());
  studio.comfy.faults.next('hold');
  const [anna, boris] = [personOf(studio), personOf(studio, 1002)];
  await order(anna);
  await studio.comfy.waitFor('started', () => true);
  await database.run(
    "CREATE TRIGGER fault BEFORE UPDATE ON jobs WHEN NEW.state = 'queued' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
  );
  await order(boris);
  await studio.step('crash:jobs');
  const answer = anna.press(cancelButton);
  await database.run('DROP TRIGGER fault');
  t.is((await answer).text, 'Задача отменена');
  await Promise.all([anna.waitFor(/Задача отменена/), boris.waitFor(done)]);
});

test('a deadline that meets a job on its way into the line ends it all the same', async t => {
  const [system, clock] = [actorSystem(t), fakeClock()];
  const steps: string[] = [];
  // The points were set aside in the very moment in which the deadline fell: the refusal of a job without points comes too late.
  const ledger = responder<Extract<LedgerMessage, { type: 'settle' }>>(system, 'ledger', msg => {
    const state = msg.unit.writes.flatMap(write => (write.do === 'setJob' ? [write.state] : []))[0]!;
    steps.push(state);
    return state === 'refused' ? { status: 'lost', state: 'queued' } : { status: 'applied' };
  });
  const jobs = spawnJobs(system, {
    ...{ ledger: ledger as Ref<LedgerMessage>, clock, servers: [], retry: { retriesMax: 3, delaysMs: [] }, timeoutMs: 300_000 },
    ...{ outbox: probe<OutboxMessage>(system, 'outbox').ref, commit: async () => ({ status: 'applied' }), observe: () => {} },
    ...{ unfinishedJobs: async () => [], abandonedAttempts: async () => [], job: async () => undefined },
    ...{ lastRuns: async () => [], hasPaid: async () => false, openPayers: async () => [] },
    photos: {
      prepare: () => new Promise(() => {}),
      read: async () => [],
      saveResult: async () => 'saved',
    },
  });
  tell(jobs, { type: 'ordered', job });
  await idle();
  clock.advance(job.deadlineAt - noon);
  await idle();
  t.deepEqual(steps, ['refused', 'failed']);
  t.is(await ask(jobs, { type: 'openJobs', userId: job.userId }, 60_000), 0);
});

async function behindTunnel(t: ExecutionContext) {
  const comfy = await startComfyUI();
  const tunnel = await openTunnel(comfy.url);
  t.teardown(async () => {
    await tunnel.down().catch(() => {});
    await comfy.close();
  });
  return { comfy, tunnel, studio: await open(t, { env: { COMFYUI_URL: tunnel.url } }) };
}

for (const hasEnded of [false, true])
  test.serial(
    `the tunnel of the only server comes up after the house, and ${hasEnded ? 'the run has ended' : 'the run goes on'}: it is adopted`,
    async t => {
      const { comfy, tunnel, studio } = await behindTunnel(t);
      comfy.faults.next('hold');
      await order(personOf(studio));
      await comfy.waitFor('started', () => true);
      await studio.house.stop();
      await tunnel.down();
      const from = studio.observed.length;
      await studio.reopen();
      await studio.step('crash:session', from);
      if (hasEnded) {
        comfy.release();
        await comfy.waitFor('ended', () => true);
      }
      await tunnel.up();
      await studio.step('gpu:ready', from);
      if (!hasEnded) comfy.release();
      await studio.step('job:complete:applied');
      t.is(comfy.accepted.length, 1);
    },
  );

test.serial(
  'a tunnel of the only server that breaks again and again uses no attempt up: ComfyUI was well all the time',
  async t => {
    const { comfy, tunnel, studio } = await behindTunnel(t);
    comfy.faults.next('hold');
    await order(personOf(studio));
    await comfy.waitFor('started', () => true);
    for (let n = 0; n < 5; n++) {
      const from = studio.observed.length;
      await tunnel.down();
      await studio.step('crash:session', from);
      await tunnel.up();
      await studio.step('gpu:ready', from);
    }
    comfy.release();
    await studio.step('job:complete:applied');
    t.is(comfy.accepted.length, 1);
    t.like(await jobOf(studio), { state: 'completed', executions: 1 });
  },
);
