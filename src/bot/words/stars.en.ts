import type { CheckoutRefusal } from '../../domain/invoice.ts';
import type { Localised } from './localised.ts';
import { money, points } from './numbers.en.ts';
import type { stars as ruStars, support as ruSupport } from './stars.ru.ts';

const refused: Record<CheckoutRefusal, string> = {
  unknown: 'This bill is no longer there. Please start anew: “➕ Top up”.',
  notYours: 'This bill was made for somebody else. Get one of your own with “➕ Top up”.',
  differs: 'The bill has changed. Please start anew: “➕ Top up”.',
  paid: 'This bill is paid already, and the points are on the balance. There is no need to pay twice.',
  unavailable: 'I could not check the bill. Please try again in a minute.',
};

export const stars: Localised<typeof ruStars> = {
  button: ({ stars: count }) => `⭐ Stars (${count.toLocaleString('en')})`,
  real: '⭐ The Stars are real, though: Telegram will charge them.',
  title: 'Balance top-up',
  description: ({ points: bought }) => `${points(bought)} for your balance in this bot.`,
  label: ({ points: bought }) => points(bought),
  pending: ({ stars: count, points: bought }) =>
    `⭐ A bill of ${money(count, 'XTR')}: ${points(bought)}.\n\nPay it below 👇\n\n⏳ Waiting for the payment…`,
  refused: reason => refused[reason],
};

export const support: Localised<typeof ruSupport> = {
  paysupport: ({ contact, ids }) =>
    [
      '💬 <b>Help with a payment</b>',
      'Points usually come within a minute. If you were charged and have no points, write to us: we will find out, and add the points or give the money back.',
      contact ? `Support: ${contact}` : 'Please write to the administrator of this bot, named in its description.',
      ...(ids.length > 0 ? [`Name the payment, please. Your last ones:\n${ids.map(id => `<code>${id}</code>`).join('\n')}`] : []),
    ].join('\n\n'),
  terms: ({ url }) =>
    url
      ? `📄 Terms: ${url}`
      : '📄 Points are spent on edits in this bot. For an edit that failed or was cancelled they come back by themselves. Questions about payments and refunds: /paysupport.',
};
