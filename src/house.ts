import type { Server } from 'node:http';
import type { Clock, Commit, Observe, Unfinished } from '../actors/protocol.ts';
import { type Actors, startActors } from '../actors/system.ts';
import { loadCatalogue, seedCatalogue } from '../db/catalogue.ts';
import { type Database, openReader, openWriter, sqlitePath } from '../db/database.ts';
import { createJournal } from '../db/journal.ts';
import { migrate } from '../db/migrate.ts';
import { createQueries, type Queries } from '../db/queries.ts';
import { createWriter, type OwnershipLost } from '../db/writer.ts';
import { workflowNames } from '../workflows/index.ts';
import { type Bot, createBot, listen } from './bot/bot.ts';
import { createDeliver } from './bot/deliver.ts';
import { downloadFile } from './bot/download.ts';
import { createStatusMessages } from './bot/status-message.ts';
import { systemClock } from './clock.ts';
import { checkingServers, workflowsInUse } from './comfy-check.ts';
import type { Config } from './config.ts';
import { type Catalogue, chosenPreset } from './domain/catalogue.ts';
import { photoBytesMax } from './domain/dialog.ts';
import type { ChosenPreset } from './domain/person-event.ts';
import { openDoors, takePort } from './doors.ts';
import { fitPreview } from './images/preview.ts';
import { createYooKassa } from './payments/yookassa.ts';
import { assertShopMatches } from './practice-points.ts';
import { createComfyUI } from './providers/comfyui/client.ts';
import { scheduleRetention } from './retention.ts';
import { createPhotoStore, type PhotoStore } from './storage/photo-store.ts';

/** A running house. `stop` ends the intake first and lets short work end; what runs on a GPU is adopted at the next start. */
export type House = { readonly url: string; stop(): Promise<void> };
export type HouseOptions = { observe: Observe; onOwnershipLost?: (error: OwnershipLost) => void; clock?: Clock };

/** The composition root: the one place that knows everyone. Resolves when updates are being taken. */
export async function startHouse(config: Config, options: HouseOptions): Promise<House> {
  // First of all: where another house listens, its database is not to be taken from it.
  const server = await takePort(config.http);
  try {
    return await openBehind(server, config, options);
  } catch (error) {
    server.close();
    throw error;
  }
}

async function openBehind(server: Server, config: Config, options: HouseOptions): Promise<House> {
  const { observe, clock = systemClock } = options;
  const path = sqlitePath(config.storage.databaseUrl);
  const database = await openWriter(path);
  await migrate(database);
  await seedCatalogue(database, clock.now());
  const reader = await openReader(path);
  const queries = createQueries(reader);
  await assertShopMatches(queries, config.payments?.sells ? config.payments.gateway : null);
  const catalogue = await loadCatalogue(reader, workflowNames);
  const bot = createBot(config.telegram);
  const download = (file: { fileId: string }) => downloadFile(bot.telegram, config.telegram, file.fileId, photoBytesMax);
  const photos = createPhotoStore({ folder: config.storage.folder, download });
  let actors: Actors | undefined;
  const writer = await createWriter(database, { ...options, now: clock.now, onCommitted: writes => actors?.committed(writes) });
  const journal = createJournal({ commit: writer.commit, reader });
  actors = startHouseActors(config, { ...{ observe, clock, queries, catalogue, bot, photos, journal }, commit: writer.commit });
  listen(bot, actors.users, observe);
  const stopSweeping = scheduleRetention({ commit: writer.commit, queries, photos, observe, now: clock.now, ...config.storage });
  const doors = await openDoors(config, {
    server,
    bot,
    queries,
    commit: writer.commit,
    payments: actors.payments,
    observe,
    clock,
  });
  const stop = async (): Promise<void> => {
    await doors.close();
    stopSweeping();
    await actors.drain();
    actors.stop();
    await writer.settled();
    await close(database, reader);
  };
  let stopped: Promise<void> | undefined;
  return { url: doors.url, stop: () => (stopped ??= stop()) };
}

type Parts = {
  observe: Observe;
  clock: Clock;
  commit: Commit;
  queries: Queries;
  catalogue: Catalogue;
  bot: Bot;
  photos: PhotoStore;
  journal: object;
};

