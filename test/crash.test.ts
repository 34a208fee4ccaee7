import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { type Person, startTelegram } from '../src/sandbox/telegram/server.ts';
import { audit, isResult } from './crash-audit.ts';
import { openStage, type Stage, type StageOptions } from './crash-stage.ts';
import { environment, phonePhoto, token } from './studio.ts';

/**
 * `kill -9` at any moment. The house runs in a process of its own and dies in a step that is named, or at random; it opens again on
 * the same files, and then every job must have ended as if nothing had been: see the audit. Each scene is played by new people on a
 * house that has died many times before. `LONG=1` plays more random rounds; `SEED=…` plays that one.
 */
const photo = await phonePhoto(1, 320, 240);
const project = fileURLToPath(new URL('..', import.meta.url));

test.before('what is killed is the compiled house, as it is now', () => {
  execFileSync(process.execPath, ['node_modules/.bin/tsc', '-p', 'tsconfig.build.json'], { cwd: project, stdio: 'inherit' });
});

/** A stage for scenes that follow each other; a scene that fails leaves the next one a fresh stage. */
function theatre(options: StageOptions = {}) {
  let stage: Stage | undefined;
  const close = async () => {
    const closing = stage;
    stage = undefined;
    await closing?.close();
  };
  test.after.always(close);
  return async (t: ExecutionContext, scene: (stage: Stage) => Promise<void>) => {
    t.timeout(60_000);
    if (!stage) await (stage = await openStage(options)).open();
    try {
      await scene(stage);
    } catch (error) {
      await close();
      throw error;
    }
  };
}

// — the saga of an edit, step by step —

const order = (person: Person) => person.sendPhoto(photo, { caption: 'зимняя открытка' });

/** Steps of the house, in their order; the second number is for a step that comes more than once. */
const editSteps: [step: string, left?: number][] = [
  ['account:opened'],
  ['user:persisted'],
  ['update:durable'],
  ['outbox:settled:jobStatus'],
  ['photo:ready'],
  ['job:queue:applied'],
  ['job:turn'],
  ['job:submitting'],
  ['prompt:accepted'],
  ['prompt:success'],
  ['job:executed:succeeded'],
  ['result:fetched'],
  ['result:saved'],
  ['job:complete:applied'],
  ['outbox:sending:jobResult'],
  ['outbox:sent:jobResult'],
  ['outbox:settled:jobResult'],
  ['outbox:sending:jobStatus', 2],
  ['outbox:settled:jobStatus', 2],
];
const edits = theatre({ comfy: { stepMs: 20, steps: 4 } });

/** One person, one edit, one death; `die` says how. The picture comes all the same, for 30 points. */
async function editWithDeath(t: ExecutionContext, stage: Stage, die: (person: Person) => Promise<void>): Promise<Person> {
  const person = stage.newPerson();
  await die(person);
  await stage.death();
  await stage.open();
  await stage.until('the picture has come', () => person.messages.some(isResult));
  await stage.quiet();
  t.regex(person.messages.find(isResult)?.caption ?? '', /Оставшийся баланс: 30 баллов/);
  await audit(t, stage);
  return person;
}

for (const [step, left = 1] of editSteps)
  test.serial(`an edit survives a death at ${step}${left > 1 ? `, time ${left}` : ''}`, t =>
    edits(t, async stage => {
      const person = await editWithDeath(t, stage, async ({ id }) => {
        await stage.arm({ step, left, userId: id });
        await order(stage.people.get(id)!.person);
      });
      const results = person.messages.filter(isResult).length;
      // The one doubt that no one can resolve: it was sent, and nobody was left to note that it was.
      if (step === 'outbox:sent:jobResult') t.is(results, 2);
      else t.is(results, 1);
    }),
  );

test.serial('an edit survives a death while the answer to its submission is on its way, and is run once', t =>
  edits(t, async stage => {
    await editWithDeath(t, stage, async person => {
      stage.comfy.waitFor('accepted', undefined).then(stage.kill);
      await order(person);
    });
  }),
);

test.serial('an edit survives a death while it is run, and is adopted', t =>
  edits(t, async stage => {
    await editWithDeath(t, stage, async person => {
      stage.comfy.waitFor('started', undefined).then(stage.kill);
      await order(person);
    });
  }),
);

