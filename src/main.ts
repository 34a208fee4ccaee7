import { existsSync } from 'node:fs';
import { ConfigError, databasePath, missingParts } from './config.ts';
import { openHouse } from './open-house.ts';
import { openSandbox } from './open-sandbox.ts';
import { voidPracticePoints } from './practice-points.ts';

if (existsSync('.env')) process.loadEnvFile('.env');

/** What is real and what is played is decided by the environment alone; the bot itself does not know. */
try {
  if (process.argv.includes('void-practice-points')) {
    const points = await voidPracticePoints(databasePath(process.env));
    process.stdout.write(`Voided ${points} practice points.\n`);
  } else {
    const missing = missingParts(process.env);
    await (missing.includes('telegram') ? openSandbox(missing, process.env) : openHouse(missing, process.env));
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
