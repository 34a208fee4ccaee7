import { isIP } from 'node:net';
import { z } from 'zod';
import { sqlitePath } from '../db/database.ts';
import { workflowNames } from '../workflows/index.ts';
import { addressList } from './http/client-address.ts';

/** A variable that is missing or malformed. The message is one line: the variable, what it holds, what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const secrets = /TOKEN|SECRET|KEY/;

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));

/** https, or http where nobody can listen in. */
const address = z.string().refine(value => {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}, 'an https address, or http for loopback');

const comfyAddresses = 'one or several addresses, by comma: https, or http for loopback';
const whole = (least: number, most = 1_000_000_000) =>
  z.coerce
    .number<string>(`a whole number from ${least}`)
    .int(`a whole number from ${least}`)
    .min(least, `a whole number from ${least}`)
    .max(most, `at most ${most}`);
const parts = (value: string): string[] =>
  value
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
const ids = z
  .string()
  .transform(parts)
  .pipe(z.array(whole(1, Number.MAX_SAFE_INTEGER)));
const flag = z.enum(['true', 'false', 'True', 'False', '1', '0'], 'true or false').transform(value => /^(true|1)$/i.test(value));
const networks = 'addresses or networks like 10.0.0.0/8, by comma';
const isNetwork = (cidr: string): boolean => {
  try {
    return Boolean(addressList([cidr]));
  } catch {
    return false;
  }
};
const cidrs = z
  .string()
  .transform(parts)
  .pipe(z.array(z.string().refine(isNetwork, networks)));

/** What YooKassa publishes as the addresses of its notifications. */
const yookassaAddresses = [
  ...['185.71.76.0/27', '185.71.77.0/27', '77.75.153.0/25', '77.75.156.11', '77.75.156.35', '77.75.154.128/25'],
  '2a02:5180::/32',
];
const seconds = z.coerce.number<string>('seconds').min(0, 'seconds');

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
    .regex(/^sqlite:(?:\/\/\/)?(?!:memory:)./, 'sqlite:<path>')
    .default('sqlite:./data/bot.db'),
  DATA_DIR: z.string().default('./data'),
  COMFYUI_URL: z.string(comfyAddresses).transform(parts).pipe(z.array(address).min(1, comfyAddresses)),
  COMFYUI_TIMEOUT: seconds.min(1, 'seconds, at least 1').default(300),
  WORKFLOW: z.enum(workflowNames as [string, ...string[]], `one of ${workflowNames.join(', ')}`).default('qwen-edit-2511'),
  JOB_DEADLINE_SECONDS: whole(1).default(3600),
  PAYMENTS_ENABLED: flag.default(true),
  YUKASSA_SHOP_ID: z.string().optional(),
  YUKASSA_API_KEY: z.string().optional(),
  YUKASSA_API_URL: address.default('https://api.yookassa.ru/v3'),
  YUKASSA_ALLOWED_IPS: cidrs.default(yookassaAddresses),
  YUKASSA_WEBHOOK_SECRET: z.string().optional(),
  PAYMENT_RETURN_URL: address.optional(),
  PAYMENT_MIN_AMOUNT: whole(1, 350_000).default(1),
  PAYMENT_MAX_AMOUNT: whole(1, 350_000).default(10_000),
  PAYMENT_RECONCILE_SECONDS: seconds.min(1, 'seconds, at least 1').default(60),
  POINTS_PER_RUBLE: whole(1, 1_000_000).default(100),
  POINTS_PER_STAR: whole(1, 1_000_000).default(130),
  INITIAL_BALANCE: whole(0).default(60),
  EDIT_COST: whole(0).default(30),
  ADMIN_IDS: ids.default([]),
  UNLIMITED_IDS: ids.default([]),
  UNLIMITED_PROCESSING: flag.default(false),
  MAX_TASKS_PER_USER_PER_HOUR: whole(1).default(20),
  MAX_PENDING_PER_USER: whole(1).default(3),
  MAX_OPEN_PAYMENTS_PER_USER: whole(1).default(5),
  MAX_MESSAGES_PER_USER_PER_MINUTE: whole(1).default(120),
  MAX_RETRIES: whole(0, 100).default(3),
  RETRY_DELAYS: z.string().transform(parts).pipe(z.array(seconds)).default([5, 10, 20]),
  SUPPORT_CONTACT: z.string().optional(),
  PHOTO_RETENTION_HOURS: whole(1).default(24),
  RESULT_RETENTION_HOURS: whole(1).default(720),
  NODE_ENV: z.string().optional(),
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
      // A server that is named twice is still one.
      servers: [...new Set(env.COMFYUI_URL.map(url => url.replace(/\/+$/, '')))],
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
    payments: paymentsOf(env, standIns),
    points: {
      ...{ initial: env.INITIAL_BALANCE, editPrice: env.EDIT_COST, everyoneFree: env.UNLIMITED_PROCESSING },
      freeFor: [...env.ADMIN_IDS, ...env.UNLIMITED_IDS],
    },
    chat: {
      messagesPerMinute: env.MAX_MESSAGES_PER_USER_PER_MINUTE,
      supportContact: env.SUPPORT_CONTACT ?? null,
      practice: { pictures: standIns.includes('comfyui'), payments: standIns.includes('yookassa') },
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

/** The path of the SQLite file, for work that needs nothing else. */
export const databasePath = (environment: NodeJS.ProcessEnv): string =>
  sqlitePath(checked(schema.pick({ DATABASE_URL: true }), environment).DATABASE_URL);

function checked<Schema extends z.ZodType>(schema: Schema, environment: NodeJS.ProcessEnv): z.output<Schema> {
  const parsed = schema.safeParse(setIn(environment));
  if (!parsed.success) throw new ConfigError(complaint(parsed.error.issues[0]!, environment));
  return parsed.data;
}

/** What holds more than white space, without the white space around it. */
const setIn = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])));

