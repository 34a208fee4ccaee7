import { growingMs } from './growing-pause.ts';
import type { Language } from './user.ts';

/**
 * The life of a payment.
 *
 * ```
 * created ──► pending ──► succeeded      (points on the balance)
 *    │           └──────► cancelled      (the payer or the gateway said no)
 *    └──► failed                         (the gateway never took the order)
 * ```
 *
 * A success that the gateway confirms is credited from every state, also from `cancelled` and `failed`: the money has moved.
 */
export type PaymentState = 'created' | 'pending' | 'succeeded' | 'failed' | 'cancelled';

/** The states in which a payment may still come. */
export const openPaymentStates = ['created', 'pending'] as const satisfies readonly PaymentState[];
export const isPaymentOpen = (state: PaymentState): boolean => (openPaymentStates as readonly PaymentState[]).includes(state);

/**
 * How the payer wants to pay: `card`, `sbp`, `stars`, `any`, which leaves it to the page of the shop, or the word of a gateway
 * that brings a way of its own. It stands in buttons and in rows.
 */
export type PaymentMethod = string;
export const isPaymentMethod = (text: string | undefined): text is PaymentMethod => /^[a-z]{1,16}$/.test(text ?? '');

/** `RUB` is counted in kopeks, `XTR` in whole Telegram Stars. */
export type Currency = 'RUB' | 'XTR';

/**
 * What is fixed about a payment when it is ordered. `id` is a UUID and at the same time the idempotence key of the gateway: the
 * same order asked twice is one payment. Points are those that were shown, whatever the rate is when the money comes.
 * `amountMinor` is in the smallest unit of the currency; `email` is where a fiscal receipt goes, null where none is made.
 */
export type PaymentOrder = {
  id: string;
  userId: number;
  /** The gateway's name; its account in the ledger is `provider:<gateway>`. */
  gateway: string;
  method: PaymentMethod;
  amountMinor: number;
  currency: Currency;
  points: number;
  email: string | null;
  /** What the gateway is to speak to the payer; Russian where it is left out. */
  language?: Language;
  createdAt: number;
};

export type Payment = PaymentOrder & {
  state: PaymentState;
  /** What the gateway is asked, the same each time; null until it is asked for the first time. */
  request: string | null;
  /** The gateway's own id; null until it has answered. */
  providerId: string | null;
  confirmationUrl: string | null;
  reason: PaymentEnd | null;
};

/** Why a payment ended without money. A closed list: each has its own words. */
export const paymentEnds = [
  /** The payer did not finish in time. */
  'expired',
  'insufficient_funds',
  'card_refused',
  'limit_exceeded',
  'suspicious',
  'unreachable',
  'refused',
  'declined',
  /** It was paid, and the money went back before a point was credited; only in rows of earlier versions. */
  'refunded',
] as const;
export type PaymentEnd = (typeof paymentEnds)[number];

/**
 * A payment as its gateway shows it when it is asked. `orderId` is what we told it of our order, `payerId` who paid, where the
 * gateway knows people as we do.
 */
export type ProviderPayment = {
  providerId: string;
  status: 'pending' | 'waiting_for_capture' | 'succeeded' | 'cancelled';
  amountMinor: number;
  /** What has been given back of it; a payment that was given back as a whole stays `succeeded`. */
  refundedMinor: number;
  currency: string;
  orderId: string | null;
  payerId?: number;
  confirmationUrl: string | null;
  reason: PaymentEnd | null;
};

/** What follows from what a gateway shows. */
export type PaymentVerdict =
  | { next: 'credit' }
  | { next: 'cancel'; reason: PaymentEnd }
  | { next: 'capture' }
  /** The gateway has taken the order, and the payer can be sent to it. */
  | { next: 'accept' }
  | { next: 'wait' }
  /** It is not the payment that was ordered; nothing is credited, and the operator is told. */
  | { next: 'refuse'; differs: 'order' | 'amount' | 'currency' | 'payer' };

/**
 * Compares what the gateway shows with our own order. Only a success of the very same order, sum, currency and payer is money. It
 * stays one when money of it went back: its refunds are booked beside it.
 */
