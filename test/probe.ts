/** What the tests of single parts share: rows in a real SQLite file, a clock that is wound by hand, actors that listen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Parent, type Ref, spawn, startSystem, stop, tell } from '../actors/nact.ts';
import type { Clock } from '../actors/protocol.ts';
import { type Database, openReader, openWriter, type Row } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import type { Account, Movement } from '../src/domain/ledger.ts';
import type { OutboxRow } from '../src/domain/notice.ts';
import type { Draft, Input, PersonEvent } from '../src/domain/person-event.ts';
import type { Write, WriteUnit } from '../src/domain/unit.ts';
import { layEmptyDatabase } from './built.ts';

export const noon = Date.UTC(2026, 10, 20, 12);

/** A time that passes only when `advance` says so; what falls due on the way is called in order, each at its own time. */
export type FakeClock = Clock & { advance(ms: number): void; pauses(): number[] };

export function fakeClock(start = noon): FakeClock {
  let now = start;
  const timers = new Set<{ due: number; call: () => void }>();
  const next = (until: number) => [...timers].sort((a, b) => a.due - b.due).find(({ due }) => due <= until);
  return {
    now: () => now,
    after(ms, call) {
      const timer = { due: now + ms, call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const until = now + ms;
      for (let timer = next(until); timer; timer = next(until)) {
        timers.delete(timer);
        now = timer.due;
        timer.call();
      }
      now = until;
    },
    pauses: () => [...timers].map(({ due }) => due - now).sort((a, b) => a - b),
  };
}

/** Lets everything that is ready run, until nothing that needs no outside world is left. */
export const idle = async (turns = 20): Promise<void> => {
  for (let n = 0; n < turns; n++) await new Promise(resolve => setImmediate(resolve));
};

/**
 * Resolves once `holds` does; it is asked again after each turn of the event loop, and when that has led to nothing a few times,
 * each millisecond: what is waited for then is not in this process, and may want the processor.
 */
export async function until(holds: () => boolean | Promise<boolean>, what = 'it'): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (let turn = 0; !(await holds()); turn++) {
    await (turn < 50 ? idle(1) : new Promise(resolve => setTimeout(resolve, 1)));
    if (Date.now() > deadline) throw new Error(`${what} never came true`);
  }
}

/** An actor system that lives as long as the test. */
export function actorSystem(t: ExecutionContext, journal?: object): Parent {
  const system = startSystem('test', journal);
  t.teardown(() => stop(system));
  return system;
}

/** An actor that keeps what it is told, in order: `await next()` takes the oldest. */
export function probe<Msg>(system: Parent, name = 'probe') {
  const kept: Msg[] = [];
  let wake = () => {};
  const receive = (_: undefined, msg: Msg) => {
    kept.push(msg);
    wake();
    return undefined;
  };
  const ref: Ref<Msg> = spawn(system, name, receive, { initialState: () => undefined, onCrash: () => 'stop' });
  return {
    ref,
    kept,
    async next(): Promise<Msg> {
      while (kept.length === 0)
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      return kept.shift()!;
    },
  };
}

/** An actor that answers every question with what `answer` makes of it; undefined is silence. */
export const responder = <Msg extends { replyTo?: unknown }>(
  system: Parent,
  name: string,
  answer: (msg: Msg) => unknown,
): Ref<Msg> =>
  spawn(
    system,
    name,
    (_: undefined, msg: Msg) => {
      const value = answer(msg);
      if (value !== undefined && msg.replyTo) tell(msg.replyTo as Ref<unknown>, value);
      return undefined;
    },
    { initialState: () => undefined, onCrash: () => 'stop' },
  );

export type Rows = {
  url: string;
  database: Database;
  reader: Database;
  /** One more connection that writes, as another process would have. */
  another(): Promise<Database>;
  read<Found extends Row>(sql: string): Promise<Found[]>;
  account(id: string): Promise<Account>;
  close(): Promise<void>;
};

