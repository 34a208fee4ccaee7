import { z } from 'zod';
import { isDatabaseUrl, isPostgres } from '../db/url.ts';
import { workflowNames } from '../workflows/index.ts';
import { ConfigError } from './config-error.ts';
import { address, cidrs, flag, ids, parts, seconds, timeOfDay, timeZone, weekday, whole } from './config-values.ts';
import type { WeeklyBonus } from './domain/bonus.ts';
import { checked } from './environment.ts';
import { paymentsOf, paymentVariables } from './payment-config.ts';
import { completed, type StandInName } from './played-parts.ts';

const comfyAddresses = 'one or several addresses, by comma: https, or http for loopback';
const schema = z.object({
  BOT_TOKEN: z
    .string('the token that BotFather gave')
    .regex(/^\d+:[\w-]{10,}$/, 'the token that BotFather gave, like 123456:ABC…'),
  BOT_NAME: z.string().default('QwenEditBot'),
  TELEGRAM_API_URL: address.default('https://api.telegram.org'),
  WEBHOOK_URL: address.optional(),
  WEBHOOK_SECRET: z
    .string()
    .regex(/^[\w-]{1,256}$/, '1 to 256 of A-Z a-z 0-9 _ -')
    .optional(),
  HOST: z
    .string()
    .transform(host => host.replace(/^\[(.*)\]$/, '$1'))
    .default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8000),
  TRUST_PROXY: cidrs.default([]),
  DATABASE_URL: z
    .string()
    .refine(isDatabaseUrl, 'sqlite:<path>, or postgres://user:password@host:5432/database')
    .default('sqlite:./data/bot.db'),
  DATA_DIR: z.string().default('./data'),
  COMFYUI_URL: z.string(comfyAddresses).transform(parts).pipe(z.array(address).min(1, comfyAddresses)),
  COMFYUI_TIMEOUT: seconds.min(1, 'seconds, at least 1').default(300),
  WORKFLOW: z.enum(workflowNames as [string, ...string[]], `one of ${workflowNames.join(', ')}`).default('qwen-edit-2511'),
  JOB_DEADLINE_SECONDS: whole(1).default(3600),
  ...paymentVariables,
  INITIAL_BALANCE: whole(0).default(60),
  EDIT_COST: whole(0).default(30),
  ADMIN_IDS: ids.default([]),
  UNLIMITED_IDS: ids.default([]),
  UNLIMITED_PROCESSING: flag.default(false),
  MAX_TASKS_PER_USER_PER_HOUR: whole(1).default(20),
  MAX_PENDING_PER_USER: whole(1).default(3),
  MAX_MESSAGES_PER_USER_PER_MINUTE: whole(1).default(120),
  MAX_RETRIES: whole(0, 100).default(3),
  RETRY_DELAYS: z.string().transform(parts).pipe(z.array(seconds)).default([5, 10, 20]),
  WEEKLY_BONUS_ENABLED: flag.default(true),
  WEEKLY_BONUS_AMOUNT: whole(1).default(10),
  WEEKLY_BONUS_DAY: weekday.default(4),
  WEEKLY_BONUS_TIME: timeOfDay.default('20:00'),
  TIMEZONE: timeZone.default('Europe/Moscow'),
  SUPPORT_CONTACT: z.string().optional(),
  TERMS_URL: address.optional(),
  PHOTO_RETENTION_HOURS: whole(1).default(24),
  RESULT_RETENTION_HOURS: whole(1).default(720),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'fatal, error, warn, info, debug, trace or silent')
    .default('info'),
  NODE_ENV: z.string().optional(),
});

/**
 * Reads the environment once: validated, in groups, in milliseconds, frozen. `standIns` are the parts that are played: what they
 * sell is booked apart and said plainly. Throws ConfigError for the first variable that is wrong.
 */
