import type { RefundAnswer } from './refund.ts';

/** Commands for admins. For anyone else they do not exist. */
export const adminCommands = ['admin', 'addtokens', 'unlimited', 'refund', 'newpromo', 'userinfo'] as const;
export type AdminCommand = (typeof adminCommands)[number];

/**
 * What an admin may do that changes something. `points` below zero take back; `amountMinor` null: all that is left of the
 * payment.
 */
export type AdminAct =
  | { act: 'grant'; userId: number; points: number; reason: string | null }
  | { act: 'switchUnlimited'; userId: number }
  | { act: 'refund'; paymentId: string; amountMinor: number | null }
  | { act: 'createPromo'; code: string; points: number; uses: number; days: number | null };

/** What became of an act. The same for its repeat. */
export type AdminOutcome =
  | { is: 'granted' | 'taken' | 'tooFewPoints'; subjectId: number; points: number }
  | { is: 'unlimitedSet'; subjectId: number; unlimited: boolean }
  | { is: 'noPerson'; subjectId: number }
  | { is: 'promoCreated'; code: string; points: number; uses: number; expiresAt: number | null }
  | { is: 'promoExists'; code: string }
  | { is: 'refund'; paymentId: string; answer: RefundAnswer };

/** What an admin is told. */
export type AdminNotice =
  | { type: 'adminMenu' }
  | { type: 'adminUsage'; command: AdminCommand }
  | { type: 'adminUser'; subjectId: number }
  | ({ type: 'adminOutcome' } & AdminOutcome);

/** What a person is told of an admin's act. `points` below zero were taken. */
export type GrantNotice =
  | { type: 'granted'; points: number; reason: string | null }
  | { type: 'unlimitedSet'; unlimited: boolean };

/** An act by its admin and the update that it came with: what is written of it is written once. */
export type ActOrder = { act: AdminAct; id: string; byId: number; at: number };
export const actIdOf = (byId: number, updateId: number): string => `${byId}:${updateId}`;
