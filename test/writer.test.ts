import type { Database } from '../db/database.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter, OwnershipLost } from '../db/writer.ts';
import type { JobOrder } from '../src/domain/job.ts';
import type { Write, WriteUnit } from '../src/domain/unit.ts';
import type { UserRow } from '../src/domain/user.ts';
import { onEach } from './databases.ts';
import { hint, idle, noon, type Rows, reserve, transfer, unitOf } from './probe.ts';

const order: JobOrder = {
  ...{ id: 'job', userId: 1001, presetId: 5, prompt: 'Сделай «зиму», 100%', workflow: 'w', seed: 2 ** 53 - 1, price: 30 },
  ...{ files: [{ fileId: 'f1', bytes: 10 }, { fileId: 'f2' }], createdAt: noon, deadlineAt: noon + 1 },
};
const anna: UserRow = {
  ...{ id: 1001, username: null, firstName: 'Анна <b>\'"', language: 'ru', blocked: false, createdAt: noon, seenAt: noon },
};
const event = (key: string, seq: number) => ({ key, seq, data: '{}', at: noon });
const say = (...ids: string[]): WriteUnit => ({ writes: ids.map(id => hint(id)) });
const batches = async ({ read }: Rows) => (await read<{ batches: number }>('SELECT batches FROM owner'))[0]?.batches;

/** Stops before each statement that `matches` until `open` is called. */
function gated(database: Database, matches: RegExp) {
  let open = () => {};
  const gate = new Promise<void>(resolve => {
    open = resolve;
  });
  let reached = () => {};
  const there = new Promise<void>(resolve => {
    reached = resolve;
  });
  const run: Database['run'] = async (sql, ...bind) => {
    if (matches.test(sql)) {
      reached();
      await gate;
    }
    return database.run(sql, ...bind);
  };
  return { database: { ...database, run }, there, open };
}

onEach('whatever is handed in while a batch is written becomes the next batch', async (t, openRows) => {
  const rows = await openRows(t);
  const { database, there, open } = gated(rows.database, /^COMMIT/);
  const { commit } = await createWriter(database);
  const first = commit(say('first'));
  await there;
  const later = Array.from({ length: 100 }, (_, n) => commit(say(`later:${n}`)));
  open();
  await Promise.all([first, ...later]);
  t.is(await batches(rows), 2);
  t.deepEqual(await rows.read('SELECT COUNT(*) AS said FROM outbox'), [{ said: 101 }]);
});

onEach('any number of units may be handed in at once, and each hears its own outcome', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit, settled } = await createWriter(rows.database);
  await commit(unitOf(transfer('gift', 'bonus', 'user:1', 2_500)));
  const handed = Array.from({ length: 2_600 }, (_, n) => commit(unitOf(transfer(`spent:${n}`, 'user:1', 'house', 1))));
  await settled();
  const outcomes = await Promise.all(handed);
  t.true(outcomes.slice(0, 2_500).every(({ status }) => status === 'applied'));
  t.true(outcomes.slice(2_500).every(({ status }) => status === 'refused'));
  t.true((await batches(rows))! < 10);
});

onEach('one bad unit fails alone', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await commit({ event: event('user-1', 1), writes: [] });
  const seqs = [2, 1, 3, 4];
  const outcomes = await Promise.allSettled(
    seqs.map(seq => commit({ event: event('user-1', seq), writes: [hint(`event:${seq}`)] })),
  );
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  t.deepEqual(await rows.read('SELECT seq FROM journal ORDER BY seq'), [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }]);
  t.deepEqual(await rows.read('SELECT id FROM outbox ORDER BY id'), [{ id: 'event:2' }, { id: 'event:3' }, { id: 'event:4' }]);
  t.deepEqual(await commit({ event: event('user-1', 5), writes: [] }), { status: 'applied' });
});

onEach('an event and its rows are both there, or neither', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const ordered = (seq: number): WriteUnit => ({
    event: event('user-1', seq),
    movement: reserve(`job:${seq}`, 'bonus', 30),
    writes: [hint(`status:${seq}`), { do: 'addJob', job: order }],
  });
  t.deepEqual(await commit(ordered(1)), { status: 'applied' });
  await t.throwsAsync(commit(ordered(2)), undefined, 'the job is there already');
  await t.throwsAsync(commit({ ...ordered(1), movement: transfer('other', 'bonus', 'user:1', 1), writes: [hint('other')] }));
  t.deepEqual(await rows.read('SELECT seq FROM journal'), [{ seq: 1 }]);
  t.deepEqual(await rows.read('SELECT id FROM outbox'), [{ id: 'status:1' }]);
  t.deepEqual(await rows.read('SELECT id FROM transfers'), [{ id: 'job:1' }]);
  t.deepEqual(await rows.account('bonus'), { posted: 0, reserved: 30 });
});

