import { invalidRequest, notFound } from '../api-error.ts';
import type { ApiCall } from '../call.ts';
import { captureAmountOf } from '../requests/capture-order.ts';
import { paymentOrderOf } from '../requests/payment-order.ts';
import { type Payment, paymentStatuses } from '../wire.ts';
import { type Filters, listed } from './list.ts';
import type { Operation } from './operation.ts';

export const createPayment: Operation = ({ shop, receiptsRequired }, { body }) =>
  shop.place(paymentOrderOf(body ?? {}, receiptsRequired));

export const readPayment: Operation = (desk, _call, id) => existing(desk, id);

const filters: Filters<Payment> = {
  times: { created_at: payment => payment.created_at, captured_at: payment => payment.captured_at },
  equal: { status: payment => payment.status, payment_method: payment => payment.payment_method?.type },
  statuses: paymentStatuses,
};

export const listPayments: Operation = ({ shop }, { query }) => listed(shop.payments(), query, filters);

export const capturePayment: Operation = (desk, call, id) => {
  const payment = held(existing(desk, id), 'captured');
  return desk.shop.take(payment, captureAmountOf(bodyOf(call), payment.amount));
};

export const cancelPayment: Operation = (desk, _call, id) =>
  desk.shop.cancel(held(existing(desk, id), 'canceled'), { party: 'merchant', reason: 'canceled_by_merchant' });

const bodyOf = ({ body }: ApiCall): unknown => body ?? {};

const existing = ({ shop }: Parameters<Operation>[0], id: string): Payment => {
  const payment = shop.payment(id);
  if (!payment) throw notFound('payment_id');
  return payment;
};

/** Only money that is held can be captured or let go. */
const held = (payment: Payment, what: string): Payment => {
  if (payment.status !== 'waiting_for_capture')
    throw invalidRequest('payment_id', `Payment can't be ${what}: its status is ${payment.status}, not waiting_for_capture`);
  return payment;
};
