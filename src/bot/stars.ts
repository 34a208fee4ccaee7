import type { Telegram } from 'telegraf';
import type { PreCheckoutQuery, Update } from 'telegraf/types';
import { ask, type Ref, tell } from '../../actors/nact.ts';
import type { Clock, Observe, PaymentsMessage } from '../../actors/protocol.ts';
import type { Queries } from '../../db/queries.ts';
import { type Checkout, type CheckoutRefusal, judgeCheckout, type PaidBill, paymentOfBill } from '../domain/invoice.ts';
import type { Payment } from '../domain/payment.ts';
import { log } from '../domain/payment-saga.ts';
import type { Commit } from '../domain/unit.ts';
import { type Language, languageOf } from '../domain/user.ts';
import { callApi } from './call-api.ts';
import { texts } from './words/texts.ts';

export type StarsDeps = {
  /** What Telegram's own payments are called in our rows. */
  gateway: string;
  payments: Ref<PaymentsMessage>;
  queries: Pick<Queries, 'payment' | 'person'>;
  commit: Commit;
  clock: Clock;
  observe: Observe;
};

const bookTimeoutMs = 25_000;
/** Telegram waits ten seconds in all: one look at the rows, and an answer that may be said twice. */
const [readMs, answerMs] = [3_000, 3_000];

/** Newer than telegraf's types: `refunded_payment`. */
type ToldPayment = Record<'telegram_payment_charge_id' | 'invoice_payload' | 'currency', string> & { total_amount: number };
type ToldMessage = { from?: { id: number }; chat?: { id: number } } & Partial<
  Record<'successful_payment' | 'refunded_payment', ToldPayment>
>;

/** What an update says of a bill that was paid, or given back; undefined for every other update, whoever has made it up. */
export function paidBillOf(update: Update): PaidBill | undefined {
  const message = ('message' in update ? update.message : null) as ToldMessage | null;
  const paid = message?.successful_payment ?? message?.refunded_payment;
  const payerId = message?.from?.id ?? message?.chat?.id;
  if (!paid || payerId === undefined || typeof paid.telegram_payment_charge_id !== 'string') return undefined;
  const { telegram_payment_charge_id: chargeId, invoice_payload: payload, currency, total_amount: amount } = paid;
  return { chargeId, payload, payerId, currency, amount, refunded: message?.refunded_payment ? amount : 0 };
}

/**
 * Resolves once the money is booked, or what it was for is known to be none of ours, or something else than was ordered: then the
 * update is kept as it came, for the operator: only the id of its charge can send the Stars back.
 * Rejects when it must come again.
 */
export async function bookBill(deps: StarsDeps, update: Update, bill: PaidBill): Promise<void> {
  const { gateway, payments, commit, clock, observe } = deps;
  const told = { type: 'seen', gateway, seen: paymentOfBill(bill), paymentId: null } as const;
  const outcome = await ask(payments, told, bookTimeoutMs);
  if (outcome === 'unavailable') throw new Error('a payment could not be booked');
  if (outcome === 'booked') return;
  await commit({
    writes: [{ do: 'keepUpdate', updateId: update.update_id, data: JSON.stringify(update), at: clock.now() }],
  });
  const why = 'Stars were paid for no order that we know, or not as it was ordered';
  observe({ step: 'payment:kept', userId: bill.payerId, error: new Error(why) });
}

/**
 * What could not be booked before its update was laid aside stands in Telegram's own list: it is looked for there until it is
 * booked.
 */
export function lookForBill({ gateway, payments }: Pick<StarsDeps, 'gateway' | 'payments'>, update: Update): void {
  if (paidBillOf(update)) tell(payments, { type: 'lookBack', gateway });
}

/**
 * Telegram's last question before the money moves. Never rejects: whatever goes wrong here, the payer may try again. The answer
 * waits for nobody's mailbox.
 */
export async function answerCheckout(telegram: Telegram, deps: StarsDeps, query: PreCheckoutQuery): Promise<void> {
  const { from, currency, total_amount: amountMinor, invoice_payload: paymentId } = query;
  const { payment, refusal, language } = await look(
    deps,
    { paymentId, payerId: from.id, currency, amountMinor },
    from.language_code,
  );
  note(deps, payment, refusal);
  const words = refusal && texts[language].stars.refused(refusal);
  const answer = { pre_checkout_query_id: query.id, ok: refusal === null, ...(words && { error_message: words }) };
  const say = () => callApi(telegram, 'answerPreCheckoutQuery', answer, answerMs);
  // Telegram has not answered, or not well: one that it has understood is not said twice, and it is too late for a third.
  await say()
    .catch(error => {
      if ((error as TelegramError).response?.error_code === 400) throw error;
      return say();
    })
    .catch((error: Error) => deps.observe({ step: 'checkout:unanswered', userId: from.id, error }));
}

type TelegramError = { response?: { error_code: number } };
type Looked = { payment: Payment | undefined; refusal: CheckoutRefusal | null; language: Language };

async function look({ queries, observe }: StarsDeps, asked: Checkout, languageCode: string | undefined): Promise<Looked> {
  const rows = Promise.all([queries.payment(asked.paymentId), queries.person(asked.payerId)]);
  try {
    const [payment, person] = await withinMs(readMs, rows);
    return { payment, refusal: judgeCheckout(payment, asked), language: person?.user.language ?? languageOf(languageCode) };
  } catch (error) {
    observe({ step: 'checkout:unread', userId: asked.payerId, error: error as Error });
    return { payment: undefined, refusal: 'unavailable', language: languageOf(languageCode) };
  }
}

function note(
  { commit, clock, gateway, observe }: StarsDeps,
  payment: Payment | undefined,
  refusal: CheckoutRefusal | null,
): void {
  observe({ step: `checkout:${refusal ?? 'ok'}`, ...(payment && { paymentId: payment.id, userId: payment.userId }) });
  const line = log({ id: payment?.id ?? null, gateway }, 'pre_checkout', refusal ?? 'ok', clock.now());
  commit({ writes: [line] }).catch((error: Error) => observe({ step: 'payment:unlogged', error }));
}

const withinMs = <T>(ms: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not read within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};
