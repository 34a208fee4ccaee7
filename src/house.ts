import type { Server } from 'node:http';
import type { Alarm, Clock, Commit, Observe, Unfinished } from '../actors/protocol.ts';
import { type Actors, startActors } from '../actors/system.ts';
import { loadCatalogue, seedCatalogue } from '../db/catalogue.ts';
import { type Database, openReader, openWriter } from '../db/database.ts';
import { createJournal } from '../db/journal.ts';
import { migrate } from '../db/migrate.ts';
import { createQueries, type Queries } from '../db/queries.ts';
import { createWriter, type OwnershipLost } from '../db/writer.ts';
import { workflowNames } from '../workflows/index.ts';
import { type Bot, createBot, listen } from './bot/bot.ts';
import { createDeliver } from './bot/deliver.ts';
import { downloadFile } from './bot/download.ts';
import { lookForBill } from './bot/stars.ts';
import { createStatusMessages } from './bot/status-message.ts';
import { systemClock } from './clock.ts';
import { checkingServers, workflowsInUse } from './comfy-check.ts';
import type { Config } from './config.ts';
import { cronAlarm } from './cron-alarm.ts';
import { type Catalogue, chosenPreset } from './domain/catalogue.ts';
import { photoBytesMax } from './domain/dialog.ts';
import type { Freedom } from './domain/history.ts';
import type { ChosenPreset } from './domain/person-event.ts';
import { openDoors, takePort } from './doors.ts';
import { type Gateways, openGateways, realShops } from './gateways.ts';
import { fitPreview } from './images/preview.ts';
import { assertShopMatches } from './practice-points.ts';
import { createComfyUI } from './providers/comfyui/client.ts';
import { scheduleRetention } from './retention.ts';
import { createPhotoStore, type PhotoStore } from './storage/photo-store.ts';

/** A running house. `stop` ends the intake first and lets short work end; what runs on a GPU is adopted at the next start. */
export type House = { readonly url: string; stop(): Promise<void> };
export type HouseOptions = {
  observe: Observe;
  onOwnershipLost?: (error: OwnershipLost) => void;
  clock?: Clock;
  bonusAlarm?: Alarm;
};

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
  const bonusAlarm = options.bonusAlarm ?? cronAlarm(config.bonus);
  const { databaseUrl } = config.storage;
  const database = await openWriter(databaseUrl);
  await migrate(database);
  await seedCatalogue(database, clock.now());
  const reader = await openReader(databaseUrl);
  const queries = createQueries(reader);
  await assertShopMatches(queries, config.payments.sells ? config.payments.yookassa : null, realShops);
  const catalogue = await loadCatalogue(reader, workflowNames);
  const bot = createBot(config.telegram);
  const download = (file: { fileId: string }) => downloadFile(bot.telegram, config.telegram, file.fileId, photoBytesMax);
  const photos = createPhotoStore({ folder: config.storage.folder, download });
  let actors: Actors | undefined;
  const writer = await createWriter(database, { ...options, now: clock.now, onCommitted: writes => actors?.committed(writes) });
  const journal = createJournal({ commit: writer.commit, reader });
  const gateways = openGateways(config, bot, clock.now);
  actors = startHouseActors(config, {
    ...{ observe, clock, bonusAlarm, queries, catalogue, bot, photos, journal, gateways },
    commit: writer.commit,
  });
  const { users, payments } = actors;
  const stars = { payments, gateway: config.payments.stars.name };
  listen(bot, { ...stars, users, queries, commit: writer.commit, clock, observe });
  const stopSweeping = scheduleRetention({ commit: writer.commit, queries, photos, observe, now: clock.now, ...config.storage });
  const doors = await openDoors(config, {
    server,
    bot,
    queries,
    commit: writer.commit,
    onKept: update => lookForBill(stars, update),
    routes: gateways.routes(payments),
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
  bonusAlarm: Alarm;
  commit: Commit;
  queries: Queries;
  catalogue: Catalogue;
  bot: Bot;
  photos: PhotoStore;
  journal: object;
  gateways: Gateways;
};

function startHouseActors(config: Config, parts: Parts): Actors {
  const { comfy, jobs, points, chat, telegram, payments } = config;
  const { queries, catalogue, photos, bot, gateways } = parts;
  const house = { workflow: comfy.workflow, price: points.editPrice };
  const chosen = (presetId: number | null) => (presetId === null ? undefined : chosenPreset(catalogue, presetId, house));
  const priceFor = (userId: number, preset: ChosenPreset | null | undefined): number =>
    points.everyoneFree || points.freeFor.includes(userId) ? 0 : (preset?.price ?? points.editPrice);
  const { deliver, show } = createDeliver({
    statusMessages: createStatusMessages({ telegram: bot.telegram, fitPreview }),
    ...{ telegram: bot.telegram, queries, catalogue: () => catalogue, readResult: photos.readResult },
    ...{
      botName: telegram.botName,
      supportContact: chat.supportContact,
      termsUrl: chat.termsUrl,
      topUp: gateways.terms,
      practice: chat.practice,
    },
    ...{ timeZone: config.timeZone, freedomOf: (userId: number) => freedomOf(userId, config) },
    startLink: start => (bot.botInfo ? `https://t.me/${bot.botInfo.username}?start=${start}` : null),
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
      pendingNews: queries.pendingNews,
    },
    ...{ bonus: config.bonus, bonusOf: queries.bonusOf },
    ...{ job: queries.job, balance: queries.balance },
    ...{ gateways: gateways.byName, reconcileMs: payments.reconcileMs },
    ...{ openPayments: queries.openPayments, payment: queries.payment, paymentOf: queries.paymentOf },
    ...{ booked: queries.booked, openRefunds: queries.openRefunds, refundsOf: queries.refundsOf },
    ...{ returned: queries.returned, creditedFor: queries.creditedFor },
    ...{ subject: queries.subject, promoBy: queries.promoBy, promoFor: queries.promoFor, isUnlimited: queries.isUnlimited },
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
      ...{ jobDeadlineMs: jobs.deadlineMs, workflow: comfy.workflow, priceFor, idleMs: idlePersonMs, topUp: gateways.terms },
      isAdmin: userId => config.admins.includes(userId),
    },
  });
}

/** Why edits are free for a person by the configuration; null for who pays. */
const freedomOf = (userId: number, { admins, points }: Config): Freedom | null => {
  if (admins.includes(userId)) return 'admin';
  if (points.freeFor.includes(userId)) return 'unlimited';
  return points.everyoneFree ? 'everyone' : null;
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
