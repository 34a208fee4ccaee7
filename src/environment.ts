import type { z } from 'zod';
import { withoutPassword } from '../db/url.ts';
import { ConfigError } from './config-error.ts';

/** What the schema makes of the environment. Throws ConfigError for the first variable that is wrong. */
export function checked<Schema extends z.ZodType>(schema: Schema, environment: NodeJS.ProcessEnv): z.output<Schema> {
  const parsed = schema.safeParse(setIn(environment));
  if (!parsed.success) throw new ConfigError(complaint(parsed.error.issues[0]!, environment));
  return parsed.data;
}

/** What holds more than white space, without the white space around it. */
export const setIn = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])));

function complaint({ path: [name], message }: { path: PropertyKey[]; message: string }, environment: NodeJS.ProcessEnv): string {
  const variable = String(name);
  const value = environment[variable];
  return `${variable} ${value ? `holds ${shown(variable, value)}` : 'is not set'}; it should be ${message}`;
}

const secrets = /TOKEN|SECRET|KEY/;

/** Enough to recognise a value by: of a secret no more than its beginning, of an address no password. */
export function shown(variable: string, value: string): string {
  if (secrets.test(variable)) return JSON.stringify(value.length > 12 ? `${value.slice(0, 4)}…` : '…');
  if (variable.endsWith('DATABASE_URL')) return JSON.stringify(withoutPassword(value));
  return JSON.stringify(value.replace(/\/\/[^\s/,]*@/g, '//…@'));
}
