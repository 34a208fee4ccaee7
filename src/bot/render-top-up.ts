import { isInvoice } from '../domain/invoice.ts';
import type { PaymentNotice, SupportNotice, TopUpNotice } from '../domain/notice.ts';
import type { Payment, TopUpTerms } from '../domain/payment.ts';
import { escapeHtml } from './html.ts';
import { mainMenu } from './keyboards.ts';
import { resumeKeyboard } from './keyboards-offer.ts';
import * as keyboards from './keyboards-top-up.ts';
import { resumableNow } from './render-offer.ts';
import type { Shown, Surroundings } from './shown.ts';
import { type Texts, texts } from './texts.ts';

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
      return succeeded(t, payment, around);
    case 'paymentEnded':
      return { text: ended(t, payment), keyboard: keyboards.topUpKeyboard(t) };
    default:
      return type satisfies never;
  }
}

/** With the photo that lacked points, if it does no longer. */
function succeeded(t: Texts, { points }: Payment, around: Surroundings): Shown {
  const { repaid, person } = around;
  const text = t.paymentSucceeded({ points, repaid, balance: person.balance });
  const resumable = resumableNow(around);
  return resumable
    ? { text: `${text}\n\n${t.offer.waits}`, keyboard: resumeKeyboard(t, resumable) }
    : { text, keyboard: mainMenu(t) };
}

/** The way to a payment; one sentence where nothing is sold. */
export function renderTopUp(notice: TopUpNotice, { person, topUp, practice, supportContact }: Surroundings): Shown {
  const t = texts[person.user.language];
  if (!topUp) return closed(t, supportContact);
  const bounds = { min: topUp.rublesMin, max: topUp.rublesMax, pointsPerRuble: topUp.pointsPerRuble };
  switch (notice.type) {
    case 'topUp':
      return {
        text: [t.topUp, ...(practice.payments ? [practised(t, topUp)] : [])].join('\n\n'),
        keyboard: keyboards.amountsKeyboard(t, topUp),
      };
    case 'topUpMethods':
      return {
        text: t.topUpMethods({ amount: notice.rubles, points: notice.rubles * topUp.pointsPerRuble }),
        keyboard: keyboards.methodsKeyboard(t, notice.rubles, topUp),
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

/** Nobody is charged by a practice shop; but Stars of the real Telegram are real beside it, too. */
const practised = (t: Texts, { ways }: TopUpTerms): string =>
  ways.some(({ gateway }) => gateway === 'stars') ? `${t.practice.payments} ${t.stars.real}` : t.practice.payments;

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

const sumOf = (t: Texts, { amountMinor, currency }: Payment): string => t.money(amountMinor, currency);
