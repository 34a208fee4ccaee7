import test from 'ava';
import { ask, type Context, type Directive, type Parent, type Ref, spawn, startSystem, stop, tell } from '../actors/nact.ts';
import { actorSystem, idle, probe, until } from './probe.ts';

type Echo = { type: 'echo'; value: number; replyTo: Ref<number> } | { type: 'silence'; replyTo: Ref<never> } | { type: 'note' };

const spawnEcho = (parent: Parent, name = 'echo', afterStop?: () => void): Ref<Echo> =>
  spawn(
    parent,
    name,
    async (_: undefined, msg: Echo) => {
      if (msg.type === 'echo') tell(msg.replyTo, msg.value);
      return undefined;
    },
    { initialState: () => undefined, onCrash: () => 'stop', ...(afterStop && { afterStop }) },
  );

type Family =
  | { type: 'have'; name: string; replyTo: Ref<readonly string[]> }
  | { type: 'lose'; name: string; replyTo: Ref<readonly string[]> };

/** An actor that has children and loses them, and says whom it sees in the same turn. */
const spawnFamily = (parent: Parent, stopped: string[]): Ref<Family> =>
  spawn(
    parent,
    'family',
    (_: undefined, msg: Family, { self, children }: Context<Family>) => {
      if (msg.type === 'have') spawnFamily(spawnEcho(self as Parent, msg.name, () => stopped.push(msg.name)) as Parent, stopped);
      else stop(children.get(msg.name)!);
      tell(msg.replyTo, [...children.keys()]);
      return undefined;
    },
    { initialState: () => undefined, onCrash: () => 'stop', afterStop: () => void stopped.push('family') },
  );

test('an answer goes to the one who asked', async t => {
  const echo = spawnEcho(actorSystem(t));
  t.is(await ask(echo, { type: 'echo', value: 5 }, 60_000), 5);
});

test('of 1,000 questions at once each hears its own answer, though random ids would collide', async t => {
  const echo = spawnEcho(actorSystem(t));
  const random = Math.random;
  Math.random = () => 0.5;
  try {
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, value) => ask(echo, { type: 'echo', value }, 60_000)));
    t.deepEqual(
      answers,
      Array.from({ length: 1_000 }, (_, n) => n),
    );
  } finally {
    Math.random = random;
  }
});

test('a question rejects when no answer comes in time', async t => {
  const echo = spawnEcho(actorSystem(t));
  await t.throwsAsync(ask(echo, { type: 'silence' }, 20), { message: /timeout/i });
});

test('a question to an actor that was stopped rejects at once', async t => {
  const echo = spawnEcho(actorSystem(t));
  stop(echo);
  await t.throwsAsync(ask(echo, { type: 'echo', value: 1 }, 60_000), { message: /stopped/i });
});

test('a message to an actor that is no more is dropped', async t => {
  const echo = spawnEcho(actorSystem(t));
  stop(echo);
  t.notThrows(() => tell(echo, { type: 'note' }));
  await idle();
});

test('messages of one sender are taken one at a time, in the order they were sent', async t => {
  const system = actorSystem(t);
  const seen: number[] = [];
  let [running, most] = [0, 0];
  const receive = async (_: undefined, n: number) => {
    most = Math.max(most, ++running);
    await idle(n % 3);
    seen.push(n);
    running--;
    return undefined;
  };
  const one = spawn(system, 'one', receive, { initialState: () => undefined, onCrash: () => 'stop' });
  for (let n = 0; n < 50; n++) tell(one, n);
  await until(() => seen.length === 50);
  t.deepEqual(
    seen,
    Array.from({ length: 50 }, (_, n) => n),
  );
  t.is(most, 1);
});

test('a stop takes all that is below with it', async t => {
  const stopped: string[] = [];
  const system = actorSystem(t);
  const family = spawnFamily(system, stopped);
  await ask(family, { type: 'have', name: 'anna' }, 60_000);
  await ask(family, { type: 'have', name: 'boris' }, 60_000);
  stop(family);
  await idle();
  t.deepEqual(stopped.toSorted(), ['anna', 'boris', 'family', 'family', 'family']);
});

test('a stop of the system takes everyone with it', async t => {
  const stopped: string[] = [];
  const system = startSystem('short');
  const family = spawnFamily(system, stopped);
  await ask(family, { type: 'have', name: 'anna' }, 60_000);
  stop(system);
  await idle();
  t.deepEqual(stopped.toSorted(), ['anna', 'family', 'family']);
  await t.throwsAsync(ask(family, { type: 'have', name: 'late' }, 1_000));
});

test('children are seen as they are, within the same turn too', async t => {
  const family = spawnFamily(actorSystem(t), []);
  t.deepEqual(await ask(family, { type: 'have', name: 'anna' }, 60_000), ['anna']);
  t.deepEqual(await ask(family, { type: 'have', name: 'boris' }, 60_000), ['anna', 'boris']);
  t.deepEqual(await ask(family, { type: 'lose', name: 'anna' }, 60_000), ['boris']);
});

test('a name is free again as soon as its actor was stopped, and an old address reaches the new one', async t => {
  const system = actorSystem(t);
  const first = spawnEcho(system);
  t.throws(() => spawnEcho(system), { message: /already exists/ });
  stop(first);
  spawnEcho(system);
  t.is(await ask(first, { type: 'echo', value: 1 }, 60_000), 1);
});

test('two systems of one name in one process do not hear each other', async t => {
  const [first, second] = [startSystem('house'), startSystem('house')];
  t.teardown(() => stop(second));
  const [one, two] = [probe<string>(first), probe<string>(second)];
  tell(one.ref, 'to the first');
  tell(two.ref, 'to the second');
  t.deepEqual([await one.next(), await two.next()], ['to the first', 'to the second']);
  stop(first);
  tell(two.ref, 'still there');
  t.is(await two.next(), 'still there');
});

test('an actor that is stopped while it fails takes nobody with it', async t => {
  const system = actorSystem(t);
  let fail = () => {};
  const failing = new Promise<never>((_, reject) => {
    fail = () => reject(new Error('too late'));
  });
  const crashed: string[] = [];
  const onCrash = () => {
    crashed.push('asked');
    return 'escalate' as const;
  };
  const doomed = spawn(system, 'doomed', (_: undefined, __: string) => failing, { initialState: () => undefined, onCrash });
  tell(doomed, 'go');
  await idle();
  stop(doomed);
  fail();
  await idle();
  t.is(await ask(spawnEcho(system), { type: 'echo', value: 1 }, 60_000), 1);
});

test('what cannot be sent does not compile', t => {
  const echo = spawnEcho(actorSystem(t));
  const never = () => {
    // @ts-expect-error a message of another kind
    tell(echo, { type: 'other' });
    // @ts-expect-error a field of another type
    tell(echo, { type: 'echo', value: 'five', replyTo: echo as never });
    // @ts-expect-error a question without an answer
    ask(echo, { type: 'note' }, 1);
    // @ts-expect-error an address of others
    const other: Ref<{ type: 'other' }> = echo;
    // @ts-expect-error no address at all
    const none: Ref<string> = 42;
    // @ts-expect-error the answer is a number
    const answer: Promise<string> = ask(echo, { type: 'echo', value: 1 }, 1);
    // @ts-expect-error nact's `resume` lets state and journal part
    const directive: Directive = 'resume';
    // @ts-expect-error a handler that forgets the state on one way
    const receive: Parameters<typeof spawn<number, string>>[2] = n => (n > 0 ? n : undefined);
    return [other, none, answer, directive, receive];
  };
  t.is(typeof never, 'function');
});
