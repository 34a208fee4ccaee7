import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'ava';

type App = { script: string; exec_mode: string; instances: number; wait_ready: boolean; kill_timeout: number };

test('pm2 reads one app that waits until it is ready, is never a cluster, and has time to end', t => {
  const { apps } = createRequire(import.meta.url)('../ecosystem.config.js') as { apps: App[] };
  t.is(apps.length, 1);
  const [app] = apps;
  t.is(app?.script, 'dist/src/main.js');
  t.deepEqual([app?.exec_mode, app?.instances, app?.wait_ready], ['fork', 1, true]);
  t.true((app?.kill_timeout ?? 0) > 10_000, 'a stop takes up to 10 s');
});

test('.env.example explains every variable that is read, and no other', t => {
  const explained = [...readFileSync('.env.example', 'utf8').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
  const read = [...readFileSync('src/config.ts', 'utf8').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
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
