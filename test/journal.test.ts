import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { spawnLedger } from '../actors/ledger.ts';
import { ask, type PersistentContext, type Ref, spawnPersistent, stop, tell } from '../actors/nact.ts';
import { spawnUsers } from '../actors/people/users.ts';
import { spawnWakeups } from '../actors/people/wakeups.ts';
import type { Clock, DeskMessage, JobsMessage, Observed, PaymentsMessage, Received, UsersMessage } from '../actors/protocol.ts';
import type { Database } from '../db/database.ts';
import { createJournal, type JournalEngine } from '../db/journal.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { newPerson, type PersonState } from '../src/domain/dialog.ts';
import type { Input, PersonEvent } from '../src/domain/person-event.ts';
import { transition } from '../src/domain/transition.ts';
import type { Commit } from '../src/domain/unit.ts';
import type { Wakeup } from '../src/domain/user.ts';
import { type Open, onEach } from './databases.ts';
import {
  actorSystem,
  anna,
  anyEvents,
  draftOf,
  fakeClock,
  idle,
  noon,
  photo,
  probe,
  type Rows,
  responder,
  runs,
  until,
} from './probe.ts';

const replay = (events: readonly PersonEvent[], from: PersonState = newPerson): PersonState =>
  events.reduce((state, event) => transition(state, event)[0], from);

// — an actor that does with its journal what a person's actor does, and can be asked what it remembers —

type Told = { type: 'event'; event: PersonEvent; replyTo: Ref<'written'> } | { type: 'recall'; replyTo: Ref<PersonState> };
type Context = PersistentContext<Told, PersonEvent, { writes: [] }>;

async function remember(state: PersonState, msg: Told | PersonEvent, ctx: Context): Promise<PersonState> {
  if (!('type' in msg)) return transition(state, msg)[0];
  if (msg.type === 'recall') {
    tell(msg.replyTo, state);
    return state;
  }
  await ctx.persist(msg.event, [], { writes: [] });
  tell(msg.replyTo, 'written');
  return transition(state, msg.event)[0];
}

const spawnMind = (t: ExecutionContext, journal: JournalEngine, key: string, snapshotEvery = 3) => {
  const system = actorSystem(t, journal);
  const mind = spawnPersistent<PersonState, Told, PersonEvent, { writes: [] }>(system, key, remember, {
    ...{ initialState: newPerson, snapshotEvery, shutdownAfter: 60_000, onCrash: () => 'stop' },
  });
  return {
    write: (event: PersonEvent) => ask(mind, { type: 'event', event }, 60_000),
    recall: () => ask(mind, { type: 'recall' }, 60_000),
    stop: () => stop(system),
  };
};

onEach(
  'what a person’s actor remembers is what its journal makes of it, wherever it was interrupted and whatever was snapshot',
  async (t, openRows) => {
    t.timeout(60 * 60_000);
    const rows = await openRows(t);
    const { commit } = await createWriter(rows.database);
    const journal = createJournal({ commit, reader: rows.reader });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        anyEvents(25),
        fc.integer({ min: 1, max: 7 }),
        fc.infiniteStream(fc.boolean()),
        async (events, every, rest) => {
          const key = `user-${++run}`;
          let mind = spawnMind(t, journal, key, every);
          for (const event of events) {
            await mind.write(event);
            if (!rest.next().value) continue;
            mind.stop();
            mind = spawnMind(t, journal, key, every);
          }
          const live = await mind.recall();
          mind.stop();
          const again = spawnMind(t, journal, key, every);
          const recovered = await again.recall();
          again.stop();
          const expected = JSON.stringify(replay(events));
          return JSON.stringify(live) === expected && JSON.stringify(recovered) === expected;
        },
      ),
      runs(t, 100),
    );
    t.pass();
  },
);

