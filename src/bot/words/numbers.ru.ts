import { clockOf } from '../../domain/expected-wait.ts';
import type { Currency } from '../../domain/payment.ts';

/** How Russian says numbers of things. */
export const plural = new Intl.PluralRules('ru');

/** A number and its noun: 1 балл, 2 балла, 5 баллов. */
export const counted = (n: number, [one, few, many]: readonly [string, string, string]): string => {
  const form = plural.select(n);
  return `${n.toLocaleString('ru')} ${form === 'one' ? one : form === 'few' ? few : many}`;
};
export const points = (n: number): string => counted(n, ['балл', 'балла', 'баллов']);
/** Kopeks only where there are any. */
export const rubles = (n: number): string =>
  `${n.toLocaleString('ru', { minimumFractionDigits: Number.isInteger(n) ? 0 : 2 })} ₽`;
/** A sum in the smallest unit of its currency. */
export const money = (amountMinor: number, currency: Currency): string =>
  currency === 'XTR' ? `${amountMinor.toLocaleString('ru')} ⭐` : rubles(amountMinor / 100);

/** Time that has passed, in its two largest units; no line ends between a number and its unit. */
export const lasted = (ms: number): string => {
  const { hours, minutes, seconds } = clockOf(ms);
  if (hours > 0) return `${hours}\u00a0ч ${minutes}\u00a0мин`;
  if (minutes > 0) return `${minutes}\u00a0мин ${seconds}\u00a0с`;
  return seconds > 0 ? `${seconds}\u00a0с` : 'меньше 1\u00a0с';
};
