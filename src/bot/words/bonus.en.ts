import type { bonus as ru } from './bonus.ru.ts';
import type { Localised } from './localised.ts';
import { points } from './numbers.en.ts';

export const bonus: Localised<typeof ru> = {
  weekly: ({ points: granted, balance }) =>
    `🎁 Your weekly bonus!\n💰 Added: ${points(granted)}\n💳 New balance: ${points(balance)}`,
};
