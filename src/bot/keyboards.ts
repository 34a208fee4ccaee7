import type { Catalogue } from '../domain/catalogue.ts';
import { presetsOf } from '../domain/catalogue.ts';
import { offered, type TopUpTerms } from '../domain/payment.ts';
import type { MenuButton } from '../domain/person-event.ts';
import { encodePress, type Press } from '../domain/press.ts';
import type { Language } from '../domain/user.ts';
import type { Texts } from './texts.ts';

export type InlineButton = { text: string; callback_data: string } | { text: string; url: string };
export type InlineKeyboard = { inline_keyboard: InlineButton[][] };
export type ReplyKeyboard = { keyboard: { text: string }[][]; resize_keyboard: true; is_persistent: true };

const button = (text: string, press: Press) => ({ text, callback_data: encodePress(press) });

const menuRows: readonly (readonly MenuButton[])[] = [
  ['edit'],
  ['Styles', 'Lighting'],
  ['Design', 'ownPrompt'],
  ['balance', 'topUp'],
  ['help', 'profile'],
];

/** The main menu under the input field. */
export const mainMenu = (t: Texts): ReplyKeyboard => ({
  keyboard: menuRows.map(row => row.map(name => ({ text: t.menuButtons[name] }))),
  resize_keyboard: true,
  is_persistent: true,
});

/** The button of the main menu that `text` is, in any language. */
export const menuButtonOf = (text: string, languages: readonly Texts[]): MenuButton | undefined =>
  menuRows.flat().find(name => languages.some(t => t.menuButtons[name] === text));

export const categoriesKeyboard = (t: Texts, language: Language, { categories }: Catalogue): InlineKeyboard => ({
  inline_keyboard: [
    ...inRows(
      categories.map(({ id, emoji, name }) => button(`${emoji} ${name[language]}`, { to: 'category', category: id, page: 0 })),
      2,
    ),
    [button(t.buttons.ownPrompt, { to: 'ownPrompt' })],
    [button(t.buttons.menu, { to: 'menu' })],
  ],
});

const presetsPerPage = 8;

/** One page of a category's presets; a page past the end shows the last. */
export function presetsKeyboard(
  t: Texts,
  language: Language,
  catalogue: Catalogue,
  category: string,
  wantedPage: number,
): InlineKeyboard {
  const presets = presetsOf(catalogue, category);
  const lastPage = Math.max(0, Math.ceil(presets.length / presetsPerPage) - 1);
  const page = Math.min(wantedPage, lastPage);
  const shown = presets.slice(page * presetsPerPage, (page + 1) * presetsPerPage);
  const turn = [
    ...(page > 0 ? [button(t.buttons.less, { to: 'category', category, page: page - 1 })] : []),
    ...(page < lastPage ? [button(t.buttons.more, { to: 'category', category, page: page + 1 })] : []),
  ];
  return {
    inline_keyboard: [
      ...inRows(
        shown.map(({ id, name }) => button(name[language], { to: 'preset', presetId: id })),
        2,
      ),
      ...(turn.length > 0 ? [turn] : []),
      [button(t.buttons.back, { to: 'categories' }), button(t.buttons.menu, { to: 'menu' })],
    ],
  };
}

export const cardKeyboard = (t: Texts, category: string): InlineKeyboard => ({
  inline_keyboard: [[button(t.buttons.back, { to: 'category', category, page: 0 }), button(t.buttons.menu, { to: 'menu' })]],
});

export const backKeyboard = (t: Texts): InlineKeyboard => ({
  inline_keyboard: [[button(t.buttons.back, { to: 'categories' }), button(t.buttons.menu, { to: 'menu' })]],
});

export const cancelKeyboard = (t: Texts, jobId: string): InlineKeyboard => ({
  inline_keyboard: [[button(t.buttons.cancel, { to: 'cancelJob', jobId })]],
});

/** For photos and a wish that a limit kept back. */
export const againKeyboard = (t: Texts): InlineKeyboard => ({
  inline_keyboard: [[button(t.buttons.again, { to: 'again' }), button(t.buttons.menu, { to: 'menu' })]],
});

export const languagesKeyboard: InlineKeyboard = {
  inline_keyboard: [
    [button('🇷🇺 Русский', { to: 'language', language: 'ru' }), button('🇬🇧 English', { to: 'language', language: 'en' })],
  ],
};

/** The sums on offer, each with the points it buys. */
export const amountsKeyboard = (t: Texts, terms: TopUpTerms): InlineKeyboard => ({
  inline_keyboard: [
    ...offered(terms).map(rubles => [
      button(t.buttons.amount({ rubles, points: rubles * terms.pointsPerRuble }), { to: 'amount', rubles }),
    ]),
    [button(t.buttons.ownAmount, { to: 'ownAmount' })],
    [button(t.buttons.menu, { to: 'menu' })],
  ],
});

export const methodsKeyboard = (t: Texts, rubles: number): InlineKeyboard => ({
  inline_keyboard: [
    [button(t.buttons.card, { to: 'pay', rubles, method: 'card' }), button(t.buttons.sbp, { to: 'pay', rubles, method: 'sbp' })],
    [button(t.buttons.back, { to: 'amounts' }), button(t.buttons.menu, { to: 'menu' })],
  ],
});

export const payKeyboard = (t: Texts, url: string): InlineKeyboard => ({ inline_keyboard: [[{ text: t.buttons.pay, url }]] });

/** A way to more points. */
export const topUpKeyboard = (t: Texts): InlineKeyboard => ({
  inline_keyboard: [[button(t.menuButtons.topUp, { to: 'topUp' }), button(t.buttons.menu, { to: 'menu' })]],
});

export const amountKeyboard = (t: Texts): InlineKeyboard => ({
  inline_keyboard: [[button(t.buttons.back, { to: 'amounts' }), button(t.buttons.menu, { to: 'menu' })]],
});

export const profileKeyboard = (t: Texts): InlineKeyboard => ({
  inline_keyboard: [[button(t.buttons.language, { to: 'languages' })]],
});

const inRows = <T>(items: readonly T[], width: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / width) }, (_, n) => items.slice(n * width, (n + 1) * width));
