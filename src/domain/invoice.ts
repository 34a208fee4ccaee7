import { creationWindowMs, type Payment, type PaymentOrder, type ProviderPayment } from './payment.ts';

/** An order whose bill stands in the chat. No gateway is asked for it, so that it waits for its money from the start. */
export const isInvoice = ({ currency }: Pick<PaymentOrder, 'currency'>): boolean => currency === 'XTR';

/**
 * How long a bill that nobody has paid counts as open; 0 and less: no longer. It stays in the chat, and whoever pays it later
 * gets their points all the same.
 */
export const invoiceOpenMs = ({ createdAt }: PaymentOrder, now: number): number => creationWindowMs - Math.abs(now - createdAt);

/** Who is about to pay what, as Telegram says in its question (`pre_checkout_query`). */
export type Checkout = { paymentId: string; payerId: number; currency: string; amountMinor: number };

/** Why a bill is not to be paid. `unavailable`: that cannot be found out now. */
export const checkoutRefusals = ['unknown', 'notYours', 'differs', 'paid', 'unavailable'] as const;
export type CheckoutRefusal = (typeof checkoutRefusals)[number];

/** Whether the money may move: null when it may. */
export function judgeCheckout(payment: Payment | undefined, asked: Checkout): CheckoutRefusal | null {
  if (!payment || !isInvoice(payment)) return 'unknown';
  if (payment.userId !== asked.payerId) return 'notYours';
  if (payment.currency !== asked.currency || payment.amountMinor !== asked.amountMinor) return 'differs';
  return payment.state === 'succeeded' ? 'paid' : null;
}

/**
 * What Telegram says of a bill that was paid: `chargeId` is its own id of the payment, `payload` the id of our order, sums are
 * Stars.
 */
export type PaidBill = { chargeId: string; payload: string; payerId: number; currency: string; amount: number; refunded: number };

/** The same in our words. Nobody but Telegram says it, so that nothing has to be asked. */
export const paymentOfBill = ({ chargeId, payload, payerId, currency, amount, refunded }: PaidBill): ProviderPayment => ({
  ...{ providerId: chargeId, status: 'succeeded', orderId: payload, payerId },
  ...{ amountMinor: amount, currency, refundedMinor: refunded, confirmationUrl: null, reason: null },
});
