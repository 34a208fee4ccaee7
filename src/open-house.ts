import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Observe } from '../actors/protocol.ts';
import { isPostgres, sqlitePath } from '../db/url.ts';
import { type Config, readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { unopened } from './database-url.ts';
import { type House, startHouse } from './house.ts';
import { createLog, describe, observeToLog } from './log.ts';
import { type StandInName, standInNames } from './played-parts.ts';
import { type StandIns, startStandIns } from './sandbox/stand-ins.ts';

/** Longer than this a stop may not take; what is open then stands in rows. */
const stopMs = 9_000;

/**
 * Runs the house in this process until a signal ends it: `onSignal` is told what that does. What is `missing` beside a real
 * Telegram is played here; a bot that is part of a sandbox is told by `--stand-ins=` what is played for it. Throws ConfigError
 * for a house that cannot be opened.
 */
export async function openHouse(
  missing: readonly StandInName[],
  environment: NodeJS.ProcessEnv,
  onSignal: (act: () => void) => void,
): Promise<void> {
  const played = playedForUs(process.argv);
  const standIns = missing.length > 0 ? await startStandIns(missing) : undefined;
  const config = readConfig({ ...environment, ...standIns?.environment }, [...missing, ...played]);
  assertStorage(config.storage);
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
  onSignal(() => void (closing ??= close(house, standIns, die)));
  // Whoever plays Telegram for us is gone: there is nobody left to talk to.
  if (played.includes('telegram')) {
    // Nor anybody who reads stdout: an ordinary exit would try for ever to write the last lines of the log.
    const vanish = () => process.kill(process.pid, 'SIGKILL');
    process.on('disconnect', vanish);
    // They may have gone while this was being loaded.
    if (!process.connected) vanish();
  }
  house = await startHouse(config, { observe, onOwnershipLost: die }).catch(error => {
    throw unopened(error, config.storage.databaseUrl);
  });
  const url = inAddress(house.url);
  if (standIns?.yookassa) standIns.yookassa.notifyUrl = `${url}/api/webhooks/yukassa`;
  for (const part of missing) log.warn({ part }, `${part} is played by a stand-in`);
  // Behind the sandbox it is not for anybody to call: the address is that of the sandbox.
  const at = played.includes('telegram') ? '' : ` at ${url}`;
  log.info(`${config.telegram.botName} is open${at}`);
  process.send?.('ready');
}

/** An IPv6 address stands in brackets within an address. */
const inAddress = (url: string): string => url.replace(/^http:\/\/([^[\]]*:[^[\]]*):(\d+)$/, 'http://[$1]:$2');

const playedForUs = (argv: readonly string[]): StandInName[] => {
  const given = argv.find(one => one.startsWith('--stand-ins='))?.slice('--stand-ins='.length) ?? '';
  return standInNames.filter(name => given.split(',').includes(name));
};

/** What is not to be written to is told at the start, not with the first photo. Creates nothing: the port may be taken. */
function assertStorage({ folder, databaseUrl }: Config['storage']): void {
  assertFolder('DATA_DIR', folder, folder);
  if (!isPostgres(databaseUrl)) assertFolder('DATABASE_URL', databaseUrl, dirname(sqlitePath(databaseUrl)));
}

function assertFolder(variable: string, value: string, path: string): void {
  try {
    const existing = nearest(resolve(path));
    if (!statSync(existing).isDirectory()) throw new Error(`${existing} is no folder`);
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigError(
      `${variable} holds ${JSON.stringify(value)}; it should lead to where this process may write: ${(error as Error).message}`,
    );
  }
}

const nearest = (path: string): string =>
  statSync(path, { throwIfNoEntry: false }) || dirname(path) === path ? path : nearest(dirname(path));

/** A house that is not open yet has nothing to end: what it has begun stands in rows. */
async function close(house: House | undefined, standIns: StandIns | undefined, die: (error: Error) => never): Promise<void> {
  setTimeout(() => process.exit(0), stopMs).unref();
  await house?.stop().catch(die);
  await standIns?.close();
  process.exit(0);
}
