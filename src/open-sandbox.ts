import { fileURLToPath } from 'node:url';
import { ConfigError, frontOf, type StandInName } from './config.ts';
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts';

/**
 * The whole studio in a browser: the stand-ins and the page in this process, the bot in a child that is started like the real one. Until
 * a signal ends it. Throws ConfigError where the page cannot be opened.
 */
export async function openSandbox(missing: readonly StandInName[], environment: NodeJS.ProcessEnv): Promise<void> {
  const { host, port } = frontOf(environment);
  let sandbox: Sandbox | undefined;
  const close = async (code: number): Promise<void> => {
    await sandbox?.stop();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void close(0));
  sandbox = await startSandbox({
    ...{ missing, environment, host, port },
    botEntry: fileURLToPath(new URL('main.js', import.meta.url)),
    webFolder: fileURLToPath(new URL('../web/sandbox/', import.meta.url)),
    // The page shows what the bot writes; whoever has asked for a log gets it here, too.
    ...(environment['LOG_LEVEL'] && { onBotLine: (line: string) => void process.stdout.write(`${line}\n`) }),
    onBotRefused: line => {
      process.stderr.write(`${line}\n`);
      void close(1);
    },
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall !== 'listen') throw error;
    throw new ConfigError(`PORT holds ${port}; it cannot be listened on: ${error.message}`);
  });
  process.stdout.write(`\n  The studio is open: ${sandbox.url}\n\n`);
  process.send?.('ready');
}
