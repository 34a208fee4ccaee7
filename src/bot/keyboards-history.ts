import type { HistoryPage } from '../domain/history.ts';
import { button, type InlineKeyboard, inRows } from './inline.ts';
import type { Texts } from './words/texts.ts';

/** Buttons for the edits of a page, by their numbers on it, and for the pages before and after. */
export function historyKeyboard(t: Texts, { entries, page, until, hasMore }: HistoryPage): InlineKeyboard {
  const edits = entries.flatMap(entry => (entry.kind === 'edit' ? [entry.jobId] : []));
  const cards = edits.map((jobId, n) => button(t.history.card({ n: n + 1 }), { to: 'jobCard', jobId, page, until }));
  const turn = [
    ...(page > 0 ? [button(t.history.newer, { to: 'historyPage', page: page - 1, until })] : []),
    ...(hasMore ? [button(t.history.older, { to: 'historyPage', page: page + 1, until })] : []),
  ];
  return {
    inline_keyboard: [...inRows(cards, 4), ...(turn.length > 0 ? [turn] : []), [button(t.buttons.menu, { to: 'menu' })]],
  };
}

/** From a card back to its page; `resumable`: the edit that can be started again. */
export const jobCardKeyboard = (
  t: Texts,
  { page, until, resumable }: { page: number; until: number; resumable: string | null },
): InlineKeyboard => ({
  inline_keyboard: [
    ...(resumable ? [[button(t.offer.resume, { to: 'resume', jobId: resumable })]] : []),
    [button(t.buttons.back, { to: 'historyPage', page, until }), button(t.buttons.menu, { to: 'menu' })],
  ],
});

/** Under a balance: what has happened to it, and the way to more where points are sold. */
export const balanceKeyboard = (t: Texts, { sells }: { sells: boolean }): InlineKeyboard => ({
  inline_keyboard: [
    [button(t.history.button, { to: 'history' }), ...(sells ? [button(t.menuButtons.topUp, { to: 'topUp' })] : [])],
  ],
});

/** `email`: where receipts go, as it is shown. */
export const profileKeyboard = (t: Texts, { email }: { email?: string }): InlineKeyboard => ({
  inline_keyboard: [
    [button(t.history.button, { to: 'history' }), button(t.buttons.language, { to: 'languages' })],
    ...(email ? [[button(t.email.change({ email }), { to: 'email' })]] : []),
  ],
});
