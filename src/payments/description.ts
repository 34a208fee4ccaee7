import type { PaymentOrder } from '../domain/payment.ts';

/** What the payer reads on the page of the gateway and in their bank, in the language of the chat; at most 128 characters. */
export const descriptionOf = ({ amountMinor, language }: Pick<PaymentOrder, 'amountMinor' | 'language'>): string =>
  language === 'en' ? `Balance top-up, ${amountMinor / 100} ₽` : `Пополнение баланса на ${amountMinor / 100} ₽`;
