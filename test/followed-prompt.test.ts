import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { WebSocketServer } from 'ws';
import { spawnSession } from '../actors/gpu/comfy-session.ts';
import { stop, tell } from '../actors/nact.ts';
import type { Comfy, ComfyEvent, GpuMessage, Observed, SessionMessage, Whereabouts } from '../actors/protocol.ts';
import { openWriter } from '../db/database.ts';
import { createComfyUI } from '../src/providers/comfyui/client.ts';
import { fastClock } from './fast-clock.ts';
import { actorSystem, fakeClock, idle, probe, until } from './probe.ts';
import { openStudio, phonePhoto } from './studio.ts';

const promptId = '00000000-0000-4000-8000-00000000000a';
const nextId = '00000000-0000-4000-8000-00000000000b';
const image = { filename: 'edit.png', subfolder: 'studio', type: 'output' };
const success: Whereabouts = { at: 'settled', settlement: { kind: 'success', images: [image] } };
const timeoutMs = 300_000;

/** A session alone, in a time that passes by hand; `gpu` keeps what it says. */
function sessionOver(t: ExecutionContext, comfy: Comfy) {
  const system = actorSystem(t);
  const clock = fakeClock();
  const gpu = probe<GpuMessage>(system, 'gpu');
  const observed: Observed[] = [];
  const session = spawnSession(system, {
    ...{ comfy, isAlone: false, clock, timeoutMs, gpu: gpu.ref },
    observe: seen => observed.push(seen),
  });
  const said = <Type extends GpuMessage['type']>(type: Type) =>
    gpu.kept.filter((msg): msg is Extract<GpuMessage, { type: Type }> => msg.type === type);
  return {
    ...{ clock, session, said },
    ready: () => until(() => said('sessionReady').length > 0, 'a session'),
    crashes: () => observed.flatMap(({ step, error }) => (step === 'crash:session' ? [error!.message] : [])),
    steps: () => observed.map(({ step }) => step),
    tell: (msg: SessionMessage) => tell(session, msg),
    async pass(ms: number) {
      await idle();
      clock.advance(ms);
      await idle();
    },
  };
}

/** Over a ComfyUI that is whatever the test makes of it; `event` is what its connection tells. */
function sessionAlone(t: ExecutionContext, over: Partial<Comfy> = {}) {
  const [submitted, removed, looked]: [string[], number[], number[]] = [[], [], []];
  let connections = 0;
  let tellEvent: (event: ComfyEvent) => void = () => {};
  const alone = sessionOver(t, {
    server: 'http://stub',
    connect: async onEvent => {
      tellEvent = onEvent;
      return { clientId: `client-${++connections}`, close: () => {} };
    },
    upload: async name => name,
    submit: async request => void submitted.push(request.promptId),
    view: async () => Buffer.alloc(0),
    free: async () => {},
    ask: async () => {},
    ...over,
    async locate(id) {
      looked.push(alone.clock.now());
      return over.locate ? over.locate(id) : { at: 'running' };
    },
    async remove(id) {
      removed.push(alone.clock.now());
      await over.remove?.(id);
    },
  });
  return {
    ...{ ...alone, submitted, removed, looked },
    connections: () => connections,
    event: (event: ComfyEvent) => tellEvent(event),
    async execute(id = promptId) {
      alone.tell({ type: 'execute', promptId: id, graph: {} });
      await idle();
    },
  };
}

/** A server that takes connections and has a WebSocket, whose requests are never answered unless `answer` does so. */
async function blackHole(t: ExecutionContext, answer: (request: IncomingMessage, response: ServerResponse) => void = () => {}) {
  const server = createServer(answer);
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', socket => socket.send('{"type":"status","data":{"sid":"x"}}'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return createComfyUI({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const accept = (response: ServerResponse): void =>
  void response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ prompt_id: promptId, number: 1, node_errors: {} }));

// — what is stopped —

