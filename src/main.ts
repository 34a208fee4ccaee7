import { existsSync } from 'node:fs';
import type { Observe } from '../actors/protocol.ts';
import { ConfigError, readConfig } from './config.ts';
import { type House, startHouse } from './house.ts';
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
  let house: House | undefined;
  let closing: Promise<void> | undefined;
  // Also while it starts: Telegram may be out of reach for long.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (closing ??= close(house, die)));
  house = await startHouse(config, { observe, onOwnershipLost: die });
  log.info({ url: house.url }, `${config.telegram.botName} is open at ${house.url}`);
  process.send?.('ready');
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** A house that is not open yet has nothing to end: what it has begun stands in rows. */
async function close(house: House | undefined, die: (error: Error) => never): Promise<void> {
  setTimeout(() => process.exit(0), stopMs).unref();
  await house?.stop().catch(die);
  process.exit(0);
}
