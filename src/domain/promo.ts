import type { AccountId } from './ledger.ts';

/**
 * A code that gives points, once to each person, as often as its account can pay. `code` is as it is compared: see `promoCodeOf`.
 * `expiresAt` null: never.
 */
export type PromoCode = { code: string; points: number; uses: number; expiresAt: number | null; byId: number; createdAt: number };

/** Holds uses × points from the start: no overdraft is the counter. */
export const promoAccount = (code: string): AccountId => `promo:${code}`;

/** The code as it is compared: in NFC, without the case of its letters; undefined for what can be none. */
export function promoCodeOf(text: string): string | undefined {
  const code = text.trim().normalize('NFC').toLocaleLowerCase('ru').normalize('NFC');
  return /^[\p{L}\p{N}_-]{2,32}$/u.test(code) ? code : undefined;
}
