import test from 'ava';
import { newPerson, type PersonState } from '../src/domain/dialog.ts';
import type { Effect } from '../src/domain/effect.ts';
import {
  creationRetryMs,
  creationWindowMs,
  judgePayment,
  offered,
  type Payment,
  type PaymentState,
  type ProviderPayment,
  rublesOf,
} from '../src/domain/payment.ts';
import type { Input, PersonEvent, TopUpDraft } from '../src/domain/person-event.ts';
import { transition } from '../src/domain/transition.ts';
import { sessionForm } from '../src/payments/stripe/session.ts';
import { amountOf } from '../src/payments/yookassa/amount.ts';
import { orderBody, paymentOf } from '../src/payments/yookassa/payment.ts';
import { terms } from './payer.ts';
import { noon } from './probe.ts';

const order: Payment = {
  ...{ id: '0b7c1c1e-1111-4222-8333-444455556666', userId: 7, gateway: 'yookassa', method: 'card', amountMinor: 50_000 },
  ...{ currency: 'RUB', points: 50_000, email: null, request: null, createdAt: noon },
  ...{ state: 'pending', providerId: 'p', confirmationUrl: null, reason: null },
};
const shown: ProviderPayment = {
  ...{ providerId: 'p', status: 'pending', amountMinor: 50_000, currency: 'RUB', orderId: order.id },
  ...{ refundedMinor: 0, confirmationUrl: 'https://pay.example/', reason: null },
};

test('a success of the very order is money in every state of our own row', t => {
  const states: PaymentState[] = ['created', 'pending', 'succeeded', 'failed', 'cancelled'];
  for (const state of states)
    t.deepEqual(judgePayment({ ...order, state }, { ...shown, status: 'succeeded' }), { next: 'credit' }, state);
});

test('another sum, currency or order is never money, whatever its status', t => {
  const others: [Partial<ProviderPayment>, string][] = [
    [{ amountMinor: 49_999 }, 'amount'],
    [{ amountMinor: 50_001 }, 'amount'],
    [{ currency: 'USD' }, 'currency'],
    [{ orderId: 'another' }, 'order'],
    [{ orderId: null }, 'order'],
  ];
  for (const status of ['pending', 'waiting_for_capture', 'succeeded', 'cancelled'] as const)
    for (const [other, differs] of others)
      t.deepEqual(judgePayment(order, { ...shown, status, ...other }), { next: 'refuse', differs } as never, differs);
});

test('a final state is never moved back', t => {
  for (const state of ['succeeded', 'failed', 'cancelled'] as const) {
    t.deepEqual(judgePayment({ ...order, state }, { ...shown, status: 'cancelled', reason: 'declined' }), { next: 'wait' });
    t.deepEqual(judgePayment({ ...order, state }, shown), { next: 'wait' });
  }
  t.deepEqual(judgePayment({ ...order, state: 'created' }, shown), { next: 'accept' });
  t.deepEqual(judgePayment(order, { ...shown, status: 'cancelled', reason: 'expired' }), { next: 'cancel', reason: 'expired' });
  t.deepEqual(judgePayment(order, { ...shown, status: 'waiting_for_capture' }), { next: 'capture' });
});

test('a payment without a place to pay is waited for', t => {
  t.deepEqual(judgePayment({ ...order, state: 'created' }, { ...shown, confirmationUrl: null }), { next: 'wait' });
});

test('money of which some went back is credited all the same: its refunds are booked as refunds', t => {
  for (const refundedMinor of [1, 50_000])
    for (const state of ['created', 'pending', 'succeeded', 'failed', 'cancelled'] as const)
      t.deepEqual(judgePayment({ ...order, state }, { ...shown, status: 'succeeded', refundedMinor }), { next: 'credit' }, state);
});

test('only the payment that the payer was sent to ends the order', t => {
  const no = { ...shown, status: 'cancelled', reason: 'declined' } as const;
  t.deepEqual(judgePayment(order, { ...no, providerId: 'another' }), { next: 'wait' });
  t.deepEqual(judgePayment({ ...order, providerId: null }, { ...no, providerId: 'another' }), {
    next: 'cancel',
    reason: 'declined',
  });
});

test('an order is asked for again with growing pauses, and not after an hour', t => {
  t.deepEqual(
    [1, 2, 3, 6, 50].map(tries => creationRetryMs(tries, 0)),
    [2_000, 4_000, 8_000, 60_000, 60_000],
  );
  t.is(creationRetryMs(9, creationWindowMs - 1_000), undefined);
  t.is(creationRetryMs(1, -10 * 60_000), 2_000, 'a clock that was set back a little');
  t.is(creationRetryMs(1, -48 * creationWindowMs), undefined, 'or far');
});

test('a sum is read as people write it, and nothing else is taken for one', t => {
  const sums: [string, number | undefined][] = [
    ...([
      ['500', 500],
      [' 1 000 ₽', 1000],
      ['1\u00a0000', 1000],
      ['250 руб.', 250],
      ['300р', 300],
      ['100.00', 100],
      ['7 рублей', 7],
    ] as [string, number][]),
    ...['', '0,5', '10.50', '-5', '1e3', 'сто', '5 долларов', '٣', '12 34 abc', '1'.repeat(20)].map(
      text => [text, undefined] as [string, undefined],
    ),
  ];
  for (const [text, rubles] of sums) t.is(rublesOf(text), rubles, text);
});

test('sums outside the bounds are not offered', t => {
  t.deepEqual(offered({ ...terms, rublesMin: 200, rublesMax: 600 }), [250, 500]);
});