onEach('a snapshot is taken every so many events, and only what came after it is read again', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const read: string[] = [];
  const reader = { ...rows.reader, select: spiedSelect(rows.reader, read) };
  const mind = spawnMind(t, createJournal({ commit, reader: rows.reader }), 'user-1', 5);
  const events = Array.from({ length: 12 }, (_, n) => personEvent({ type: 'command', command: 'start', argument: '' }, n));
  for (const event of events) await mind.write(event);
  mind.stop();
  const kept = () => rows.read<{ seq: number; data: string }>('SELECT seq, data FROM snapshots');
  await until(async () => (await kept())[0]?.seq === 10);
  t.deepEqual(JSON.parse((await kept())[0]!.data), JSON.parse(JSON.stringify(replay(events.slice(0, 10)))));
  const journal = createJournal({ commit, reader });
  t.is((await journal.latestSnapshot('user-1'))?.sequenceNumber, 10);
  t.deepEqual(await seqs(journal, 'user-1', 10), [11, 12]);
  t.is(read.length, 2);
});

onEach('people who wake together are read together', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const keys = Array.from({ length: 300 }, (_, n) => `user-${n}`);
  const seqOf = (n: number) => (n % 3) + 1;
  await Promise.all(
    keys.flatMap((key, n) =>
      Array.from({ length: seqOf(n) }, (_, seq) =>
        commit({ event: { key, seq: seq + 1, at: seq, data: `{"n":${n}}` }, writes: [] }),
      ),
    ),
  );
  const read: string[] = [];
  const journal = createJournal({ commit, reader: { ...rows.reader, select: spiedSelect(rows.reader, read) } });
  const found = await Promise.all(
    keys.map(async key => {
      await journal.latestSnapshot(key);
      return seqs(journal, key, 0);
    }),
  );
  for (const [n, list] of found.entries()) t.deepEqual(list, [1, 2, 3].slice(0, seqOf(n)));
  t.is(read.length, 2);
});

onEach('a snapshot that is newer than the one recovery began with leaves no gap', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const journal = createJournal({ commit, reader: rows.reader });
  const write = (seq: number) => commit({ event: { key: 'user-1', seq, at: seq, data: '{}' }, writes: [] });
  await Promise.all([1, 2, 3].map(write));
  t.is(await journal.latestSnapshot('user-1'), undefined);
  await Promise.all([4, 5].map(write));
  await journal.takeSnapshot({ key: 'user-1', sequenceNumber: 4, data: {}, createdAt: 0 });
  t.is((await journal.latestSnapshot('user-1'))?.sequenceNumber, 4);
  t.deepEqual((await seqs(journal, 'user-1', 0)).slice(0, 5), [1, 2, 3, 4, 5]);
  t.deepEqual(await seqs(journal, 'user-1', 4), [5]);
  t.deepEqual(await seqs(journal, 'user-1', 2), [3, 4, 5]);
});

onEach('a row that cannot be read keeps its own person from waking, and nobody else', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const journal = createJournal({ commit, reader: rows.reader });
  const write = (key: string, data: string) => commit({ event: { key, seq: 1, at: 0, data }, writes: [] });
  await Promise.all([write('user-1', '{}'), write('user-2', 'not JSON'), write('user-3', '{}')]);
  await commit({ writes: [{ do: 'saveSnapshot', key: 'user-4', seq: 1, data: 'not JSON', at: 0 }] });
  const wake = async (key: string) => {
    await journal.latestSnapshot(key);
    return seqs(journal, key, 0);
  };
  const woken = await Promise.allSettled(['user-1', 'user-2', 'user-3', 'user-4'].map(wake));
  t.deepEqual(
    woken.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
  );
});

