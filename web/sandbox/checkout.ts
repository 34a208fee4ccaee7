import type { Message } from '../../src/sandbox/page/wire.ts';
import { pay, wordsOf } from './actions.ts';
import { type Dialog, dialogTitle, openDialog } from './dialog.ts';
import { h, say, shown } from './h.ts';
import { icon } from './icons.ts';
import { price, t } from './words.ts';

/** Telegram's own sheet to pay an invoice of a chat. `paid` is called when the money has moved. */
export function openCheckout(
  personId: number,
  messageId: number,
  invoice: NonNullable<Message['invoice']>,
  paid: () => void,
): void {
  const amount = price(invoice.currency, invoice.amount);
  const error = h('p', { is: 'error', role: 'alert', hidden: true });
  const payButton = h('button', { type: 'button', is: 'primary', test: 'pay', autofocus: true }, t.pay(amount));

  const settle = async () => {
    payButton.disabled = true;
    say(payButton, t.paying);
    shown(error, false);
    const answer = await pay(personId, messageId).catch(failure => ({ ok: false as const, error: wordsOf(failure) }));
    if (answer.ok) {
      dialog.close();
      return paid();
    }
    say(error, answer.error);
    shown(error, true);
    payButton.disabled = false;
    say(payButton, t.pay(amount));
  };
  payButton.addEventListener('click', () => void settle());

  const dialog: Dialog = openDialog({ label: t.payTitle, is: 'checkout', test: 'checkout' }, self => [
    dialogTitle(t.payTitle, self),
    h('div', { is: 'checkout-sign', 'aria-hidden': 'true' }, icon('star')),
    h('h3', {}, invoice.title),
    h('p', {}, invoice.description),
    h('dl', {}, h('dt', {}, t.total), h('dd', {}, amount)),
    error,
    payButton,
    h('small', {}, t.payHint),
  ]);
}
