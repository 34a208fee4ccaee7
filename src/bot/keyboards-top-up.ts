import { amountMinorOf, offered, type PaymentWay, type TopUpTerms } from '../domain/payment.ts';
import type { Language } from '../domain/user.ts';
import { button, type InlineKeyboard, inRows } from './inline.ts';
import { type Texts, texts } from './words/texts.ts';

/** The sums on offer, each with the points it buys. */
export const amountsKeyboard = (t: Texts, terms: TopUpTerms): InlineKeyboard => ({
  inline_keyboard: [
    ...offered(terms).map(rubles => [
      button(t.buttons.amount({ rubles, points: rubles * terms.pointsPerRuble }), { to: 'amount', rubles }),
    ]),
    [button(t.buttons.ownAmount, { to: 'ownAmount' })],
    [button(t.buttons.menu, { to: 'menu' })],
  ],
});

/** The ways to pay for a sum; Stars with how many they are. */
export function methodsKeyboard(language: Language, rubles: number, terms: TopUpTerms): InlineKeyboard {
  const t = texts[language];
  const labelOf = (way: PaymentWay): string => way.label?.[language] ?? wayLabel(t, way, rubles, terms);
  return {
    inline_keyboard: [
      ...inRows(
        terms.ways.map(way => button(labelOf(way), { to: 'pay', rubles, method: way.method })),
        2,
      ),
      [button(t.buttons.back, { to: 'amounts' }), button(t.buttons.menu, { to: 'menu' })],
    ],
  };
}

const wayLabel = (t: Texts, way: PaymentWay, rubles: number, terms: TopUpTerms): string => {
  switch (way.method) {
    case 'stars':
      return t.stars.button({ stars: amountMinorOf(way, rubles, terms) });
    case 'card':
    case 'sbp':
      return t.buttons[way.method];
    default:
      return t.buttons.pay;
  }
};

export const payKeyboard = (t: Texts, url: string): InlineKeyboard => ({ inline_keyboard: [[{ text: t.buttons.pay, url }]] });

/**
 * After a payment that did not come about. `rubles`: its sum, to be paid in another way; undefined where it is not on sale.
 * `sells`: anything is.
 */
export const endedKeyboard = (t: Texts, rubles: number | undefined, sells: boolean): InlineKeyboard => ({
  inline_keyboard: [
    ...(rubles === undefined ? [] : [[button(t.buttons.again, { to: 'offer', rubles })]]),
    [...(sells ? [button(t.menuButtons.topUp, { to: 'topUp' })] : []), button(t.buttons.menu, { to: 'menu' })],
  ],
});

export const amountKeyboard = (t: Texts): InlineKeyboard => ({
  inline_keyboard: [[button(t.buttons.back, { to: 'amounts' }), button(t.buttons.menu, { to: 'menu' })]],
});