onEach(
  'an event that was written by another, or whose unit was refused its guard, is an error of the one who wrote it',
  async (t, openRows) => {
    const rows = await openRows(t);
    const { commit } = await createWriter(rows.database);
    const journal = createJournal({ commit, reader: rows.reader });
    const persist = (seq: number, unit?: Parameters<JournalEngine['persist']>[1]) =>
      journal.persist({ key: 'user-1', sequenceNumber: seq, data: {}, createdAt: 0, isDeleted: false, tags: [] }, unit);
    await persist(1);
    await t.throwsAsync(persist(1));
    const guard = { table: 'jobs', id: 'nobody', states: ['queued'] } as const;
    await t.throwsAsync(persist(2, { writes: [], guard }), { message: /user-1 was not written: lost/ });
    t.deepEqual(await seqs(journal, 'user-1', 0), [1]);
  },
);

// — a person's actor over real rows —

const rules = {
  topUp: null,
  ...{ initialPoints: 60, messagesPerMinute: 120, openJobs: 3, jobsPerHour: 20, jobDeadlineMs: 3_600_000 },
  ...{ workflow: 'qwen-edit-2511', priceFor: () => 30, idleMs: 60_000, isAdmin: () => false },
};

type House = {
  rows: Rows;
  ordered: string[];
  observed: Observed[];
  clock: Clock;
  asked: string[];
  persons: Persons;
  reopen(): Persons;
};
type Persons = { users: Ref<UsersMessage>; say(input: Input, updateId: number, userId?: number): Promise<Received> };

async function openHouse(
  t: ExecutionContext,
  openRows: Open,
  wrap: (commit: Commit) => Commit = commit => commit,
): Promise<House> {
  const rows = await openRows(t);
  const clock = fakeClock();
  const writer = await createWriter(rows.database, { now: clock.now });
  const commit = wrap(writer.commit);
  const [ordered, asked]: [string[], string[]] = [[], []];
  const observed: Observed[] = [];
  const open = (): Persons => {
    const system = actorSystem(t, createJournal({ commit, reader: rows.reader }));
    const jobs = responder<JobsMessage & { replyTo?: unknown }>(system, 'jobs', msg => {
      if (msg.type === 'ordered') ordered.push(msg.job.id);
      else asked.push(msg.type);
      return msg.type === 'openJobs' ? 0 : msg.type === 'cancel' ? 'cancelled' : undefined;
    });
    const payments = responder<PaymentsMessage & { replyTo?: unknown }>(system, 'payments', () => 0);
    const ledger = spawnLedger(system, { commit: writer.commit, clock, observe: () => {} });
    const preset = (id: number) => (id === 5 ? draftOf().preset! : undefined);
    const observe = (seen: Observed) => void observed.push(seen);
    const desk = responder<DeskMessage>(system, 'desk', () => 'unavailable');
    const known = { ...createQueries(rows.reader), ledger, jobs, payments, desk };
    const users = spawnUsers(system, { ...known, catalogue: { preset }, clock, observe, rules });
    const say = (input: Input, updateId: number, userId = 1001) =>
      ask(users, { type: 'receive', userId, updateId, sender: anna, input }, 60_000);
    return { users, say };
  };
  const house: House = { ...{ rows, ordered, observed, clock, asked }, persons: open(), reopen: () => (house.persons = open()) };
  return house;
}

const start: Input = { type: 'command', command: 'start', argument: '' };
const personEvent = (input: Input, n: number): PersonEvent => ({
  ...{
    at: n,
    updateId: n,
    userId: 1,
    sender: anna,
    input,
    draft: null,
    cancellation: null,
    initialPoints: 60,
    messagesPerMinute: 9,
  },
});

onEach('an update is answered once its event, its words and the initial points are durable', async (t, open) => {
  const { rows, persons } = await openHouse(t, open);
  t.like(await persons.say(start, 7), { status: 'durable' });
  t.deepEqual(await rows.read('SELECT key, seq FROM journal'), [{ key: 'user-1001', seq: 1 }]);
  t.deepEqual(await rows.account('user:1001'), { posted: 60, reserved: 0 });
  t.deepEqual(await rows.read('SELECT notice FROM outbox'), [{ notice: '{"type":"welcome","points":60}' }]);
});

