import { spawnLedger } from '../actors/ledger.ts';
import { ask } from '../actors/nact.ts';
import type { Observed } from '../actors/protocol.ts';
import { createWriter } from '../db/writer.ts';
import type { Job } from '../src/domain/job.ts';
import { available, type Movement } from '../src/domain/ledger.ts';
import { queue } from '../src/domain/saga.ts';
import type { Commit, UnitOutcome, WriteUnit } from '../src/domain/unit.ts';
import { onEach } from './databases.ts';
import { actorSystem, fakeClock, hint, noon, reserve, transfer, unitOf } from './probe.ts';

const post = (reservation: string): Movement => ({ kind: 'post', reservation });
const giveBack = (reservation: string): Movement => ({ kind: 'void', reservation });
const move = (commit: Commit, movement: Movement) => commit(unitOf(movement));
const applied: UnitOutcome = { status: 'applied' };
const repeated: UnitOutcome = { status: 'repeated' };
const refused = (refusal: Extract<UnitOutcome, { status: 'refused' }>['refusal']): UnitOutcome => ({
  status: 'refused',
  refusal,
});
const count = (outcomes: readonly UnitOutcome[], status: UnitOutcome['status']) =>
  outcomes.filter(outcome => outcome.status === status).length;

const jobOf = (id: string, job: Partial<Job> = {}): Job => ({
  ...{ id, userId: 1, presetId: null, prompt: 'x', workflow: 'w', seed: 1, price: 30, files: [{ fileId: 'f' }] },
  ...{ createdAt: noon, deadlineAt: noon + 1, state: 'received', executions: 0, reason: null },
  ...job,
});

onEach('a transfer moves points at once, and the sum over all accounts stays 0', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  t.deepEqual(await move(commit, transfer('gift', 'bonus', 'user:1', 60)), applied);
  t.deepEqual(await move(commit, transfer('spent', 'user:1', 'house', 25)), applied);
  t.deepEqual(await rows.account('user:1'), { posted: 35, reserved: 0 });
  t.deepEqual(await rows.account('bonus'), { posted: -60, reserved: 0 });
  t.deepEqual(await rows.account('house'), { posted: 25, reserved: 0 });
  t.deepEqual(await rows.read('SELECT SUM(posted) AS total FROM accounts'), [{ total: 0 }]);
});

onEach('a line of the ledger keeps who, whom, how much, why and when', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database, { now: () => noon });
  await move(commit, transfer('gift', 'bonus', 'user:1', 60));
  t.deepEqual(await rows.read('SELECT * FROM transfers'), [
    { id: 'gift', kind: 'transfer', debit: 'bonus', credit: 'user:1', points: 60, reservation: null, reason: 'test', at: noon },
  ]);
});

onEach('what would be too large to be counted exactly is not moved, and the books still close', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const most = Number.MAX_SAFE_INTEGER;
  t.deepEqual(await move(commit, transfer('all', 'bonus', 'promo:a', most)), applied);
  const [more, spent] = await Promise.allSettled([
    move(commit, transfer('more', 'bonus', 'promo:b', most - 1)),
    move(commit, transfer('spent', 'promo:a', 'user:1', 3)),
  ]);
  t.like(more, { status: 'rejected', reason: { name: 'RangeError' } });
  t.like(spent, { status: 'fulfilled', value: applied });
  t.deepEqual(await rows.read('SELECT id, posted FROM accounts ORDER BY id'), [
    { id: 'bonus', posted: -most },
    { id: 'promo:a', posted: most - 3 },
    { id: 'user:1', posted: 3 },
  ]);
});

onEach('reserved points are no longer available, and are still the person’s', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await move(commit, transfer('gift', 'bonus', 'user:1', 60));
  t.deepEqual(await move(commit, reserve('job:1', 'user:1', 40)), applied);
  t.deepEqual(await rows.account('user:1'), { posted: 60, reserved: 40 });
  t.is(available(await rows.account('user:1')), 20);
  t.deepEqual(await rows.account('house'), { posted: 0, reserved: 0 });
  t.deepEqual(await move(commit, reserve('job:2', 'user:1', 21)), refused('insufficient_points'));
  t.deepEqual(await move(commit, transfer('spent', 'user:1', 'house', 21)), refused('insufficient_points'));
});

