/**
 * What goes over the wire: the objects of the Stripe API v1, as far as this stand-in speaks it. Sums are in the smallest unit of
 * the currency.
 */

export type Metadata = Readonly<Record<string, string>>;

export type Session = {
  readonly id: string;
  readonly object: 'checkout.session';
  readonly mode: 'payment';
  readonly status: 'open' | 'complete' | 'expired';
  readonly payment_status: 'paid' | 'unpaid';
  readonly amount_total: number;
  readonly currency: string;
  readonly client_reference_id: string | null;
  readonly metadata: Metadata;
  /** Made when the payer pays: before that there is none. */
  readonly payment_intent: string | null;
  readonly success_url: string;
  readonly cancel_url: string | null;
  /** Null once it is no longer open. */
  readonly url: string | null;
  /** Unix time in seconds. */
  readonly created: number;
  readonly expires_at: number;
  readonly livemode: false;
};

export type Intent = {
  readonly id: string;
  readonly object: 'payment_intent';
  readonly status: 'processing' | 'succeeded' | 'requires_payment_method';
  readonly amount: number;
  readonly currency: string;
  readonly latest_charge: string | null;
  readonly metadata: Metadata;
};

export type Charge = {
  readonly id: string;
  readonly object: 'charge';
  readonly amount: number;
  readonly amount_refunded: number;
  readonly refunded: boolean;
  readonly currency: string;
  readonly payment_intent: string;
  readonly metadata: Metadata;
};

export type Refund = {
  readonly id: string;
  readonly object: 'refund';
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly amount: number;
  readonly currency: string;
  readonly charge: string;
  readonly payment_intent: string;
  readonly metadata: Metadata;
  readonly created: number;
};

export type List<T> = { readonly object: 'list'; readonly url: string; readonly has_more: boolean; readonly data: readonly T[] };

export type SessionEvent = `checkout.session.${'completed' | 'expired' | 'async_payment_succeeded' | 'async_payment_failed'}`;
export type EventType =
  | SessionEvent
  | 'payment_intent.succeeded'
  | 'charge.refunded'
  | `refund.${'created' | 'updated' | 'failed'}`;
export type Subject = Session | Intent | Charge | Refund;
export type StripeEvent = {
  readonly id: string;
  readonly object: 'event';
  readonly api_version: string;
  readonly created: number;
  readonly type: EventType;
  readonly data: { readonly object: Subject };
  readonly livemode: false;
};