export function judgePayment(payment: Payment, seen: ProviderPayment): PaymentVerdict {
  if (seen.orderId !== payment.id) return { next: 'refuse', differs: 'order' };
  if (seen.currency !== payment.currency) return { next: 'refuse', differs: 'currency' };
  if (seen.amountMinor !== payment.amountMinor) return { next: 'refuse', differs: 'amount' };
  if (seen.payerId !== undefined && seen.payerId !== payment.userId) return { next: 'refuse', differs: 'payer' };
  switch (seen.status) {
    case 'succeeded':
      return { next: 'credit' };
    case 'waiting_for_capture':
      return { next: 'capture' };
    case 'cancelled':
      return cancelled(payment, seen, seen.reason ?? 'declined');
    case 'pending':
      return payment.state === 'created' && seen.confirmationUrl ? { next: 'accept' } : { next: 'wait' };
    default:
      return seen.status satisfies never;
  }
}

/** Only the payment that the payer was sent to ends the order: another one of it says nothing of that. */
const cancelled = ({ state, providerId }: Payment, seen: ProviderPayment, reason: PaymentEnd): PaymentVerdict =>
  isPaymentOpen(state) && (providerId === null || providerId === seen.providerId) ? { next: 'cancel', reason } : { next: 'wait' };

/** An order is asked for again with the same key for so long; the gateway remembers keys for a day. */
export const creationWindowMs = 60 * 60_000;

/** Whether an order of that age may still be asked for. One from the future is of an unknown age: the clock was set back. */
export const isCreationOpen = (ageMs: number): boolean => Math.abs(ageMs) <= creationWindowMs;

/**
 * The pause before an order is asked for once more, when it is unclear whether the gateway has it; undefined when it is too late.
 */
export function creationRetryMs(tries: number, ageMs: number): number | undefined {
  const pauseMs = growingMs(tries, { minMs: 2_000, maxMs: 60_000 });
  return isCreationOpen(ageMs) && isCreationOpen(ageMs + pauseMs) ? pauseMs : undefined;
}

/**
 * One way to pay, as a button: which gateway takes it, and in what. `needsEmail`: its fiscal receipt goes somewhere. `label`: the
 * words on it, where the house has none of its own.
 */
export type PaymentWay = {
  method: PaymentMethod;
  gateway: string;
  currency: Currency;
  needsEmail?: boolean;
  label?: Readonly<Record<Language, string>>;
};

/** What a person may pay and gets for it, as the house has it now. */
export type TopUpTerms = {
  ways: readonly PaymentWay[];
  pointsPerRuble: number;
  pointsPerStar: number;
  rublesMin: number;
  rublesMax: number;
};

/** What an amount costs by a way to pay, in the smallest unit of its currency. The points are the same by all of them. */
export const amountMinorOf = ({ currency }: PaymentWay, rubles: number, { pointsPerRuble, pointsPerStar }: TopUpTerms): number =>
  currency === 'XTR' ? Math.ceil((rubles * pointsPerRuble) / pointsPerStar) : rubles * 100;

/** The sums on the buttons. */
export const topUpRubles = [100, 250, 500, 1000] as const;

export const offered = ({ rublesMin, rublesMax }: TopUpTerms): readonly number[] =>
  topUpRubles.filter(rubles => rubles >= rublesMin && rubles <= rublesMax);

export const isAmountAllowed = (rubles: number, { rublesMin, rublesMax }: TopUpTerms): boolean =>
  Number.isSafeInteger(rubles) && rubles >= rublesMin && rubles <= rublesMax;

/** The whole rubles that a person has written: «500», «1 000 ₽», «250 руб.»; undefined for anything else. */
export function rublesOf(text: string): number | undefined {
  const found = /^(\d[\d\s\u00a0]{0,11})(?:[.,]0{1,2})?\s*(?:₽|р|р\.|руб|руб\.|рубль|рубля|рублей|rub|rubles?)?$/iu.exec(
    text.trim(),
  );
  return found ? Number(found[1]!.replace(/\s/gu, '')) : undefined;
}

export const statusIdOfPayment = (paymentId: string): string => `payment:${paymentId}:status`;
