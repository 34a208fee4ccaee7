import type { Button, Message } from '../../src/sandbox/page/wire.ts';
import { h } from './h.ts';
import { icon } from './icons.ts';
import { price, t } from './words.ts';

export type PressPlace = { message: Message; row: number; column: number; button: Button };

export type Presses = {
  press(place: PressPlace): void;
  isWaiting(key: string): boolean;
};

export const pressKey = ({ message, row, column }: PressPlace): string => `${message.id}:${row}:${column}`;

/** The buttons under a message; buttons of one row share its width. */
export function inlineKeyboard(message: Message, presses: Presses): HTMLElement | null {
  const rows = rowsWithPay(message);
  if (rows.length === 0) return null;
  return h(
    'div',
    { is: 'inline-keyboard', role: 'group' },
    ...rows.map((buttons, row) =>
      h('div', { is: 'inline-row' }, ...buttons.map((button, column) => inlineButton({ message, row, column, button }, presses))),
    ),
  );
}

/** Telegram puts a button to pay under an invoice when the bot sent none. */
const rowsWithPay = ({ buttons, invoice }: Message): Button[][] =>
  invoice && buttons.length === 0
    ? [[{ text: t.pay(price(invoice.currency, invoice.amount)), does: 'pay', url: null }]]
    : buttons;

const inlineButton = (place: PressPlace, presses: Presses): HTMLElement => {
  const { button } = place;
  const key = pressKey(place);
  return h(
    'button',
    {
      type: 'button',
      is: presses.isWaiting(key) ? `inline-button ${button.does} waiting` : `inline-button ${button.does}`,
      test: 'inline-button',
      'data-key': key,
      on: { click: () => presses.press(place) },
    },
    h('span', {}, button.text),
    button.does === 'link' && h('span', { is: 'corner' }, icon('out')),
  );
};

/** Marks a button that waits for its answer, wherever the list has drawn it by now. */
export const markWaiting = (root: Element, key: string, isWaiting: boolean): void => {
  const found = root.querySelector(`[data-key="${key}"]`);
  found?.classList.toggle('waiting', isWaiting);
  found?.setAttribute('aria-busy', String(isWaiting));
};

export const invoiceCard = ({ title, description, currency, amount }: NonNullable<Message['invoice']>): HTMLElement =>
  h(
    'div',
    { is: 'invoice' },
    h('div', { is: 'invoice-sign', 'aria-hidden': 'true' }, icon('star')),
    h('b', {}, title),
    h('p', {}, description),
    h('span', { is: 'invoice-price' }, price(currency, amount)),
  );
