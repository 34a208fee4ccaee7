import { existsSync } from 'node:fs';

// Loading takes a while, and until something is open there is nothing to end. The listeners stay: a signal that comes while one
// takes the place of another would be lost.
let stop = (): void => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop());
const onSignal = (act: () => void): void => {
  stop = act;
};

const { BrokenWorkflow } = await import('../workflows/broken-workflow.ts');
const { ConfigError } = await import('./config-error.ts');
const { missingParts } = await import('./played-parts.ts');
// With the configuration the workflows are loaded, for it names one of them.
const { assertReadable, databaseUrl, targetDatabaseUrl } = await import('./config.ts').catch(refuse);

/** What there is to do beside opening the house: each on its database, once. */
const acts = { 'void-practice-points': voidPoints, 'ledger-check': checkLedger, 'migrate-to-postgres': moveHouse };

/** What is real and what is played is decided by the environment alone; the bot itself does not know. */
try {
  if (existsSync('.env')) readEnvFile();
  const act = Object.entries(acts).find(([name]) => process.argv.includes(name))?.[1];
  // An act that is cut off has not been done.
  if (act) onSignal(() => process.exit(1));
  await (act ?? open)();
} catch (error) {
  refuse(error);
}

/** What an operator can mend is said in one line; anything else is ours, and its trace is wanted. */
function refuse(error: unknown): never {
  if (!(error instanceof BrokenWorkflow || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

function readEnvFile(): void {
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    throw new ConfigError(`.env is there and cannot be read; it should be a text file: ${(error as Error).message}`);
  }
}

async function checkLedger(): Promise<void> {
  const { checkLedger: check, verdictLines } = await import('./ledger-check.ts');
  const verdict = await check(databaseUrl(process.env));
  for (const line of verdictLines(verdict)) process.stdout.write(`${line}\n`);
  if (verdict.flaws.length > 0) process.exitCode = 1;
}

async function moveHouse(): Promise<void> {
  const { migrateToPostgres, moveLines } = await import('./migrate-to-postgres.ts');
  const move = await migrateToPostgres(databaseUrl(process.env), targetDatabaseUrl(process.env));
  for (const line of moveLines(move)) process.stdout.write(`${line}\n`);
  if (!move.moved) process.exitCode = 1;
}

async function voidPoints(): Promise<void> {
  const { voidPracticePoints } = await import('./practice-points.ts');
  const points = await voidPracticePoints(databaseUrl(process.env));
  process.stdout.write(`Voided ${points} practice points.\n`);
}

async function open(): Promise<void> {
  const missing = missingParts(process.env);
  // Before all the rest is loaded: most of what is wrong is told at once.
  assertReadable(process.env, missing);
  if (missing.includes('telegram')) await (await import('./open-sandbox.ts')).openSandbox(missing, process.env, onSignal);
  else await (await import('./open-house.ts')).openHouse(missing, process.env, onSignal);
}