export function readConfig(environment: NodeJS.ProcessEnv, standIns: readonly StandInName[] = []) {
  const env = checked(schema, environment);
  if (env.WEBHOOK_URL && !env.WEBHOOK_SECRET)
    throw new ConfigError('WEBHOOK_SECRET is not set; it is required with WEBHOOK_URL: 1 to 256 of A-Z a-z 0-9 _ -');
  const payments = paymentsOf(env, { telegram: standIns.includes('telegram'), yookassa: standIns.includes('yookassa') });
  return deepFreeze({
    telegram: {
      ...{ token: env.BOT_TOKEN, apiUrl: env.TELEGRAM_API_URL, botName: env.BOT_NAME },
      webhook: webhookOf(env.WEBHOOK_URL, env.WEBHOOK_SECRET),
    },
    http: { host: env.HOST, port: env.PORT, proxies: env.TRUST_PROXY },
    storage: {
      ...{ databaseUrl: env.DATABASE_URL, folder: env.DATA_DIR },
      ...{ photoRetentionMs: env.PHOTO_RETENTION_HOURS * 3_600_000, resultRetentionMs: env.RESULT_RETENTION_HOURS * 3_600_000 },
    },
    comfy: { servers: serversOf(env.COMFYUI_URL), timeoutMs: env.COMFYUI_TIMEOUT * 1000, workflow: env.WORKFLOW },
    jobs: {
      ...{ deadlineMs: env.JOB_DEADLINE_SECONDS * 1000 },
      ...{ openMax: env.MAX_PENDING_PER_USER, perHourMax: env.MAX_TASKS_PER_USER_PER_HOUR },
      retry: { retriesMax: env.MAX_RETRIES, delaysMs: env.RETRY_DELAYS.map(delay => delay * 1000) },
    },
    payments,
    points: {
      ...{ initial: env.INITIAL_BALANCE, editPrice: env.EDIT_COST, everyoneFree: env.UNLIMITED_PROCESSING },
      freeFor: [...env.ADMIN_IDS, ...env.UNLIMITED_IDS],
    },
    admins: env.ADMIN_IDS,
    bonus: bonusOf(env),
    timeZone: env.TIMEZONE,
    chat: {
      messagesPerMinute: env.MAX_MESSAGES_PER_USER_PER_MINUTE,
      supportContact: env.SUPPORT_CONTACT ?? null,
      termsUrl: env.TERMS_URL ?? null,
      practice: { pictures: standIns.includes('comfyui'), payments: payments.yookassa?.name === 'sandbox' },
    },
    logLevel: env.LOG_LEVEL,
  });
}

export type Config = ReturnType<typeof readConfig>;

/**
 * Throws ConfigError for the first variable that is wrong, before anything is started that plays the `missing` parts and would
 * complete the environment.
 */
export function assertReadable(environment: NodeJS.ProcessEnv, missing: readonly StandInName[]): void {
  readConfig(completed(environment, missing), missing);
}

/** Where the page of the sandbox listens. */
export function frontOf(environment: NodeJS.ProcessEnv): { host: string; port: number } {
  const { HOST: host, PORT: port } = checked(schema.pick({ HOST: true, PORT: true }), environment);
  return { host, port };
}

/** The URL of the database, for work that needs nothing else. */
export const databaseUrl = (environment: NodeJS.ProcessEnv): string =>
  checked(schema.pick({ DATABASE_URL: true }), environment).DATABASE_URL;

/** Where a house on SQLite is to be moved to. */
export const targetDatabaseUrl = (environment: NodeJS.ProcessEnv): string => checked(moving, environment).TARGET_DATABASE_URL;
const targetForm = 'postgres://user:password@host:5432/database';
const moving = z.object({
  TARGET_DATABASE_URL: z.string(targetForm).refine(url => isPostgres(url) && isDatabaseUrl(url), targetForm),
});

/**
 * A server that is named twice is still one, by whatever names: the first is kept, in the one way to spell it that our rows know.
 */
function serversOf(addresses: readonly string[]): string[] {
  const servers = new Map<string, string>();
  for (const address of addresses) {
    const { href, protocol, hostname, port, pathname } = new URL(address);
    const machine = hostname === 'localhost' || hostname === '[::1]' ? '127.0.0.1' : hostname;
    const identity = [protocol, machine, port, pathname.replace(/\/+$/, '')].join(' ');
    if (!servers.has(identity)) servers.set(identity, href.replace(/[?#].*$/, '').replace(/\/+$/, ''));
  }
  return [...servers.values()];
}

type Variables = z.output<typeof schema>;

/** Null where none is given. */
function bonusOf(env: Variables): WeeklyBonus | null {
  if (!env.WEEKLY_BONUS_ENABLED) return null;
  const [hour, minute] = env.WEEKLY_BONUS_TIME.split(':').map(Number) as [number, number];
  return { points: env.WEEKLY_BONUS_AMOUNT, day: env.WEEKLY_BONUS_DAY, hour, minute, timeZone: env.TIMEZONE };
}

const webhookOf = (url: string | undefined, secret: string | undefined) => (url && secret ? { url, secret } : null);

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