test('a prompt in a server that answers nothing more is given up 15 s after its time', async t => {
  const asked: string[] = [];
  const comfy = await blackHole(t, (request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/prompt') accept(response);
  });
  const { ready, tell, steps, clock, said, crashes } = sessionOver(t, comfy);
  await ready();
  tell({ type: 'execute', promptId, graph: {} });
  await until(() => steps().includes('prompt:accepted'), 'an answer');
  clock.advance(timeoutMs);
  await until(() => asked.includes('/queue'), 'the first request to be never answered');
  clock.advance(14_999);
  await idle();
  t.deepEqual(said('sessionEnded'), []);
  clock.advance(1);
  await idle();
  t.like(said('sessionEnded')[0], { promptId, execution: 'failed', gone: false, isLast: true });
  t.deepEqual(crashes(), ['a prompt hangs']);
});

test('a cancelled prompt whose submission is never answered is given up after 15 s', async t => {
  const comfy = await blackHole(t);
  const { ready, tell, clock, said } = sessionOver(t, comfy);
  await ready();
  tell({ type: 'execute', promptId, graph: {} });
  tell({ type: 'drop', promptId });
  await idle();
  clock.advance(15_000);
  await idle();
  t.like(said('sessionEnded')[0], { promptId, gone: false });
});

test('a prompt that does not end when it is told to is told so again until its end', async t => {
  let running = true;
  const locate = async (): Promise<Whereabouts> =>
    running ? { at: 'running' } : { at: 'settled', settlement: { kind: 'interrupted' } };
  const { execute, tell, pass, removed, said, ready } = sessionAlone(t, { locate });
  await ready();
  await execute();
  tell({ type: 'drop', promptId });
  for (let second = 0; second < 10; second++) await pass(1_000);
  t.true(removed.length >= 4, `${removed.length} times`);
  t.true(removed[1]! - removed[0]! <= 3_000);
  running = false;
  await pass(1_000);
  t.like(said('sessionEnded')[0], { promptId, gone: true });
  const times = removed.length;
  await pass(60_000);
  t.is(removed.length, times);
});

test('a prompt that never ends is told to for 15 s and no longer, however quickly its server answers', async t => {
  const { execute, tell, pass, clock, said, ready } = sessionAlone(t);
  await ready();
  await execute();
  const droppedAt = clock.now();
  tell({ type: 'drop', promptId });
  for (let second = 0; second < 60 && said('sessionEnded').length === 0; second++) await pass(500);
  t.is(clock.now() - droppedAt, 15_000);
});

test('a prompt that is cancelled while it is submitted is stopped as soon as that is answered, and again if it began only then', async t => {
  let answer = () => {};
  let interrupts = 0;
  const { execute, tell, pass, removed, said, ready } = sessionAlone(t, {
    submit: () => new Promise<void>(resolve => (answer = resolve)),
    // An interrupt that comes before the run has begun is forgotten by ComfyUI when it begins.
    remove: async () => void interrupts++,
    locate: async () => (interrupts < 2 ? { at: 'running' } : { at: 'settled', settlement: { kind: 'interrupted' } }),
  });
  await ready();
  await execute();
  tell({ type: 'drop', promptId });
  await idle();
  t.is(removed.length, 0);
  answer();
  await idle();
  t.is(removed.length, 1);
  for (let second = 0; second < 4; second++) await pass(1_000);
  t.is(removed.length, 2);
  t.like(said('sessionEnded')[0], { promptId, gone: true, isLast: false });
});

// — what is heard —

test('an end that is heard before the submission is answered is asked about as soon as it is', async t => {
  let answer = () => {};
  const { execute, event, said, looked, ready } = sessionAlone(t, {
    submit: () => new Promise<void>(resolve => (answer = resolve)),
    locate: async () => success,
  });
  await ready();
  await execute();
  event({ type: 'ended', promptId });
  await idle();
  t.deepEqual([looked.length, said('sessionEnded').length], [0, 0]);
  answer();
  await idle();
  t.like(said('sessionEnded')[0], { promptId, execution: 'succeeded', image, isLast: false });
});

