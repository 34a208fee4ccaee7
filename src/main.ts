import { existsSync } from 'node:fs';
import type { Observe } from '../actors/protocol.ts';
import { ConfigError, readConfig } from './config.ts';
import { startHouse } from './house.ts';
import { createLog, describe, observeToLog } from './log.ts';

/** Longer than this a stop may not take; what is open then stands in rows. */
const stopMs = 9_000;

if (existsSync('.env')) process.loadEnvFile('.env');

try {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const die = (error: Error): never => {
    log.fatal({ error: describe(error) }, 'the house cannot go on');
    process.exit(1);
  };
  process.on('unhandledRejection', reason => die(reason as Error));
  process.on('uncaughtException', die);
  const toLog = observeToLog(log);
  const observe: Observe = seen => (seen.step === 'fatal' && seen.error ? die(seen.error) : toLog(seen));
  const house = await startHouse(config, { observe, onOwnershipLost: die });
  log.info({ url: house.url }, `${config.telegram.botName} is open at ${house.url}`);
  process.send?.('ready');
  let closing: Promise<void> | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (closing ??= close(house)));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

async function close({ stop }: { stop(): Promise<void> }): Promise<void> {
  setTimeout(() => process.exit(0), stopMs).unref();
  await stop();
  process.exit(0);
}
