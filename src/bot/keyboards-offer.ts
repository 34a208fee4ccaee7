import { button, type InlineKeyboard } from './inline.ts';
import type { Texts } from './words/texts.ts';

/**
 * Under an edit that lacks points. `rubles`: the sum that brings them; undefined where none on sale does. `sells`: whether any
 * is.
 */
export const lackingKeyboard = (
  t: Texts,
  jobId: string,
  { rubles, sells }: { rubles: number | undefined; sells: boolean },
): InlineKeyboard => {
  const others = rubles === undefined ? t.menuButtons.topUp : t.offer.otherSum;
  return {
    inline_keyboard: [
      ...(rubles === undefined ? [] : [[button(t.offer.topUp({ rubles }), { to: 'offer', rubles })]]),
      [button(t.offer.resume, { to: 'resume', jobId })],
      [...(sells ? [button(others, { to: 'topUp' })] : []), button(t.buttons.menu, { to: 'menu' })],
    ],
  };
};

/** For an edit that lacked points, and does no longer. */
export const resumeKeyboard = (t: Texts, jobId: string): InlineKeyboard => ({
  inline_keyboard: [[button(t.offer.resume, { to: 'resume', jobId })], [button(t.buttons.menu, { to: 'menu' })]],
});

/** Back to the ways to pay, where a sum was chosen. */
export const emailKeyboard = (t: Texts, rubles: number | null): InlineKeyboard => ({
  inline_keyboard: [
    [...(rubles === null ? [] : [button(t.buttons.back, { to: 'amount', rubles })]), button(t.buttons.menu, { to: 'menu' })],
  ],
});
