import type { ActOrder, AdminAct, GrantNotice } from './admin.ts';
import { bonusAccount, userAccount } from './ledger.ts';
import type { PromoCode } from './promo.ts';
import { dayMs } from './time.ts';
import type { Write, WriteUnit } from './unit.ts';

/**
 * The acts of admins as write units: what changes, what is noted of it, and the words to the person. An act that is ordered again
 * finds its movement, or its note, and changes nothing.
 */

type Order<Act extends AdminAct['act']> = ActOrder & { act: Extract<AdminAct, { act: Act }> };

/** Points from the bonus account, or back to it: refused where the person has fewer to spend. */
export const grant = (order: Order<'grant'>): WriteUnit => {
  const { userId, points, reason } = order.act;
  const [from, to] = points > 0 ? [bonusAccount, userAccount(userId)] : [userAccount(userId), bonusAccount];
  return {
    movement: {
      ...({ kind: 'transfer', reason: 'grant' } as const),
      id: `grant:${order.id}`,
      from,
      to,
      points: Math.abs(points),
    },
    writes: [
      noted(order, String(userId), { points, ...(reason !== null && { reason }) }),
      told(order, userId, { type: 'granted', points, reason }),
    ],
  };
};

export const setUnlimited = (order: Order<'switchUnlimited'>, unlimited: boolean): WriteUnit => {
  const { userId } = order.act;
  return {
    writes: [
      { do: 'setUnlimited', userId, unlimited },
      noted(order, String(userId), { unlimited }),
      told(order, userId, { type: 'unlimitedSet', unlimited }),
    ],
  };
};

export const promoOf = ({ act: { code, points, uses, days }, byId, at }: Order<'createPromo'>): PromoCode => ({
  ...{ code, points, uses, byId, createdAt: at },
  expiresAt: days === null ? null : at + days * dayMs,
});

export const notedPromo = (order: Order<'createPromo'>, { code, points, uses, expiresAt }: PromoCode): Write =>
  noted(order, code, { points, uses, expiresAt });

/** The refund itself is written by those who make it. */
export const notedRefund = (order: Order<'refund'>, amountMinor: number): WriteUnit => ({
  writes: [noted(order, order.act.paymentId, { amountMinor })],
});

const noted = ({ id, byId, at, act: { act: action } }: ActOrder, subject: string, detail: object): Write => ({
  ...{ do: 'audit', id, byId, action, subject, detail: JSON.stringify(detail), at },
});

const told = ({ id, at }: ActOrder, userId: number, notice: GrantNotice): Write => ({
  do: 'say',
  row: { id: `act:${id}`, chatId: userId, rank: 'result', notice, edits: null, at },
});
