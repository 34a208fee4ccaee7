import type { Localised } from './localised.ts';
import { points } from './numbers.en.ts';
import type { promo as ru } from './promo.ru.ts';

export const promo: Localised<typeof ru> = {
  ask: '🎟 Send me the promo code. Changed your mind? /cancel',
  applied: ({ points: given, balance }) => `🎟 The code is good!\n💰 Added: ${points(given)}\n💳 New balance: ${points(balance)}`,
  refused: {
    unknown: '🤔 There is no such code. Please check every letter and try again: /promo',
    expired: '⌛️ This code has expired.',
    usedUp: '😔 This code has been used up.',
    alreadyUsed: '🎟 You have used this code already: it works once.',
    tooManyTries: '⏳ Too many wrong codes. Please try again later, in an hour.',
  },
};
