import type { Dialog, PersonState } from './dialog.ts';

/**
 * Something that is asked in passing: once it is answered, or given up, the person is where they were, with all that they had
 * said.
 */
export type Question = Extract<Dialog, { at: 'awaiting_payment' | 'awaiting_promo' | 'awaiting_email' }>;

const questions: readonly string[] = ['awaiting_payment', 'awaiting_promo', 'awaiting_email'] satisfies Question['at'][];
const isQuestion = (dialog: Dialog): dialog is Question => questions.includes(dialog.at);

/** Where the person is, a question left out of account. Photos that wait for a wish wait on. */
export const standingAt = ({ dialog, photos }: PersonState): Dialog => {
  if (!isQuestion(dialog)) return dialog;
  return dialog.back ?? { at: photos ? 'awaiting_custom_prompt' : 'main_menu' };
};

/** That question, or without a name whichever it is, is not asked any more. */
export const leaveQuestion = (state: PersonState, at?: Question['at']): PersonState =>
  at === undefined || state.dialog.at === at ? { ...state, dialog: standingAt(state) } : state;
