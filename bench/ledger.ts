import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { spawnLedger } from '../actors/ledger.ts';
import { ask, startSystem, stop } from '../actors/nact.ts';
import { openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createWriter } from '../db/writer.ts';
import { systemClock } from '../src/clock.ts';
import { line, median, perSecond } from './report.ts';

const callers = 1_000;
const movements = 50_000;
const runs = 5;
const people = 5_000;

/**
 * Durable movements through the ledger actor by 1,000 callers, each waiting for its answer, beside the same rows on the bare
 * driver.
 */
export async function benchLedger(): Promise<void> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < runs; run++) {
    bare.push(await inFolder(bareMovements));
    ours.push(await inFolder(ledgerMovements));
  }
  line(`ledger movements/s, ${callers} callers, synchronous=FULL`, '/s', median(ours), {
    name: 'same statements, bare sqlite3',
    value: median(bare),
  });
}

async function inFolder(measure: (path: string) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-ledger-'));
  try {
    return await measure(join(folder, 'ledger.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ledgerMovements(path: string): Promise<number> {
  const database = await openWriter(path);
  await migrate(database);
  const { commit } = await createWriter(database);
  const system = startSystem('bench', undefined);
  const ledger = spawnLedger(system, { commit, clock: systemClock, observe: () => {} });
  let n = 0;
  const started = performance.now();
  const caller = async () => {
    for (let i = n++; i < movements; i = n++) {
      const movement = {
        kind: 'transfer',
        id: `t${i}`,
        from: 'bonus',
        to: `user:${i % people}`,
        points: 1,
        reason: 'bench',
      } as const;
      await ask(ledger, { type: 'settle', unit: { movement, writes: [] } }, 60_000);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const rate = perSecond(movements, performance.now() - started);
  stop(system);
  await database.close();
  return rate;
}

/** The statements of the writer's batches with nothing around them: no actors, no answers, no plan, no Sequelize. */
async function bareMovements(path: string): Promise<number> {
  const database = await openWriter(path);
  await migrate(database);
  await database.close();
  const bare = new sqlite3.Database(path);
  const run = (sql: string, ...values: unknown[]) =>
    new Promise<void>((resolve, reject) => bare.run(sql, named(values), error => (error ? reject(error) : resolve())));
  const all = (sql: string, ...values: unknown[]) =>
    new Promise<unknown[]>((resolve, reject) =>
      bare.all(sql, named(values), (error, rows) => (error ? reject(error) : resolve(rows))),
    );
  await run('PRAGMA synchronous = FULL');
  const started = performance.now();
  for (let first = 0; first < movements; first += callers) await bareBatch({ run, all }, first);
  const rate = perSecond(movements, performance.now() - started);
  await new Promise(resolve => bare.close(resolve));
  return rate;
}

const named = (values: readonly unknown[]) => Object.fromEntries(values.map((value, n) => [`$${n + 1}`, value]));

type Bare = { run(sql: string, ...values: unknown[]): Promise<void>; all(sql: string, ...values: unknown[]): Promise<unknown[]> };

async function bareBatch({ run, all }: Bare, first: number): Promise<void> {
  const ids = Array.from({ length: callers }, (_, n) => first + n);
  const transfers = ids.map(i => ({
    id: `t${i}`,
    kind: 'transfer',
    debit: 'bonus',
    credit: `user:${i % people}`,
    points: 1,
    reservation: null,
    reason: 'bench',
  }));
  const accounts = [...new Set(['bonus', ...transfers.map(({ credit }) => credit)])];
  await run('BEGIN IMMEDIATE');
  await all('UPDATE owner SET batches = batches + 1 WHERE epoch = 0 RETURNING epoch');
  await all(
    `SELECT id, kind, debit, credit, points, reservation, reason FROM transfers WHERE id IN (SELECT value FROM json_each($1))
     UNION SELECT id, kind, debit, credit, points, reservation, reason FROM transfers WHERE reservation IN (SELECT value FROM json_each($1))`,
    JSON.stringify(transfers.map(({ id }) => id)),
  );
  await all('SELECT id, posted, reserved FROM accounts WHERE id IN (SELECT value FROM json_each($1))', JSON.stringify(accounts));
  await run(
    `INSERT INTO transfers (at, id, kind, debit, credit, points, reservation, reason) SELECT CAST($2 AS BIGINT), value->>'id', value->>'kind',
     value->>'debit', value->>'credit', CAST(value->>'points' AS BIGINT), value->>'reservation', value->>'reason' FROM json_each($1)`,
    JSON.stringify(transfers),
    1,
  );
  await run(
    `INSERT INTO accounts (id, posted, reserved, overdraft) SELECT value->>'id', CAST(value->>'posted' AS BIGINT), CAST(value->>'reserved' AS BIGINT),
     CAST(value->>'overdraft' AS BIGINT) FROM json_each($1) WHERE true ON CONFLICT (id) DO UPDATE SET posted = excluded.posted, reserved = excluded.reserved`,
    JSON.stringify(accounts.map(id => ({ id, posted: 1, reserved: 0, overdraft: 1 }))),
  );
  await run('COMMIT');
}