onEach('a post hands the reserved points over, a void gives them back', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await move(commit, transfer('gift', 'bonus', 'user:1', 60));
  await move(commit, reserve('job:1', 'user:1', 30));
  await move(commit, reserve('job:2', 'user:1', 30));
  t.deepEqual(await move(commit, post('job:1')), applied);
  t.deepEqual(await move(commit, giveBack('job:2')), applied);
  t.deepEqual(await rows.account('user:1'), { posted: 30, reserved: 0 });
  t.deepEqual(await rows.account('house'), { posted: 30, reserved: 0 });
});

onEach('a reservation, its post and what that pays for may come in one batch', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const movements = [
    transfer('a', 'bonus', 'user:1', 10),
    reserve('b', 'user:1', 10),
    post('b'),
    transfer('c', 'house', 'user:2', 10),
  ];
  t.deepEqual(await Promise.all(movements.map(movement => move(commit, movement))), [applied, applied, applied, applied]);
  t.deepEqual(await rows.account('user:2'), { posted: 10, reserved: 0 });
  t.deepEqual(await rows.account('user:1'), { posted: 0, reserved: 0 });
});

onEach('a repeated id is recognised, and its rows are not written twice', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const gift = transfer('gift', 'bonus', 'user:1', 60);
  t.deepEqual(await commit(unitOf(gift, [hint('first')])), applied);
  t.deepEqual(await commit(unitOf(gift, [hint('second')])), repeated);
  t.deepEqual(await commit({ movement: { ...gift, reason: 'told otherwise' } as Movement, writes: [hint('third')] }), repeated);
  t.deepEqual(await rows.read('SELECT id FROM outbox'), [{ id: 'first' }]);
  t.deepEqual(await rows.account('user:1'), { posted: 60, reserved: 0 });
});

onEach('23 deliveries of one top-up at once are one credit', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const delivery = unitOf(transfer('payment:sandbox:1', 'provider:sandbox', 'user:1', 10_000), [hint('credited')]);
  const outcomes = await Promise.all(Array.from({ length: 23 }, () => commit(delivery)));
  t.is(count(outcomes, 'applied'), 1);
  t.is(count(outcomes, 'repeated'), 22);
  t.deepEqual(await rows.account('user:1'), { posted: 10_000, reserved: 0 });
});

const known = transfer('known', 'bonus', 'user:1', 10);
const changes: Record<string, Partial<Extract<Movement, { id: string }>>> = {
  kind: { kind: 'reserve' },
  payer: { from: 'house' },
  receiver: { to: 'user:2' },
  points: { points: 11 },
};
for (const [field, change] of Object.entries(changes))
  onEach(`an id that was used with another ${field} is refused, in the same batch and in a later one`, async (t, openRows) => {
    const rows = await openRows(t);
    const { commit } = await createWriter(rows.database);
    const other = { ...known, ...change } as Movement;
    t.deepEqual(await Promise.all([move(commit, known), move(commit, other)]), [applied, refused('id_reused')]);
    t.deepEqual(await move(commit, other), refused('id_reused'));
    t.deepEqual(await rows.read('SELECT COUNT(*) AS lines FROM transfers'), [{ lines: 1 }]);
  });

onEach('a reservation is resolved once: the same again is a repeat, the other is refused', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await move(commit, transfer('gift', 'bonus', 'user:1', 60));
  await Promise.all([move(commit, reserve('p', 'user:1', 30)), move(commit, reserve('v', 'user:1', 30))]);
  const first = await Promise.all([post('p'), post('p'), giveBack('p')].map(one => move(commit, one)));
  t.deepEqual(first, [applied, repeated, refused('already_posted')]);
  const second = await Promise.all([giveBack('v'), giveBack('v'), post('v')].map(one => move(commit, one)));
  t.deepEqual(second, [applied, repeated, refused('already_voided')]);
  const later = [post('p'), giveBack('p'), giveBack('v'), post('v')];
  t.deepEqual(await Promise.all(later.map(one => move(commit, one))), [
    ...[repeated, refused('already_posted'), repeated, refused('already_voided')],
  ]);
  t.deepEqual(await rows.account('user:1'), { posted: 30, reserved: 0 });
});

onEach('what was never reserved cannot be resolved', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await move(commit, transfer('gift', 'bonus', 'user:1', 60));
  for (const id of ['nothing', 'gift']) {
    t.deepEqual(await move(commit, post(id)), refused('reservation_unknown'));
    t.deepEqual(await move(commit, giveBack(id)), refused('reservation_unknown'));
  }
});

