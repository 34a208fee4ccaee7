import type { PersonState } from './dialog.ts';
import { type Step, say } from './effect.ts';
import { amountMinorOf, isAmountAllowed, type PaymentOrder, rublesOf } from './payment.ts';
import type { PersonEvent } from './person-event.ts';
import type { Press } from './press.ts';

/** How many messages are remembered whose payment was ordered: a second tap on one of them orders nothing. */
const orderedFromKept = 16;

/** The sums to choose from; a sentence where nothing is sold. Whoever is in the middle of something can go on with it. */
export const startTopUp = (state: PersonState, messageId: number | null = null): Step => [
  state,
  [say({ type: 'topUp' }, messageId)],
];

/** What a person writes when asked for a sum of their own. */
export function onAmountText(state: PersonState, { topUp }: PersonEvent, text: string): Step {
  if (!topUp) return startTopUp(chosen(state));
  const rubles = rublesOf(text);
  if (rubles === undefined || !isAmountAllowed(rubles, topUp)) return [state, [say({ type: 'amountUnclear' })]];
  return [chosen(state), [say({ type: 'topUpMethods', rubles })]];
}

export function onTopUpPress(
  state: PersonState,
  event: PersonEvent,
  press: Extract<Press, { to: 'ownAmount' | 'amount' | 'pay' }>,
  messageId: number | null,
): Step {
  const { topUp } = event;
  if (!topUp) return startTopUp(state);
  const asked: PersonState = { ...state, dialog: { at: 'awaiting_payment' } };
  if (press.to === 'ownAmount') return [asked, [say({ type: 'askAmount' }, messageId)]];
  // The buttons hold allowed sums; another one was forged, or the bounds have changed since.
  if (!isAmountAllowed(press.rubles, topUp)) return [asked, [say({ type: 'amountUnclear' })]];
  if (press.to === 'amount') return [chosen(state), [say({ type: 'topUpMethods', rubles: press.rubles }, messageId)]];
  return orderPayment(chosen(state), event, topUp, press, messageId);
}

/** A sum is chosen, and none is awaited any more. */
const chosen = (state: PersonState): PersonState =>
  state.dialog.at === 'awaiting_payment' ? { ...state, dialog: { at: 'main_menu' } } : state;

/** One order per message with the methods: whoever taps twice has tapped once. */
function orderPayment(
  state: PersonState,
  { at, userId }: PersonEvent,
  topUp: NonNullable<PersonEvent['topUp']>,
  { rubles, method }: Extract<Press, { to: 'pay' }>,
  messageId: number | null,
): Step {
  const orderedFrom = state.orderedFrom ?? [];
  if (messageId !== null && orderedFrom.includes(messageId)) return [state, [{ type: 'toast', toast: 'alreadyOrdered' }]];
  if (topUp.openPayments >= topUp.openMax) return [state, [say({ type: 'tooManyPayments', limit: topUp.openMax })]];
  const way = topUp.ways.find(one => one.method === method);
  // The button is from a time when that was a way to pay.
  if (!way) return startTopUp(state, messageId);
  const payment: PaymentOrder = {
    ...{ id: topUp.paymentId, userId, gateway: way.gateway, method, currency: way.currency, createdAt: at },
    ...{ amountMinor: amountMinorOf(way, rubles, topUp), points: rubles * topUp.pointsPerRuble, email: null },
  };
  const remembered = messageId === null ? orderedFrom : [...orderedFrom, messageId].slice(-orderedFromKept);
  return [{ ...state, orderedFrom: remembered }, [{ type: 'pay', payment, edits: messageId }]];
}
