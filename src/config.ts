import { z } from 'zod';
import { isDatabaseUrl, isPostgres, withoutPassword } from '../db/url.ts';
import { workflowNames } from '../workflows/index.ts';
import { ConfigError } from './config-error.ts';
import { address, cidrs, flag, ids, isLoopback, parts, seconds, timeOfDay, timeZone, weekday, whole } from './config-values.ts';
import type { WeeklyBonus } from './domain/bonus.ts';
import { paymentsOf, paymentVariables } from './payment-config.ts';

export { ConfigError };

const secrets = /TOKEN|SECRET|KEY/;

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
});

/** The parts of the world that a stand-in can play when nothing real is named. */
export const standInNames = ['telegram', 'comfyui', 'yookassa'] as const;
export type StandInName = (typeof standInNames)[number];

/**
 * Reads the environment once: validated, in groups, in milliseconds, frozen. `standIns` are the parts that are played: what they sell is
 * booked apart and said plainly. Throws ConfigError for the first variable that is wrong.
 */
export function readConfig(environment: NodeJS.ProcessEnv, standIns: readonly StandInName[] = []) {
  const env = checked(schema, environment);
  if (env.WEBHOOK_URL && !env.WEBHOOK_SECRET)
    throw new ConfigError('WEBHOOK_SECRET is not set; it is required with WEBHOOK_URL: 1 to 256 of A-Z a-z 0-9 _ -');
  const payments = paymentsOf(env, { telegram: standIns.includes('telegram'), yookassa: standIns.includes('yookassa') });
  return deepFreeze({
    telegram: {
      token: env.BOT_TOKEN,
      apiUrl: env.TELEGRAM_API_URL,
      botName: env.BOT_NAME,
      webhook: webhookOf(env.WEBHOOK_URL, env.WEBHOOK_SECRET),
    },
    http: { host: env.HOST, port: env.PORT, proxies: env.TRUST_PROXY },
    storage: {
      ...{ databaseUrl: env.DATABASE_URL, folder: env.DATA_DIR },
      ...{ photoRetentionMs: env.PHOTO_RETENTION_HOURS * 3_600_000, resultRetentionMs: env.RESULT_RETENTION_HOURS * 3_600_000 },
    },
    comfy: {
      servers: serversOf(env.COMFYUI_URL),
      timeoutMs: env.COMFYUI_TIMEOUT * 1000,
      workflow: env.WORKFLOW,
    },
    jobs: {
      ...{
        deadlineMs: env.JOB_DEADLINE_SECONDS * 1000,
        openMax: env.MAX_PENDING_PER_USER,
        perHourMax: env.MAX_TASKS_PER_USER_PER_HOUR,
      },
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

function checked<Schema extends z.ZodType>(schema: Schema, environment: NodeJS.ProcessEnv): z.output<Schema> {
  const parsed = schema.safeParse(setIn(environment));
  if (!parsed.success) throw new ConfigError(complaint(parsed.error.issues[0]!, environment));
  return parsed.data;
}

/** What holds more than white space, without the white space around it. */
const setIn = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])));

/** A server that is named twice is still one, by whatever names: the first is kept, in the one way to spell it that our rows know. */
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

/**
 * The parts that nothing real is named for, and that are therefore played. In production nothing is: ConfigError names the variable
 * that lacks.
 */
export function missingParts(environment: NodeJS.ProcessEnv): StandInName[] {
  const set: NodeJS.ProcessEnv = setIn(environment);
  const sells = !/^(false|0)$/i.test(set['PAYMENTS_ENABLED'] ?? '');
  const missing = standInNames.filter(part => !set[variables[part]] && (part !== 'yookassa' || sells));
  const [first] = missing;
  // Whoever has the key has a shop: its customers are not to get points for nothing because its id was forgotten.
  if (missing.includes('yookassa') && set['YUKASSA_API_KEY'])
    throw new ConfigError('YUKASSA_SHOP_ID is not set; it should be the id of the shop whose key is in YUKASSA_API_KEY');
  if (first && set['NODE_ENV'] === 'production')
    throw new ConfigError(`${variables[first]} is not set; ${wanted[first]}: with NODE_ENV=production nothing is played`);
  if (first && set['HOST'] && !isLoopback(set['HOST']) && set['HOST'] !== '::1')
    throw new ConfigError(
      `HOST holds ${shown('HOST', set['HOST'])}; it should be 127.0.0.1 while ${variables[first]} is not set: the sandbox listens on loopback only`,
    );
  return missing;
}

/**
 * Throws ConfigError for the first variable that is wrong, before anything is started that plays the `missing` parts and would
 * complete the environment.
 */
export function assertReadable(environment: NodeJS.ProcessEnv, missing: readonly StandInName[]): void {
  const completion = missing.flatMap(part => Object.entries(playedVariables[part]));
  readConfig({ ...Object.fromEntries(completion), ...setIn(environment) }, missing);
}

/** Of the right form, and nobody's. */
const playedVariables = {
  telegram: { BOT_TOKEN: '1:nobody-has-this', WEBHOOK_SECRET: 'unused' },
  comfyui: { COMFYUI_URL: 'http://127.0.0.1' },
  yookassa: { YUKASSA_SHOP_ID: '0', YUKASSA_API_KEY: 'unused' },
} as const;

const variables = { telegram: 'BOT_TOKEN', comfyui: 'COMFYUI_URL', yookassa: 'YUKASSA_SHOP_ID' } as const;
const wanted = {
  telegram: 'it should be the token that BotFather gave',
  comfyui: 'it should be one or several addresses, by comma',
  yookassa: 'it should be the id of the shop, or PAYMENTS_ENABLED=false',
} as const;

const webhookOf = (url: string | undefined, secret: string | undefined) => (url && secret ? { url, secret } : null);

function complaint({ path: [name], message }: { path: PropertyKey[]; message: string }, environment: NodeJS.ProcessEnv): string {
  const variable = String(name);
  const value = environment[variable];
  return `${variable} ${value ? `holds ${shown(variable, value)}` : 'is not set'}; it should be ${message}`;
}

/** Enough to recognise a value by: of a secret no more than its beginning, of an address no password. */
function shown(variable: string, value: string): string {
  if (secrets.test(variable)) return JSON.stringify(value.length > 12 ? `${value.slice(0, 4)}…` : '…');
  if (variable.endsWith('DATABASE_URL')) return JSON.stringify(withoutPassword(value));
  return JSON.stringify(value.replace(/\/\/[^\s/,]*@/g, '//…@'));
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