onEach('a refused movement leaves its id free: with points it applies', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const spent = transfer('spent', 'user:1', 'house', 30);
  t.deepEqual(await move(commit, spent), refused('insufficient_points'));
  await move(commit, transfer('gift', 'bonus', 'user:1', 30));
  t.deepEqual(await move(commit, spent), applied);
});

onEach(
  'people and promo codes hold only points that exist; the house, the bonus pot and the gateways may go below',
  async (t, openRows) => {
    const rows = await openRows(t);
    const { commit } = await createWriter(rows.database);
    for (const from of ['house', 'bonus', 'provider:stars'])
      t.deepEqual(await move(commit, transfer(`of ${from}`, from, 'user:1', 1)), applied);
    for (const from of ['user:2', 'promo:SPRING'])
      t.deepEqual(await move(commit, transfer(`of ${from}`, from, 'house', 1)), refused('insufficient_points'));
  },
);

onEach('the database itself refuses a second resolution, a negative balance and points that are none', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await move(commit, transfer('gift', 'bonus', 'user:1', 60));
  await move(commit, reserve('job:1', 'user:1', 30));
  await move(commit, post('job:1'));
  const line = (id: string, kind: string, points: number, reservation: string) =>
    rows.database.run(`INSERT INTO transfers VALUES ('${id}', '${kind}', 'user:1', 'house', ${points}, ${reservation}, '', 0)`);
  await t.throwsAsync(line('again', 'void', 30, "'job:1'"), { message: /constraint|validation/i });
  await t.throwsAsync(line('nothing', 'transfer', 0, 'NULL'), { message: /constraint|validation/i });
  await t.throwsAsync(line('loose', 'post', 1, 'NULL'), { message: /constraint|validation/i });
  await t.throwsAsync(line('gift', 'transfer', 1, 'NULL'), { message: /constraint|validation/i });
  for (const change of ['posted = -1', 'posted = posted - 31', 'reserved = 31', 'reserved = -1'])
    await t.throwsAsync(
      rows.database.run(`UPDATE accounts SET ${change} WHERE id = 'user:1'`),
      { message: /constraint/i },
      change,
    );
});

for (const [what, debit] of Object.entries({
  debits: (id: string) => transfer(id, 'user:1', 'house', 30),
  reservations: (id: string) => reserve(id, 'user:1', 30),
}))
  onEach(`of 50 parallel ${what} of 30 on 60 exactly two apply`, async (t, openRows) => {
    const rows = await openRows(t);
    const { commit } = await createWriter(rows.database);
    await move(commit, transfer('gift', 'bonus', 'user:1', 60));
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, n) => move(commit, debit(`debit:${n}`))));
    t.is(count(outcomes, 'applied'), 2);
    t.is(outcomes.filter(outcome => outcome.status === 'refused' && outcome.refusal === 'insufficient_points').length, 48);
    t.is(available(await rows.account('user:1')), 0);
  });

onEach('the rows of an applied movement are written, or those of a refused one: never both', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const unit = (id: string, points: number): WriteUnit => ({
    movement: transfer(id, 'user:1', 'house', points),
    writes: [hint(`${id}:yes`)],
    refused: [hint(`${id}:no`)],
  });
  await move(commit, transfer('gift', 'bonus', 'user:1', 60));
  await Promise.all([commit(unit('a', 60)), commit(unit('b', 60))]);
  t.deepEqual(await rows.read('SELECT id FROM outbox ORDER BY id'), [{ id: 'a:yes' }, { id: 'b:no' }]);
});

onEach('a guard that does not hold writes nothing and says where the job is', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await move(commit, transfer('gift', 'bonus', 'user:1', 60));
  await commit({ writes: [{ do: 'addJob', job: jobOf('j') }] });
  const guarded = (jobId: string): WriteUnit => ({
    event: { key: 'k', seq: 1, data: '{}', at: noon },
    guard: { table: 'jobs', id: jobId, states: ['queued', 'submitting'] },
    movement: transfer('spent', 'user:1', 'house', 30),
    writes: [hint('yes')],
    refused: [hint('no')],
  });
  t.deepEqual(await commit(guarded('j')), { status: 'lost', state: 'received' });
  t.deepEqual(await commit(guarded('unknown')), { status: 'lost', state: null });
  t.deepEqual(await rows.read('SELECT id FROM outbox'), []);
  t.deepEqual(await rows.read('SELECT key FROM journal'), []);
  t.deepEqual(await rows.account('user:1'), { posted: 60, reserved: 0 });
});

