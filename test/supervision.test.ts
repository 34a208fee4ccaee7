import test from 'ava';
import { ask, type Parent, type Ref, spawn, stop, tell } from '../actors/nact.ts';
import type { Observed } from '../actors/protocol.ts';
import { type Backoff, backoffMs, noteCrash, restartPolicies, restartWithBackoff } from '../actors/supervision.ts';
import { openWriter } from '../db/database.ts';
import { newPerson } from '../src/domain/dialog.ts';
import { fastClock } from './fast-clock.ts';
import { actorSystem, type FakeClock, fakeClock, idle, probe, until } from './probe.ts';
import { openStudio } from './studio.ts';

const policy: Backoff = { minMs: 100, maxMs: 1_000, windowMs: 60_000, restartsMax: 5 };

test('the pauses double from the least to the most, and after the last restart there is none', t => {
  const pauses = [1, 2, 3, 4, 5, 6, 7].map(failures => backoffMs(failures, policy, 0.5));
  t.deepEqual(pauses, [100, 200, 400, 800, 1_000, undefined, undefined]);
});

test('chance spreads a pause by a tenth either way', t => {
  t.deepEqual(
    [0, 0.5, 1].map(random => backoffMs(2, policy, random)),
    [180, 200, 220],
  );
});

test('every directive of the house pauses, grows no longer than its most, and gives up some time', t => {
  for (const [name, one] of Object.entries(restartPolicies)) {
    const pauses = Array.from({ length: one.restartsMax }, (_, n) => backoffMs(n + 1, one, 0.5)!);
    t.true(
      pauses.every(ms => ms >= one.minMs && ms <= one.maxMs),
      name,
    );
    t.is(backoffMs(one.restartsMax + 1, one, 0), undefined, name);
    const all = pauses.reduce((sum, ms) => sum + ms * 1.1, 0);
    t.true(all < one.windowMs, `${name}: its restarts fit in the window in which they are counted`);
  }
});

type Message = 'bad' | 'good' | { type: 'sum'; replyTo: Ref<number> };
type Fragile = { ref: Ref<Message>; errors: [string, boolean][]; restarts: number[] };

/** Counts the good messages since it was last started, and throws at bad ones. */
function spawnFragile(parent: Parent, clock: FakeClock, giveUp: 'stop' | 'escalate' = 'stop'): Fragile {
  const fragile: Fragile = { ref: undefined as never, errors: [], restarts: [] };
  const receive = (sum: number, msg: Message): number => {
    if (msg === 'bad') throw new Error('bad');
    if (msg === 'good') return sum + 1;
    tell(msg.replyTo, sum);
    return sum;
  };
  fragile.ref = spawn(parent, 'fragile', receive, {
    initialState: () => 0,
    onCrash: restartWithBackoff<Message>({
      ...{ policy, clock, giveUp, random: () => 0.5 },
      onError: ({ message }, givenUp) => fragile.errors.push([message, givenUp]),
      beforeRestart: () => fragile.restarts.push(clock.now()),
    }),
  });
  return fragile;
}
const sum = (ref: Ref<Message>) => ask(ref, { type: 'sum' }, 60_000);
const say = (ref: Ref<Message>, ...messages: Message[]) => messages.forEach(msg => void tell(ref, msg));

test('a restart begins anew after its pause, and keeps the mailbox in order', async t => {
  const clock = fakeClock();
  const { ref, errors, restarts } = spawnFragile(actorSystem(t), clock);
  say(ref, 'good', 'good', 'bad', 'good');
  const later = sum(ref);
  await until(() => clock.pauses().length === 1);
  t.deepEqual(clock.pauses(), [100]);
  t.deepEqual([errors, restarts], [[['bad', false]], []]);
  clock.advance(99);
  await idle();
  t.is(restarts.length, 0);
  clock.advance(1);
  t.is(await later, 1);
  t.is(restarts.length, 1);
});

test('the pauses grow while it goes on failing, and begin small again once it has been well for a while', async t => {
  const clock = fakeClock();
  const { ref } = spawnFragile(actorSystem(t), clock);
  const pauses: number[] = [];
  for (let n = 0; n < 3; n++) {
    say(ref, 'bad');
    await until(() => clock.pauses().length === 1);
    pauses.push(...clock.pauses());
    clock.advance(clock.pauses()[0]!);
    await sum(ref);
  }
  clock.advance(60_000);
  say(ref, 'bad');
  await until(() => clock.pauses().length === 1);
  t.deepEqual([...pauses, ...clock.pauses()], [100, 200, 400, 100]);
  clock.advance(100);
  t.is(await sum(ref), 0);
});

