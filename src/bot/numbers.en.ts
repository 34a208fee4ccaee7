import { clockOf } from '../domain/expected-wait.ts';
import type { Currency } from '../domain/payment.ts';

/** How English says numbers of things. */
export const points = (n: number): string => `${n.toLocaleString('en')} ${n === 1 ? 'point' : 'points'}`;
export const rubles = (n: number): string => `${n.toLocaleString('en')} ₽`;
/** A sum in the smallest unit of its currency. */
export const money = (amountMinor: number, currency: Currency): string =>
  currency === 'XTR' ? `${amountMinor.toLocaleString('en')} ⭐` : rubles(amountMinor / 100);

/** Time that has passed, in its two largest units. */
export const lasted = (ms: number): string => {
  const { hours, minutes, seconds } = clockOf(ms);
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${seconds} s`;
  return seconds > 0 ? `${seconds} s` : 'less than 1 s';
};
