import type { AccountId } from './ledger.ts';

/**
 * A code that gives points, once to each person, as often as its account can pay. `code` is as it is compared: see `promoCodeOf`.
 * It is good up to and including `expiresAt`, in Unix milliseconds; null: for ever.
 */
export type PromoCode = { code: string; points: number; uses: number; expiresAt: number | null; byId: number; createdAt: number };

/** Holds uses × points from the start: no overdraft is the counter. */
export const promoAccount = (code: string): AccountId => `promo:${code}`;

/** What became of a code that a person tried. */
export type PromoOutcome = { is: 'applied'; points: number } | { is: PromoRefusal };
export type PromoRefusal = 'unknown' | 'expired' | 'usedUp' | 'alreadyUsed' | 'tooManyTries';

export type PromoNotice =
  | { type: 'askPromo' }
  | { type: 'promoApplied'; points: number }
  | { type: 'promoRefused'; reason: PromoRefusal };

/**
 * The code as it is compared; undefined for what can be none. Case and width of its letters say nothing, nor how they are
 * composed (Unicode NFKC): `ЛЕТО`, `лето` and full-width `ＳＡＬＥ`, `sale` are one each. Through upper case folds what has more than
 * one lower case: ß is ss, ς is σ, and the four Turkish i are one. Letters that only look alike (Latin c, Cyrillic с; е, ё)
 * differ.
 */
export function promoCodeOf(text: string): string | undefined {
  const folded = text
    .trim()
    .normalize('NFKC')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll('i\u0307', 'i');
  return /^[\p{L}\p{N}_-]{2,32}$/u.test(folded) ? folded : undefined;
}

export const isExpired = ({ expiresAt }: PromoCode, at: number): boolean => expiresAt !== null && at > expiresAt;

/** Telegram's limit on what stands behind `?start=`: https://core.telegram.org/bots/features#deep-linking */
const startLengthMax = 64;
const linkPrefix = 'promo_';

/** What stands behind `?start=` of a link that gives a code: the code in base64url; null where it is too long for one. */
export function promoStart(code: string): string | null {
  const bytes = String.fromCharCode(...new TextEncoder().encode(code));
  const start = linkPrefix + btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return start.length <= startLengthMax ? start : null;
}

export const isPromoStart = (start: string): boolean => start.startsWith(linkPrefix) && start.length <= startLengthMax;

/** The codes that such a link may mean, the likelier first: a plain code can happen to be base64url, too. */
export function promoCodesOf(start: string): string[] {
  const given = start.slice(linkPrefix.length);
  const codes = [decoded(given), given].flatMap(text => (text && promoCodeOf(text)) || []);
  return [...new Set(codes)];
}

function decoded(base64url: string): string | undefined {
  try {
    const bytes = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes, char => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
