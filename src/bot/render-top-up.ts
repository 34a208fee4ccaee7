import { isInvoice } from '../domain/invoice.ts';
import type { PaymentNotice, SupportNotice, TopUpNotice } from '../domain/notice.ts';
import { rublesFor } from '../domain/offer.ts';
import type { Payment } from '../domain/payment.ts';
import { escapeHtml } from './html.ts';
import { mainMenu } from './keyboards.ts';
import * as keyboards from './keyboards-top-up.ts';
import { withWaiting } from './render-offer.ts';
import type { Shown, Surroundings } from './shown.ts';
import { type Texts, texts } from './words/texts.ts';

/** What is said of a payment, as its row is now; undefined when there is none. */
export function renderPayment({ type }: PaymentNotice, around: Surroundings): Shown | undefined {
  const { person, payment } = around;
  if (!payment) return undefined;
  const t = texts[person.user.language];
  switch (type) {
    case 'paymentStatus':
      return statusOfPayment(t, payment);
    case 'invoice':
      return payment.state === 'pending' ? { text: t.stars.description(payment), keyboard: null } : undefined;
    case 'paymentSucceeded':
      return withWaiting(t.paymentSucceeded({ points: payment.points, repaid: around.repaid, balance: person.balance }), around);
    case 'paymentEnded':
      // It was paid after all, and that has been said.
      if (payment.state === 'succeeded') return undefined;
      return { text: ended(t, payment), keyboard: keyboards.endedKeyboard(t, rublesOf(payment, around), around.topUp !== null) };
    default:
      return type satisfies never;
  }
}

/** The way to a payment; one sentence where nothing is sold. */
export function renderTopUp(notice: TopUpNotice, around: Surroundings): Shown {
  const { person, topUp, supportContact } = around;
  const t = texts[person.user.language];
  if (!topUp) return closed(t, supportContact);
  const bounds = { min: topUp.rublesMin, max: topUp.rublesMax, pointsPerRuble: topUp.pointsPerRuble };
  switch (notice.type) {
    case 'topUp':
      return {
        text: plainly(t.topUp, around),
        keyboard: keyboards.amountsKeyboard(t, topUp),
      };
    case 'topUpMethods':
      return {
        text: plainly(t.topUpMethods({ amount: notice.rubles, points: notice.rubles * topUp.pointsPerRuble }), around),
        keyboard: keyboards.methodsKeyboard(person.user.language, notice.rubles, topUp),
      };
    case 'askAmount':
    case 'amountUnclear':
      return { text: t[notice.type](bounds), keyboard: keyboards.amountKeyboard(t) };
    case 'tooManyPayments':
      return { text: t.tooManyPayments(notice), keyboard: null };
    default:
      return notice satisfies never;
  }
}

/** Help with a payment, and the terms. */
export function renderSupport({ type }: SupportNotice, { person, supportContact, termsUrl, lastPayments }: Surroundings): Shown {
  const { support } = texts[person.user.language];
  const contact = supportContact && escapeHtml(supportContact);
  return {
    text:
      type === 'terms'
        ? support.terms({ url: termsUrl && escapeHtml(termsUrl) })
        : support.paysupport({ contact, ids: lastPayments.map(escapeHtml) }),
    keyboard: null,
  };
}

const closed = (t: Texts, contact: string | null): Shown => ({
  text: t.topUpClosed({ contact: contact && escapeHtml(contact) }),
  keyboard: mainMenu(t),
});

/**
 * Nobody is charged by a practice shop, and that is said before anyone pays; but Stars of the real Telegram are real beside it,
 * too.
 */
function plainly(text: string, { person, topUp, practice }: Surroundings): string {
  if (!practice.payments) return text;
  const t = texts[person.user.language];
  const isReal = topUp?.ways.some(({ gateway }) => gateway === 'stars');
  return `${text}\n\n${t.practice.payments}${isReal ? ` ${t.stars.real}` : ''}`;
}

function statusOfPayment(t: Texts, payment: Payment): Shown {
  const { state, points, confirmationUrl, amountMinor } = payment;
  if (state === 'pending' && isInvoice(payment)) return { text: t.stars.pending({ stars: amountMinor, points }), keyboard: null };
  // One that the payer let pass was cancelled; one that the bank refused did not go through, as the other message says.
  const shown = state === 'cancelled' && payment.reason !== 'expired' ? 'failed' : state;
  const text = t.payment[shown]({ sum: sumOf(t, payment), points });
  return { text, keyboard: state === 'pending' && confirmationUrl ? keyboards.payKeyboard(t, confirmationUrl) : null };
}

const ended = (t: Texts, payment: Payment): string =>
  t.paymentEnded({ sum: sumOf(t, payment), reason: payment.reason ?? 'declined' });

/** The sum to try once more. Whoever has had the money back knows why. */
function rublesOf({ points, reason }: Payment, { topUp }: Surroundings): number | undefined {
  return topUp && reason !== 'refunded' ? rublesFor(points, topUp) : undefined;
}

const sumOf = (t: Texts, { amountMinor, currency }: Payment): string => t.money(amountMinor, currency);
