import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { openReader } from '../db/database.ts';
import { type ComfyUIStandIn, type Execution, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { startTelegram, type TelegramStandIn } from '../src/sandbox/telegram/server.ts';
import { startHouseProcess } from './house-process.ts';

const token = '123456:BENCH-TOKEN-not-real';

export type Stage = {
  telegram: TelegramStandIn;
  comfys: ComfyUIStandIn[];
  env: Record<string, string>;
  /** Every person sends one photo; resolves when all are on their way. */
  order(people: readonly number[]): Promise<void>;
  /** Resolves when that many jobs wait or run; asked of the database, for no message tells of all of them in time. */
  queued(jobs: number): Promise<void>;
  /** Resolves with all executions once that many have ended well, on whichever server. */
  executed(jobs: number): Promise<Execution[]>;
  close(): Promise<void>;
};

/** The picture that every execution gives: as little work for the stand-in as there can be. */
const edited = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'teal' } })
  .png()
  .toBuffer();
const photo = await sharp({ create: { width: 320, height: 240, channels: 3, background: 'olive' } })
  .jpeg()
  .toBuffer();

/** A machine that takes this long for a picture, in `steps`. */
export const machine = (ms: number, steps = 4): Promise<ComfyUIStandIn> =>
  startComfyUI({ plan: () => ({ steps, stepMs: ms / steps }), edit: async () => edited });

/** Stand-ins in this process and files for a house, which is started in a process of its own; limits of people do not bind. */
export async function openStage({ servers, jobMs }: { servers: number; jobMs: number }): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-queue-'));
  const telegram = await startTelegram({ token, recordCalls: false });
  const comfys = await Promise.all(Array.from({ length: servers }, () => machine(jobMs)));
  const env = environment(folder, telegram.url, comfys);
  return {
    ...{ telegram, comfys, env },
    async order(people) {
      await Promise.all(
        people.map(id => telegram.person(id, { firstName: 'Анна' }).sendPhoto(photo, { caption: 'make it new' })),
      );
    },
    queued: jobs => queued(join(folder, 'bot.db'), jobs),
    executed: jobs => executed(comfys, jobs),
    async close() {
      await Promise.all([telegram.close(), ...comfys.map(comfy => comfy.close())]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const environment = (folder: string, telegramUrl: string, comfys: readonly ComfyUIStandIn[]): Record<string, string> => ({
  ...{ BOT_TOKEN: token, TELEGRAM_API_URL: telegramUrl, PORT: '0', LOG_LEVEL: 'fatal', UNLIMITED_PROCESSING: 'true' },
  ...{ COMFYUI_URL: comfys.map(({ url }) => url).join(','), DATA_DIR: folder, DATABASE_URL: `sqlite:${folder}/bot.db` },
  ...{ MAX_PENDING_PER_USER: '1000', MAX_TASKS_PER_USER_PER_HOUR: '1000', MAX_MESSAGES_PER_USER_PER_MINUTE: '1000' },
});

export const openHouse = ({ env }: Stage): ReturnType<typeof startHouseProcess> => startHouseProcess(env);

async function queued(path: string, jobs: number): Promise<void> {
  const reader = await openReader(path);
  const count = async () =>
    (await reader.select<{ n: number }>("SELECT count(*) AS n FROM jobs WHERE state IN ('queued', 'submitting')"))[0]?.n ?? 0;
  while ((await count()) < jobs) await new Promise(resolve => setTimeout(resolve, 20));
  await reader.close();
}

async function executed(comfys: readonly ComfyUIStandIn[], jobs: number): Promise<Execution[]> {
  const ended = () => comfys.flatMap(({ executions }) => executions.filter(({ outcome }) => outcome === 'success'));
  while (ended().length < jobs) await Promise.race(comfys.map(comfy => comfy.waitFor('ended', undefined, 60_000)));
  return ended();
}
