import { decliningCards, payingCards, type TestCard } from '../cards.ts';
import { type CancellationReason, type ShopMethod, shopMethods } from '../wire.ts';
import { type Bill, billHead, shownAmount } from './bill.ts';
import { frame } from './frame.ts';
import { type Html, html } from './html.ts';
import type { Words } from './words.ts';

/** What happens when the bank asked by the fast payment system says no. */
const sbpDeclines: readonly CancellationReason[] = ['insufficient_funds', 'general_decline', 'payment_method_limit_exceeded'];

/**
 * A payment that waits. All addresses are relative to the page's own, so that it may stand under any prefix.
 * `methods` are those to choose from, `method` the one that is shown.
 */
export const payPage = (words: Words, bill: Bill, methods: readonly ShopMethod[], method: ShopMethod): string => {
  const sum = shownAmount(words, bill.payment.amount);
  const action = addressOf(bill);
  const content = html`${billHead(words, bill)}
${methods.length > 1 && tabs(words, bill, method)}
<form method="post" action="${action}">
<input type="hidden" name="method" value="${method}">
${method === 'sbp' ? html`<p class="what">${words.sbpHint}</p>` : cardChoice(words)}
<button class="main" name="action" value="pay">${words.pay} ${sum}</button>
</form>
<details>
<summary>${words.decline}</summary>
<p class="label" id="declines">${words.declineHint}</p>
<form method="post" action="${action}" aria-labelledby="declines">
<input type="hidden" name="method" value="${method}">
${method === 'sbp' ? sbpDeclines.map(reason => declineButton(words, reason)) : decliningCards.map(card => cardButton(words, card))}
</form>
</details>
<form method="post" action="${action}"><button class="quiet" name="action" value="close">${words.close}</button></form>`;
  return frame(words, `${words.payment} ${sum} · ${bill.shopName}`, content);
};

const addressOf = ({ payment }: Bill, method?: ShopMethod): string =>
  `?${new URLSearchParams({ orderId: payment.id, ...(method && { method }) })}`;

const tabs = (words: Words, bill: Bill, shown: ShopMethod): Html => html`<nav class="tabs" aria-label="${words.methods}">
${shopMethods.map(
  method =>
    html`<a href="${addressOf(bill, method)}"${method === shown && html` aria-current="page"`}>${words.method[method]}</a>`,
)}
</nav>`;

const cardChoice = (words: Words): Html => html`<label for="card">${words.card}</label>
<select id="card" name="card">
${payingCards.map(({ number }) => html`<option value="${number}">${number.replace(/(.{4})(?=.)/g, '$1 ')}</option>`)}
</select>`;

const cardButton = ({ reasons }: Words, { number, declines }: TestCard): Html =>
  html`<button name="card" value="${number}"><span>${reasons[declines?.reason ?? 'general_decline']}</span> <small>•• ${number.slice(-4)}</small></button>
`;

const declineButton = ({ reasons }: Words, reason: CancellationReason): Html =>
  html`<button name="decline" value="${reason}">${reasons[reason]}</button>
`;