onEach('a refused unit keeps its event and writes the other rows', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const unit = {
    event: event('user-1', 1),
    movement: reserve('job', 'user:1', 30),
    writes: [hint('yes')],
    refused: [hint('no')],
  };
  t.is((await commit(unit)).status, 'refused');
  t.deepEqual(await rows.read('SELECT outbox.id, journal.seq FROM outbox CROSS JOIN journal'), [{ id: 'no', seq: 1 }]);
});

onEach('a second writer takes the database over: the first writes nothing any more and is told so once', async (t, openRows) => {
  const rows = await openRows(t);
  const told: OwnershipLost[] = [];
  const first = await createWriter(rows.database, { onOwnershipLost: error => told.push(error) });
  await first.commit(say('before'));
  const second = await createWriter(await rows.another());
  const late = [first.commit(say('late:1')), first.commit(say('late:2'))];
  for (const commit of late) await t.throwsAsync(commit, { instanceOf: OwnershipLost });
  await t.throwsAsync(first.commit(say('late:3')), { instanceOf: OwnershipLost });
  t.is(told.length, 1);
  t.deepEqual(await second.commit(say('after')), { status: 'applied' });
  t.deepEqual(await rows.read('SELECT id FROM outbox ORDER BY id'), [{ id: 'after' }, { id: 'before' }]);
});

onEach('a reader never sees the rows of an unfinished batch, and nobody is told of them', async (t, openRows) => {
  const rows = await openRows(t);
  const { database, there, open } = gated(rows.database, /^COMMIT/);
  const told: string[] = [];
  const { commit } = await createWriter(database, { onCommitted: () => told.push('committed') });
  let answered = false;
  const answer = commit(say('one')).then(() => {
    answered = true;
  });
  await there;
  await idle();
  t.deepEqual(await rows.read('SELECT id FROM outbox'), []);
  t.deepEqual([told.length, answered], [0, false]);
  open();
  await answer;
  t.deepEqual(await rows.read('SELECT id FROM outbox'), [{ id: 'one' }]);
  t.is(told.length, 1);
});

onEach('everyone is told of what was written, in order, and of nothing that was not', async (t, openRows) => {
  const rows = await openRows(t);
  const told: Write[] = [];
  const { commit } = await createWriter(rows.database, { onCommitted: writes => told.push(...writes) });
  const spent = { movement: transfer('spent', 'user:1', 'house', 1), writes: [hint('yes')], refused: [hint('no')] };
  const lost: WriteUnit = { guard: { table: 'jobs', id: 'nobody', states: ['queued'] }, writes: [hint('lost')] };
  await commit({ event: event('user-1', 1), writes: [hint('a')] });
  await Promise.allSettled([say('b'), spent, lost, { event: event('user-1', 1), writes: [hint('bad')] }, say('c')].map(commit));
  t.deepEqual(
    told.map(write => write.do === 'say' && write.row.id),
    ['a', 'b', 'no', 'c'],
  );
});

onEach('the same words are said once, however often they are handed in', async (t, openRows) => {
  const rows = await openRows(t);
  const told: Write[] = [];
  const { commit } = await createWriter(rows.database, { onCommitted: writes => told.push(...writes) });
  await Promise.all([commit(say('once')), commit(say('once', 'other'))]);
  await commit({ writes: [{ do: 'setOutbox', id: 'once', at: noon, state: 'sent', messageId: 7 }] });
  await commit(say('once', 'third'));
  t.deepEqual(await rows.read("SELECT state, message_id FROM outbox WHERE id = 'once'"), [{ state: 'sent', message_id: 7 }]);
  t.deepEqual(
    told.flatMap(write => (write.do === 'say' ? [write.row.id] : [])),
    ['once', 'other', 'third'],
  );
});

onEach('a listener that throws is not taken for a failed write: nothing is written twice', async (t, openRows) => {
  const rows = await openRows(t);
  const onCommitted = () => {
    throw new Error('a listener');
  };
  const { commit, settled } = await createWriter(rows.database, { onCommitted });
  const outcomes = Promise.all([commit({ event: event('user-1', 1), writes: [] }), commit(say('a'))]);
  await t.throwsAsync(settled(), { message: 'a listener' });
  t.deepEqual(await outcomes, [{ status: 'applied' }, { status: 'applied' }]);
  t.deepEqual(await rows.read('SELECT journal.seq, outbox.id FROM journal CROSS JOIN outbox'), [{ seq: 1, id: 'a' }]);
});

