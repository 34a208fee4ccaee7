import type { Localised } from './localised.ts';
import { points, rubles } from './numbers.en.ts';
import type { offer as ru, email as ruEmail } from './offer.ru.ts';

export const offer: Localised<typeof ru> = {
  lacking: ({ lacking, price, balance }) =>
    `💸 You need ${points(lacking)} more: the edit costs ${price.toLocaleString('en')}, you have ${balance.toLocaleString('en')}.`,
  keeps: 'I keep your photo and your wish: once the points are there, press “▶️ Edit the photo”.',
  enough: ({ balance }) => `💳 Now you have enough points: ${points(balance)}. Press “▶️ Edit the photo”.`,
  topUp: ({ rubles: sum }) => `➕ Top up by ${rubles(sum)}`,
  otherSum: '✏️ Another amount',
  resume: '▶️ Edit the photo',
  waits: '📷 Your photo is waiting: press “▶️ Edit the photo”.',
  presetGone: 'This style is no longer there, but I have kept your photo. Choose another style or say what to change.',
};

export const email: Localised<typeof ruEmail> = {
  ask: ({ rubles: sum }) =>
    `✉️ Where shall the receipt for ${rubles(sum)} go? Write your e-mail. I ask once; you can change it in your profile.`,
  askNew: '✉️ Write the e-mail that receipts shall go to.',
  unclear: '🤔 That does not look like an e-mail. Write the whole address, like anna@mail.com, or go back to /menu.',
  saved: ({ email: shown }) => `✉️ Noted: receipts will go to ${shown}.`,
  change: ({ email: shown }) => `✉️ Receipts: ${shown}`,
  line: ({ email: shown }) => `✉️ E-mail for receipts: ${shown}`,
};
