import { encodePress, type Press } from '../domain/press.ts';

export type InlineButton = { text: string; callback_data: string } | { text: string; url: string };
export type InlineKeyboard = { inline_keyboard: InlineButton[][] };
export type ReplyKeyboard = { keyboard: { text: string }[][]; resize_keyboard: true; is_persistent: true };

export const button = (text: string, press: Press) => ({ text, callback_data: encodePress(press) });

export const inRows = <T>(items: readonly T[], width: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / width) }, (_, n) => items.slice(n * width, (n + 1) * width));
