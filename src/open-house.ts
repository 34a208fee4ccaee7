import type { Observe } from '../actors/protocol.ts';
import { readConfig, type StandInName, standInNames } from './config.ts';
import { type House, startHouse } from './house.ts';
import { createLog, describe, observeToLog } from './log.ts';
import { type StandIns, startStandIns } from './sandbox/stand-ins.ts';

/** Longer than this a stop may not take; what is open then stands in rows. */
const stopMs = 9_000;

/**
 * Runs the house in this process until a signal ends it. What is `missing` beside a real Telegram is played here; a bot that is part of a
 * sandbox is told by `--stand-ins=` what is played for it. Throws ConfigError for a house that cannot be opened.
 */
export async function openHouse(missing: readonly StandInName[], environment: NodeJS.ProcessEnv): Promise<void> {
  const played = playedForUs(process.argv);
  const standIns = missing.length > 0 ? await startStandIns(missing) : undefined;
  const config = readConfig({ ...environment, ...standIns?.environment }, [...missing, ...played]);
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
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (closing ??= close(house, standIns, die)));
  // Whoever plays Telegram for us is gone: there is nobody left to talk to.
  if (played.includes('telegram')) process.on('disconnect', () => process.exit(1));
  house = await startHouse(config, { observe, onOwnershipLost: die });
  if (standIns?.yookassa) standIns.yookassa.notifyUrl = `${house.url}/api/webhooks/yukassa`;
  for (const part of missing) log.warn({ part }, `${part} is played by a stand-in`);
  log.info({ url: house.url }, `${config.telegram.botName} is open at ${house.url}`);
  process.send?.('ready');
}

const playedForUs = (argv: readonly string[]): StandInName[] => {
  const given = argv.find(one => one.startsWith('--stand-ins='))?.slice('--stand-ins='.length) ?? '';
  return standInNames.filter(name => given.split(',').includes(name));
};

/** A house that is not open yet has nothing to end: what it has begun stands in rows. */
async function close(house: House | undefined, standIns: StandIns | undefined, die: (error: Error) => never): Promise<void> {
  setTimeout(() => process.exit(0), stopMs).unref();
  await house?.stop().catch(die);
  await standIns?.close();
  process.exit(0);
}