function startHouseActors(config: Config, parts: Parts): Actors {
  const { comfy, jobs, points, chat, telegram, payments } = config;
  const { queries, catalogue, photos, bot } = parts;
  const house = { workflow: comfy.workflow, price: points.editPrice };
  const chosen = (presetId: number | null) => (presetId === null ? undefined : chosenPreset(catalogue, presetId, house));
  const priceFor = (userId: number, preset: ChosenPreset | null | undefined): number =>
    points.everyoneFree || points.freeFor.includes(userId) ? 0 : (preset?.price ?? points.editPrice);
  const { deliver, show } = createDeliver({
    statusMessages: createStatusMessages({ telegram: bot.telegram, fitPreview }),
    ...{ telegram: bot.telegram, queries, catalogue: () => catalogue, readResult: photos.readResult },
    ...{ botName: telegram.botName, supportContact: chat.supportContact, topUp: termsOf(payments), practice: chat.practice },
    priceFor: (userId, presetId) => priceFor(userId, chosen(presetId)),
  });
  const servers = comfy.servers.map(server => createComfyUI({ server }));
  const workflows = workflowsInUse(comfy.workflow, catalogue);
  return startActors({
    ...{
      ...parts,
      observe: checkingServers({ servers, workflows, observe: parts.observe }),
      deliver,
      show,
      servers,
      timeoutMs: comfy.timeoutMs,
    },
    ...{
      retry: jobs.retry,
      catalogue: { preset: (id: number) => chosen(id) },
      wakeups: queries.wakeups,
      pendingOutbox: queries.pendingOutbox,
    },
    job: queries.job,
    ...{ gateway: gatewayOf(config, bot), reconcileMs: payments?.reconcileMs ?? 60_000 },
    ...{ openPayments: queries.openPayments, paymentOf: queries.paymentOf },
    ...{ lastRuns: queries.lastRuns, hasPaid: queries.hasPaid, openPayers: queries.openPayers },
    unfinishedJobs: () => unfinishedJobs(queries, photos),
    abandonedAttempts: async () =>
      (await Promise.all(comfy.servers.map(queries.abandonedOn))).filter(found => found !== undefined),
    rules: {
      ...{
        initialPoints: points.initial,
        messagesPerMinute: chat.messagesPerMinute,
        openJobs: jobs.openMax,
        jobsPerHour: jobs.perHourMax,
      },
      ...{ jobDeadlineMs: jobs.deadlineMs, workflow: comfy.workflow, priceFor, idleMs: idlePersonMs, topUp: termsOf(payments) },
    },
  });
}

/** The shop, if anything is sold. A payer comes back to the chat with the bot unless another address is set. */
const gatewayOf = ({ payments }: Config, bot: Bot) =>
  payments &&
  createYooKassa({
    ...{ name: payments.gateway, shopId: payments.shopId, apiKey: payments.apiKey, apiUrl: payments.apiUrl },
    returnUrl: () => payments.returnUrl ?? (bot.botInfo ? `https://t.me/${bot.botInfo.username}` : null),
  });

/** What an event of a person holds of the terms: no key of the shop may get into the journal. */
const termsOf = (payments: Config['payments']) => {
  if (!payments?.sells) return null;
  const { gateway, pointsPerRuble, pointsPerStar, rublesMin, rublesMax, openMax } = payments;
  const ways = (['card', 'sbp'] as const).map(method => ({ method, gateway, currency: 'RUB' as const }));
  return { ways, pointsPerRuble, pointsPerStar, rublesMin, rublesMax, openMax };
};

/** How long a person stays in memory after they were last heard of. */
const idlePersonMs = 5 * 60_000;

const unfinishedJobs = async (queries: Queries, photos: PhotoStore): Promise<Unfinished[]> =>
  Promise.all(
    (await queries.unfinishedJobs()).map(async one => ({
      ...one,
      hasResult: one.job.state === 'submitting' && (await photos.hasResult(one.job.id)),
    })),
  );

const close = async (...databases: Database[]): Promise<void> =>
  void (await Promise.all(databases.map(database => database.close())));
