import { ConfigError } from './config-error.ts';
import { isLoopback } from './domain/loopback.ts';
import { setIn, shown } from './environment.ts';

/** The parts of the world that a stand-in can play when nothing real is named. */
export const standInNames = ['telegram', 'comfyui', 'yookassa'] as const;
export type StandInName = (typeof standInNames)[number];

const variables = { telegram: 'BOT_TOKEN', comfyui: 'COMFYUI_URL', yookassa: 'YUKASSA_SHOP_ID' } as const;
const wanted = {
  telegram: 'it should be the token that BotFather gave',
  comfyui: 'it should be one or several addresses, by comma',
  yookassa: 'it should be the id of the shop, or PAYMENTS_ENABLED=false',
} as const;

/**
 * The parts that nothing real is named for, and that are therefore played. In production nothing is: ConfigError names the
 * variable that lacks.
 */
export function missingParts(environment: NodeJS.ProcessEnv): StandInName[] {
  const set: NodeJS.ProcessEnv = setIn(environment);
  const sells = !/^(false|0)$/i.test(set['PAYMENTS_ENABLED'] ?? '');
  const missing = standInNames.filter(part => !set[variables[part]] && (part !== 'yookassa' || sells));
  const [first] = missing;
  // Whoever has the key has a shop: its customers are not to get points for nothing because its id was forgotten.
  if (missing.includes('yookassa') && set['YUKASSA_API_KEY'])
    throw new ConfigError('YUKASSA_SHOP_ID is not set; it should be the id of the shop whose key is in YUKASSA_API_KEY');
  if (first && set['NODE_ENV'] === 'production')
    throw new ConfigError(`${variables[first]} is not set; ${wanted[first]}: with NODE_ENV=production nothing is played`);
  if (first && set['HOST'] && !isLoopback(set['HOST']))
    throw new ConfigError(
      `HOST holds ${shown('HOST', set['HOST'])}; it should be 127.0.0.1 while ${variables[first]} is not set: the sandbox listens on loopback only`,
    );
  return missing;
}

/** The environment, and for the `missing` parts what it lacks. */
export const completed = (environment: NodeJS.ProcessEnv, missing: readonly StandInName[]): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(missing.flatMap(part => Object.entries(playedVariables[part]))),
  ...setIn(environment),
});

/** Of the right form, and nobody's. */
const playedVariables = {
  telegram: { BOT_TOKEN: '1:nobody-has-this', WEBHOOK_SECRET: 'unused' },
  comfyui: { COMFYUI_URL: 'http://127.0.0.1' },
  yookassa: { YUKASSA_SHOP_ID: '0', YUKASSA_API_KEY: 'unused' },
} as const;
