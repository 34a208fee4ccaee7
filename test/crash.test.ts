import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { audit, isResult } from './crash-audit.ts';
import { openStage, type Stage, type StageOptions } from './crash-stage.ts';
import { phonePhoto } from './studio.ts';

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
    person.sendDocument(Buffer.from('not a picture at all'), { fileName: 'a.jpg', mimeType: 'image/jpeg' });
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
