import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { startTelegram } from '../src/sandbox/telegram/server.ts';
import { startHouseProcess } from './house-process.ts';
import { line, median } from './report.ts';

const token = '123456:BENCH-TOKEN-not-real';
const people = 1_000_000;
const openJobs = 10_000;
const runs = 3;

/** From the start of the process until it takes updates, with a million people and 10,000 open jobs, beside an empty studio. */
export async function benchStart(): Promise<void> {
  const telegram = await startTelegram({ token, recordCalls: false });
  const comfy = await startComfyUI();
  comfy.faults.always('hold');
  const full = mkdtempSync(join(tmpdir(), 'bench-start-'));
  await fill(`${full}/bot.db`);
  const [ours, empty]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    const fresh = mkdtempSync(join(tmpdir(), 'bench-empty-'));
    empty.push(await startIn(fresh, telegram.url, comfy.url));
    rmSync(fresh, { recursive: true, force: true });
    ours.push(await startIn(full, telegram.url, comfy.url));
  }
  rmSync(full, { recursive: true, force: true });
  await Promise.all([telegram.close(), comfy.close()]);
  line(`start with ${people} people and ${openJobs} open jobs`, 'ms', median(ours), {
    name: 'an empty studio',
    value: median(empty),
  });
}

async function startIn(folder: string, telegramUrl: string, comfyUrl: string): Promise<number> {
  const env = {
    BOT_TOKEN: token,
    TELEGRAM_API_URL: telegramUrl,
    COMFYUI_URL: comfyUrl,
    PORT: '0',
    DATA_DIR: folder,
    DATABASE_URL: `sqlite:${folder}/bot.db`,
    WEEKLY_BONUS_ENABLED: 'false',
  };
  const house = await startHouseProcess({ ...env, LOG_LEVEL: 'fatal' });
  await house.stop();
  return house.readyMs;
}

async function fill(path: string): Promise<void> {
  const database = await openWriter(path);
  await migrate(database);
  await database.run('BEGIN IMMEDIATE');
  const numbers = (count: number) =>
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})`;
  await database.run(
    `INSERT INTO users (id, first_name, language, blocked, created_at, seen_at)
     ${numbers(people)} SELECT n, 'Анна', 'ru', 0, 1, 1 FROM numbers`,
  );
  await database.run(
    `INSERT INTO accounts (id, posted, reserved, overdraft) ${numbers(people)} SELECT 'user:' || n, 60, 0, 0 FROM numbers`,
  );
  await database.run(`INSERT INTO journal (key, seq, at, data) ${numbers(people)} SELECT 'user-' || n, 1, 1, '{}' FROM numbers`);
  await database.run(
    `INSERT INTO jobs (id, user_id, state, preset_id, prompt, workflow, seed, price, files, executions, reason, created_at, deadline_at, updated_at)
     ${numbers(openJobs)} SELECT 'job-' || n, n, 'queued', NULL, 'a wish', 'qwen-edit-2511', n, 0, '[{"fileId":"none"}]', 0, NULL,
     n, 9000000000000, n FROM numbers`,
  );
  await database.run('COMMIT');
  await database.close();
}