test('one crash too many within the window, and it is given up', async t => {
  const clock = fakeClock();
  const { ref, errors } = spawnFragile(actorSystem(t), clock);
  for (let n = 0; n < 5; n++) {
    say(ref, 'bad');
    await until(() => clock.pauses().length === 1);
    clock.advance(1_000);
    await sum(ref);
  }
  say(ref, 'bad');
  await until(() => errors.length === 6);
  await idle();
  t.deepEqual(
    errors.map(([, givenUp]) => givenUp),
    [false, false, false, false, false, true],
  );
  t.deepEqual(clock.pauses(), []);
  await t.throwsAsync(sum(ref), { message: /stopped/i });
});

type ParentMessage = { type: 'child'; replyTo: Ref<Ref<Message>> } | { type: 'ping'; replyTo: Ref<'pong'> };

test('what escalates is stopped, its parent is told, and goes on with its state', async t => {
  const clock = fakeClock();
  const system = actorSystem(t);
  const told = probe<[string, string]>(system);
  let fragile: Fragile | undefined;
  const receive = (children: number, msg: ParentMessage, { self }: { self: Ref<ParentMessage> }): number => {
    if (msg.type === 'ping') {
      tell(msg.replyTo, 'pong');
      return children;
    }
    fragile = spawnFragile(self as Parent, clock, 'escalate');
    tell(msg.replyTo, fragile.ref);
    return children + 1;
  };
  const parent = spawn(system, 'parent', receive, {
    ...{ initialState: () => 0, onCrash: () => 'stop' as const },
    onChildStopped: ({ message }, child) => tell(told.ref, [message, child]),
  });
  const child = await ask(parent, { type: 'child' }, 60_000);
  for (let n = 0; n < 6; n++) {
    say(child, 'bad');
    await until(() => fragile!.errors.length === n + 1);
    await idle();
    clock.advance(1_000);
  }
  t.deepEqual(await told.next(), ['bad', 'fragile']);
  await idle();
  await t.throwsAsync(sum(child), { message: /stopped/i });
  t.is(await ask(parent, { type: 'ping' }, 60_000), 'pong');
  t.truthy(await ask(parent, { type: 'child' }, 60_000), 'its place is free again');
});

test('a restart that falls due after the stop of its actor changes nothing', async t => {
  const clock = fakeClock();
  const system = actorSystem(t);
  const { ref } = spawnFragile(system, clock);
  say(ref, 'bad');
  await until(() => clock.pauses().length === 1);
  stop(ref);
  clock.advance(1_000);
  await idle();
  await t.throwsAsync(sum(ref), { message: /stopped/i });
});

test('a crash is noted under the name of its actor, the last one as fatal', t => {
  const observed: Observed[] = [];
  const note = noteCrash(seen => void observed.push(seen), 'ledger');
  const error = new Error('x');
  note(error, false);
  note(error, true);
  t.deepEqual(observed, [
    { step: 'crash:ledger', error },
    { step: 'fatal', error },
  ]);
});

test('a wakeup that nothing can be made of is regretted once, and does not come again', async t => {
  const studio = await openStudio(t, { clock: fastClock() });
  const anna = studio.telegram.person(1001, { firstName: 'Анна' });
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  const database = await openWriter(`${studio.folder}/bot.db`);
  t.teardown(() => database.close());
  const broken = JSON.stringify({ ...newPerson, albums: [{ group: 'g' }] });
  await database.run("INSERT INTO snapshots (key, seq, at, data) VALUES ('user-1001', 1000, 0, $1)", broken);
  await database.run("INSERT INTO wakeups (id, user_id, kind, due) VALUES ('album:1001:g', 1001, 'album', 0)");
  await studio.reopen();
  await anna.waitFor(/Произошла ошибка/);
  await new Promise(resolve => setTimeout(resolve, 1_000));
  t.is(studio.observed.filter(({ step }) => step === 'transition:failed').length, 1);
  t.deepEqual(await studio.read('SELECT id FROM wakeups'), []);
});
