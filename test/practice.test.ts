import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readConfig } from '../src/config.ts';
import { ConfigError } from '../src/config-error.ts';
import { startHouse } from '../src/house.ts';
import { missingParts, type StandInName } from '../src/played-parts.ts';
import { voidPracticePoints } from '../src/practice-points.ts';
import { openStudio, phonePhoto, type Studio } from './studio.ts';

const real = { BOT_TOKEN: '123456:TEST-TOKEN-not-real', COMFYUI_URL: 'http://127.0.0.1:8188', YUKASSA_SHOP_ID: '100500' };

test('what nothing real is named for is played, each part on its own', t => {
  const cases: [Record<string, string>, StandInName[]][] = [
    [{}, ['telegram', 'comfyui', 'yookassa']],
    [{ BOT_TOKEN: real.BOT_TOKEN }, ['comfyui', 'yookassa']],
    [{ BOT_TOKEN: ' ', COMFYUI_URL: real.COMFYUI_URL }, ['telegram', 'yookassa']],
    [{ YUKASSA_SHOP_ID: '100500' }, ['telegram', 'comfyui']],
    [{ PAYMENTS_ENABLED: 'false' }, ['telegram', 'comfyui']],
    [{ ...real, PAYMENTS_ENABLED: 'False' }, []],
    [real, []],
    [{ ...real, NODE_ENV: 'production' }, []],
  ];
  for (const [environment, missing] of cases) t.deepEqual(missingParts(environment), missing, JSON.stringify(environment));
});

test('in production nothing is played: the variable that lacks is named', t => {
  const refused: [Record<string, string>, RegExp][] = [
    [{}, /^BOT_TOKEN is not set/],
    [{ BOT_TOKEN: real.BOT_TOKEN }, /^COMFYUI_URL is not set/],
    [{ BOT_TOKEN: real.BOT_TOKEN, COMFYUI_URL: real.COMFYUI_URL }, /^YUKASSA_SHOP_ID is not set; .*PAYMENTS_ENABLED=false/],
  ];
  for (const [environment, message] of refused)
    t.throws(() => missingParts({ ...environment, NODE_ENV: 'production' }), { instanceOf: ConfigError, message });
  const { YUKASSA_SHOP_ID: _, ...free } = real;
  t.deepEqual(missingParts({ ...free, NODE_ENV: 'production', PAYMENTS_ENABLED: 'false' }), []);
});

test('in production is in production, white space or not', t => {
  t.throws(() => missingParts({ NODE_ENV: ' production\r' }), { instanceOf: ConfigError, message: /^BOT_TOKEN is not set/ });
});

test('a key whose shop was forgotten is no practice shop', t => {
  const { YUKASSA_SHOP_ID: _, ...shopless } = { ...real, YUKASSA_API_KEY: 'live_not-real' };
  t.throws(() => missingParts(shopless), { instanceOf: ConfigError, message: /^YUKASSA_SHOP_ID is not set; .*YUKASSA_API_KEY$/ });
  t.deepEqual(missingParts({ ...shopless, PAYMENTS_ENABLED: 'false' }), []);
});

test('what is played listens on loopback only', t => {
  t.throws(() => missingParts({ HOST: '0.0.0.0' }), {
    instanceOf: ConfigError,
    message: /^HOST holds "0\.0\.0\.0".*loopback only/,
  });
  for (const HOST of ['127.0.0.1', 'localhost', '::1', '127.0.0.2']) t.is(missingParts({ HOST }).length, 3, HOST);
  t.deepEqual(missingParts({ ...real, HOST: '0.0.0.0' }), []);
});

test('a start that is refused ends in one line', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'refused-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production', DATA_DIR: folder, DATABASE_URL: `sqlite:${folder}/bot.db` };
  const child = spawn(process.execPath, ['--import=tsx', 'src/main.ts'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (part: Buffer) => said.push(part));
  const [code] = await once(child, 'close');
  t.is(code, 1);
  t.regex(Buffer.concat(said).toString(), /^BOT_TOKEN is not set[^\n]*\n$/);
});

