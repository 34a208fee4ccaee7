import { isIP } from 'node:net';
import { z } from 'zod';
import { workflowNames } from '../workflows/index.ts';

/** A variable that is missing or malformed. The message is one line: the variable, what it holds, what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const secrets = /TOKEN|SECRET|KEY/;

const isLoopback = (host: string): boolean =>
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
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8000),
  DATABASE_URL: z
    .string()
    .regex(/^sqlite:(?:\/\/\/)?(?!:memory:)./, 'sqlite:<path>')
    .default('sqlite:./data/bot.db'),
  DATA_DIR: z.string().default('./data'),
  COMFYUI_URL: z.string(comfyAddresses).transform(parts).pipe(z.array(address).min(1, comfyAddresses)),
  COMFYUI_TIMEOUT: seconds.min(1, 'seconds, at least 1').default(300),
  WORKFLOW: z.enum(workflowNames as [string, ...string[]], `one of ${workflowNames.join(', ')}`).default('qwen-edit-2511'),
  JOB_DEADLINE_SECONDS: whole(1).default(3600),
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
  SUPPORT_CONTACT: z.string().optional(),
  PHOTO_RETENTION_HOURS: whole(1).default(24),
  RESULT_RETENTION_HOURS: whole(1).default(720),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'fatal, error, warn, info, debug, trace or silent')
    .default('info'),
});

/** Reads the environment once: validated, in groups, in milliseconds, frozen. Throws ConfigError for the first variable that is wrong. */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = schema.safeParse(set);
  if (!parsed.success) throw new ConfigError(complaint(parsed.error.issues[0]!, environment));
  const env = parsed.data;
  if (env.WEBHOOK_URL && !env.WEBHOOK_SECRET)
    throw new ConfigError('WEBHOOK_SECRET is not set; it is required with WEBHOOK_URL: 1 to 256 of A-Z a-z 0-9 _ -');
  return deepFreeze({
    telegram: {
      token: env.BOT_TOKEN,
      apiUrl: env.TELEGRAM_API_URL,
      botName: env.BOT_NAME,
      webhook: webhookOf(env.WEBHOOK_URL, env.WEBHOOK_SECRET),
    },
    http: { host: env.HOST, port: env.PORT },
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
    points: {
      ...{ initial: env.INITIAL_BALANCE, editPrice: env.EDIT_COST, everyoneFree: env.UNLIMITED_PROCESSING },
      freeFor: [...env.ADMIN_IDS, ...env.UNLIMITED_IDS],
    },
    chat: { messagesPerMinute: env.MAX_MESSAGES_PER_USER_PER_MINUTE, supportContact: env.SUPPORT_CONTACT ?? null },
    logLevel: env.LOG_LEVEL,
  });
}

export type Config = ReturnType<typeof readConfig>;

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
