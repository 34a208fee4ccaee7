import fc from 'fast-check';
import { type Database, openWriter } from '../db/database.ts';
import { createWriter, type Writer } from '../db/writer.ts';
import type { Movement } from '../src/domain/ledger.ts';
import type { UnitOutcome, WriteUnit } from '../src/domain/unit.ts';
import { onEach } from './databases.ts';
import { hint, type Rows, runs } from './probe.ts';

/**
 * Some movements handed in at once, and some more while those are being written. `crash`: the process dies in the middle of it.
 */
type Group = { first: Movement[]; meanwhile: Movement[]; crash: Crash | null };
/** Dies at the n-th statement: before it was carried out, or after that but before anyone knew. */
type Crash = { statement: number; carriedOut: boolean };

const users = ['user:1', 'user:2', 'user:3'];
const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const opening: fc.Arbitrary<Movement> = fc.record({
  kind: fc.constantFrom('transfer', 'transfer', 'reserve', 'reserve'),
  id: ids,
  from: fc.constantFrom(...users, ...users, 'bonus', 'house', 'bonus'),
  to: fc.constantFrom(...users, 'house', 'bonus'),
  points: fc.constantFrom(1, 10, 10, 30, 60),
  reason: fc.constantFrom('edit', 'gift'),
});
const resolving: fc.Arbitrary<Movement> = fc.record({ kind: fc.constantFrom('post', 'void'), reservation: ids });
const movements = fc.array(fc.oneof(opening, resolving), { minLength: 1, maxLength: 8 });
const crash: fc.Arbitrary<Crash> = fc.record({ statement: fc.nat(24), carriedOut: fc.boolean() });
const groups: fc.Arbitrary<Group[]> = fc.array(
  fc.record({
    first: movements,
    meanwhile: fc.oneof(fc.constant<Movement[]>([]), movements),
    crash: fc.option(crash, { freq: 3 }),
  }),
  { minLength: 1, maxLength: 6 },
);

onEach(
  'whatever is moved, repeated and interrupted in whatever order: nothing is lost, made up, negative or done twice',
  async (t, openRows) => {
    t.timeout(60 * 60_000);
    const rows = await openRows(t);
    // Each run has accounts and ids of its own, so that all of them share one file.
    let run = 0;
    await fc.assert(
      fc.asyncProperty(groups, async script => {
        const studio = openStudio(rows.url, `run${++run}`);
        const model = newModel();
        for (const group of script) await play(studio, model, group);
        const { close } = await studio.house();
        await close();
        await compare(rows, studio.run, model);
      }),
      runs(t, 150),
    );
    t.pass();
  },
);

type House = { writer: Writer; dying: Dying; close(): Promise<void> };
type Studio = { run: string; house(): Promise<House>; die(): Promise<void> };

function openStudio(path: string, run: string): Studio {
  let house: Promise<House> | undefined;
  const open = async (): Promise<House> => {
    const database = await openWriter(path);
    const dying = mortal(database);
    return { writer: await createWriter(dying.database), dying, close: database.close };
  };
  return {
    run,
    house: () => (house ??= open()),
    async die() {
      await (await house)?.close();
      house = undefined;
    },
  };
}

type Dying = { database: Database; dieAt(crash: Crash): Promise<void>; live(): void };

/** A database whose process dies at a statement: from there on nothing is carried out and nothing is answered. */
function mortal(database: Database): Dying {
  let left = Number.POSITIVE_INFINITY;
  let crash: Crash | undefined;
  let died = () => {};
  const never = new Promise<never>(() => {});
  const statement = async <Result>(carryOut: () => Promise<Result>): Promise<Result> => {
    if (left < 0) return never;
    if (left-- > 0) return carryOut();
    if (crash?.carriedOut) await carryOut().catch(() => {});
    died();
    return never;
  };
  return {
    database: {
      ...database,
      select: (sql, ...bind) => statement(() => database.select(sql, ...bind)),
      run: (sql, ...bind) => statement(() => database.run(sql, ...bind)),
    },
    dieAt(at) {
      crash = at;
      left = at.statement;
      return new Promise(resolve => {
        died = resolve;
      });
    },
    live() {
      left = Number.POSITIVE_INFINITY;
    },
  };
}

/**
 * Hands a group in, compares the outcomes with the model's, and after a crash repeats on a new house whatever was not answered.
 */
async function play(studio: Studio, model: Model, { first, meanwhile, crash: at }: Group): Promise<void> {
  const { writer, dying } = await studio.house();
  const batchesBefore = await batches(studio);
  const death = at && dying.dieAt(at);
  const handed = first.map(movement => handIn(writer, studio.run, movement));
  await new Promise(resolve => setImmediate(resolve));
  handed.push(...meanwhile.map(movement => handIn(writer, studio.run, movement)));
  const all = Promise.all(handed.map(({ answer }) => answer));
  const survived = await Promise.race([all.then(() => true), ...(death ? [death.then(() => false)] : [])]);
  dying.live();
  if (survived) return check(model, handed);
  await new Promise(resolve => setImmediate(resolve));
  await studio.die();
  const parts = [handed.slice(0, first.length), handed.slice(first.length)];
  const durable = parts.slice(0, (await batches(studio)) - batchesBefore).flat();
  for (const one of durable) {
    const expected = model.apply(one.movement);
    if (one.outcome) equal(one.outcome, expected, one.movement);
  }
  const unknown = handed.filter(({ outcome }) => !outcome).map(({ movement }) => movement);
  const { writer: next } = await studio.house();
  const again = unknown.map(movement => handIn(next, studio.run, movement));
  await Promise.all(again.map(({ answer }) => answer));
  check(model, again);
}

