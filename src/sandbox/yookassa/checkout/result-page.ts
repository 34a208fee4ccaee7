import { refundedKopeks } from '../payment-states.ts';
import type { Payment } from '../wire.ts';
import { type Bill, shownAmount } from './bill.ts';
import { frame } from './frame.ts';
import { type Html, html } from './html.ts';
import type { Words } from './words.ts';

type Result = { readonly mark: string; readonly tone: 'good' | 'bad'; readonly title: string; readonly more: string | undefined };

/** What became of a payment that waits no longer, and the way back to the shop. */
export const resultPage = (words: Words, bill: Bill): string => {
  const { mark, tone, title, more } = resultOf(words, bill.payment);
  const { payment, shopName, returnUrl } = bill;
  const content = html`<div role="status">
<p class="mark ${tone}" aria-hidden="true">${mark}</p>
<h1 class="result ${tone}">${title}</h1>
${more !== undefined && html`<p class="what">${more}</p>`}
</div>
<p class="bill">${shopName}<br><strong>${shownAmount(words, payment.amount)}</strong>${
    payment.description !== undefined && html`<br><span class="label">${payment.description}</span>`
  }</p>
${wayBack(words, returnUrl)}`;
  return frame(words, `${title} · ${shopName}`, content);
};

const resultOf = (words: Words, payment: Payment): Result => {
  if (payment.status === 'succeeded')
    return { mark: '✓', tone: 'good', title: words.succeeded, more: refundWords(words, payment) };
  if (payment.status === 'waiting_for_capture') return { mark: '⏳', tone: 'good', title: words.held, more: words.heldHint };
  const reason = payment.cancellation_details?.reason ?? 'general_decline';
  return { mark: '✕', tone: 'bad', title: words.canceled, more: `${words.reasons[reason]}. ${words.noMoney}` };
};

const refundWords = (words: Words, payment: Payment): string | undefined =>
  payment.refunded_amount && refundedKopeks(payment) > 0
    ? `${words.refunded}: ${shownAmount(words, payment.refunded_amount)}`
    : undefined;

const wayBack = (words: Words, returnUrl: string | undefined): Html =>
  returnUrl === undefined
    ? html`<p class="what">${words.canClose}</p>`
    : html`<a class="button main" href="${returnUrl}">${words.back}</a>`;
