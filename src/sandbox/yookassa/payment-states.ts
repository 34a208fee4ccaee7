import type { Means } from './means.ts';
import { plainMethod } from './means.ts';
import { amountOf, incomeKopeks, kopeksOf } from './money.ts';
import type { PaymentOrder } from './requests/payment-order.ts';
import type { Amount, CancellationDetails, Confirmation, Payment, PaymentMethod } from './wire.ts';

/**
 * The states of a payment, each made of the one before.
 *
 * ```
 * pending ──► waiting_for_capture ──► succeeded
 *    │  └────────────┼───────────────────▲
 *    └──► canceled ◄─┘
 * ```
 */

export type PaymentTerms = { readonly shopId: string; readonly checkoutUrl: string };

const gatewayId = '100700';

export const placed = (id: string, order: PaymentOrder, at: string, { shopId, checkoutUrl }: PaymentTerms): Payment => {
  const { amount, description, metadata, merchant_customer_id, receipt, payment_method_data, confirmation } = order;
  return {
    id,
    status: 'pending',
    paid: false,
    amount,
    ...(confirmation && { confirmation: answeredConfirmation(id, confirmation, checkoutUrl) }),
    created_at: at,
    ...(description !== undefined && { description }),
    ...(merchant_customer_id !== undefined && { merchant_customer_id }),
    ...(metadata && { metadata }),
    ...(payment_method_data && { payment_method: plainMethod(id, payment_method_data.type) }),
    recipient: { account_id: shopId, gateway_id: gatewayId },
    refundable: false,
    ...(receipt && { receipt_registration: 'pending' }),
    test: true,
  };
};

const answeredConfirmation = (
  id: string,
  { type, return_url }: NonNullable<PaymentOrder['confirmation']>,
  checkoutUrl: string,
): Confirmation => {
  const page = `${checkoutUrl.replace(/\/+$/, '')}/checkout/payments/v2/contract?orderId=${id}`;
  const given = { type, ...(return_url !== undefined && { return_url }) };
  if (type === 'qr') return { ...given, confirmation_data: page };
  if (type === 'embedded') return { ...given, confirmation_token: `ct-${id}` };
  return type === 'external' ? given : { ...given, confirmation_url: page };
};

/** A payment past its confirmation has no address to pay at. */
const unconfirmed = ({ confirmation: _, expires_at: __, ...rest }: Payment): Omit<Payment, 'confirmation' | 'expires_at'> => rest;

export const authorised = (payment: Payment, { method, authorization }: Means, expiresAt: string): Payment => ({
  ...unconfirmed(payment),
  status: 'waiting_for_capture',
  paid: true,
  payment_method: method,
  ...(authorization && { authorization_details: authorization }),
  expires_at: expiresAt,
});

/** `amount` may be less than was authorised: the rest goes back to the payer. */
export const taken = (payment: Payment, amount: Amount, at: string): Payment => ({
  ...unconfirmed(payment),
  status: 'succeeded',
  amount,
  income_amount: amountOf(incomeKopeks(kopeksOf(amount), payment.payment_method?.type ?? 'bank_card'), amount.currency),
  captured_at: at,
  refundable: true,
  refunded_amount: amountOf(0, amount.currency),
  ...(payment.receipt_registration && { receipt_registration: 'succeeded' }),
});

export const canceled = (payment: Payment, details: CancellationDetails, method = payment.payment_method): Payment => ({
  ...unconfirmed(payment),
  status: 'canceled',
  paid: false,
  ...(method && { payment_method: method satisfies PaymentMethod }),
  cancellation_details: details,
  ...(payment.receipt_registration && { receipt_registration: 'canceled' }),
});

export const refundedKopeks = ({ refunded_amount }: Payment): number => (refunded_amount ? kopeksOf(refunded_amount) : 0);

/** It stays succeeded, also when all of it has gone back. */
export const withRefund = (payment: Payment, refund: Amount): Payment => {
  const kopeks = refundedKopeks(payment) + kopeksOf(refund);
  return {
    ...payment,
    refunded_amount: amountOf(kopeks, payment.amount.currency),
    refundable: kopeks < kopeksOf(payment.amount),
  };
};
