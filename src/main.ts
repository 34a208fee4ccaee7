import { existsSync } from 'node:fs';

// Loading takes a while, and until something is open there is nothing to end. The listeners stay: a signal that comes while one takes
// the place of another would be lost.
let stop = (): void => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop());
const onSignal = (act: () => void): void => {
  stop = act;
};

const { ConfigError, databasePath, missingParts } = await import('./config.ts');

/** What is real and what is played is decided by the environment alone; the bot itself does not know. */
try {
  if (existsSync('.env')) readEnvFile();
  if (process.argv.includes('void-practice-points')) await voidPoints();
  else await open();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
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

async function voidPoints(): Promise<void> {
  const { voidPracticePoints } = await import('./practice-points.ts');
  const points = await voidPracticePoints(databasePath(process.env));
  process.stdout.write(`Voided ${points} practice points.\n`);
}

async function open(): Promise<void> {
  const missing = missingParts(process.env);
  if (missing.includes('telegram')) await (await import('./open-sandbox.ts')).openSandbox(missing, process.env, onSignal);
  else await (await import('./open-house.ts')).openHouse(missing, process.env, onSignal);
}