onEach('what is said is numbered in the order it was said, across restarts too', async (t, openRows) => {
  const rows = await openRows(t);
  for (const start of ['1', '2', '3']) {
    const { commit } = await createWriter(rows.database);
    await Promise.all([commit(say(`${start}a`, `${start}b`)), commit(say(`${start}c`))]);
    await commit(say(`${start}d`));
  }
  const said = await rows.read<{ id: string }>('SELECT id FROM outbox ORDER BY seq');
  t.is(said.map(({ id }) => id).join(' '), '1a 1b 1c 1d 2a 2b 2c 2d 3a 3b 3c 3d');
});

onEach(
  'of several changes of a message in one batch the last counts, and none loses what only another says',
  async (t, openRows) => {
    const rows = await openRows(t);
    const { commit } = await createWriter(rows.database);
    const set = (state: 'sending' | 'sent' | 'pending', more: object = {}): WriteUnit => ({
      writes: [{ do: 'setOutbox', id: 'm', at: noon, state, ...more }],
    });
    await Promise.all([say('m'), set('sending', { tries: 2 }), set('sent', { messageId: 9 })].map(commit));
    t.deepEqual(await rows.read('SELECT state, tries, message_id FROM outbox'), [{ state: 'sent', tries: 2, message_id: 9 }]);
    await commit(set('pending'));
    t.deepEqual(await rows.read('SELECT state, tries, message_id FROM outbox'), [{ state: 'pending', tries: 2, message_id: 9 }]);
  },
);

onEach('of several changes of a job in one batch the last counts, and none loses what only another says', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const set = (change: Omit<Extract<Write, { do: 'setJob' }>, 'do' | 'id'>): WriteUnit => ({
    writes: [{ do: 'setJob', id: 'job', ...change }],
  });
  await Promise.all([
    commit({ writes: [{ do: 'addJob', job: order }] }),
    commit(set({ at: noon + 1, state: 'queued', executions: 2 })),
    commit(set({ at: noon + 2, state: 'failed', reason: 'deadline' })),
  ]);
  const expected = [{ state: 'failed', executions: 2, reason: 'deadline', updated_at: noon + 2 }];
  t.deepEqual(await rows.read('SELECT state, executions, reason, updated_at FROM jobs'), expected);
});

onEach('of setting and clearing a wake-up in one batch the last counts', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const set = (id: string, due: number): Write => ({ do: 'setWakeup', wakeup: { id, userId: 1, kind: 'album', due } });
  const clear = (id: string): Write => ({ do: 'clearWakeup', id });
  await commit({ writes: [set('kept', 1), set('gone', 1)] });
  await commit({ writes: [set('gone', 2), clear('gone'), clear('kept'), set('kept', 3), set('new', 4), set('new', 5)] });
  t.deepEqual(await rows.read('SELECT id, due FROM wakeups ORDER BY id'), [
    { id: 'kept', due: 3 },
    { id: 'new', due: 5 },
  ]);
});

onEach('of noting a block and a return in one batch the last counts', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const save = (blocked: boolean): Write => ({ do: 'saveUser', user: { ...anna, blocked } });
  const set = (blocked: boolean): Write => ({ do: 'setBlocked', userId: anna.id, blocked });
  const blockedAfter = async (...writes: Write[]) => {
    await commit({ writes });
    return (await rows.read<{ blocked: number }>('SELECT blocked FROM users'))[0]?.blocked === 1;
  };
  t.false(await blockedAfter(save(false)));
  t.true(await blockedAfter(save(false), set(true)));
  t.false(await blockedAfter(set(true), set(false)));
  t.true(await blockedAfter(set(false), set(true)));
  t.false(await blockedAfter(set(true), save(false)));
});

onEach('of several snapshots of one key in a batch the last is kept', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const keep = (seq: number): Write => ({ do: 'saveSnapshot', key: 'user-1', seq, data: `{"n":${seq}}`, at: noon });
  await commit({ writes: [keep(50), keep(100)] });
  t.deepEqual(await rows.read('SELECT seq, data FROM snapshots'), [{ seq: 100, data: '{"n":100}' }]);
});

