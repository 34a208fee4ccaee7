import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

let isBuilt = false;

/** What is measured is the house as it is now. */
function build(): void {
  if (!isBuilt)
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  isBuilt = true;
}

/** The real main, compiled, in a process of its own; resolves when it takes updates. Its own id ends it. */
export async function startHouseProcess(
  env: Record<string, string>,
): Promise<{ child: ChildProcess; readyMs: number; stop(): Promise<void> }> {
  build();
  const started = performance.now();
  const child = spawn(process.execPath, ['dist/src/main.js'], {
    env: { ...process.env, LOG_LEVEL: 'warn', PAYMENTS_ENABLED: 'false', ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the house ended with ${code}`);
    }),
  ]);
  return {
    child,
    readyMs: performance.now() - started,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
