import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readConfig } from '../src/config.ts';
import { ConfigError } from '../src/config-error.ts';
import { startHouse } from '../src/house.ts';
import { startTelegram } from '../src/sandbox/telegram/server.ts';
import { projectUrl } from './project.ts';
import { environment, openStudio, token } from './studio.ts';

type App = { script: string; exec_mode: string; instances: number; wait_ready: boolean; kill_timeout: number };

test('pm2 reads one app that waits until it is ready, is never a cluster, and has time to end', t => {
  const { apps } = createRequire(projectUrl)('./ecosystem.config.js') as { apps: App[] };
  t.is(apps.length, 1);
  const [app] = apps;
  t.is(app?.script, 'dist/src/main.js');
  t.deepEqual([app?.exec_mode, app?.instances, app?.wait_ready], ['fork', 1, true]);
  t.true((app?.kill_timeout ?? 0) > 10_000, 'a stop takes up to 10 s');
});

test('.env.example explains every variable that is read, and no other', t => {
  const explained = [...readFileSync('.env.example', 'utf8').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
  const read = [
    ...['src/config.ts', 'src/payment-config.ts']
      .map(file => readFileSync(file, 'utf8'))
      .join('\n')
      .matchAll(/^ {2}([A-Z_]+): /gm),
  ].map(([, name]) => name);
  t.deepEqual(explained.sort(), read.sort());
});

test('the gate runs what the README tells a newcomer to run', t => {
  const gate = readFileSync('.ci/run', 'utf8');
  const readme = readFileSync('README.md', 'utf8');
  for (const command of ['npm ci', 'npm test']) {
    t.true(gate.includes(command), command);
    t.true(readme.includes(command), command);
  }
});

test('a second start on a port that is taken leaves the running house its database', async t => {
  const studio = await openStudio(t);
  const env = { ...studio.env, PORT: new URL(studio.house.url).port };
  await t.throwsAsync(startHouse(readConfig(env), { observe: () => {} }), { instanceOf: ConfigError, message: /^PORT/ });
  const anna = studio.telegram.person(1001, { firstName: 'Анна' });
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
});

function startProcess(t: ExecutionContext, telegramUrl: string, more: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  const env = { ...process.env, ...environment(folder, telegramUrl, ['http://127.0.0.1:9']), ...more };
  const child = spawn(process.execPath, ['--import=tsx', 'src/main.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return child;
}

test('a process that still waits for Telegram ends when it is told to', async t => {
  const child = startProcess(t, 'http://127.0.0.1:9');
  for await (const line of child.stdout) if (String(line).includes('telegram:unreachable')) break;
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  t.is(code, 0);
});

test('a webhook address that Telegram refuses ends the start in one line', async t => {
  const telegram = await startTelegram({ token });
  t.teardown(() => telegram.close());
  const child = startProcess(t, telegram.url, { WEBHOOK_URL: 'https://studio.example.com:9999', WEBHOOK_SECRET: 'secret' });
  const said: Buffer[] = [];
  child.stderr.on('data', (part: Buffer) => said.push(part));
  const [code] = await once(child, 'close');
  t.is(code, 1);
  t.regex(Buffer.concat(said).toString(), /^WEBHOOK_URL is refused by Telegram .*8443\n$/);
});
