import type { PrivateChat } from './chat.ts';
import type { CheckoutAnswer, TelegramNetwork } from './network.ts';
import type { ChatPlace } from './press.ts';
import type { Invoice, Payment, StarTransaction, TransactionPartner, User } from './wire.ts';

export const STARS = 'XTR';

export type PaymentOutcome = { readonly ok: true; readonly chargeId: string } | { readonly ok: false; readonly error: string };

/** A payment in the chat: the bot is asked first (`pre_checkout_query`), and told when the money has moved. */
export const payInvoice = async (place: ChatPlace, messageId: number | undefined, timeoutMs: number): Promise<PaymentOutcome> => {
  const { network, chat } = place;
  const invoice = chat.record(messageId)?.wire.invoice;
  if (!invoice) throw new Error('there is no invoice to pay');
  const payload = network.payloads.get(invoice) ?? '';
  const answer = await checkout(place, invoice, payload, timeoutMs);
  return answer.ok ? { ok: true, chargeId: settlePayment(network, chat, invoice, payload) } : answer;
};

const checkout = (
  { network, waits, chat }: ChatPlace,
  invoice: Invoice,
  payload: string,
  timeoutMs: number,
): Promise<CheckoutAnswer> =>
  waits.until<CheckoutAnswer>({
    timeoutMs,
    why: () => 'the bot did not answer the pre-checkout query',
    listen: settle => {
      const id = network.checkouts.open(settle);
      const { currency, total_amount } = invoice;
      network.updates.add('pre_checkout_query', { id, from: chat.user, currency, total_amount, invoice_payload: payload });
      return () => network.checkouts.expire(id);
    },
  });

const settlePayment = (network: TelegramNetwork, chat: PrivateChat, invoice: Invoice, payload: string): string => {
  const number = network.newPaymentNumber();
  const payment: Payment = {
    currency: invoice.currency,
    total_amount: invoice.total_amount,
    invoice_payload: payload,
    telegram_payment_charge_id: `stx${chat.id}-${number}-charge`,
    provider_payment_charge_id: `${chat.id}_${number}`,
  };
  network.paid.set(payment.telegram_payment_charge_id, { chatId: chat.id, payment, refunded: false });
  if (invoice.currency === STARS) network.transactions.push({ ...transactionOf(payment), source: partnerOf(chat.user, payload) });
  const record = chat.post({ from: chat.user, content: { successful_payment: payment } });
  network.updates.add('message', record.wire);
  return payment.telegram_payment_charge_id;
};

export const transactionOf = (payment: Payment): Pick<StarTransaction, 'id' | 'amount' | 'date'> => ({
  id: payment.telegram_payment_charge_id,
  amount: payment.total_amount,
  date: Math.floor(Date.now() / 1000),
});

export const partnerOf = (user: User, invoice_payload: string): TransactionPartner => ({
  ...{ type: 'user', user, transaction_type: 'invoice_payment', invoice_payload },
});
