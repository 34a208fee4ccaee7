import type { Currency } from '../domain/payment.ts';
import { money, points } from './numbers.ru.ts';

const debt = (owed: number): string => `📌 Долг: ${points(owed)}, погасится следующим пополнением`;

/** Sums are in the smallest unit of their currency. */
export const refunds = {
  /** `taken` is what was on the balance of it, `owed` what the person owes now. */
  refunded: (of: { amountMinor: number; currency: Currency; taken: number; owed: number; balance: number }) =>
    [
      `↩️ Возврат: ${money(of.amountMinor, of.currency)}. Деньги придут туда, откуда вы платили; банку иногда нужно несколько дней.`,
      ...(of.taken > 0 ? [`💸 Списано баллов: ${of.taken.toLocaleString('ru')}`] : []),
      ...(of.owed > 0 ? [debt(of.owed)] : []),
      `💳 Новый баланс: ${points(of.balance)}`,
    ].join('\n'),
  debt: ({ points: owed }: { points: number }) => debt(owed),
  repaid: ({ points: repaid }: { points: number }) => `📌 Из них погашен долг: ${points(repaid)}`,
  done: ({ amountMinor, currency, paymentId }: { amountMinor: number; currency: Currency; paymentId: string }) =>
    `✅ Возврат ${money(amountMinor, currency)} выполнен.\n🆔 Платеж: <code>${paymentId}</code>`,
  failed: ({ amountMinor, currency, paymentId }: { amountMinor: number; currency: Currency; paymentId: string }) =>
    `❌ Возврат ${money(amountMinor, currency)} не прошел: касса его не провела. Баллы остались у человека.\n🆔 Платеж: <code>${paymentId}</code>`,
};
