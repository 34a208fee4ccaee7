import { invalidRequest, notFound } from '../api-error.ts';
import { kopeksOf } from '../money.ts';
import { refundOrderOf } from '../requests/refund-order.ts';
import { type Payment, type Refund, refundStatuses } from '../wire.ts';
import { type Filters, listed } from './list.ts';
import type { Operation } from './operation.ts';

/** All refunds of a payment together are at most what was taken. */
export const createRefund: Operation = ({ shop }, { body }) => {
  const order = refundOrderOf(body ?? {});
  const payment = shop.payment(order.payment_id);
  if (!payment) throw notFound('payment_id');
  assertTaken(payment);
  if (order.amount.currency !== payment.amount.currency)
    throw invalidRequest('amount.currency', 'The currency differs from that of the payment');
  if (kopeksOf(order.amount) > kopeksOf(payment.amount) - shop.promisedKopeks(payment))
    throw invalidRequest('amount.value', 'The refund is more than what is left of the payment');
  return shop.giveBack(payment, order);
};

const assertTaken = ({ status }: Payment): void => {
  if (status !== 'succeeded') throw invalidRequest('payment_id', `Payment can't be refunded: its status is ${status}`);
};

export const readRefund: Operation = ({ shop }, _call, id) => {
  const refund = shop.refund(id);
  if (!refund) throw notFound('refund_id');
  return refund;
};

const filters: Filters<Refund> = {
  times: { created_at: refund => refund.created_at },
  equal: { status: refund => refund.status, payment_id: refund => refund.payment_id },
  statuses: refundStatuses,
};

export const listRefunds: Operation = ({ shop }, { query }) => listed(shop.refunds(), query, filters);
