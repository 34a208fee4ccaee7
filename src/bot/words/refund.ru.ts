import type { Currency } from '../../domain/payment.ts';
import { money, points } from './numbers.ru.ts';

type Sum = { amountMinor: number; currency: Currency };

const debt = (owed: number): string => `📌 Долг: ${points(owed)}, погасится следующим пополнением`;

/** Where the money goes: Stars are back at once, and what was played has never moved. */
const goesTo: Record<Currency | 'practice', string> = {
  practice: '🧪 Он учебный: деньги не двигались.',
  RUB: 'Деньги придут туда, откуда вы платили; банку иногда нужно несколько дней.',
  XTR: 'Звёзды вернулись на ваш счёт в Telegram.',
};

/** Sums are in the smallest unit of their currency. */
export const refunds = {
  /** `taken` is what was on the balance of it, `owed` what the person owes now. */
  refunded: (of: Sum & { isPractice: boolean; taken: number; owed: number; balance: number }) =>
    [
      `↩️ Возврат: ${money(of.amountMinor, of.currency)}. ${goesTo[of.isPractice ? 'practice' : of.currency]}`,
      ...(of.taken > 0 ? [`💸 Списано: ${points(of.taken)}`] : []),
      ...(of.owed > 0 ? [debt(of.owed)] : []),
      `💳 Новый баланс: ${points(of.balance)}`,
    ].join('\n'),
  debt: ({ points: owed }: { points: number }) => debt(owed),
  repaid: ({ points: repaid }: { points: number }) => `📌 Из них погашен долг: ${points(repaid)}`,
  done: (of: Sum & { points: number; paymentId: string }) =>
    `✅ Возврат ${money(of.amountMinor, of.currency)} выполнен, списано ${points(of.points)}.\n🆔 Платеж: <code>${of.paymentId}</code>`,
  failed: ({ amountMinor, currency, paymentId }: Sum & { paymentId: string }) =>
    `❌ Возврат ${money(amountMinor, currency)} не прошел: касса его не провела. Баллы остались у человека.\n🆔 Платеж: <code>${paymentId}</code>`,
};