test('a connection is kept when a look meets the end just before its frame does', async t => {
  const { execute, event, said, pass, crashes, connections, submitted, ready } = sessionAlone(t, { locate: async () => success });
  await ready();
  await execute();
  await pass(5_000);
  t.like(said('sessionEnded')[0], { promptId, execution: 'succeeded', isLast: false });
  await pass(499);
  event({ type: 'ended', promptId });
  await pass(10_000);
  t.deepEqual([crashes(), connections()], [[], 1]);
  await execute(nextId);
  event({ type: 'ended', promptId: nextId });
  await idle();
  t.deepEqual(submitted, [promptId, nextId]);
  t.like(said('sessionEnded')[1], { promptId: nextId, isLast: false });
});

test('a connection that does not tell of an end within half a second is opened anew', async t => {
  const { execute, pass, crashes, connections, ready } = sessionAlone(t, { locate: async () => success });
  await ready();
  await execute();
  await pass(5_000);
  await pass(499);
  t.deepEqual(crashes(), []);
  await pass(1);
  t.deepEqual(crashes(), ['the connection is deaf']);
  await pass(1_000);
  t.is(connections(), 2);
  await pass(10_000);
  t.is(connections(), 2, 'what one connection kept to itself is not held against the next');
});

test('a prompt on a connection that may be deaf is looked for each second, and is the last on it unless something is heard', async t => {
  let settled = true;
  const { execute, pass, looked, said, crashes, ready } = sessionAlone(t, {
    locate: async () => (settled ? success : { at: 'running' }),
  });
  await ready();
  await execute();
  await pass(5_000);
  settled = false;
  await execute(nextId);
  for (let second = 0; second < 4; second++) await pass(1_000);
  t.is(looked.length, 1 + 4);
  t.deepEqual(crashes(), []);
  settled = true;
  await pass(1_000);
  t.like(said('sessionEnded')[1], { promptId: nextId, execution: 'succeeded', isLast: true });
  t.deepEqual(crashes(), ['the connection is deaf']);
});

test('a prompt of which something is heard is looked for after silence only', async t => {
  let settled = true;
  const { execute, event, pass, looked, ready } = sessionAlone(t, {
    locate: async () => (settled ? success : { at: 'running' }),
  });
  await ready();
  await execute();
  await pass(5_000);
  settled = false;
  await execute(nextId);
  event({ type: 'started', promptId: nextId });
  await pass(4_999);
  t.is(looked.length, 1);
  await pass(1);
  t.is(looked.length, 2);
});

// — a session that ends while it submits —

test('a submission that is on its way when its session ends is broken off', async t => {
  let [arrived, brokenOff] = [false, false];
  const comfy = await blackHole(t, (_, response) => {
    arrived = true;
    response.once('close', () => {
      brokenOff = true;
    });
  });
  const { ready, tell, session } = sessionOver(t, comfy);
  await ready();
  tell({ type: 'execute', promptId, graph: {} });
  await until(() => arrived, 'a submission');
  stop(session as never);
  await until(() => brokenOff, 'a submission that is broken off');
  t.pass();
});

