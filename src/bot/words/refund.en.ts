import type { Currency } from '../../domain/payment.ts';
import type { Localised } from './localised.ts';
import { money, points } from './numbers.en.ts';
import type { refunds as ru } from './refund.ru.ts';

const debt = (owed: number): string => `📌 You owe ${points(owed)}: your next top-up pays it`;

const goesTo: Record<Currency | 'practice', string> = {
  practice: '🧪 It is practice: no money moved.',
  RUB: 'The money goes back to where you paid from; a bank may need some days.',
  XTR: 'The Stars are back on your balance in Telegram.',
};

export const refunds: Localised<typeof ru> = {
  refunded: of =>
    [
      `↩️ Refund: ${money(of.amountMinor, of.currency)}. ${goesTo[of.isPractice ? 'practice' : of.currency]}`,
      ...(of.taken > 0 ? [`💸 Taken: ${points(of.taken)}`] : []),
      ...(of.owed > 0 ? [debt(of.owed)] : []),
      `💳 New balance: ${points(of.balance)}`,
    ].join('\n'),
  debt: ({ points: owed }) => debt(owed),
  repaid: ({ points: repaid }) => `📌 Of these, what you owed: ${points(repaid)}`,
  done: ({ amountMinor, currency, points: taken, paymentId }) =>
    `✅ ${money(amountMinor, currency)} refunded, ${points(taken)} taken.\n🆔 Payment: <code>${paymentId}</code>`,
  failed: ({ amountMinor, currency, paymentId }) =>
    `❌ The gateway did not refund ${money(amountMinor, currency)}. The points stay with the person.\n🆔 Payment: <code>${paymentId}</code>`,
};