/** A migrated SQLite database in a folder of its own, for as long as the test lasts. */
export async function openRows(t: ExecutionContext): Promise<Rows> {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'));
  const path = join(folder, 'house.db');
  layEmptyDatabase(path);
  const database = await openWriter(path);
  await migrate(database);
  const rows = rowsOf(path, [database, await openReader(path)]);
  t.teardown(async () => {
    await rows.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return rows;
}

export function rowsOf(url: string, [database, reader]: readonly [Database, Database]): Rows {
  const open = [database, reader];
  return {
    ...{ url, database, reader },
    async another() {
      open.push(await openWriter(url));
      return open.at(-1)!;
    },
    read: sql => reader.select(sql),
    async account(id) {
      const [account] = await reader.select<Account>('SELECT posted, reserved FROM accounts WHERE id = $1', id);
      return account ?? { posted: 0, reserved: 0 };
    },
    async close() {
      await Promise.all(open.map(one => one.close().catch(() => {})));
    },
  };
}

export const transfer = (id: string, from: string, to: string, points: number): Movement => ({
  ...({ kind: 'transfer', reason: 'test' } as const),
  ...{ id, from, to, points },
});
export const reserve = (id: string, from: string, points: number): Movement => ({
  ...({ kind: 'reserve', reason: 'test', to: 'house' } as const),
  ...{ id, from, points },
});
export const unitOf = (movement: Movement, writes: readonly Write[] = []): WriteUnit => ({ movement, writes });

export const hint = (id: string, row: Partial<OutboxRow> = {}): Extract<Write, { do: 'say' }> => ({
  do: 'say',
  row: { ...{ id, chatId: 1, rank: 'hint', notice: { type: 'menu' }, edits: null, at: noon }, ...row },
});

export const draftOf = (draft: Partial<Draft> = {}): Draft => ({
  ...{ jobId: '00000000-0000-4000-8000-000000000001', seed: 7, deadlineAt: noon + 3_600_000 },
  preset: { id: 5, category: 'Styles', prompt: 'Make it an oil painting', workflow: 'qwen-edit-2511', price: 30 },
  custom: { workflow: 'qwen-edit-2511', price: 30 },
  openJobs: 0,
  limits: { openJobs: 3, jobsPerHour: 20 },
  ...draft,
});

export const anna = { username: 'anna', firstName: 'Анна', languageCode: 'ru' };

/** A fact about person 1001 at noon; it carries a draft, so that any input may follow. */
export const eventOf = (input: Input, event: Partial<PersonEvent> = {}): PersonEvent => ({
  ...{ at: noon, updateId: 1, userId: 1001, sender: anna, input, draft: draftOf(), cancellation: null },
  ...{ initialPoints: 60, messagesPerMinute: 120 },
  ...event,
});

export const photo = (over: Partial<Extract<Input, { type: 'photo' }>> = {}): Extract<Input, { type: 'photo' }> => ({
  ...({ type: 'photo', caption: null, messageId: 1, group: null } as const),
  file: { fileId: `file-${over.messageId ?? 1}`, bytes: 100_000 },
  ...over,
});

/** Any input a person can cause, with short texts and few names, so that they meet each other. */
export const anyInput: fc.Arbitrary<Input> = fc.oneof(
  fc.record({
    type: fc.constant('command' as const),
    command: fc.constantFrom('start', 'help', 'menu', 'balance', 'profile', 'cancel', 'language', 'history'),
    argument: fc.constant(''),
  }),
  fc.record({
    type: fc.constant('button' as const),
    button: fc.constantFrom('edit', 'Styles', 'Lighting', 'Design', 'ownPrompt', 'balance', 'topUp', 'help', 'profile'),
  }),
  fc.record({ type: fc.constant('text' as const), text: fc.oneof(fc.string({ maxLength: 20 }), fc.constant('x'.repeat(501))) }),
  fc.record({
    type: fc.constant('press' as const),
    press: fc.oneof(
      fc.constant(null),
      fc.record({ to: fc.constantFrom('menu', 'categories', 'ownPrompt', 'languages', 'topUp', 'history', 'email') }),
      fc.record({ to: fc.constant('resume' as const), jobId: fc.uuid() }),
      fc.record({ to: fc.constant('category' as const), category: fc.constantFrom('Styles', 'gone'), page: fc.nat(3) }),
      fc.record({ to: fc.constant('preset' as const), presetId: fc.constantFrom(5, 6) }),
      fc.record({ to: fc.constant('cancelJob' as const), jobId: fc.uuid() }),
      fc.record({ to: fc.constant('language' as const), language: fc.constantFrom('ru', 'en') }),
    ),
    messageId: fc.option(fc.nat(1000)),
  }),
  fc.record({
    type: fc.constant('photo' as const),
    file: fc.record({ fileId: fc.constantFrom('a', 'b', 'c') }),
    caption: fc.option(fc.constantFrom('в зиму', ' ', 'x'.repeat(501))),
    messageId: fc.nat(20),
    group: fc.option(fc.constantFrom('g1', 'g2')),
  }),
  fc.record({ type: fc.constant('unsuitableFile' as const), reason: fc.constantFrom('not_a_picture', 'animated') }),
  fc.record({ type: fc.constantFrom('unsupported', 'blocked', 'unblocked') }),
  fc.record({ type: fc.constant('albumDue' as const), group: fc.constantFrom('g1', 'g2', 'g3') }),
);

/** What one person does over some hours: inputs with the times, limits and answers that were found when they happened. */
export const anyEvents = (maxLength: number): fc.Arbitrary<PersonEvent[]> =>
  fc
    .array(
      fc.record({
        input: anyInput,
        passedMs: fc.constantFrom(0, 1, 900, 20_000, 61_000, 3_600_000, 86_400_000),
        openJobs: fc.constantFrom(0, 0, 3),
        presetOff: fc.boolean(),
        seed: fc.nat(),
      }),
      { maxLength },
    )
    .map(steps => {
      let at = noon;
      return steps.map(({ input, passedMs, openJobs, presetOff, seed }, n) => {
        at += passedMs;
        const draft = draftOf({ seed, openJobs, ...(presetOff && { preset: null }), limits: { openJobs: 3, jobsPerHour: 4 } });
        const told = input.type === 'albumDue';
        const event = { at, draft, updateId: told ? null : n + 1, sender: told ? null : anna, messagesPerMinute: 10 };
        return eventOf(input, event);
      });
    });

/** Few runs in a hurry, thousands with `LONG=1`. The seed is told, so that a failure can be had again with `SEED`. */
export function runs(t: ExecutionContext, short: number): { numRuns: number; seed: number } {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  const numRuns = process.env['LONG'] ? short * 20 : short;
  t.log(`${numRuns} runs, SEED=${seed}`);
  return { numRuns, seed };
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
