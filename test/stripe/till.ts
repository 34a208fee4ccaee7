import { invalid, missing } from './api-error.ts';
import { newId, newSessionId } from './ids.ts';
import { type SessionOrder, totalOf } from './session-order.ts';
import type { Charge, EventType, Intent, Metadata, Refund, Session, Subject } from './wire.ts';

export type TillOptions = {
  readonly origin: () => string;
  readonly nowSeconds: () => number;
  /** A bank that takes its time: refunds begin as pending. */
  readonly slowRefunds: boolean;
  readonly tell: (type: EventType, object: Subject) => void;
};

export type RefundOrder = { readonly intentId: string; readonly amount?: number | undefined; readonly metadata: Metadata };

/** The books: sessions, what paid them, and what went back. Every change is told outside. */
export class Till {
  readonly sessions = new Map<string, Session>();
  readonly intents = new Map<string, Intent>();
  readonly charges = new Map<string, Charge>();
  readonly refunds = new Map<string, Refund>();
  readonly #orders = new Map<string, SessionOrder>();
  readonly #options: TillOptions;

  constructor(options: TillOptions) {
    this.#options = options;
  }

  place(order: SessionOrder): Session {
    const [id, created] = [newSessionId(), this.#options.nowSeconds()];
    const session: Session = {
      ...({ id, object: 'checkout.session', mode: 'payment', status: 'open', payment_status: 'unpaid' } as const),
      ...{ amount_total: totalOf(order), currency: order.line_items[0].price_data.currency },
      ...{ client_reference_id: order.client_reference_id ?? null, metadata: order.metadata, payment_intent: null },
      ...{ success_url: order.success_url, cancel_url: order.cancel_url ?? null, url: `${this.#options.origin()}/c/pay/${id}` },
      ...({ created, expires_at: order.expires_at ?? created + 24 * 3600, livemode: false } as const),
    };
    this.#orders.set(id, order);
    this.sessions.set(id, session);
    return session;
  }

  /** The payer has done their part; the money is there at once, or when their bank has it. */
  pay(session: Session, isAtOnce: boolean): Session {
    const intent: Intent = {
      ...({ id: newId('pi'), object: 'payment_intent', status: 'processing', latest_charge: null } as const),
      ...{ amount: session.amount_total, currency: session.currency },
      metadata: this.#orders.get(session.id)?.payment_intent_data?.metadata ?? {},
    };
    this.intents.set(intent.id, intent);
    const complete = this.#change({ ...session, status: 'complete', payment_intent: intent.id, url: null });
    if (isAtOnce) return this.#take(complete, intent, 'checkout.session.completed');
    this.#options.tell('checkout.session.completed', complete);
    return complete;
  }

  /** What the bank of a payer who has paid later says at last. */
  settle(session: Session, isPaid: boolean): Session {
    const intent = this.intents.get(session.payment_intent ?? '')!;
    if (isPaid) return this.#take(session, intent, 'checkout.session.async_payment_succeeded');
    this.intents.set(intent.id, { ...intent, status: 'requires_payment_method' });
    this.#options.tell('checkout.session.async_payment_failed', session);
    return session;
  }

  expire(session: Session): Session {
    const expired = this.#change({ ...session, status: 'expired', url: null });
    this.#options.tell('checkout.session.expired', expired);
    return expired;
  }

  /** All refunds of a charge together are at most what was taken. */
  giveBack({ intentId, amount, metadata }: RefundOrder): Refund {
    const intent = this.intents.get(intentId);
    if (!intent) throw missing('payment_intent');
    const charge = this.charges.get(intent.latest_charge ?? '');
    if (!charge) throw invalid('payment_intent', 'Nothing was taken by it', 'payment_intent_unexpected_state');
    if (charge.refunded) throw invalid('payment_intent', 'All of it has gone back', 'charge_already_refunded');
    const sum = amount ?? charge.amount - charge.amount_refunded;
    if (sum < 1 || sum > charge.amount - charge.amount_refunded)
      throw invalid('amount', 'It is more than what is left', 'amount_too_large');
    const refund: Refund = {
      ...({ id: newId('re'), object: 'refund', status: this.#options.slowRefunds ? 'pending' : 'succeeded' } as const),
      ...{ amount: sum, currency: charge.currency, charge: charge.id, payment_intent: intentId, metadata },
      created: this.#options.nowSeconds(),
    };
    this.refunds.set(refund.id, refund);
    const back = this.#refunded(charge, sum);
    this.#options.tell('refund.created', refund);
    this.#options.tell('charge.refunded', back);
    return refund;
  }

  /** What the bank says of a refund that was pending. */
  finishRefund(refund: Refund, status: 'succeeded' | 'failed'): Refund {
    const finished: Refund = { ...refund, status };
    this.refunds.set(refund.id, finished);
    if (status === 'failed') this.#refunded(this.charges.get(refund.charge)!, -refund.amount);
    this.#options.tell(status === 'failed' ? 'refund.failed' : 'refund.updated', finished);
    return finished;
  }

  #take(session: Session, intent: Intent, type: EventType): Session {
    const { amount, currency, metadata } = intent;
    const charge: Charge = {
      ...({ id: newId('ch'), object: 'charge', amount, amount_refunded: 0, refunded: false } as const),
      ...{ currency, metadata, payment_intent: intent.id },
    };
    this.charges.set(charge.id, charge);
    const succeeded: Intent = { ...intent, status: 'succeeded', latest_charge: charge.id };
    this.intents.set(intent.id, succeeded);
    const paid = this.#change({ ...session, payment_status: 'paid' });
    this.#options.tell('payment_intent.succeeded', succeeded);
    this.#options.tell(type, paid);
    return paid;
  }

  #refunded(charge: Charge, amount: number): Charge {
    const amount_refunded = charge.amount_refunded + amount;
    const changed = { ...charge, amount_refunded, refunded: amount_refunded === charge.amount };
    this.charges.set(charge.id, changed);
    return changed;
  }

  #change(session: Session): Session {
    this.sessions.set(session.id, session);
    return session;
  }
}