test('jobs that begin anew while a prompt is submitted bring one prompt into the server, not two', async t => {
  const studio = await openStudio(t, { clock: fastClock() });
  const { comfy, telegram } = studio;
  const database = await openWriter(`${studio.folder}/bot.db`);
  t.teardown(() => database.close());
  comfy.faults.next({ kind: 'slowBeforeAccept', ms: 10_000 });
  const photo = await phonePhoto(1, 320, 240);
  const [anna, boris] = [telegram.person(1001, { firstName: 'Анна' }), telegram.person(1002, { firstName: 'Борис' })];
  await anna.sendPhoto(photo, { caption: 'в акварель' });
  await studio.step('job:submitting');
  await database.run(
    "CREATE TRIGGER fault BEFORE UPDATE ON jobs WHEN NEW.state = 'queued' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
  );
  await boris.sendPhoto(photo, { caption: 'в акварель' });
  await studio.step('crash:jobs');
  await database.run('DROP TRIGGER fault');
  const { status } = await comfy.waitFor('request', ({ method, path }) => method === 'POST' && path === '/prompt');
  t.is(status, 'dropped');
  await Promise.all([anna, boris].map(person => person.waitFor(/Обработка завершена/)));
  t.is(comfy.accepted.length, 2);
  t.is(comfy.maxOutstanding(), 1);
});

test('an answer to a submission of an earlier life makes nothing of a prompt that is only watched', async t => {
  const { tell, said, pass, crashes, ready } = sessionAlone(t);
  await ready();
  tell({ type: 'watch', promptId, wasThere: false });
  tell({ type: 'submitted', promptId, result: 'unreachable' });
  await pass(3_000);
  t.deepEqual([said('sessionEnded'), crashes()], [[], []]);
});

// — its time —

test('the time of a prompt begins with its run, not with its wait behind those of others', async t => {
  let at: 'pending' | 'running' = 'pending';
  const { execute, pass, steps, ready } = sessionAlone(t, { locate: async () => ({ at }) });
  await ready();
  await execute();
  for (let second = 0; second < 250; second++) await pass(1_000);
  at = 'running';
  for (let second = 0; second < 299; second++) await pass(1_000);
  t.false(steps().includes('prompt:timedOut'));
  for (let second = 0; second < 7; second++) await pass(1_000);
  t.true(steps().includes('prompt:timedOut'));
});

test('a prompt that waits behind those of others for as long as a run may take is taken back', async t => {
  const { execute, pass, steps, ready } = sessionAlone(t, { locate: async () => ({ at: 'pending' }) });
  await ready();
  await execute();
  for (let second = 0; second < 299; second++) await pass(1_000);
  t.false(steps().includes('prompt:timedOut'));
  await pass(1_000);
  t.true(steps().includes('prompt:timedOut'));
});

test('the time of a prompt begins when its connection says that it has', async t => {
  const { execute, event, clock, pass, steps, ready } = sessionAlone(t, { locate: () => new Promise(() => {}) });
  await ready();
  await execute();
  await pass(200_000);
  event({ type: 'started', promptId });
  await idle();
  const startedAt = clock.now();
  await pass(100_000);
  event({ type: 'progress', promptId, value: 1, max: 4 });
  await pass(timeoutMs - 1 - (clock.now() - startedAt));
  t.false(steps().includes('prompt:timedOut'), 'and only once');
  await pass(1);
  t.true(steps().includes('prompt:timedOut'));
});

test('a prompt of which nothing is known has its time from its submission', async t => {
  const { execute, pass, steps, ready } = sessionAlone(t, { locate: () => new Promise(() => {}) });
  await ready();
  await execute();
  await pass(timeoutMs - 1);
  t.false(steps().includes('prompt:timedOut'));
  await pass(1);
  t.true(steps().includes('prompt:timedOut'));
});

test('a server that goes on telling of the run is not gone because looks a minute apart could not be made', async t => {
  let away = false;
  const { ready, execute, event, pass, said } = sessionAlone(t, {
    locate: async () => {
      if (away) throw Object.assign(new Error('getaddrinfo EAI_AGAIN'), { kind: 'unavailable', mayHaveArrived: false });
      return { at: 'running' };
    },
  });
  await ready();
  await execute();
  away = true;
  await pass(5_000);
  away = false;
  for (let value = 1; value <= 100; value++) {
    event({ type: 'progress', promptId, value, max: 100 });
    await pass(500);
  }
  away = true;
  await pass(5_000);
  t.deepEqual(said('sessionEnded'), []);
});
