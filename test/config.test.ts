import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { assertReadable, readConfig } from '../src/config.ts';
import { ConfigError } from '../src/config-error.ts';
import type { StandInName } from '../src/played-parts.ts';

const least = { BOT_TOKEN: '123456:TEST-TOKEN-not-real', COMFYUI_URL: 'http://127.0.0.1:8188' };
const read = (environment: Record<string, string | undefined> = {}) => readConfig({ ...least, ...environment });
const complaintOf = (environment: Record<string, string | undefined>): string | undefined => {
  try {
    read(environment);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

test('with a token and a ComfyUI everything else has its default', t => {
  t.deepEqual(readConfig(least), {
    telegram: { token: least.BOT_TOKEN, apiUrl: 'https://api.telegram.org', botName: 'QwenEditBot', webhook: null },
    http: { host: '127.0.0.1', port: 8000, proxies: [] },
    storage: {
      ...{ databaseUrl: 'sqlite:./data/bot.db', folder: './data' },
      ...{ photoRetentionMs: 86_400_000, resultRetentionMs: 2_592_000_000 },
    },
    comfy: { servers: ['http://127.0.0.1:8188'], timeoutMs: 300_000, workflow: 'qwen-edit-2511' },
    jobs: {
      ...{ deadlineMs: 3_600_000, openMax: 3, perHourMax: 20 },
      retry: { retriesMax: 3, delaysMs: [5_000, 10_000, 20_000] },
    },
    payments: {
      ...{ sells: true, yookassa: null, stripe: null, stars: { name: 'stars', isOffered: true }, returnUrl: null },
      ...{ rublesMin: 1, rublesMax: 10_000, pointsPerRuble: 100, pointsPerStar: 130, reconcileMs: 60_000, openMax: 5 },
    },
    points: { initial: 60, editPrice: 30, everyoneFree: false, freeFor: [] },
    bonus: { points: 10, day: 4, hour: 20, minute: 0, timeZone: 'Europe/Moscow' },
    timeZone: 'Europe/Moscow',
    admins: [],
    chat: { messagesPerMinute: 120, supportContact: null, termsUrl: null, practice: { pictures: false, payments: false } },
    logLevel: 'info',
  });
});

test('an empty variable is one that is not set, spaces or not', t => {
  t.deepEqual(read({ EDIT_COST: ' ', ADMIN_IDS: '  ', BOT_NAME: '\t' }), readConfig(least));
  t.deepEqual(
    read({ PORT: '', ADMIN_IDS: '', WEBHOOK_URL: '', RETRY_DELAYS: '', TELEGRAM_API_URL: undefined }),
    readConfig(least),
  );
});

test('white space around a value is no part of it', t => {
  t.deepEqual(read({ BOT_TOKEN: `${least.BOT_TOKEN}\n`, EDIT_COST: ' 30 ', LOG_LEVEL: 'info\r' }), readConfig(least));
});

test('an IPv6 address may stand in brackets', t => {
  t.is(read({ HOST: '[::1]' }).http.host, '::1');
  t.is(read({ HOST: '::1' }).http.host, '::1');
});

test('what is played is complained of only where it is set, and everything else is', t => {
  const all = ['telegram', 'comfyui', 'yookassa'] as const;
  t.notThrows(() => assertReadable({}, all));
  t.notThrows(() => assertReadable({ WEBHOOK_URL: 'https://studio.example.com', YUKASSA_WEBHOOK_SECRET: 'x' }, all));
  for (const [variable, value] of Object.entries({
    EDIT_COST: 'x',
    ADMIN_IDS: '@anna',
    WEBHOOK_URL: 'nope',
    PAYMENTS_ENABLED: 'no',
  }))
    t.throws(() => assertReadable({ [variable]: value }, all), {
      instanceOf: ConfigError,
      message: new RegExp(`^${variable} holds "${value}"`),
    });
});

test('what is set is taken, in the units of the house', t => {
  const config = read({
    ...{ COMFYUI_URL: 'http://127.0.0.1:8188/, https://gpu.example.com', COMFYUI_TIMEOUT: '0.5e1', RETRY_DELAYS: '0.05, 2' },
    ...{ ADMIN_IDS: '1001, 1002', UNLIMITED_IDS: '7', UNLIMITED_PROCESSING: 'True', EDIT_COST: '0', PORT: '0' },
    ...{ WEBHOOK_URL: 'https://studio.example.com', WEBHOOK_SECRET: 'a_b-C1' },
  });
  t.deepEqual(config.comfy.servers, ['http://127.0.0.1:8188', 'https://gpu.example.com']);
  t.is(config.comfy.timeoutMs, 5_000);
  t.deepEqual(config.jobs.retry.delaysMs, [50, 2_000]);
  t.deepEqual(config.points, { initial: 60, editPrice: 0, everyoneFree: true, freeFor: [1001, 1002, 7] });
  t.deepEqual(config.telegram.webhook, { url: 'https://studio.example.com', secret: 'a_b-C1' });
  t.is(config.http.port, 0);
});

test('the weekly bonus is set by its own variables, and can be switched off', t => {
  t.deepEqual(
    read({ WEEKLY_BONUS_AMOUNT: '25', WEEKLY_BONUS_DAY: '0', WEEKLY_BONUS_TIME: '9:05', TIMEZONE: 'Asia/Almaty' }).bonus,
    { points: 25, day: 0, hour: 9, minute: 5, timeZone: 'Asia/Almaty' },
  );
  t.is(read({ WEEKLY_BONUS_ENABLED: 'false' }).bonus, null);
});

const live = { YUKASSA_SHOP_ID: '100500', YUKASSA_API_KEY: 'live_not-real' };
const signed = { STRIPE_WEBHOOK_SECRET: 'whsec_not-real' };

test('what a shop sells by a test key is practice, and production takes no such key', t => {
  const kept = (over: Record<string, string>, standIns: readonly StandInName[] = []) => {
    const { payments, chat } = readConfig({ ...least, ...live, ...over }, standIns);
    return [payments.yookassa?.name, payments.stripe?.name, chat.practice.payments];
  };
  t.deepEqual(kept({ ...signed, STRIPE_API_KEY: 'sk_live_not-real' }), ['yookassa', 'stripe', false]);
  t.deepEqual(kept({ YUKASSA_API_KEY: 'test_not-real' }), ['sandbox', undefined, true]);
  const stripeTest = { ...signed, STRIPE_API_KEY: 'rk_test_not-real' };
  t.deepEqual(kept({ ...stripeTest, YUKASSA_API_KEY: 'test_not-real' }), ['sandbox', 'sandbox-stripe', true]);
  t.throws(() => kept(stripeTest), { instanceOf: ConfigError, message: /^STRIPE_API_KEY holds a test key; beside a real shop/ });
  t.deepEqual(kept({}, ['yookassa']), ['sandbox', undefined, true]);
  const stripeLive = { ...signed, STRIPE_API_KEY: 'sk_live_not-real' };
  const besidePractice = /^STRIPE_API_KEY holds a live key; beside a practice shop/;
  for (const standIns of [['yookassa'], []] as const)
    t.throws(() => kept({ ...stripeLive, YUKASSA_API_KEY: 'test_not-real' }, standIns), {
      instanceOf: ConfigError,
      message: besidePractice,
    });
  const closed = { ...stripeLive, YUKASSA_API_KEY: 'test_not-real', PAYMENTS_ENABLED: 'false' };
  t.deepEqual(kept(closed), ['sandbox', 'stripe', true], 'what it has sold is still credited');
  for (const [variable, key] of Object.entries({ YUKASSA_API_KEY: 'test_not-real', STRIPE_API_KEY: 'sk_test_not-real' }))
    t.is(
      complaintOf({ ...live, ...signed, [variable]: key, NODE_ENV: 'production' }),
      `${variable} holds a test key; with NODE_ENV=production it should be the live key of the shop`,
    );
});

test('receipts are made where their tax is said, and a tax system alone is a mistake', t => {
  const receiptsOf = (over: Record<string, string>) => read({ ...live, ...over }).payments.yookassa?.receipts;
  t.is(receiptsOf({}), null);
  t.deepEqual(receiptsOf({ YUKASSA_RECEIPT_VAT_CODE: '11' }), { vatCode: 11, taxSystemCode: null });
  t.deepEqual(receiptsOf({ YUKASSA_RECEIPT_VAT_CODE: '1', YUKASSA_TAX_SYSTEM_CODE: '6' }), { vatCode: 1, taxSystemCode: 6 });
  t.regex(complaintOf({ ...live, YUKASSA_TAX_SYSTEM_CODE: '2' }) ?? '', /^YUKASSA_RECEIPT_VAT_CODE is not set; it should be /);
});

test('Stars of a Telegram that is played have a name of their own, and are not sold beside a real shop', t => {
  const starsOf = (standIns: readonly StandInName[], over = {}) =>
    readConfig({ ...least, ...live, ...over }, standIns).payments.stars;
  t.deepEqual(starsOf([]), { name: 'stars', isOffered: true });
  t.deepEqual(starsOf(['yookassa']), { name: 'stars', isOffered: true });
  t.deepEqual(starsOf(['telegram', 'yookassa']), { name: 'sandbox-stars', isOffered: true });
  t.deepEqual(starsOf(['telegram']), { name: 'sandbox-stars', isOffered: false });
  t.deepEqual(starsOf([], { STARS_ENABLED: 'false' }), { name: 'stars', isOffered: false });
});

const serversOf = (COMFYUI_URL: string) => read({ COMFYUI_URL }).comfy.servers;

for (const [one, other] of [
  ['http://127.0.0.1:8188', 'http://127.0.0.1:8188/'],
  ['http://127.0.0.1:8188', 'http://localhost:8188'],
  ['http://localhost:8188', 'http://[::1]:8188'],
  ['http://127.0.0.1:8188', 'http://127.1:08188//'],
  ['http://127.0.0.1', 'http://localhost:80/'],
  ['https://gpu.example.com', 'HTTPS://GPU.example.com:443/'],
  ['https://gpu.example.com/one', 'https://gpu.example.com/two/../one/'],
  ['https://gpu.example.com/one', 'https://anna:secret@gpu.example.com/one'],
] as const)
  test(`a server that is named twice, as ${one} and as ${other}, is one`, t => {
    t.deepEqual(serversOf(`${one},${other}`), [one]);
  });

for (const [one, other] of [
  ['http://127.0.0.1:8188', 'http://127.0.0.1:8189'],
  ['http://127.0.0.1:8188', 'http://127.0.0.2:8188'],
  ['https://gpu.example.com/one', 'https://gpu.example.com/One'],
  ['https://gpu-1.example.com', 'https://gpu-2.example.com'],
] as const)
  test(`${one} and ${other} are two servers`, t => t.deepEqual(serversOf(`${one},${other}`), [one, other]));

test('a server is called the same however its address is spelled, and reached with the password that is in it', t => {
  t.deepEqual(serversOf('HTTP://LocalHost:80//'), ['http://localhost']);
  t.deepEqual(serversOf('https://anna:secret@GPU.example.com/one/'), ['https://anna:secret@gpu.example.com/one']);
});

test('nobody can change it afterwards', t => {
  const config = read({ ADMIN_IDS: '1001' });
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  t.true(frozen(config));
  t.throws(() => (config.points.freeFor as number[]).push(1), { instanceOf: TypeError });
});

const malformed: [variable: string, value: string | undefined, shouldBe: RegExp][] = [
  ['BOT_TOKEN', undefined, /is not set; .*BotFather/],
  ['BOT_TOKEN', 'hello', /BotFather/],
  ['COMFYUI_URL', undefined, /is not set; .*address/],
  ['COMFYUI_URL', ',', /addresses, by comma/],
  ['COMFYUI_URL', 'localhost:8188', /https address, or http for loopback/],
  ['COMFYUI_URL', 'http://192.168.1.5:8188', /https address, or http for loopback/],
  ['COMFYUI_URL', 'http://127.0.0.1:8188,ftp://gpu', /https address, or http for loopback/],
  ['TELEGRAM_API_URL', 'http://example.com', /https address, or http for loopback/],
  ['TELEGRAM_API_URL', 'http://127.0.0.1.example.com', /https address, or http for loopback/],
  ['WEBHOOK_URL', 'studio.example.com', /https address/],
  ['WEBHOOK_SECRET', 'with space', /1 to 256/],
  ['PORT', '65536', /at most 65535/],
  ['PORT', '-1', /whole number from 0/],
  ['PORT', '80.5', /whole number from 0/],
  ['PORT', 'http', /whole number from 0/],
  ['DATABASE_URL', 'mysql://localhost/db', /sqlite/],
  ['DATABASE_URL', 'sqlite:', /sqlite:<path>/],
  ['DATABASE_URL', 'sqlite::memory:', /sqlite:<path>/],
  ['DATABASE_URL', 'postgres://localhost', /postgres:\/\/user:password@host:5432\/database/],
  ['DATABASE_URL', 'postgres:/localhost/db', /postgres:\/\/user:password@host:5432\/database/],
  ['YUKASSA_RECEIPT_VAT_CODE', '13', /whole number from 1 to 12/],
  ['YUKASSA_RECEIPT_VAT_CODE', 'x', /whole number from 1 to 12/],
  ['YUKASSA_TAX_SYSTEM_CODE', '0', /whole number from 1 to 6/],
  ['WEEKLY_BONUS_AMOUNT', '0', /whole number from 1/],
  ['WEEKLY_BONUS_DAY', '7', /0 \(Monday\) to 6 \(Sunday\)/],
  ['WEEKLY_BONUS_DAY', 'friday', /0 \(Monday\) to 6 \(Sunday\)/],
  ['WEEKLY_BONUS_TIME', '24:00', /time of day like 20:00/],
  ['WEEKLY_BONUS_TIME', '20', /time of day like 20:00/],
  ['TIMEZONE', 'Moscow', /time zone like Europe\/Moscow/],
  ['COMFYUI_TIMEOUT', '0', /seconds, at least 1/],
  ['COMFYUI_TIMEOUT', 'long', /seconds/],
  ['WORKFLOW', 'no-such', /one of qwen-edit-2511/],
  ['JOB_DEADLINE_SECONDS', '0', /whole number from 1/],
  ['INITIAL_BALANCE', '-60', /whole number from 0/],
  ['EDIT_COST', '30 points', /whole number from 0/],
  ['EDIT_COST', 'Infinity', /whole number from 0/],
  ['ADMIN_IDS', '1001,@anna', /whole number from 1/],
  ['UNLIMITED_IDS', '0', /whole number from 1/],
  ['UNLIMITED_PROCESSING', 'yes', /true or false/],
  ['MAX_TASKS_PER_USER_PER_HOUR', '0', /whole number from 1/],
  ['MAX_PENDING_PER_USER', '1.5', /whole number from 1/],
  ['MAX_MESSAGES_PER_USER_PER_MINUTE', 'x', /whole number from 1/],
  ['MAX_RETRIES', '101', /at most 100/],
  ['RETRY_DELAYS', '5,soon', /seconds/],
  ['RETRY_DELAYS', '-1', /seconds/],
  ['PHOTO_RETENTION_HOURS', '0', /whole number from 1/],
  ['RESULT_RETENTION_HOURS', 'ever', /whole number from 1/],
  ['LOG_LEVEL', 'loud', /fatal, error, warn/],
];
for (const [variable, value, shouldBe] of malformed)
  test(`${variable}=${value ?? '(not set)'} is complained of in one line that says what it should be`, t => {
    const complaint = complaintOf({ [variable]: value });
    t.regex(complaint ?? 'no complaint', shouldBe);
    t.true(complaint!.startsWith(`${variable} `));
    t.false(complaint!.includes('\n'));
    if (value !== undefined && !/TOKEN|SECRET/.test(variable)) t.true(complaint!.includes(JSON.stringify(value)));
  });

test('a webhook without its secret is refused', t => {
  t.regex(complaintOf({ WEBHOOK_URL: 'https://studio.example.com' }) ?? '', /^WEBHOOK_SECRET is not set; .*WEBHOOK_URL/);
});

test('a secret is never said whole, however short and whatever it holds', t => {
  const secrets = { BOT_TOKEN: ['123456789-ABCdef_and_more', 'abc', 'a\nb\nc'], WEBHOOK_SECRET: ['p@ss', '!', 'se cret'] };
  for (const [variable, values] of Object.entries(secrets))
    for (const value of values) {
      const complaint = complaintOf({ [variable]: value })!;
      t.regex(complaint, new RegExp(`^${variable} holds `));
      t.false(complaint.includes(value), value);
      t.false(complaint.includes('\n'), value);
    }
});

test('a password within an address is never said', t => {
  for (const [variable, value] of Object.entries({
    DATABASE_URL: 'postgres://bot:hunter2@db.example.com',
    COMFYUI_URL: 'http://bot:hunter2@gpu.example.com:8188, http://other:hunter2@gpu2',
    TELEGRAM_API_URL: 'http://bot:hunter2@api.example.com',
  })) {
    const complaint = complaintOf({ [variable]: value })!;
    t.false(complaint.includes('hunter2'), complaint);
    t.regex(complaint, /example\.com/);
  }
});

test('a password within the address of a database is not said either, however the address is broken', t => {
  for (const value of [
    'postgres://bot:hunter2',
    'mysql://bot:hunter2/x@db/bot',
    'postgres:/x?password=hunter2',
    'pg://a:1@hunter2@h:5/b',
  ])
    t.notRegex(complaintOf({ DATABASE_URL: value })!, /hunter2/, value);
});

test('http is for loopback only, in all its spellings', t => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '127.8.9.1'])
    t.is(complaintOf({ COMFYUI_URL: `http://${host}:8188` }), undefined, host);
  for (const host of ['10.0.0.1', '192.168.0.2', '0.0.0.0', 'localhost.example.com', '[::2]', 'gpu'])
    t.truthy(complaintOf({ COMFYUI_URL: `http://${host}:8188` }), host);
  t.is(complaintOf({ COMFYUI_URL: 'https://192.168.0.2:8188' }), undefined);
});