test.serial('an edit survives a death in the moment it is made, and is not made again', t =>
  edits(t, async stage => {
    await editWithDeath(t, stage, async person => {
      stage.comfy.waitFor('ended', undefined).then(stage.kill);
      await order(person);
    });
  }),
);

test.serial('an edit survives a death while the answer to its delivery is on its way; only then it may come twice', t =>
  edits(t, async stage => {
    const person = await editWithDeath(t, stage, async ({ id }) => {
      const forget = stage.telegram.on('message', ({ chatId, message }) => {
        if (chatId !== id || !isResult(message)) return;
        forget();
        stage.kill();
      });
      await order(stage.people.get(id)!.person);
    });
    t.is(person.messages.filter(isResult).length, 2);
  }),
);

test.serial('a file that is no picture is refused once, whatever dies', t =>
  edits(t, async stage => {
    const person = stage.newPerson();
    await stage.arm({ step: 'job:refuse:applied', left: 1 });
    person.sendDocument(Buffer.from('not a picture at all'), { fileName: 'a.jpg', mimeType: 'image/jpeg', caption: 'ярче' });
    await stage.death();
    await stage.open();
    await stage.quiet();
    await audit(t, stage);
  }),
);

// — the first welcome —

for (const step of ['account:opened', 'user:persisted', 'outbox:sending:welcome', 'outbox:settled:welcome'])
  test.serial(`the initial points are given once over a death at ${step}`, t =>
    edits(t, async stage => {
      const person = stage.newPerson([]);
      await stage.arm({ step, left: 1, userId: person.id });
      person.sendText('/start');
      await stage.death();
      await stage.open();
      await stage.quiet();
      person.sendText('/balance');
      await person.waitFor(/Баланс: 60 баллов/);
      await stage.quiet();
      // Words of no weight are let go when their arrival is in doubt.
      const welcomes = person.messages.filter(({ text }) => text?.includes('Добро пожаловать')).length;
      t.is(welcomes, step === 'outbox:sending:welcome' ? 0 : 1);
      await audit(t, stage);
    }),
  );

// — the saga of a failure —

const failures = theatre({ env: { MAX_RETRIES: '1' }, comfy: { stepMs: 5, steps: 2 } });
const failingSteps: [step: string, left?: number][] = [
  ['job:executed:failed'],
  ['job:requeue:applied'],
  ['outbox:sending:jobRetry'],
  ['job:submitting', 2],
  ['job:executed:failed', 2],
  ['job:fail:applied'],
  ['outbox:sending:jobEnded'],
  ['outbox:sent:jobEnded'],
  ['outbox:settled:jobEnded'],
];

for (const [step, left = 1] of failingSteps)
  test.serial(`a failing edit is paid back once over a death at ${step}${left > 1 ? `, time ${left}` : ''}`, t =>
    failures(t, async stage => {
      const recover = stage.comfy.faults.always({ kind: 'executionError', exceptionType: 'ValueError', message: 'broken' });
      const person = stage.newPerson();
      await stage.arm({ step, left, userId: person.id });
      await order(person);
      await stage.death();
      await stage.open();
      await person.waitFor(/Новый баланс: 60 баллов/);
      await stage.quiet();
      recover();
      const told = person.messages.filter(({ text }) => /Возвращаем 30 баллов/.test(text ?? '')).length;
      t.is(told, step === 'outbox:sent:jobEnded' ? 2 : 1);
      await audit(t, stage);
    }),
  );

// — the saga of a cancel —

const cancels = theatre({ comfy: { plan: ({ n }) => (n % 2 === 1 ? { steps: 200, stepMs: 20 } : { steps: 2, stepMs: 5 }) } });

for (const step of ['job:cancel:applied', 'prompt:dropped', 'user:persisted', 'outbox:sending:jobEnded'])
  test.serial(`a running edit that is cancelled leaves the server free over a death at ${step}`, t =>
    cancels(t, async stage => {
      const person = stage.newPerson();
      await order(person);
      await stage.comfy.waitFor('started', undefined);
      const status = await person.waitFor(/Обрабатываю/);
      await stage.arm({ step, left: 1, userId: person.id });
      const answer = person.press('❌ Отменить', status);
      await stage.death();
      const next = stage.newPerson();
      await order(next);
      await stage.open();
      await answer;
      await person.waitFor(/Возвращаем 30 баллов/);
      await stage.until('the next picture has come', () => next.messages.some(isResult));
      await stage.quiet();
      t.is(stage.comfy.executions.at(-2)?.outcome, 'interrupted');
      t.is(stage.comfy.maxOutstanding(), 1);
      await audit(t, stage);
    }),
  );

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

