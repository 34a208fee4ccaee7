import { badRequest } from '../errors.ts';
import { markupOf } from '../markup.ts';
import { flagOf, integerOf, isObject, type Params, textOf } from '../params.ts';
import { partnerOf, STARS, transactionOf } from '../pay.ts';
import type { InlineMarkup, Invoice } from '../wire.ts';
import type { Method } from './method.ts';
import { postByBot, wireOf } from './outgoing.ts';

const PAYLOAD_BYTES_MAX = 128;
const TRANSACTIONS_MAX = 100;

export const sendInvoice: Method = (network, { params }) => {
  const chat = network.reachableChat(params);
  const invoice = checkedInvoice(params);
  const payload = textOf(params, 'payload') ?? '';
  const bytes = Buffer.byteLength(payload);
  if (bytes < 1 || bytes > PAYLOAD_BYTES_MAX) throw badRequest('INVOICE_PAYLOAD_INVALID');
  network.payloads.set(invoice, payload);
  return wireOf(postByBot(network, chat, withPayButton(params, invoice), { invoice }));
};

const checkedInvoice = (params: Params): Invoice => {
  const [title, description] = [sized(params, 'title', 32), sized(params, 'description', 255)];
  const currency = textOf(params, 'currency') ?? '';
  const amounts = pricesOf(params);
  if (!/^[A-Z]{3}$/.test(currency)) throw badRequest('CURRENCY_INVALID');
  if (currency === STARS && amounts.length !== 1) throw badRequest('STARS_INVOICE_INVALID');
  if (currency !== STARS && !textOf(params, 'provider_token')) throw badRequest('PAYMENT_PROVIDER_INVALID');
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  if (total <= 0) throw badRequest('CURRENCY_TOTAL_AMOUNT_INVALID');
  return { title, description, start_parameter: textOf(params, 'start_parameter') ?? '', currency, total_amount: total };
};

const sized = (params: Params, name: string, most: number): string => {
  const value = textOf(params, name)?.trim() ?? '';
  if (value === '' || [...value].length > most) throw badRequest(`invoice ${name} is empty or too long`);
  return value;
};

const pricesOf = (params: Params): number[] => {
  const prices = params['prices'];
  if (!Array.isArray(prices) || prices.length === 0) throw badRequest("can't parse prices JSON object");
  return prices.map(price => {
    const amount = isObject(price) && typeof price['label'] === 'string' ? Number(price['amount']) : Number.NaN;
    if (!Number.isSafeInteger(amount)) throw badRequest("can't parse labeled price");
    return amount;
  });
};

/** An invoice always carries its pay button, also when the bot gave no keyboard. */
const withPayButton = (params: Params, { total_amount }: Invoice): Params => {
  if (markupOf(params)) return params;
  const reply_markup: InlineMarkup = { inline_keyboard: [[{ text: `Pay ⭐️${total_amount}`, pay: true }]] };
  return { ...params, reply_markup };
};

export const answerPreCheckoutQuery: Method = (network, { params }) => {
  const id = textOf(params, 'pre_checkout_query_id');
  const error = textOf(params, 'error_message') ?? '';
  const ok = flagOf(params, 'ok');
  if (!ok && error === '') throw badRequest('error message must be non-empty');
  network.checkouts.answer(id, ok ? { ok } : { ok, error });
  return true;
};

export const refundStarPayment: Method = (network, { params }) => {
  const paid = network.paid.get(textOf(params, 'telegram_payment_charge_id') ?? '');
  const chat = network.chats.get(integerOf(params, 'user_id') ?? Number.NaN);
  if (!chat || paid?.chatId !== chat.id) throw badRequest('CHARGE_NOT_FOUND');
  if (paid.refunded) throw badRequest('CHARGE_ALREADY_REFUNDED');
  paid.refunded = true;
  network.transactions.push({ ...transactionOf(paid.payment), receiver: partnerOf(chat.user, paid.payment.invoice_payload) });
  const record = chat.post({ from: chat.user, content: { refunded_payment: paid.payment } });
  network.updates.add('message', record.wire);
  return true;
};

/** In chronological order, as Telegram tells them to bots: the oldest first, after the first `offset`. */
export const getStarTransactions: Method = (network, { params }) => {
  const [offset, limit] = [integerOf(params, 'offset') ?? 0, integerOf(params, 'limit') ?? TRANSACTIONS_MAX];
  if (offset < 0 || limit < 1 || limit > TRANSACTIONS_MAX) throw badRequest('invalid offset or limit specified');
  return { transactions: network.transactions.slice(offset, offset + limit) };
};
