import type { Payment } from '../wire.ts';
import { type Html, html } from './html.ts';
import type { Words } from './words.ts';

/** A payment as its page needs it. */
export type Bill = { readonly payment: Payment; readonly shopName: string; readonly returnUrl: string | undefined };

export const shownAmount = ({ language }: Words, { value, currency }: Payment['amount']): string =>
  new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(Number(value));

/** Who is paid, how much, and for what. */
export const billHead = (words: Words, { payment, shopName }: Bill): Html => html`<h1>${shopName}</h1>
<p class="sum"><span class="label">${words.amount}</span><br>${shownAmount(words, payment.amount)}</p>
${payment.description !== undefined && html`<p class="what">${payment.description}</p>`}`;
