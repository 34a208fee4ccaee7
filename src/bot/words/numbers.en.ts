import { clockOf } from '../../domain/expected-wait.ts';
import type { Currency } from '../../domain/payment.ts';

/** How English says numbers of things. */
export const points = (n: number): string => `${n.toLocaleString('en')} ${n === 1 ? 'point' : 'points'}`;
/** Kopeks only where there are any. */
export const rubles = (n: number): string =>
  `${n.toLocaleString('en', { minimumFractionDigits: Number.isInteger(n) ? 0 : 2 })} ₽`;
/** A sum in the smallest unit of its currency. */
export const money = (amountMinor: number, currency: Currency): string =>
  currency === 'XTR' ? `${amountMinor.toLocaleString('en')} ⭐` : rubles(amountMinor / 100);

/** Time that has passed, in its two largest units; no line ends between a number and its unit. */
export const lasted = (ms: number): string => {
  const { hours, minutes, seconds } = clockOf(ms);
  if (hours > 0) return `${hours}\u00a0h ${minutes}\u00a0min`;
  if (minutes > 0) return `${minutes}\u00a0min ${seconds}\u00a0s`;
  return seconds > 0 ? `${seconds}\u00a0s` : 'less than 1\u00a0s';
};
