import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import sharp from 'sharp';
import type { Alarm, Clock, Observed } from '../actors/protocol.ts';
import { type Database, openReader, openWriter } from '../db/database.ts';
import { readConfig } from '../src/config.ts';
import { type House, startHouse } from '../src/house.ts';
import type { StandInName } from '../src/played-parts.ts';
import { type ComfyUIOptions, type ComfyUIStandIn, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { startTelegram, type TelegramStandIn } from '../src/sandbox/telegram/server.ts';
import { startYooKassa, type YooKassaStandIn } from '../src/sandbox/yookassa/server.ts';
import { layEmptyDatabase } from './built.ts';

export const token = '123456:TEST-TOKEN-not-real';

export type StudioOptions = {
  env?: Record<string, string>;
  comfy?: ComfyUIOptions;
  servers?: number;
  /** Where its rows are, if not in an SQLite file of its own: what `freshPostgres` gives. */
  databaseUrl?: string;
  clock?: Clock;
  bonusAlarm?: Alarm;
  shop?: boolean;
  /** What the house is told is played. */
  standIns?: readonly StandInName[];
};

/** A whole house over real HTTP, a real SQLite file and honest stand-ins, for as long as the test lasts. */
export type Studio = {
  telegram: TelegramStandIn;
  comfy: ComfyUIStandIn;
  comfys: ComfyUIStandIn[];
  /** Only where a `shop` was asked for. */
  shop: YooKassaStandIn;
  house: House;
  env: Record<string, string>;
  folder: string;
  /** Every step the house has told of, in order. */
  observed: Observed[];
  /** Resolves with the first step that fits, past ones included unless `from` leaves them out. */
  step(match: string | RegExp | ((seen: Observed) => boolean), from?: number): Promise<Observed>;
  /** Stops the house and opens it again on the same files. */
  reopen(): Promise<void>;
  /** Reads the database from outside. */
  read<Row extends Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** Changes it from outside; the house must not run meanwhile. */
  write(sql: string): Promise<void>;
};

export async function openStudio(t: ExecutionContext, options: StudioOptions = {}): Promise<Studio> {
  const folder = mkdtempSync(join(tmpdir(), 'studio-'));
  if (!options.databaseUrl) layEmptyDatabase(join(folder, 'bot.db'));
  const telegram = await startTelegram({ token, resendDelayMs: 20 });
  const comfys = await Promise.all(Array.from({ length: options.servers ?? 1 }, () => startComfyUI(options.comfy)));
  const shop = options.shop ? await startYooKassa({ shopId: '100500', apiKey: 'live_secret' }) : undefined;
  const env = {
    ...(shop && shopEnvironment(shop)),
    ...environment(
      folder,
      telegram.url,
      comfys.map(({ url }) => url),
    ),
    ...(options.databaseUrl && { DATABASE_URL: options.databaseUrl }),
    ...options.env,
  };
  const watch = watchSteps();
  const start = async () => {
    const house = await startHouse(readConfig(env, options.standIns), {
      observe: watch.observe,
      ...(options.clock && { clock: options.clock }),
      ...(options.bonusAlarm && { bonusAlarm: options.bonusAlarm }),
    });
    if (shop) shop.notifyUrl = `${house.url}/api/webhooks/yukassa`;
    return house;
  };
  const studio: Studio = {
    ...{
      telegram,
      comfy: comfys[0]!,
      comfys,
      shop: shop as YooKassaStandIn,
      house: await start(),
      env,
      folder,
      observed: watch.observed,
      step: watch.step,
    },
    async reopen() {
      await studio.house.stop();
      studio.house = await start();
    },
    read: sql => readFrom(env.DATABASE_URL!, sql),
    write: async sql => {
      const database = await openWriter(env.DATABASE_URL!);
      await database.run(sql);
      await database.close();
    },
  };
  t.teardown(async () => {
    await studio.house.stop();
    await Promise.all([telegram.close(), shop?.close(), ...comfys.map(comfy => comfy.close())]);
    rmSync(folder, { recursive: true, force: true });
  });
  return studio;
}

/** The environment of a house over these stand-ins; points, limits and times are the defaults unless a test says otherwise. */
export const environment = (folder: string, telegramUrl: string, comfyUrls: readonly string[]): Record<string, string> => ({
  BOT_TOKEN: token,
  TELEGRAM_API_URL: telegramUrl,
  COMFYUI_URL: comfyUrls.join(','),
  PORT: '0',
  DATA_DIR: folder,
  DATABASE_URL: `sqlite:${join(folder, 'bot.db')}`,
  RETRY_DELAYS: '0.05',
  // Points that come by the day of the week are for the tests that say so.
  WEEKLY_BONUS_ENABLED: 'false',
});

/** The shop of a house over the stand-in, which notifies from this machine. */
export const shopEnvironment = ({ url }: YooKassaStandIn): Record<string, string> => ({
  YUKASSA_SHOP_ID: '100500',
  YUKASSA_API_KEY: 'live_secret',
  YUKASSA_API_URL: url,
  YUKASSA_ALLOWED_IPS: '127.0.0.0/8',
});

function watchSteps() {
  const observed: Observed[] = [];
  const waiting = new Set<(seen: Observed) => void>();
  return {
    observed,
    observe(seen: Observed) {
      observed.push(seen);
      for (const wake of waiting) wake(seen);
    },
    step(match: string | RegExp | ((seen: Observed) => boolean), from = 0): Promise<Observed> {
      const fits =
        typeof match === 'function'
          ? match
          : ({ step }: Observed) => (typeof match === 'string' ? step === match : match.test(step));
      const past = observed.slice(from).find(fits);
      if (past) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`never observed: ${match}; last: ${observed.slice(-15).map(({ step }) => step)}`)),
          60_000,
        );
        const wake = (seen: Observed) => {
          if (!fits(seen)) return;
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(seen);
        };
        waiting.add(wake);
      });
    },
  };
}

async function readFrom<Row extends Record<string, unknown>>(url: string, sql: string): Promise<Row[]> {
  const database: Database = await openReader(url);
  try {
    return await database.select<Row>(sql);
  } finally {
    await database.close();
  }
}

/** A photo such as a phone takes: landscape, JPEG, with content that differs by `seed`. */
export const phonePhoto = (seed = 1, width = 1280, height = 960): Promise<Buffer> =>
  sharp({
    create: { width, height, channels: 3, background: { r: (seed * 53) % 256, g: (seed * 97) % 256, b: (seed * 193) % 256 } },
  })
    .jpeg()
    .toBuffer();