/** A house whose shop is the practice one; somebody has bought 10,000 points there and spent 30 of their 10,060. */
async function practised(t: ExecutionContext): Promise<Studio> {
  const studio = await openStudio(t, { shop: true, standIns: ['yookassa'] });
  const anna = studio.telegram.person(1001, { firstName: 'Анна' });
  anna.sendText('/start');
  t.regex((await anna.waitFor(/Добро пожаловать/)).text ?? '', /Учебная касса: деньги не списываются/);
  anna.sendText('➕ Пополнить');
  await anna.press('100₽ (10 000 баллов)', await anna.waitFor(/Выберите сумму[\s\S]*Учебная касса/));
  await anna.waitFor(/Как удобнее заплатить/);
  await anna.press('💳 Карта');
  await anna.waitFor(/Ожидаю подтверждение/);
  studio.shop.pay(studio.shop.payments()[0]!.id);
  await anna.waitFor(/Платеж успешно обработан/);
  await anna.sendPhoto(await phonePhoto(), { caption: 'зима' });
  await anna.waitFor(/Обработка завершена/);
  return studio;
}

const accounts = async ({ read }: Studio): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await read<{ id: string; posted: number }>('SELECT id, posted FROM accounts')).map(row => [row.id, row.posted]),
  );

test('points of the practice shop come from an account of their own, and a real shop does not open on them until they are void', async t => {
  const studio = await practised(t);
  t.deepEqual(await accounts(studio), { bonus: -60, house: 30, 'provider:sandbox': -10_000, 'user:1001': 10_030 });
  await studio.house.stop();
  const open = () => startHouse(readConfig(studio.env), { observe: () => {} });
  await t.throwsAsync(open(), { instanceOf: ConfigError, message: /provider:sandbox.*npm run void-practice-points/ });
  const path = join(studio.folder, 'bot.db');
  t.is(await voidPracticePoints(path), 10_000);
  t.is(await voidPracticePoints(path), 0, 'once');
  t.deepEqual(await accounts(studio), { bonus: -60, house: 30, 'provider:sandbox': 0, 'user:1001': 30 });
  const house = await open();
  t.teardown(() => house.stop());
  t.pass('the real shop opens');
});

test('practice points that were spent are taken back from the house that got them', async t => {
  const studio = await practised(t);
  await studio.house.stop();
  const path = join(studio.folder, 'bot.db');
  await studio.write("UPDATE accounts SET posted = 20 WHERE id = 'user:1001'");
  await studio.write("UPDATE accounts SET posted = 10040 WHERE id = 'house'");
  await voidPracticePoints(path);
  t.deepEqual(await accounts(studio), { bonus: -60, house: 60, 'provider:sandbox': 0, 'user:1001': 0 });
});

test('where there is no database there is nothing to void, and none is made', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'void-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  await t.throwsAsync(voidPracticePoints(join(folder, 'data', 'bot.db')), {
    instanceOf: ConfigError,
    message: /^DATABASE_URL .*there is no database$/,
  });
  t.deepEqual(readdirSync(folder), []);
});

test('the practice shop does not open where real money was taken', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = studio.telegram.person(1001, { firstName: 'Анна' });
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  await anna.press({ data: 'pay:100:card' });
  await anna.waitFor(/Ожидаю подтверждение/);
  studio.shop.pay(studio.shop.payments()[0]!.id);
  await anna.waitFor(/Платеж успешно обработан/);
  await studio.house.stop();
  await t.throwsAsync(startHouse(readConfig(studio.env, ['yookassa']), { observe: () => {} }), {
    instanceOf: ConfigError,
    message: /^YUKASSA_SHOP_ID is not set.*real payments/,
  });
  await t.throwsAsync(startHouse(readConfig({ ...studio.env, YUKASSA_API_KEY: 'test_not-real' }), { observe: () => {} }), {
    instanceOf: ConfigError,
    message: /^YUKASSA_API_KEY holds a test key.*real payments.*the live key/,
  });
  await studio.write("UPDATE accounts SET id = 'provider:stripe' WHERE id = 'provider:yookassa'");
  await t.throwsAsync(startHouse(readConfig(studio.env, ['yookassa']), { observe: () => {} }), {
    instanceOf: ConfigError,
    message: /^YUKASSA_SHOP_ID is not set.*real payments \(provider:stripe\)/,
  });
  await studio.reopen();
});
