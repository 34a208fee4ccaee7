import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { spawnBonus } from '../actors/bonus.ts';
import { spawnLedger } from '../actors/ledger.ts';
import { ask, startSystem, stop } from '../actors/nact.ts';
import { openReader, openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { systemClock } from '../src/clock.ts';
import { line, median, print } from './report.ts';

const people = 100_000;
/** Due every week from its first moment. */
const bonus = { points: 10, day: 0, hour: 0, minute: 0, timeZone: 'UTC' };

/** The bonus of a week for 100,000 people, and what somebody who spends points at the same time notices of it. */
export async function benchBonus(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-bonus-'));
  const path = join(folder, 'bonus.db');
  const database = await openWriter(path);
  await migrate(database);
  await database.run(
    `WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${people})
     INSERT INTO users (id, first_name, language, blocked, created_at, seen_at) SELECT id, 'Anna', 'en', 0, $1, $1 FROM n`,
    Date.now(),
  );
  const reader = await openReader(path);
  const alone = await during(database, () => new Promise(resolve => setTimeout(resolve, 3_000)));
  const beside = await during(database, (commit, system) => {
    const { bonusOf } = createQueries(reader);
    return new Promise(resolve => {
      const observe = ({ step, error }: { step: string; error?: Error }) => {
        if (error) throw error;
        if (step === 'bonus:done') resolve();
      };
      spawnBonus(system, { commit, clock: systemClock, observe, bonus, bonusOf, bonusAlarm: () => () => {} });
    });
  });
  const [given] = await reader.select<{ n: number }>("SELECT COUNT(*) AS n FROM transfers WHERE reason = 'weekly_bonus'");
  print(`weekly bonus for ${given?.n.toLocaleString('en')} people: ${(beside.ms / 1_000).toFixed(1)} s`);
  line('ledger movement meanwhile, p50', 'ms', median(beside.latencies), { name: 'without it', value: median(alone.latencies) });
  line('ledger movement meanwhile, p99', 'ms', p99(beside.latencies), { name: 'without it', value: p99(alone.latencies) });
  line('worst block of the event loop meanwhile', 'ms', beside.worstBlockMs, { name: 'without it', value: alone.worstBlockMs });
  await Promise.all([database.close(), reader.close()]);
  rmSync(folder, { recursive: true, force: true });
}

type Commit = Awaited<ReturnType<typeof createWriter>>['commit'];
type System = ReturnType<typeof startSystem>;

/** One movement after the other until `work` is done: how long each took from being asked for to being durable. */
async function during(database: Awaited<ReturnType<typeof openWriter>>, work: (commit: Commit, system: System) => Promise<void>) {
  const { commit } = await createWriter(database);
  const system = startSystem('bench', undefined);
  const ledger = spawnLedger(system, { commit, clock: systemClock, observe: () => {} });
  const latencies: number[] = [];
  let isOver = false;
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const started = performance.now();
  const working = work(commit, system).then(() => (isOver = true));
  while (!isOver) {
    const asked = performance.now();
    const id = `bench:${started}:${latencies.length}`;
    const movement = {
      kind: 'transfer',
      id,
      from: 'bonus',
      to: `user:${latencies.length % people}`,
      points: 1,
      reason: 'bench',
    } as const;
    await ask(ledger, { type: 'settle', unit: { movement, writes: [] } }, 60_000);
    latencies.push(performance.now() - asked);
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  await working;
  const ms = performance.now() - started;
  loop.disable();
  stop(system);
  return { ms, latencies, worstBlockMs: loop.max / 1e6 };
}

const p99 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
