import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { albumPauseMs } from '../src/domain/dialog.ts';
import { type ComfyUIStandIn, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { type Person, startTelegram, type TelegramStandIn } from '../src/sandbox/telegram/server.ts';
import { build } from './built.ts';
import { audit, isResult } from './crash-audit.ts';
import { openStage, type Stage, type StageOptions } from './crash-stage.ts';
import { project } from './project.ts';
import { environment, phonePhoto, token } from './studio.ts';

/**
 * `kill -9` at any moment. The house runs in a process of its own and dies in a step that is named, or at random; it opens again
 * on the same files, and then every job must have ended as if nothing had been: see the audit. Each scene is played by new people
 * on a house that has died many times before. `LONG=1` plays every named step and more random rounds, the short form those steps
 * after which the rows stand differently; `SEED=… npx ava test/crash.test.ts -m 'deaths*'` plays that one.
 */
const photo = await phonePhoto(1, 320, 240);

test.before('what is killed is the compiled house, as it is now', build);

/** Scenes of one lane follow each other. Two lanes: a house that dies mostly waits, and a test machine has two processors. */
function lane() {
  let last: Promise<unknown> = Promise.resolve();
  return <Played>(t: ExecutionContext, play: () => Promise<Played>): Promise<Played> => {
    // Until its turn comes; what a scene waits for has bounds of its own.
    t.timeout(60 * 60_000);
    const played = last.then(play);
    last = played.catch(() => {});
    return played;
  };
}

const lanes = { named: lane(), random: lane() };
const sceneMs = 180_000;

/** What `scene` comes to, unless it takes too long. */
async function bounded<Played>(scene: Promise<Played>, story: () => string): Promise<Played> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over within ${sceneMs} ms\n${story()}`)), sceneMs);
  });
  return Promise.race([scene, late]).finally(() => clearTimeout(timer));
}

/** A stage for scenes that follow each other; a scene that fails leaves the next one a fresh stage. */
function theatre(inTurn: ReturnType<typeof lane>, options: StageOptions = {}) {
  let stage: Stage | undefined;
  const close = async () => {
    const closing = stage;
    stage = undefined;
    await closing?.close();
  };
  test.after.always(close);
  const play = (t: ExecutionContext, scene: (stage: Stage) => Promise<void>) =>
    inTurn(t, async () => {
      if (!stage) await (stage = await openStage(options)).open();
      try {
        await bounded(scene(stage), stage.describe);
      } catch (error) {
        await close();
        throw error;
      }
    });
  /** The last scene: whoever was here has what is theirs. */
  const curtain = async (t: ExecutionContext) => {
    await play(t, stage => audit(t, stage, { edits: true }));
    await close();
  };
  return { play, curtain };
}

// — the saga of an edit, step by step —

const order = (person: Person) => person.sendPhoto(photo, { caption: 'зимняя открытка' });

/** Steps of the house, in their order. `time` is for a step that comes more than once; `isShort`: also in the short form. */
type NamedStep = [step: string, isShort?: 'short' | null, time?: number];
const isLong = Boolean(process.env['LONG']);
const played = (steps: readonly NamedStep[]) =>
  steps.filter(([, isShort]) => isLong || isShort).map(([step, , time = 1]) => ({ step, time }));

const editSteps: NamedStep[] = [
  ['account:opened'],
  ['user:persisted'],
  ['update:durable'],
  ['outbox:settled:jobStatus'],
  ['photo:ready', 'short'],
  ['job:queue:applied', 'short'],
  ['job:turn'],
  ['job:submitting', 'short'],
  ['prompt:accepted'],
  ['prompt:success'],
  ['job:executed:succeeded'],
  ['result:fetched'],
  ['result:saved', 'short'],
  ['job:complete:applied', 'short'],
  ['outbox:sending:jobResult', 'short'],
  ['outbox:sent:jobResult', 'short'],
  ['outbox:settled:jobResult'],
  ['outbox:sending:jobStatus', null, 2],
  ['outbox:settled:jobStatus', null, 2],
];
const edits = theatre(lanes.named, { comfy: { stepMs: 20, steps: 4 } });

/** One person, one edit, one death; `die` says how. The picture comes all the same, for 30 points. */
async function editWithDeath(
  t: ExecutionContext,
  stage: Stage,
  die: (person: Person) => Promise<void>,
  times = 1,
): Promise<void> {
  const person = stage.newPerson();
  await die(person);
  await stage.death();
  await stage.open();
  const results = () => person.messages.filter(isResult);
  await stage.until('the picture has come', () => results().length >= times);
  t.is(results().length, times);
  t.regex(results().at(-1)?.caption ?? '', /Оставшийся баланс: 30 баллов/);
}

for (const { step, time } of played(editSteps))
  test(`an edit survives a death at ${step}${time > 1 ? `, time ${time}` : ''}`, t =>
    edits.play(t, async stage => {
      const die = async (person: Person) => {
        await stage.arm({ step, left: time, userId: person.id });
        await order(person);
      };
      // The one doubt that no one can resolve: it was sent, and nobody was left to note that it was.
      await editWithDeath(t, stage, die, step === 'outbox:sent:jobResult' ? 2 : 1);
    }));

test('an edit survives a death while the answer to its submission is on its way, and is run once', t =>
  edits.play(t, async stage => {
    await editWithDeath(t, stage, async person => {
      const accepted = stage.comfy.waitFor('accepted', undefined, 60_000);
      await order(person);
      await accepted;
      stage.kill();
    });
  }));

test('an edit survives a death while it is run, and is adopted', t =>
  edits.play(t, async stage => {
    await editWithDeath(t, stage, async person => {
      const started = stage.comfy.waitFor('started', undefined, 60_000);
      await order(person);
      await started;
      stage.kill();
    });
  }));

test('an edit survives a death in the moment it is made, and is not made again', t =>
  edits.play(t, async stage => {
    await editWithDeath(t, stage, async person => {
      const ended = stage.comfy.waitFor('ended', undefined, 60_000);
      await order(person);
      await ended;
      stage.kill();
    });
  }));

test('an edit survives a death while the answer to its delivery is on its way; only then it may come twice', t =>
  edits.play(t, async stage => {
    const die = async (person: Person) => {
      const forget = stage.telegram.on('message', ({ chatId, message }) => {
        if (chatId !== person.id || !isResult(message)) return;
        forget();
        stage.kill();
      });
      await order(person);
    };
    await editWithDeath(t, stage, die, 2);
  }));

test('a file that is no picture is refused once, whatever dies', t =>
  edits.play(t, async stage => {
    const person = stage.newPerson();
    await stage.arm({ step: 'job:refuse:applied', left: 1 });
    person.sendDocument(Buffer.from('not a picture at all'), { fileName: 'a.jpg', mimeType: 'image/jpeg', caption: 'ярче' });
    await stage.death();
    await stage.open();
    t.falsy((await person.waitFor(/не изображение/)).photo);
  }));

test('an album that a death tears apart is one job with all of its photos', t =>
  edits.play(t, async stage => {
    const person = stage.newPerson([3]);
    await stage.arm({ step: 'user:persisted', left: 1, userId: person.id });
    await person.sendAlbum([photo, photo, photo], { caption: 'вместе' });
    await stage.death();
    // Away for longer than an album waits for its next photo.
    await pause(albumPauseMs + 200);
    await stage.open();
    await stage.until('the picture has come', () => person.messages.some(isResult));
    const jobs = await stage.read<{ files: string }>(`SELECT files FROM jobs WHERE user_id = ${person.id}`);
    t.deepEqual(
      jobs.map(({ files }) => JSON.parse(files).length),
      [3],
    );
  }));

// — the first welcome —

const welcomeSteps: NamedStep[] = [
  ['account:opened', 'short'],
  ['user:persisted'],
  ['outbox:sending:welcome', 'short'],
  ['outbox:settled:welcome'],
];

for (const { step } of played(welcomeSteps))
  test(`the initial points are given once over a death at ${step}`, t =>
    edits.play(t, async stage => {
      const person = stage.newPerson([]);
      await stage.arm({ step, left: 1, userId: person.id });
      person.sendText('/start');
      await stage.death();
      await stage.open();
      await stage.quiet({ edits: true });
      person.sendText('/balance');
      await person.waitFor(/Баланс: 60 баллов/);
      // Words of no weight are let go when their arrival is in doubt.
      const welcomes = person.messages.filter(({ text }) => text?.includes('Добро пожаловать')).length;
      t.is(welcomes, step === 'outbox:sending:welcome' ? 0 : 1);
    }));

test('after all these deaths of edits and welcomes, everyone has what is theirs', edits.curtain);

// — the saga of a failure —

const failures = theatre(lanes.named, { env: { MAX_RETRIES: '1' }, comfy: { stepMs: 5, steps: 2 } });
const failingSteps: NamedStep[] = [
  ['job:executed:failed'],
  ['job:requeue:applied', 'short'],
  ['outbox:sending:jobRetry'],
  ['job:submitting', 'short', 2],
  ['job:executed:failed', null, 2],
  ['job:fail:applied', 'short'],
  ['outbox:sending:jobEnded'],
  ['outbox:sent:jobEnded', 'short'],
  ['outbox:settled:jobEnded'],
];

for (const { step, time } of played(failingSteps))
  test(`a failing edit is paid back once over a death at ${step}${time > 1 ? `, time ${time}` : ''}`, t =>
    failures.play(t, async stage => {
      const recover = stage.comfy.faults.always({ kind: 'executionError', exceptionType: 'ValueError', message: 'broken' });
      const person = stage.newPerson();
      await stage.arm({ step, left: time, userId: person.id });
      await order(person);
      await stage.death();
      await stage.open();
      const told = () =>
        person.messages.filter(({ text }) => /Возвращаем 30 баллов[\s\S]*Новый баланс: 60 баллов/.test(text ?? ''));
      const times = step === 'outbox:sent:jobEnded' ? 2 : 1;
      await stage.until('the points are back', () => told().length >= times);
      t.is(told().length, times);
      recover();
    }));

test('after all these deaths of failures, everyone has what is theirs', failures.curtain);

// — the saga of a cancel —

const cancels = theatre(lanes.named, { comfy: { steps: 2, stepMs: 5 } });

const cancelSteps: NamedStep[] = [
  ['job:cancel:applied', 'short'],
  ['prompt:dropped', 'short'],
  ['user:persisted'],
  ['outbox:sending:jobEnded'],
];

for (const { step } of played(cancelSteps))
  test(`a running edit that is cancelled leaves the server free over a death at ${step}`, t =>
    cancels.play(t, async stage => {
      const person = stage.newPerson();
      // Nothing but an interrupt ends it, however long the house takes to come back.
      stage.comfy.faults.next('hold');
      await order(person);
      await stage.comfy.waitFor('started', undefined, 60_000);
      const status = await person.waitFor(/Обрабатываю/);
      await stage.arm({ step, left: 1, userId: person.id });
      const answer = person.press('❌ Отменить', status);
      await stage.death();
      const next = stage.newPerson();
      await order(next);
      await stage.open();
      const { text } = await answer;
      // The press comes again, and finds done what it asks for. Once it is written itself, it is only acknowledged.
      if (step === 'job:cancel:applied') t.is(text, 'Задача отменена');
      await person.waitFor(/Возвращаем 30 баллов/);
      await stage.until('the next picture has come', () => next.messages.some(isResult));
      t.is(stage.comfy.executions.at(-2)?.outcome, 'interrupted');
      t.is(stage.comfy.maxOutstanding(), 1);
    }));

test('after all these deaths of cancels, everyone has what is theirs', cancels.curtain);

// — any moment —

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Chance = { whole(least: number, most: number): number; once(part: number): boolean; one<One>(of: readonly One[]): One };
const chanceOf = (random: () => number): Chance => ({
  whole: (least, most) => least + Math.floor(random() * (most - least + 1)),
  once: part => random() < part,
  one: of => of[Math.floor(random() * of.length)]!,
});

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));

/**
 * What people do; each resolves when it is done, not when it has come to anything. The numbers are the photos of each job that
 * follows.
 */
const deeds: readonly { files: number[]; act(person: Person, chance: Chance): Promise<unknown> }[] = [
  { files: [1], act: person => order(person) },
  {
    files: [1, 1],
    async act(person, { whole }) {
      await order(person);
      await pause(whole(0, 150));
      await order(person);
    },
  },
  // Points for two: which of the three is refused, is decided by whose photo is ready first.
  { files: [1, 1, 1], act: person => Promise.all([order(person), order(person), order(person)]) },
  { files: [2], act: person => person.sendAlbum([photo, photo], { caption: 'вместе' }) },
  {
    files: [1],
    async act(person, { whole }) {
      await person.sendPhoto(photo);
      await pause(whole(0, 50));
      person.sendText('сделай ярче');
    },
  },
  {
    files: [1],
    async act(person, { whole }) {
      await order(person);
      const status = await person.waitFor(/ID задачи/, { timeoutMs: 3_000 }).catch(() => undefined);
      await pause(whole(0, 200));
      // The status may be lost to a death, the job may be done meanwhile, and the answer to the press may be lost too.
      if (status) await person.press('❌ Отменить', undefined, { timeoutMs: 2_000 }).catch(() => {});
    },
  },
];

/** Several people, several deaths at random moments, also while the house opens again; then the audit. */
async function round(t: ExecutionContext, stage: Stage, seed: number, restarts: number): Promise<void> {
  const chance = chanceOf(randomOf(seed));
  const acts = Array.from({ length: 4 }, async () => {
    const [deed, delay] = [chance.one(deeds), chance.whole(0, 400)];
    const own = chanceOf(randomOf(chance.whole(1, 2 ** 30)));
    const person = stage.newPerson(deed.files, restarts);
    await pause(delay);
    await deed.act(person, own);
  });
  const falls = Array.from({ length: restarts }, async () => {
    const [comfy, delay] = [chance.one(stage.comfys), chance.whole(0, 2_000)];
    await pause(delay);
    await comfy.restart();
  });
  const done = Promise.all([...acts, ...falls]);
  done.catch(() => {});
  const deaths = Array.from({ length: chance.whole(1, isLong ? 4 : 2) }, () => ({
    left: chance.whole(1, 45),
    inside: chance.once(0.5),
  }));
  for (const [n, { left, inside }] of deaths.entries()) {
    const kill = inside ? { step: null, left } : undefined;
    if (n > 0) await stage.open(kill);
    else if (kill) await stage.arm(kill);
    const end = stage.story.length + left;
    // Killed by itself inside a step, or from here between two; idle, where less is left to do.
    await stage.until(
      'the house dies',
      () => stage.isDead() || stage.silenceMs() > idleMs || (!inside && stage.story.length >= end),
    );
    stage.kill();
    await stage.death();
  }
  await stage.open();
  await done;
  await audit(t, stage, { edits: false });
}

const idleMs = 700;
const given = process.env['SEED'];
const timesMore = isLong ? 200 / 12 : 1;
const seedsOf = (rounds: number): number[] =>
  given ? [Number(given)] : Array.from({ length: Math.round(rounds * timesMore) }, () => Math.floor(Math.random() * 2 ** 31));

type Kind = { what: string; rounds: number; restarts: number; inTurn: ReturnType<typeof lane>; options: StageOptions };
const kinds: readonly Kind[] = [
  { what: 'one server', rounds: 6, restarts: 0, inTurn: lanes.random, options: { comfy: { stepMs: 40 } } },
  { what: 'three servers', rounds: 3, restarts: 0, inTurn: lanes.named, options: { servers: 3, comfy: { stepMs: 60 } } },
  {
    what: 'servers that are restarted',
    rounds: 3,
    restarts: 2,
    inTurn: lanes.random,
    options: { servers: 2, comfy: { stepMs: 40 } },
  },
];

for (const { what, rounds, restarts, inTurn, options } of kinds) {
  const { play, curtain } = theatre(inTurn, options);
  for (const seed of seedsOf(rounds))
    test(`deaths at random moments, ${what} (SEED=${seed})`, t => play(t, stage => round(t, stage, seed, restarts)));
  test(`after all these deaths at random moments, ${what}, everyone has what is theirs`, curtain);
}

// — the real process —

type Process = { child: ChildProcess; ready(): Promise<void>; code: Promise<number | null>; output(): string };
type Operator = { telegram: TelegramStandIn; comfy: ComfyUIStandIn; start(changes?: Record<string, string>): Process };

/** The house as its operator starts it. */
const operator = (t: ExecutionContext, scene: (operator: Operator) => Promise<void>): Promise<void> =>
  lanes.random(t, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'process-'));
    const telegram = await startTelegram({ token, resendDelayMs: 20 });
    const comfy = await startComfyUI({ steps: 4, stepMs: 50 });
    const env = { PATH: process.env['PATH'] ?? '', ...environment(folder, telegram.url, [comfy.url]) };
    const started: Process[] = [];
    const start = (changes = {}) => {
      const one = startMain(folder, { ...env, ...changes });
      started.push(one);
      return one;
    };
    try {
      await bounded(scene({ telegram, comfy, start }), () => started.map(({ output }) => output()).join('\n—\n'));
    } finally {
      for (const { child } of started) child.kill('SIGKILL');
      await Promise.all([...started.map(({ code }) => code), telegram.close(), comfy.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  });

function startMain(folder: string, env: Record<string, string>): Process {
  const child = fork(join(project, 'dist/src/main.js'), [], {
    ...{ cwd: folder, env, execArgv: [] },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', data => (output += data));
  const code = new Promise<number | null>(resolve => child.once('close', resolve));
  const said = new Promise<'ready'>(resolve => child.once('message', () => resolve('ready')));
  const ready = async () => {
    if ((await Promise.race([said, code])) !== 'ready') throw new Error(`it ended before it was ready: ${output}`);
  };
  return { child, ready, code, output: () => output };
}

test('SIGTERM while an edit is run: exit 0 within 10 s; the next start adopts the edit, which is run once', t =>
  operator(t, async ({ telegram, comfy, start }) => {
    const first = start();
    await first.ready();
    const anna = telegram.person(1);
    comfy.faults.next('hold');
    await order(anna);
    await comfy.waitFor('started', () => true, 60_000);
    const before = Date.now();
    first.child.kill('SIGTERM');
    t.is(await first.code, 0, first.output());
    t.true(Date.now() - before < 30_000);
    t.is(comfy.executions[0]?.outcome, 'running');
    await start().ready();
    comfy.release();
    await anna.waitFor(isResult);
    t.is(comfy.executions.length, 1);
    t.is(anna.messages.filter(isResult).length, 1);
  }));

test('in production a start without BOT_TOKEN ends with exit code 1 and one line that names it', t =>
  operator(t, async ({ start }) => {
    const { code, output } = start({ BOT_TOKEN: '', NODE_ENV: 'production' });
    t.is(await code, 1);
    t.regex(output(), /^BOT_TOKEN is not set; it should be [^\n]+\n$/);
  }));

test('a second process on the same database makes the first one stop', t =>
  operator(t, async ({ telegram, start }) => {
    const first = start();
    await first.ready();
    await start().ready();
    const anna = telegram.person(1);
    anna.sendText('/start');
    // Whichever of the two Telegram gives an update to: what the first one cannot write, it does not confirm either.
    for (let n = 0; first.child.exitCode === null && n < 20; n++) {
      anna.sendText('/language');
      await Promise.race([first.code, pause(500)]);
    }
    t.is(await first.code, 1);
    t.regex(first.output(), /another process owns the database/);
    anna.sendText('/balance');
    await anna.waitFor(/Баланс: 60 баллов/, { timeoutMs: 20_000 });
    t.is(anna.messages.filter(({ text }) => text?.includes('Добро пожаловать')).length, 1);
  }));
