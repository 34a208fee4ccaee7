import type { Catalogue } from '../domain/catalogue.ts';
import { presetsOf } from '../domain/catalogue.ts';
import type { MenuButton } from '../domain/person-event.ts';
import type { Language } from '../domain/user.ts';
import { button, type InlineKeyboard, inRows, type ReplyKeyboard } from './inline.ts';
import type { Texts } from './words/texts.ts';

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
