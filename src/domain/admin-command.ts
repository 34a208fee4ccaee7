import type { AdminAct, AdminCommand } from './admin.ts';
import { promoCodeOf } from './promo.ts';
import { isUuid } from './uuid.ts';

/** What an admin's words mean. `explain`: the arguments are wrong, and the words say what they should be. */
export type AdminWish = AdminAct | { act: 'menu' } | { act: 'viewUser'; userId: number } | { act: 'explain' };

export const grantPointsMax = 100_000_000;
export const promoUsesMax = 1_000_000_000;
/** Of all uses of a code together: thousands of such codes can still be counted exactly. */
export const promoPointsMax = 1_000_000_000_000;
export const promoDaysMax = 3_650;
export const reasonLengthMax = 200;

/** Reads the arguments of a command; pure. Whatever is missing, left over or out of bounds is explained, not guessed. */
export function parseAdminCommand(command: AdminCommand, argument: string): AdminWish {
  const words = argument.trim().split(/\s+/u);
  return wishOf(command, words[0] === '' ? [] : words) ?? { act: 'explain' };
}

function wishOf(command: AdminCommand, words: readonly string[]): AdminWish | undefined {
  switch (command) {
    case 'admin':
      return { act: 'menu' };
    case 'addtokens':
      return grantOf(words);
    case 'unlimited':
      return ofPerson(words, userId => ({ act: 'switchUnlimited', userId }));
    case 'userinfo':
      return ofPerson(words, userId => ({ act: 'viewUser', userId }));
    case 'refund':
      return refundOf(words);
    case 'newpromo':
      return promoOf(words);
    default:
      return command satisfies never;
  }
}

function grantOf([id, points = '', ...rest]: readonly string[]): AdminAct | undefined {
  const userId = telegramIdOf(id);
  const [, minus, digits] = /^([+−-]?)(\d+)$/u.exec(points) ?? [];
  const granted = countOf(digits, grantPointsMax);
  const reason = rest.join(' ');
  if (userId === undefined || granted === undefined || [...reason].length > reasonLengthMax) return undefined;
  return { act: 'grant', userId, points: minus && minus !== '+' ? -granted : granted, reason: reason || null };
}

function ofPerson([id, ...rest]: readonly string[], wish: (userId: number) => AdminWish): AdminWish | undefined {
  const userId = telegramIdOf(id);
  return userId === undefined || rest.length > 0 ? undefined : wish(userId);
}

function refundOf([id = '', rubles, ...rest]: readonly string[]): AdminAct | undefined {
  const paymentId = id.toLowerCase();
  const amountMinor = rubles === undefined ? null : kopeksOf(rubles);
  if (!isUuid(paymentId) || amountMinor === undefined || rest.length > 0) return undefined;
  return { act: 'refund', paymentId, amountMinor };
}

function promoOf([written = '', first, second, third, ...rest]: readonly string[]): AdminAct | undefined {
  const code = promoCodeOf(written);
  const points = countOf(first, grantPointsMax);
  const uses = second === undefined ? 1 : countOf(second, promoUsesMax);
  const days = third === undefined ? null : countOf(third, promoDaysMax);
  if (!code || !points || !uses || days === undefined || rest.length > 0) return undefined;
  // All its points are set aside at once.
  return uses * points <= promoPointsMax ? { act: 'createPromo', code, points, uses, days } : undefined;
}

/** A whole number from 1 to `most`. */
function countOf(text: string | undefined, most: number): number | undefined {
  const n = text && /^\d{1,16}$/.test(text) ? Number(text) : 0;
  return n >= 1 && n <= most ? n : undefined;
}

/** At most 52 significant bits: https://core.telegram.org/bots/api#user */
const telegramIdOf = (text: string | undefined): number | undefined => countOf(text, 2 ** 52 - 1);

/** Rubles with kopeks or without: `500`, `99.90`, `99,9`; the sum is compared with the payment where that is known. */
function kopeksOf(text: string): number | undefined {
  const [, rubles, kopeks = ''] = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec(text) ?? [];
  const sum = Number(rubles) * 100 + Number(kopeks.padEnd(2, '0'));
  return sum > 0 ? sum : undefined;
}
