import { fileURLToPath } from 'node:url';
import { frontOf } from './config.ts';
import { ConfigError } from './config-error.ts';
import { cannotListen } from './doors.ts';
import type { StandInName } from './played-parts.ts';
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts';

/**
 * The whole studio in a browser: the stand-ins and the page in this process, the bot in a child that is started like the real
 * one. Until a signal ends it: `onSignal` is told what that does. Throws ConfigError where the page cannot be opened.
 */
export async function openSandbox(
  missing: readonly StandInName[],
  environment: NodeJS.ProcessEnv,
  onSignal: (act: () => void) => void,
): Promise<void> {
  const { host, port } = frontOf(environment);
  let sandbox: Sandbox | undefined;
  let closing: Promise<void> | undefined;
  const close = (code: number): void => void (closing ??= end(sandbox, code));
  onSignal(() => close(0));
  sandbox = await startSandbox({
    ...{ missing, environment, host, port },
    botEntry: fileURLToPath(new URL('main.js', import.meta.url)),
    webFolder: fileURLToPath(new URL('../web/sandbox/', import.meta.url)),
    // The page shows what the bot writes; whoever has asked for a log gets it here, too.
    ...(environment['LOG_LEVEL']?.trim() && { onBotLine: (line: string) => void process.stdout.write(`${line}\n`) }),
    onBotRefused: line => {
      process.stderr.write(`${line}\n`);
      close(1);
    },
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') throw error;
    throw new ConfigError(cannotListen({ host, port }, error));
  });
  // A bot that refuses its configuration ends all of this: nothing is called open before.
  await sandbox.tried;
  if (closing) return;
  process.stdout.write(`\n  The studio is open: ${sandbox.url}\n\n`);
  process.send?.('ready');
}

async function end(sandbox: Sandbox | undefined, code: number): Promise<void> {
  await sandbox?.stop();
  process.exit(code);
}