type Variables = z.output<typeof schema>;

/** Null without a shop. One that is switched off sells nothing, but what it has sold is still credited. */
function paymentsOf(env: Variables, standIns: readonly StandInName[]) {
  if (!env.YUKASSA_SHOP_ID || (!env.PAYMENTS_ENABLED && !env.YUKASSA_API_KEY)) return null;
  if (!env.YUKASSA_API_KEY)
    throw new ConfigError('YUKASSA_API_KEY is not set; it should be the secret key of the shop in YUKASSA_SHOP_ID');
  if (env.PAYMENT_MIN_AMOUNT > env.PAYMENT_MAX_AMOUNT)
    throw new ConfigError(`PAYMENT_MIN_AMOUNT holds ${env.PAYMENT_MIN_AMOUNT}; it should be at most PAYMENT_MAX_AMOUNT`);
  return {
    ...{ gateway: standIns.includes('yookassa') ? ('sandbox' as const) : ('yookassa' as const), sells: env.PAYMENTS_ENABLED },
    ...{ shopId: env.YUKASSA_SHOP_ID, apiKey: env.YUKASSA_API_KEY, apiUrl: env.YUKASSA_API_URL },
    ...{ notifiers: env.YUKASSA_ALLOWED_IPS, webhookSecret: env.YUKASSA_WEBHOOK_SECRET ?? null },
    returnUrl: env.PAYMENT_RETURN_URL ?? null,
    ...{ rublesMin: env.PAYMENT_MIN_AMOUNT, rublesMax: env.PAYMENT_MAX_AMOUNT },
    ...{ pointsPerRuble: env.POINTS_PER_RUBLE, pointsPerStar: env.POINTS_PER_STAR },
    ...{ reconcileMs: env.PAYMENT_RECONCILE_SECONDS * 1000, openMax: env.MAX_OPEN_PAYMENTS_PER_USER },
  };
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
  return JSON.stringify(value.replace(/\/\/[^\s/,]*@/g, '//…@'));
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