onEach('what is written is read back the same', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const queries = createQueries(rows.reader);
  const attempt = (n: number) => ({ jobId: 'job', n, server: 'http://127.0.0.1:8188', promptId: `p${n}`, at: noon });
  const wakeup = { id: 'album:1001:g', userId: 1001, kind: 'album', due: noon } as const;
  const edit = hint('edit', { rank: 'edit', edits: 'job:job:status', notice: { type: 'jobStatus', jobId: 'job' } });
  await commit({
    movement: transfer('gift', 'bonus', 'user:1001', 60),
    writes: [
      { do: 'saveUser', user: anna },
      { do: 'addJob', job: order },
      { do: 'addAttempt', attempt: attempt(1) },
      { do: 'addAttempt', attempt: attempt(2) },
      { do: 'setWakeup', wakeup },
      hint('plain'),
      hint('over', { edits: 42 }),
      edit,
    ],
  });
  await commit(unitOf(reserve('job:job', 'user:1001', 20)));
  const job = { ...order, state: 'received', executions: 0, reason: null };
  t.deepEqual(await queries.person(1001), { user: anna, balance: 40, debt: 0, unlimited: false });
  t.deepEqual(await queries.job('job'), job as never);
  t.deepEqual(await queries.unfinishedJobs(), [{ job, lastAttempt: attempt(2) }] as never);
  t.deepEqual(await queries.wakeups(), [wakeup]);
  const pending = (await queries.pendingOutbox()).map(({ state, tries, ...row }) => row);
  t.deepEqual(pending, [hint('plain').row, hint('over', { edits: 42 }).row, edit.row]);
  t.is(await queries.person(1), undefined);
  t.is(await queries.job('nothing'), undefined);
  t.is(await queries.sentMessageId('plain'), undefined);
  await commit({ writes: [{ do: 'setOutbox', id: 'plain', at: noon, state: 'sent', messageId: 3 }] });
  t.is(await queries.sentMessageId('plain'), 3);
  t.is((await queries.pendingOutbox()).length, 2);
  await commit({ writes: [{ do: 'setJob', id: 'job', at: noon + 5, state: 'completed', executions: 1 }] });
  t.deepEqual(await queries.unfinishedJobs(), []);
  t.deepEqual(await queries.finishedBefore(['job', 'unknown'], noon + 6), ['job']);
  t.deepEqual(await queries.finishedBefore(['job'], noon + 5), []);
  t.deepEqual(await queries.finishedBefore(['unknown'], noon + 6), []);
});

onEach('an attempt that nobody follows is found on its server, also when its job was done on another', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const { abandonedOn } = createQueries(rows.reader);
  const attempt = (n: number, server: string) => ({ jobId: 'job', n, server, promptId: `p${n}`, at: noon + n });
  const found = async () => [(await abandonedOn('a'))?.attempt.promptId, (await abandonedOn('b'))?.attempt.promptId];
  const set = (state: 'submitting' | 'queued' | 'completed'): Write => ({ do: 'setJob', id: 'job', at: noon, state });
  await commit({ writes: [{ do: 'addJob', job: order }, { do: 'addAttempt', attempt: attempt(1, 'a') }, set('submitting')] });
  t.deepEqual(await found(), [undefined, undefined]);
  await commit({ writes: [set('queued')] });
  t.deepEqual(await found(), ['p1', undefined]);
  await commit({ writes: [{ do: 'addAttempt', attempt: attempt(2, 'b') }, set('submitting')] });
  t.deepEqual(await found(), ['p1', undefined]);
  await commit({ writes: [set('completed')] });
  t.deepEqual(await found(), ['p1', undefined]);
});

onEach('a statement that is no SQL rejects, and the next one is carried out', async (t, openRows) => {
  const rows = await openRows(t);
  await t.throwsAsync(rows.reader.select('SELECT one FROM nowhere'), { message: /no such table|does not exist/ });
  await t.throwsAsync(rows.database.run('NONSENSE'), { message: /syntax/ });
  t.deepEqual(await rows.read('SELECT 1 AS one'), [{ one: 1 }]);
});

onEach('a reader cannot write', async (t, openRows) => {
  const rows = await openRows(t);
  await t.throwsAsync(rows.reader.run('DELETE FROM owner'), { message: /read-?only/i });
});

onEach('what is asked while it is being closed is refused, and keeps nothing open', async (t, openRows) => {
  const { reader } = await openRows(t);
  await reader.select('SELECT epoch FROM owner');
  const closing = reader.close();
  await t.throwsAsync(reader.select('SELECT batches FROM owner'), { message: /closed/ });
  await t.notThrowsAsync(closing);
});
