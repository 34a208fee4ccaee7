import { newPaymentId, newRefundId } from './ids.ts';
import type { Means } from './means.ts';
import { amountOf, kopeksOf } from './money.ts';
import { authorised, canceled, placed, refundedKopeks, taken, withRefund } from './payment-states.ts';
import type { PaymentOrder } from './requests/payment-order.ts';
import type { RefundOrder } from './requests/refund-order.ts';
import type { Amount, CancellationDetails, NotificationEvent, Payment, PaymentEvent, PaymentMethod, Refund } from './wire.ts';

export type ShopOptions = {
  readonly shopId: string;
  readonly checkoutUrl: () => string;
  readonly now: () => number;
  readonly confirmWithinMs: number;
  readonly captureWithinMs: number;
  readonly changed: (payment: Payment) => void;
  readonly refunded: (refund: Refund) => void;
  readonly notify: (event: NotificationEvent, object: Payment | Refund) => void;
};

/** A payment as it is, and what was ordered; the timer ends it. */
type Entry = { payment: Payment; readonly order: PaymentOrder; deadline?: NodeJS.Timeout | undefined };

/** What becomes of a payment in this state when nobody does anything. */
type Ending = { readonly ms: number; readonly reason: 'expired_on_confirmation' | 'expired_on_capture' };

/** Longer than that, a timer of Node fires at once. */
const timerMsMax = 2 ** 31 - 1;

/** The books of the shop. It does what it is told: whether it may be done is asked before. Every change is told outside. */
export class Shop {
  readonly #options: ShopOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #refunds = new Map<string, Refund>();
  /** While it is set, refunds wait for `settleRefund`. */
  holdsRefunds = false;

  constructor(options: ShopOptions) {
    this.#options = options;
  }

  payments(): readonly Payment[] {
    return [...this.#entries.values()].map(({ payment }) => payment);
  }

  payment(id: string): Payment | undefined {
    return this.#entries.get(id)?.payment;
  }

  /** What was asked for when the payment was made. */
  order(id: string): PaymentOrder | undefined {
    return this.#entries.get(id)?.order;
  }

  refunds(): readonly Refund[] {
    return [...this.#refunds.values()];
  }

  refund(id: string): Refund | undefined {
    return this.#refunds.get(id);
  }

  place(order: PaymentOrder): Payment {
    const { shopId, checkoutUrl, confirmWithinMs, now } = this.#options;
    const payment = placed(newPaymentId(now()), order, this.#timestamp(), { shopId, checkoutUrl: checkoutUrl() });
    this.#entries.set(payment.id, { payment, order });
    return this.#put(payment, { ends: { ms: confirmWithinMs, reason: 'expired_on_confirmation' } });
  }

  /** The payer has paid: the money is taken at once, or held when the order says so. */
  authorise(payment: Payment, means: Means): Payment {
    const { now, captureWithinMs } = this.#options;
    const held = authorised(payment, means, new Date(now() + captureWithinMs).toISOString());
    if (this.order(payment.id)?.capture) return this.take(held, held.amount);
    return this.#put(held, { event: 'payment.waiting_for_capture', ends: { ms: captureWithinMs, reason: 'expired_on_capture' } });
  }

  take(payment: Payment, amount: Amount): Payment {
    return this.#put(taken(payment, amount, this.#timestamp()), { event: 'payment.succeeded' });
  }

  cancel(payment: Payment, details: CancellationDetails, method?: PaymentMethod): Payment {
    return this.#put(canceled(payment, details, method), { event: 'payment.canceled' });
  }

  giveBack(payment: Payment, { amount, description, metadata, receipt }: RefundOrder): Refund {
    const refund: Refund = {
      id: newRefundId(this.#options.now()),
      payment_id: payment.id,
      status: 'pending',
      created_at: this.#timestamp(),
      amount,
      ...(description !== undefined && { description }),
      ...(metadata && { metadata }),
      ...(receipt && { receipt_registration: 'pending' }),
    };
    this.#refunds.set(refund.id, refund);
    if (!this.holdsRefunds) return this.settleRefund(refund, 'succeeded');
    this.#options.refunded(refund);
    return refund;
  }

  /** Undefined for a payment of which nothing is left, or that is not there or not paid. */
  giveBackAll(id: string): Refund | undefined {
    const payment = this.payment(id);
    if (payment?.status !== 'succeeded') return undefined;
    const kopeks = kopeksOf(payment.amount) - this.promisedKopeks(payment);
    if (kopeks <= 0) return undefined;
    return this.giveBack(payment, { payment_id: id, amount: amountOf(kopeks, payment.amount.currency) });
  }

  /** Nobody is told of a refund that was canceled: there is no such notification. */
  settleRefund(pending: Refund, status: 'succeeded' | 'canceled'): Refund {
    const refund: Refund = { ...pending, status, ...(pending.receipt_registration && { receipt_registration: status }) };
    this.#refunds.set(refund.id, refund);
    const payment = this.payment(refund.payment_id);
    if (payment && status === 'succeeded') this.#put(withRefund(payment, refund.amount));
    this.#options.refunded(refund);
    if (status === 'succeeded') this.#options.notify('refund.succeeded', refund);
    return refund;
  }

  /** What has gone back of a payment, and what is on its way back. */
  promisedKopeks({ id }: Payment): number {
    const promised = this.refunds().filter(({ payment_id, status }) => payment_id === id && status !== 'canceled');
    return promised.reduce((sum, { amount }) => sum + kopeksOf(amount), 0);
  }

  takenKopeks(): number {
    const rubles = this.payments().filter(({ status, amount }) => status === 'succeeded' && amount.currency === 'RUB');
    return rubles.reduce((sum, payment) => sum + kopeksOf(payment.amount) - refundedKopeks(payment), 0);
  }

  close(): void {
    for (const { deadline } of this.#entries.values()) clearTimeout(deadline);
  }

  /** Whoever is told may already do the next thing, so all is in place before. */
  #put(payment: Payment, { event, ends }: { event?: PaymentEvent; ends?: Ending } = {}): Payment {
    const entry = this.#entries.get(payment.id);
    if (!entry) throw new Error(`there is no payment ${payment.id}`);
    clearTimeout(entry.deadline);
    entry.payment = payment;
    entry.deadline = ends && ends.ms <= timerMsMax ? this.#endLater(payment, ends) : undefined;
    this.#options.changed(payment);
    if (event) this.#options.notify(event, payment);
    return payment;
  }

  #endLater(payment: Payment, { ms, reason }: Ending): NodeJS.Timeout {
    return setTimeout(() => this.cancel(payment, { party: 'yoo_money', reason }), ms).unref();
  }

  #timestamp(): string {
    return new Date(this.#options.now()).toISOString();
  }
}