onEach('an update that comes again is answered, and does nothing: neither at once nor after a restart', async (t, open) => {
  const { rows, persons, reopen } = await openHouse(t, open);
  await persons.say(start, 7);
  await persons.say(start, 8);
  t.like(await persons.say(start, 7), { status: 'durable' });
  t.like(await reopen().say(start, 8), { status: 'durable' });
  t.deepEqual(await rows.read('SELECT COUNT(*) AS events FROM journal'), [{ events: 2 }]);
  t.deepEqual(await rows.read('SELECT COUNT(*) AS said FROM outbox'), [{ said: 2 }]);
});

onEach('update ids may start anew below the last', async (t, open) => {
  const { rows, persons } = await openHouse(t, open);
  await persons.say(start, 900_000_000);
  await persons.say(start, 5);
  t.deepEqual(await rows.read('SELECT COUNT(*) AS events FROM journal'), [{ events: 2 }]);
});

onEach('an order and its event are one unit, and the job is told of once they are durable', async (t, open) => {
  const { rows, persons, ordered } = await openHouse(t, open);
  await persons.say({ type: 'press', press: { to: 'preset', presetId: 5 }, messageId: 1 }, 1);
  await persons.say(photo(), 2);
  await until(() => ordered.length === 1);
  t.deepEqual(await rows.read('SELECT id, state, price FROM jobs'), [{ id: ordered[0]!, state: 'received', price: 30 }]);
  t.deepEqual(await rows.read(`SELECT id FROM outbox WHERE id = 'job:${ordered[0]}:status'`), [
    { id: `job:${ordered[0]}:status` },
  ]);
});

onEach('replay performs nothing: a restart orders no job again and says nothing again', async (t, open) => {
  const { rows, persons, ordered, asked, reopen } = await openHouse(t, open);
  await persons.say({ type: 'press', press: { to: 'preset', presetId: 5 }, messageId: 1 }, 1);
  await persons.say(photo(), 2);
  await until(() => ordered.length === 1);
  const said = await rows.read('SELECT COUNT(*) AS said FROM outbox');
  const questions = asked.length;
  await reopen().say(start, 2);
  t.is(ordered.length, 1);
  t.is(asked.length, questions);
  t.deepEqual(await rows.read('SELECT COUNT(*) AS said FROM outbox'), said);
});

onEach('what could not be written is answered `unavailable`; it comes again, and the journal has no gap', async (t, open) => {
  let broken = false;
  const { rows, persons, observed, clock } = await openHouse(t, open, commit => unit => {
    if (broken && unit.event) return Promise.reject(new Error('disk full'));
    return commit(unit);
  });
  await persons.say(start, 1);
  broken = true;
  t.like(await persons.say(start, 2), { status: 'unavailable' });
  await until(() => observed.some(({ step }) => step === 'crash:user'));
  broken = false;
  const again = persons.say(start, 2);
  (clock as ReturnType<typeof fakeClock>).advance(1_000);
  t.like(await again, { status: 'durable' });
  t.deepEqual(await rows.read('SELECT seq FROM journal'), [{ seq: 1 }, { seq: 2 }]);
});

onEach('two people speak at once, and each has a journal of their own', async (t, open) => {
  const { rows, persons } = await openHouse(t, open);
  await Promise.all([persons.say(start, 1, 1), persons.say(start, 2, 2), persons.say(start, 3, 1)]);
  t.deepEqual(await rows.read('SELECT key, seq FROM journal ORDER BY key, seq'), [
    { key: 'user-1', seq: 1 },
    { key: 'user-1', seq: 2 },
    { key: 'user-2', seq: 1 },
  ]);
});

