import { badRequest } from './errors.ts';
import { isObject, type Params } from './params.ts';
import type { InlineButton, InlineMarkup } from './wire.ts';

export type Markup =
  | { readonly kind: 'inline'; readonly inline: InlineMarkup }
  | { readonly kind: 'keyboard'; readonly rows: string[][] }
  | { readonly kind: 'remove' }
  | { readonly kind: 'forceReply' };

const BUTTONS_MAX = 100;
const CALLBACK_DATA_BYTES_MAX = 64;
const ACTIONS = [
  'url',
  'callback_data',
  'web_app',
  'login_url',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'copy_text',
];

/** Reads `reply_markup` and checks its shape; `undefined` when there is none. */
export const markupOf = (params: Params): Markup | undefined => {
  const value = params['reply_markup'];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') throw badRequest("can't parse reply keyboard markup JSON object");
  if (!isObject(value)) throw badRequest('object expected as reply markup');
  if ('inline_keyboard' in value)
    return { kind: 'inline', inline: { inline_keyboard: rowsOf(value, 'inline_keyboard', inlineButton) } };
  if ('keyboard' in value) return { kind: 'keyboard', rows: rowsOf(value, 'keyboard', keyboardButton) };
  if (value['remove_keyboard'] === true) return { kind: 'remove' };
  return value['force_reply'] === true ? { kind: 'forceReply' } : undefined;
};

/** For edits: only inline keyboards can stand under an edited message. */
export const inlineMarkupOf = (params: Params): InlineMarkup | undefined => {
  const markup = markupOf(params);
  if (markup === undefined) return undefined;
  if (markup.kind !== 'inline') throw badRequest('inline keyboard expected');
  return withoutEmpty(markup.inline);
};

/** A keyboard without buttons is no keyboard. */
export const withoutEmpty = (markup: InlineMarkup): InlineMarkup | undefined =>
  markup.inline_keyboard.length === 0 ? undefined : markup;

const rowsOf = <T>(value: Record<string, unknown>, field: string, read: (button: unknown) => T): T[][] => {
  const rows = value[field];
  if (!Array.isArray(rows)) throw badRequest(`field "${field}" must be of type Array`);
  const result = rows.map(row => {
    if (!Array.isArray(row)) throw badRequest(`field "${field}" must be an Array of Arrays`);
    return row.map(read);
  });
  if (result.reduce((sum, row) => sum + row.length, 0) > BUTTONS_MAX) throw badRequest('reply markup is too long');
  return result.filter(row => row.length > 0);
};

const unreadable = (what: string) => badRequest(`can't parse inline keyboard button: ${what}`);

const inlineButton = (value: unknown): InlineButton => {
  if (!isObject(value)) throw unreadable('InlineKeyboardButton must be an Object');
  if (typeof value['text'] !== 'string') throw unreadable('field "text" must be of type String');
  if (value['text'].trim() === '') throw badRequest('inline keyboard button text is empty');
  if (value['pay'] !== true && !ACTIONS.some(action => value[action] !== undefined)) {
    throw unreadable('Text buttons are unallowed in the inline keyboard');
  }
  checkCallbackData(value['callback_data']);
  checkUrl(value['url']);
  return value as InlineButton;
};

const checkCallbackData = (data: unknown): void => {
  if (data === undefined) return;
  if (typeof data !== 'string') throw unreadable('field "callback_data" must be of type String');
  const bytes = Buffer.byteLength(data);
  if (bytes < 1 || bytes > CALLBACK_DATA_BYTES_MAX) throw badRequest('BUTTON_DATA_INVALID');
};

const checkUrl = (url: unknown): void => {
  if (url === undefined) return;
  if (typeof url !== 'string' || !/^(https?|tg):\/\/[^\s]+$/i.test(url)) {
    throw badRequest(`inline keyboard button URL '${String(url)}' is invalid: Wrong HTTP URL`);
  }
};

const keyboardButton = (value: unknown): string => {
  const text = isObject(value) ? value['text'] : value;
  if (typeof text !== 'string') throw badRequest("can't parse keyboard button: KeyboardButton must be a String or an Object");
  if (text.trim() === '') throw badRequest('keyboard button text is empty');
  return text;
};
