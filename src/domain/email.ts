import type { PersonState } from './dialog.ts';
import { type Step, say } from './effect.ts';
import { type Question, standingAt } from './question.ts';

type EmailDialog = Extract<Question, { at: 'awaiting_email' }>;

/** Asks where receipts are to go: once, for an order that waits for it, or because the person wants another address. */
export const askEmail = (state: PersonState, order: EmailDialog['order'], messageId: number | null): Step => [
  { ...state, dialog: { at: 'awaiting_email', order, back: standingAt(state) } },
  [say({ type: 'askEmail', rubles: order?.rubles ?? null }, messageId)],
];