onEach('the initial points come once, through whatever doors and restarts', async (t, open) => {
  const { rows, persons, reopen } = await openHouse(t, open);
  const register = (users: Ref<UsersMessage>) => ask(users, { type: 'register', userId: 1001, sender: anna }, 60_000);
  t.like(await register(persons.users), { status: 'durable' });
  await register(persons.users);
  await persons.say(start, 1);
  await register(reopen().users);
  t.deepEqual(await rows.account('user:1001'), { posted: 60, reserved: 0 });
});

onEach('a press on “cancel” is answered with what became of it', async (t, open) => {
  const { persons } = await openHouse(t, open);
  const press = { to: 'cancelJob', jobId: '00000000-0000-4000-8000-000000000001' } as const;
  t.like(await persons.say({ type: 'press', press, messageId: 1 }, 1), { status: 'durable', toast: 'cancelled' });
});

// — what a person’s actor asked to be told at a time —

const album = (group: string, due: number): Wakeup => ({ id: `album:1001:${group}`, userId: 1001, kind: 'album', due });

function openWakeups(t: ExecutionContext, stored: () => Promise<readonly Wakeup[]>) {
  const clock = fakeClock();
  const system = actorSystem(t);
  const users = probe<UsersMessage>(system, 'users');
  const wakeups = spawnWakeups(system, { users: users.ref, clock, observe: () => {}, wakeups: stored });
  const told = () =>
    users.kept.flatMap(msg => (msg.type === 'receive' && msg.input.type === 'albumDue' ? [msg.input.group] : []));
  const pass = async (ms: number) => {
    await idle();
    clock.advance(ms);
    await idle();
  };
  return { clock, wakeups, told, pass };
}

test('albums that fell due while the house was closed are told once their rest has had time to come, later ones at their time', async t => {
  const { told, pass } = openWakeups(t, async () => [
    album('past', noon - 60_000),
    album('soon', noon + 1_000),
    album('a:b', noon + 5_000),
  ]);
  await pass(2_999);
  t.deepEqual(told(), []);
  await pass(1);
  t.deepEqual(told(), ['past', 'soon']);
  await pass(2_000);
  t.deepEqual(told(), ['past', 'soon', 'a:b']);
});

test('a wake-up that is set anew is told at the later time only, and one that was cleared not at all', async t => {
  const { wakeups, told, pass } = openWakeups(t, async () => []);
  tell(wakeups, { type: 'set', wakeup: album('moved', noon + 1_000) });
  tell(wakeups, { type: 'set', wakeup: album('gone', noon + 1_000) });
  await pass(900);
  tell(wakeups, { type: 'set', wakeup: album('moved', noon + 1_900) });
  tell(wakeups, { type: 'cleared', id: album('gone', 0).id });
  await pass(999);
  t.deepEqual(told(), []);
  await pass(1);
  t.deepEqual(told(), ['moved']);
});

test('a wake-up is told again until its row is cleared', async t => {
  const { wakeups, told, pass } = openWakeups(t, async () => [album('g', noon)]);
  await pass(3_000);
  await pass(5_000);
  t.deepEqual(told(), ['g', 'g']);
  tell(wakeups, { type: 'cleared', id: album('g', 0).id });
  await pass(60_000);
  t.deepEqual(told(), ['g', 'g']);
});

test('rows of wake-ups that cannot be read now are read a little later', async t => {
  let broken = true;
  const { told, pass } = openWakeups(t, async () => {
    if (broken) throw new Error('locked');
    return [album('g', noon)];
  });
  await pass(0);
  broken = false;
  await pass(1_000);
  await pass(3_000);
  t.deepEqual(told(), ['g']);
});

async function seqs(journal: JournalEngine, key: string, offset: number): Promise<number[]> {
  return journal.events(key, offset).reduce<number[]>((found, { sequenceNumber }) => {
    found.push(sequenceNumber);
    return found;
  }, []);
}

const spiedSelect =
  ({ select }: Database, read: string[]): Database['select'] =>
  (sql, ...bind) => {
    read.push(sql);
    return select(sql, ...bind);
  };
