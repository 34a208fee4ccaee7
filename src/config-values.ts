import { z } from 'zod';
import { isLoopback } from './domain/loopback.ts';
import { addressList } from './http/client-address.ts';

/* What the values of variables are read as; each says of itself what it should be. */

/** https, or http where nobody can listen in. */
export const address = z.string().refine(value => {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}, 'an https address, or http for loopback');

export const whole = (least: number, most = 1_000_000_000) =>
  z.coerce
    .number<string>(`a whole number from ${least}`)
    .int(`a whole number from ${least}`)
    .min(least, `a whole number from ${least}`)
    .max(most, `at most ${most}`);
/** One of a list that somebody else has numbered. */
export const codeTo = (most: number) => {
  const wanted = `a whole number from 1 to ${most}`;
  return z.coerce.number<string>(wanted).int(wanted).min(1, wanted).max(most, wanted);
};
export const parts = (value: string): string[] =>
  value
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
export const ids = z
  .string()
  .transform(parts)
  .pipe(z.array(whole(1, Number.MAX_SAFE_INTEGER)));
export const flag = z
  .enum(['true', 'false', 'True', 'False', '1', '0'], 'true or false')
  .transform(value => /^(true|1)$/i.test(value));
const networks = 'addresses or networks like 10.0.0.0/8, by comma';
const isNetwork = (cidr: string): boolean => {
  try {
    return Boolean(addressList([cidr]));
  } catch {
    return false;
  }
};
export const cidrs = z
  .string()
  .transform(parts)
  .pipe(z.array(z.string().refine(isNetwork, networks)));

const isTimeZone = (timeZone: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
};
export const seconds = z.coerce.number<string>('seconds').min(0, 'seconds');

const dayWanted = 'a day from 0 (Monday) to 6 (Sunday)';
export const weekday = z.coerce.number<string>(dayWanted).int(dayWanted).min(0, dayWanted).max(6, dayWanted);
export const timeOfDay = z.string().regex(/^([01]?\d|2[0-3]):[0-5]\d$/, 'a time of day like 20:00');
export const timeZone = z.string().refine(isTimeZone, 'a time zone like Europe/Moscow');
