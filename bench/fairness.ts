import { openReader } from '../db/database.ts';
import { print } from './report.ts';
import { openHouse, openStage } from './stage.ts';

const greedyJobs = 50;

/**
 * How many executions start before another person's first job when one person has 50 in the line, and time is left to upload its
 * photo.
 */
export async function benchFairness(): Promise<void> {
  const stage = await openStage({ servers: 1, jobMs: 40 });
  const [comfy] = stage.comfys;
  comfy!.faults.next('hold');
  const house = await openHouse(stage);
  const uploads = () => comfy!.requests.filter(({ path }) => path === '/upload/image').length;
  const [greedy, modest] = [50_001, 50_002];
  await stage.order(Array.from({ length: greedyJobs }, () => greedy));
  await stage.queued(greedyJobs);
  await comfy!.waitFor('started', () => true);
  await stage.order([modest]);
  await stage.queued(greedyJobs + 1);
  // The photos of the running one, of the prepared one and of the newcomer.
  await comfy!.waitFor('request', () => uploads() >= 3);
  comfy!.release();
  const executions = await stage.executed(greedyJobs + 1);
  const mine = await jobOf(stage.env['DATA_DIR']!, modest);
  const before = executions.findIndex(({ graph }) => JSON.stringify(graph).includes(mine));
  await house.stop();
  await stage.close();
  print(
    `${'executions before a newcomer’s first job, behind 50 of another'.padEnd(58)} ${String(before).padStart(10)}      | the running one: 1 | of ${greedyJobs} in line`,
  );
}

async function jobOf(folder: string, userId: number): Promise<string> {
  const reader = await openReader(`${folder}/bot.db`);
  const [job] = await reader.select<{ id: string }>('SELECT id FROM jobs WHERE user_id = $1', userId);
  await reader.close();
  return job!.id;
}
