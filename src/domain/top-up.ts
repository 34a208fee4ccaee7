import type { PersonState } from './dialog.ts';
import { type Step, say } from './effect.ts';
import { askEmail } from './email.ts';
import { amountMinorOf, isAmountAllowed, type PaymentOrder, rublesOf } from './payment.ts';
import type { PersonEvent } from './person-event.ts';
import type { Press } from './press.ts';
import { leaveQuestion, standingAt } from './question.ts';
import { emailOf, maskedEmail } from './receipt.ts';

/** How many messages are remembered whose payment was ordered: a second tap on one of them orders nothing. */
const orderedFromKept = 16;

/** The sums to choose from; a sentence where nothing is sold. Whoever is in the middle of something can go on with it. */
export const startTopUp = (state: PersonState, messageId: number | null = null): Step => [
  state,
  [say({ type: 'topUp' }, messageId)],
];

/** What a person writes when asked for a sum of their own. */
export function onAmountText(state: PersonState, { topUp }: PersonEvent, text: string): Step {
  if (!topUp) return startTopUp(leaveQuestion(state));
  const rubles = rublesOf(text);
  if (rubles === undefined || !isAmountAllowed(rubles, topUp)) return [state, [say({ type: 'amountUnclear' })]];
  return [leaveQuestion(state), [say({ type: 'topUpMethods', rubles })]];
}

/** What a person writes when asked for their e-mail: it is kept, and what waited for it is ordered at once. */
export function onEmailText(state: PersonState, event: PersonEvent, text: string): Step {
  if (state.dialog.at !== 'awaiting_email') return [state, []];
  const email = emailOf(text);
  if (email === undefined) return [state, [say({ type: 'emailUnclear' })]];
  const { order } = state.dialog;
  const known: PersonState = { ...leaveQuestion(state), email };
  return order
    ? onTopUpPress(known, event, { to: 'pay', ...order }, null)
    : [known, [say({ type: 'emailSaved', email: maskedEmail(email) })]];
}

export function onTopUpPress(
  state: PersonState,
  event: PersonEvent,
  press: Extract<Press, { to: 'ownAmount' | 'amount' | 'offer' | 'pay' }>,
  messageId: number | null,
): Step {
  const { topUp } = event;
  if (!topUp) return startTopUp(state);
  const asked: PersonState = { ...state, dialog: { at: 'awaiting_payment', back: standingAt(state) } };
  if (press.to === 'ownAmount') return [asked, [say({ type: 'askAmount' }, messageId)]];
  // The buttons hold allowed sums; another one was forged, or the bounds have changed since.
  if (!isAmountAllowed(press.rubles, topUp)) return [asked, [say({ type: 'amountUnclear' })]];
  if (press.to === 'amount') return [leaveQuestion(state), [say({ type: 'topUpMethods', rubles: press.rubles }, messageId)]];
  // Below: what an edit lacked stays where it stands.
  if (press.to === 'offer') return [leaveQuestion(state), [say({ type: 'topUpMethods', rubles: press.rubles })]];
  return orderPayment(leaveQuestion(state), event, topUp, press, messageId);
}

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
  if (way.needsEmail && !state.email) return askEmail(state, { rubles, method }, messageId);
  const payment: PaymentOrder = {
    ...{ id: topUp.paymentId, userId, gateway: way.gateway, method, currency: way.currency, createdAt: at },
    ...{ amountMinor: amountMinorOf(way, rubles, topUp), points: rubles * topUp.pointsPerRuble },
    ...{ email: (way.needsEmail && state.email) || null, language: state.profile?.language ?? 'ru' },
  };
  const remembered = messageId === null ? orderedFrom : [...orderedFrom, messageId].slice(-orderedFromKept);
  return [{ ...state, orderedFrom: remembered }, [{ type: 'pay', payment, edits: messageId }]];
}