/** What people do; each resolves when it is done, not when it has come to anything. The numbers are the photos of each job that follows. */
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
  t.timeout(120_000);
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
  const deaths = Array.from({ length: chance.whole(1, 4) }, () => ({ left: chance.whole(1, 45), inside: chance.once(0.5) }));
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
  await Promise.all([...acts, ...falls]);
  await stage.quiet();
  await audit(t, stage);
}

const idleMs = 700;
const given = process.env['SEED'];
const timesMore = process.env['LONG'] ? 200 / 12 : 1;
const seedsOf = (rounds: number): number[] =>
  given ? [Number(given)] : Array.from({ length: Math.round(rounds * timesMore) }, () => Math.floor(Math.random() * 2 ** 31));

const kinds: readonly [what: string, rounds: number, restarts: number, options: StageOptions][] = [
  ['one server', 6, 0, { comfy: { stepMs: 40 } }],
  ['three servers', 3, 0, { servers: 3, comfy: { stepMs: 60 } }],
  ['a server that is restarted too', 3, 2, { servers: 2, comfy: { stepMs: 40 } }],
];

for (const [what, rounds, restarts, options] of kinds) {
  const play = theatre(options);
  for (const seed of seedsOf(rounds))
    test.serial(`deaths at random moments, ${what} (SEED=${seed})`, t => play(t, stage => round(t, stage, seed, restarts)));
}

// — the real process —

type Process = { child: ChildProcess; ready: Promise<unknown>; code: Promise<number | null>; output: () => string };

/** The house as the operator starts it. */
async function operator(t: ExecutionContext) {
  t.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'process-'));
  const telegram = await startTelegram({ token, resendDelayMs: 20 });
  const comfy = await startComfyUI({ steps: 40, stepMs: 50 });
  const children: ChildProcess[] = [];
  t.teardown(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all([telegram.close(), comfy.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '', ...environment(folder, telegram.url, [comfy.url]) };
  function start(changes: Record<string, string> = {}): Process {
    const script = join(project, 'dist/src/main.js');
    const child = fork(script, [], {
      cwd: folder,
      env: { ...env, ...changes },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', data => (output += data));
    children.push(child);
    const code = new Promise<number | null>(resolve => child.once('close', resolve));
    const early = code.then(() => Promise.reject(new Error(`it ended before it was ready: ${output}`)));
    early.catch(() => {});
    return { child, ready: Promise.race([once(child, 'message'), early]), code, output: () => output };
  }
  return { telegram, comfy, start };
}

test.serial('SIGTERM while an edit is run: exit 0 within 10 s; the next start adopts the edit, which is run once', async t => {
  const { telegram, comfy, start } = await operator(t);
  const first = start();
  await first.ready;
  const anna = telegram.person(1);
  await order(anna);
  await comfy.waitFor('started', () => true);
  const before = Date.now();
  first.child.kill('SIGTERM');
  t.is(await first.code, 0, first.output());
  t.true(Date.now() - before < 10_000);
  t.is(comfy.executions[0]?.outcome, 'running');
  await start().ready;
  await anna.waitFor(isResult);
  t.is(comfy.executions.length, 1);
  t.is(anna.messages.filter(isResult).length, 1);
});

test.serial('a start without BOT_TOKEN ends with exit code 1 and one line that names it', async t => {
  const { start } = await operator(t);
  const { code, output } = start({ BOT_TOKEN: '' });
  t.is(await code, 1);
  t.regex(output(), /^BOT_TOKEN is not set; it should be [^\n]+\n$/);
});

test.serial('a second process on the same database makes the first one stop', async t => {
  const { telegram, start } = await operator(t);
  const first = start();
  await first.ready;
  await start().ready;
  const anna = telegram.person(1);
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  // Whichever of the two Telegram gives an update to: what the first one cannot write, it does not confirm either.
  while (first.child.exitCode === null) {
    anna.sendText('/balance');
    await Promise.race([first.code, pause(500)]);
  }
  t.is(await first.code, 1);
  t.regex(first.output(), /another process owns the database/);
  await anna.waitFor(/Баланс: 60 баллов/);
  t.is(anna.messages.filter(({ text }) => text?.includes('Добро пожаловать')).length, 1);
});
