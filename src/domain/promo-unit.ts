import { bonusAccount, userAccount } from './ledger.ts';
import type { Rank } from './notice.ts';
import { type PromoCode, promoAccount } from './promo.ts';
import type { Write, WriteUnit } from './unit.ts';

/**
 * A code and the points for all its uses, together with what is noted of it. Repeated or refused where the code is there already.
 */
export const fundPromo = (promo: PromoCode, noted: Write): WriteUnit => ({
  movement: {
    ...({ kind: 'transfer', id: `promo-fund:${promo.code}`, reason: 'promo-fund' } as const),
    ...{ from: bonusAccount, to: promoAccount(promo.code), points: promo.uses * promo.points },
  },
  writes: [{ do: 'addPromo', promo }, noted],
});

/**
 * Who uses a code, by what: `key` names the act within the person's, so that a repeat of it is known by its words. Money goes
 * first, but `hint` is what follows a welcome in order.
 */
export type PromoUse = { userId: number; key: string; at: number; rank: Rank };

/** The ledger's id of a use; it is the same however the person came to it. */
export const promoUseId = (code: string, userId: number): string => `promo:${code}:${userId}`;

/** The words of success are there once this very act has brought the points. */
export const promoWordsId = (code: string, { userId, key }: PromoUse): string => `${promoUseId(code, userId)}:${key}`;

/** Points and words in one. Refused once the code's account is empty, repeated for one person's second use. */
export const usePromo = ({ code, points }: PromoCode, use: PromoUse): WriteUnit => ({
  movement: {
    ...({ kind: 'transfer', id: promoUseId(code, use.userId), reason: 'promo' } as const),
    ...{ from: promoAccount(code), to: userAccount(use.userId), points },
  },
  writes: [
    {
      do: 'say',
      row: {
        ...{ id: promoWordsId(code, use), chatId: use.userId, rank: use.rank, edits: null, at: use.at },
        notice: { type: 'promoApplied', points },
      },
    },
  ],
});