/** Starts the house from a copy of it in which a workflow was spoiled, and says how that ended. */
function startSpoiled(t: ExecutionContext, workflow: string, spoil: (json: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'spoiled-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['src', 'actors', 'db', 'workflows', 'package.json']) cpSync(part, join(folder, part), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'workflows', `${workflow}.json`);
  writeFileSync(file, spoil(readFileSync(file, 'utf8')));
  const { status, stderr } = spawnSync(process.execPath, ['--import=tsx', 'src/main.ts'], {
    ...{ cwd: folder, env: { ...process.env, ...least }, encoding: 'utf8', timeout: 60_000 },
  });
  return { status, stderr };
}

for (const [what, workflow, spoil, words] of [
  [
    'a node that is missing',
    'qwen-edit-2511',
    json => json.replace('"31":', '"77":'),
    /^The workflow qwen-edit-2511 is broken: .*node 31[^\n]*\n$/,
  ],
  [
    'a comma too many',
    'qwen-edit-2509',
    json => json.replace('{', '{,'),
    /^The workflow qwen-edit-2509 is broken: [^\n]*JSON[^\n]*\n$/,
  ],
] as [string, string, (json: string) => string, RegExp][])
  test(`a workflow with ${what} ends the start in one line that names it`, t => {
    const { status, stderr } = startSpoiled(t, workflow, spoil);
    t.regex(stderr, words);
    t.is(status, 1);
  });