onEach('a guard sees what was set earlier in the same batch', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const set = (state: Job['state'], states: readonly Job['state'][]): WriteUnit => ({
    guard: { table: 'jobs', id: 'j', states },
    writes: [{ do: 'setJob', id: 'j', at: noon, state }],
  });
  const outcomes = await Promise.all([
    commit({ writes: [{ do: 'addJob', job: jobOf('j') }] }),
    commit(set('queued', ['received'])),
    commit(set('cancelled', ['received'])),
    commit(set('completed', ['queued', 'submitting'])),
    commit(set('failed', ['queued', 'submitting'])),
  ]);
  const lost = (state: Job['state']): UnitOutcome => ({ status: 'lost', state });
  t.deepEqual(outcomes, [applied, applied, lost('queued'), applied, lost('completed')]);
  t.deepEqual(await rows.read('SELECT state FROM jobs'), [{ state: 'completed' }]);
});

onEach('of 20 photos at once with points for one, exactly one is accepted', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  await move(commit, transfer('gift', 'bonus', 'user:1', 30));
  const jobs = Array.from({ length: 20 }, (_, n) => jobOf(`job-${n}`));
  await Promise.all(jobs.map(job => commit({ writes: [{ do: 'addJob', job }] })));
  const outcomes = await Promise.all(jobs.map(job => commit(queue(job, noon))));
  t.is(count(outcomes, 'applied'), 1);
  t.deepEqual(await rows.read('SELECT state, COUNT(*) AS jobs FROM jobs GROUP BY state ORDER BY state'), [
    { state: 'queued', jobs: 1 },
    { state: 'refused', jobs: 19 },
  ]);
});

onEach('points that are no positive integer are a mistake of the caller, and cost nobody else anything', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const wrong = [0, -30, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];
  const outcomes = await Promise.allSettled(
    [...wrong, 60].map((points, n) => move(commit, transfer(`gift:${n}`, 'bonus', 'user:1', points))),
  );
  for (const outcome of outcomes.slice(0, -1)) t.true(outcome.status === 'rejected' && outcome.reason instanceof RangeError);
  t.deepEqual(outcomes.at(-1), { status: 'fulfilled', value: applied });
  t.deepEqual(await rows.account('user:1'), { posted: 60, reserved: 0 });
});

onEach('the ledger actor answers once a movement is durable, each caller their own outcome', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  const ledger = spawnLedger(actorSystem(t), { commit, clock: fakeClock(), observe: () => {} });
  const settle = (movement: Movement) => ask(ledger, { type: 'settle', unit: unitOf(movement) }, 60_000);
  t.deepEqual(await settle(transfer('gift', 'bonus', 'user:1', 60)), applied);
  t.deepEqual(await rows.account('user:1'), { posted: 60, reserved: 0 });
  const debits = Array.from({ length: 50 }, (_, n) => settle(transfer(`debit:${n}`, 'user:1', 'house', 30)));
  const answers = await Promise.all(debits);
  t.deepEqual(answers.slice(0, 3), [applied, applied, refused('insufficient_points')]);
  t.is(answers.filter(({ status }) => status === 'applied').length, 2);
});

onEach('the ledger actor says `failed` when nothing is known to be written, and goes on with the next', async (t, openRows) => {
  const rows = await openRows(t);
  const { commit } = await createWriter(rows.database);
  let broken = true;
  const observed: Observed[] = [];
  const observe = (seen: Observed) => void observed.push(seen);
  const failing: Commit = unit => (broken ? Promise.reject(new Error('disk full')) : commit(unit));
  const ledger = spawnLedger(actorSystem(t), { commit: failing, clock: fakeClock(), observe });
  const unit = unitOf(transfer('gift', 'bonus', 'user:1', 60));
  t.deepEqual(await ask(ledger, { type: 'settle', unit }, 60_000), { status: 'failed' });
  t.is(observed[0]?.error?.message, 'disk full');
  broken = false;
  t.deepEqual(await ask(ledger, { type: 'settle', unit }, 60_000), applied);
});