test('YooKassa’s strings are kopeks without a floating point', t => {
  for (const kopeks of [1, 99, 100, 1_050, 999_999_99]) {
    const seen = paymentOf({ id: 'x', status: 'pending', amount: amountOf(kopeks) });
    t.is(seen?.amountMinor, kopeks);
  }
  t.deepEqual(amountOf(50_000), { value: '500.00', currency: 'RUB' });
  for (const value of ['1', '1.5', '1,00', '-1.00', '1.000', 'NaN', 1])
    t.is(paymentOf({ id: 'x', status: 'pending', amount: { value, currency: 'RUB' } }), undefined, String(value));
});

test('a reason that we do not know is a plain decline', t => {
  const reasonOf = (reason: string) =>
    paymentOf({ id: 'x', status: 'canceled', amount: amountOf(100), cancellation_details: { reason } })?.reason;
  t.is(reasonOf('insufficient_funds'), 'insufficient_funds');
  t.is(reasonOf('expired_on_confirmation'), 'expired');
  t.is(reasonOf('made_up_tomorrow'), 'declined');
  t.is(reasonOf('constructor'), 'declined');
});

test('an order is taken at once, and says which it is', t => {
  t.deepEqual(orderBody({ ...order, method: 'sbp' }, 'https://t.me/bot'), {
    amount: { value: '500.00', currency: 'RUB' },
    capture: true,
    confirmation: { type: 'redirect', return_url: 'https://t.me/bot' },
    description: 'Пополнение баланса на 500 ₽',
    metadata: { order_id: order.id, user_id: '7' },
    payment_method_data: { type: 'sbp' },
  });
  t.false('payment_method_data' in orderBody({ ...order, method: 'any' }, 'https://t.me/bot'));
});

test('every gateway is told in the language of the chat what is paid for', t => {
  for (const [language, words] of [
    ['ru', 'Пополнение баланса на 500 ₽'],
    ['en', 'Balance top-up, 500 ₽'],
  ] as const) {
    t.like(orderBody({ ...order, language }, 'https://t.me/bot'), { description: words });
    const form = new URLSearchParams(sessionForm({ ...order, language }, 'https://t.me/bot'));
    t.is(form.get('line_items[0][price_data][product_data][name]'), words);
  }
});

// — the conversation —

const topUp: TopUpDraft = {
  ...{ ...terms, openMax: 5 },
  ...{ paymentId: order.id, openPayments: 0 },
};
const eventOf = (input: Input, changes: Partial<TopUpDraft> = {}): PersonEvent => ({
  ...{ at: noon, updateId: 1, userId: 7, sender: null, input, draft: null, cancellation: null },
  ...{ initialPoints: 60, messagesPerMinute: 120, topUp: { ...topUp, ...changes } },
});
const press = (rubles: number, messageId: number | null = 9): Input => ({
  ...{ type: 'press', press: { to: 'pay', rubles, method: 'card' }, messageId },
});
const told = (effects: readonly Effect[]) =>
  effects.map(effect =>
    effect.type === 'say' ? effect.notice.type : effect.type === 'toast' ? `(${effect.toast})` : effect.type,
  );

test('a chosen sum and method make one order, with the points that were shown', t => {
  const [, effects] = transition(newPerson, eventOf(press(500)));
  const [pay] = effects;
  t.deepEqual(pay, {
    type: 'pay',
    edits: 9,
    payment: {
      ...{ id: order.id, userId: 7, gateway: 'yookassa', method: 'card', amountMinor: 50_000, points: 50_000 },
      ...{ currency: 'RUB', email: null, language: 'ru', createdAt: noon },
    },
  });
});

test('a second tap on the same message orders nothing', t => {
  const [once] = transition(newPerson, eventOf(press(500)));
  t.deepEqual(told(transition(once, eventOf(press(500)))[1]), ['(alreadyOrdered)']);
  t.deepEqual(told(transition(once, eventOf(press(500, 10)))[1]), ['pay']);
});

test('a forged sum orders nothing', t => {
  for (const rubles of [0, 10_001, 999_999_999])
    t.deepEqual(told(transition(newPerson, eventOf(press(rubles)))[1]), ['amountUnclear']);
});

test('no more bills than allowed are open at a time', t => {
  t.deepEqual(told(transition(newPerson, eventOf(press(500), { openPayments: 5 }))[1]), ['tooManyPayments']);
});

test('a sum of their own is asked for, read, and leads back to where texts are no sums', t => {
  const [asked, first] = transition(newPerson, eventOf({ type: 'press', press: { to: 'ownAmount' }, messageId: 9 }));
  t.deepEqual(told(first), ['askAmount']);
  const say = (state: PersonState, text: string) => transition(state, eventOf({ type: 'text', text }));
  const [still, unclear] = say(asked, 'много');
  t.deepEqual([still.dialog.at, ...told(unclear)], ['awaiting_payment', 'amountUnclear']);
  const [tooMuch, bounds] = say(still, '10001');
  t.deepEqual([tooMuch.dialog.at, ...told(bounds)], ['awaiting_payment', 'amountUnclear']);
  const [done, methods] = say(tooMuch, '300 ₽');
  t.deepEqual([done.dialog.at, ...told(methods)], ['main_menu', 'topUpMethods']);
});

test('looking at the ways to pay does not lose what one was in the middle of', t => {
  const state: PersonState = { ...newPerson, dialog: { at: 'awaiting_image_for_preset', presetId: 5 } };
  for (const input of [
    { type: 'button', button: 'topUp' },
    { type: 'press', press: { to: 'amount', rubles: 100 }, messageId: 9 },
    press(100),
  ] as Input[])
    t.is(transition(state, eventOf(input))[0].dialog, state.dialog);
});

test('a journal from before payments is read as it was', t => {
  const { topUp: _, ...old } = eventOf({ type: 'button', button: 'topUp' });
  t.deepEqual(told(transition(newPerson, old)[1]), ['topUp']);
});
