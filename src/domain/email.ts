import type { Dialog, PersonState } from './dialog.ts';
import { type Step, say } from './effect.ts';

type EmailDialog = Extract<Dialog, { at: 'awaiting_email' }>;

/** Asks where receipts are to go: once, for an order that waits for it, or because the person wants another address. */
export function askEmail(state: PersonState, order: EmailDialog['order'], messageId: number | null): Step {
  const back = leaveEmail(state).dialog;
  return [
    { ...state, dialog: { at: 'awaiting_email', order, back } },
    [say({ type: 'askEmail', rubles: order?.rubles ?? null }, messageId)],
  ];
}

/** No e-mail is awaited any more; the person is where they were. */
export const leaveEmail = (state: PersonState): PersonState =>
  state.dialog.at === 'awaiting_email' ? { ...state, dialog: state.dialog.back } : state;