type Handed = { movement: Movement; outcome?: UnitOutcome; answer: Promise<void> };

function handIn({ commit }: Writer, run: string, movement: Movement): Handed {
  const handed: Handed = { movement, answer: Promise.resolve() };
  handed.answer = commit(unitIn(run, movement)).then(outcome => void (handed.outcome = outcome));
  return handed;
}

/** With words that must be said exactly when the movement applies. */
function unitIn(run: string, movement: Movement): WriteUnit {
  if ('id' in movement) {
    const [id, from, to] = [`${run}.${movement.id}`, `${movement.from}.${run}`, `${movement.to}.${run}`];
    return { movement: { ...movement, id, from, to }, writes: [hint(id)] };
  }
  const { kind } = movement;
  const reservation = `${run}.${movement.reservation}`;
  return { movement: { kind, reservation }, writes: [hint(`${reservation}:${kind}`)] };
}

async function batches({ house }: Studio): Promise<number> {
  const { dying } = await house();
  const [owner] = await dying.database.select<{ batches: number }>('SELECT batches FROM owner');
  return owner!.batches;
}

function check(model: Model, handed: readonly Handed[]): void {
  for (const { movement, outcome } of handed) equal(outcome, model.apply(movement), movement);
}

function equal(found: UnitOutcome | undefined, expected: string, movement: Movement): void {
  const said = found?.status === 'refused' ? found.refusal : found?.status;
  if (said !== expected) throw new Error(`${JSON.stringify(movement)}: ${said}, where the model says ${expected}`);
}

type Line = { from: string; to: string; points: number; kind: 'transfer' | 'reserve'; state: 'open' | 'post' | 'void' | 'done' };
type Model = {
  lines: Map<string, Line>;
  apply(movement: Movement): string;
  balance(account: string): [posted: number, reserved: number];
};

/** The ledger at its simplest: a list of lines, and every balance added up anew from all of them. */
function newModel(): Model {
  const lines = new Map<string, Line>();
  const balance = (account: string): [number, number] => {
    const moved = [...lines.values()].filter(({ state }) => state === 'done' || state === 'post');
    const sum = (some: Line[]) => some.reduce((total, { points }) => total + points, 0);
    const open = [...lines.values()].filter(({ state, from }) => state === 'open' && from === account);
    return [sum(moved.filter(({ to }) => to === account)) - sum(moved.filter(({ from }) => from === account)), sum(open)];
  };
  const openLine = ({ id, from, to, points, kind }: Extract<Movement, { id: string }>): string => {
    const known = lines.get(id);
    if (known)
      return known.from === from && known.to === to && known.points === points && known.kind === kind ? 'repeated' : 'id_reused';
    const [posted, reserved] = balance(from);
    if (from.startsWith('user') && posted - reserved < points) return 'insufficient_points';
    lines.set(id, { from, to, points, kind, state: kind === 'reserve' ? 'open' : 'done' });
    return 'applied';
  };
  const resolve = ({ kind, reservation }: Extract<Movement, { reservation: string }>): string => {
    const line = lines.get(reservation);
    if (line?.kind !== 'reserve') return 'reservation_unknown';
    if (line.state === kind) return 'repeated';
    if (line.state !== 'open') return line.state === 'post' ? 'already_posted' : 'already_voided';
    line.state = kind;
    return 'applied';
  };
  return { lines, balance, apply: movement => ('id' in movement ? openLine(movement) : resolve(movement)) };
}

/** The database holds what the model holds, and keeps the promises that need no model. */
async function compare({ read }: Rows, run: string, { lines, balance }: Model): Promise<void> {
  same(
    'the sum of all accounts',
    (await read<{ total: number | null }>('SELECT SUM(posted) AS total FROM accounts'))[0]?.total ?? 0,
    0,
  );
  for (const account of [...users, 'house', 'bonus']) {
    const [found] = await read<{ posted: number; reserved: number }>(`SELECT * FROM accounts WHERE id = '${account}.${run}'`);
    const { posted, reserved } = found ?? { posted: 0, reserved: 0 };
    same(account, `${posted} of which ${reserved}`, balance(account).join(' of which '));
    if (account.startsWith('user') && (posted < reserved || reserved < 0)) throw new Error(`${account} is negative`);
  }
  const expected = [...lines].flatMap(([id, { state }]) => [
    `${run}.${id}`,
    ...(state === 'post' || state === 'void' ? [`${run}.${id}:${state}`] : []),
  ]);
  for (const table of ['transfers', 'outbox']) {
    const found = await read<{ id: string }>(`SELECT id FROM ${table} WHERE id LIKE '${run}.%' ORDER BY id`);
    same(`${table}: each movement that applied, once`, found.map(({ id }) => id).join(), expected.sort().join());
  }
}

function same(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: ${found}, where the model says ${expected}`);
}
