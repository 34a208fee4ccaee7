import type { PaymentNotice, TopUpNotice } from '../domain/notice.ts';
import type { Payment } from '../domain/payment.ts';
import { escapeHtml } from './html.ts';
import * as keyboards from './keyboards.ts';
import type { Shown, Surroundings } from './shown.ts';
import { type Texts, texts } from './texts.ts';

/** What is said of a payment, as its row is now; undefined when there is none. */
export function renderPayment({ type }: PaymentNotice, { person, payment }: Surroundings): Shown | undefined {
  if (!payment) return undefined;
  const t = texts[person.user.language];
  switch (type) {
    case 'paymentStatus':
      return statusOfPayment(t, payment);
    case 'paymentSucceeded':
      return { text: t.paymentSucceeded({ points: payment.points, balance: person.balance }), keyboard: keyboards.mainMenu(t) };
    case 'paymentEnded':
      return { text: ended(t, payment), keyboard: keyboards.topUpKeyboard(t) };
    default:
      return type satisfies never;
  }
}

/** The way to a payment; one sentence where nothing is sold. */
export function renderTopUp(notice: TopUpNotice, { person, topUp, practice, supportContact }: Surroundings): Shown {
  const t = texts[person.user.language];
  if (!topUp) return closed(t, supportContact);
  const bounds = { min: topUp.rublesMin, max: topUp.rublesMax, pointsPerRuble: topUp.pointsPerRuble };
  switch (notice.type) {
    case 'topUp':
      return {
        text: practice.payments ? `${t.topUp}\n\n${t.practice.payments}` : t.topUp,
        keyboard: keyboards.amountsKeyboard(t, topUp),
      };
    case 'topUpMethods':
      return {
        text: t.topUpMethods({ amount: notice.rubles, points: notice.rubles * topUp.pointsPerRuble }),
        keyboard: keyboards.methodsKeyboard(t, notice.rubles),
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

const closed = (t: Texts, contact: string | null): Shown => ({
  text: t.topUpClosed({ contact: contact && escapeHtml(contact) }),
  keyboard: keyboards.mainMenu(t),
});

function statusOfPayment(t: Texts, payment: Payment): Shown {
  const { state, points, confirmationUrl } = payment;
  // One that the payer let pass was cancelled; one that the bank refused did not go through, as the other message says.
  const shown = state === 'cancelled' && payment.reason !== 'expired' ? 'failed' : state;
  const text = t.payment[shown]({ amount: rublesOf(payment), points });
  return { text, keyboard: state === 'pending' && confirmationUrl ? keyboards.payKeyboard(t, confirmationUrl) : null };
}

const ended = (t: Texts, payment: Payment): string =>
  t.paymentEnded({ amount: rublesOf(payment), reason: payment.reason ?? 'declined' });

const rublesOf = ({ amountMinor }: Payment): number => amountMinor / 100;
