import type { Payment } from '../../src/domain/payment.ts';
import { log } from '../../src/domain/payment-saga.ts';
import type { Refund, RefundAnswer } from '../../src/domain/refund.ts';
import type { Commit, WriteUnit } from '../../src/domain/unit.ts';
import { ask, type Ref, tell } from '../nact.ts';
import type { Clock, Gateway, LedgerAnswer, LedgerMessage, Notified, Observe, PaymentsMessage } from '../protocol.ts';

export type PaymentsDeps = {
  ledger: Ref<LedgerMessage>;
  commit: Commit;
  /** By name. What was ordered at one that is not among them is left as it is. */
  gateways: ReadonlyMap<string, Gateway>;
  clock: Clock;
  observe: Observe;
  /** How often an open payment is read again, whose notification may have been lost. */
  reconcileMs: number;
  openPayments(): Promise<readonly Payment[]>;
  payment(id: string): Promise<Payment | undefined>;
  /** Our order of a gateway's payment: by the gateway's id, else by the order's id that the gateway holds. */
  paymentOf(gateway: string, providerId: string, orderId: string | null): Promise<Payment | undefined>;
  /** Of these ids of the ledger those that there are. */
  booked(ids: readonly string[]): Promise<readonly string[]>;
  openRefunds(): Promise<readonly Refund[]>;
  /** Of these refunds of a gateway those that are booked. */
  returned(gateway: string, providerIds: readonly string[]): Promise<readonly string[]>;
  /** All refunds of a payment that we know of. */
  refundsOf(paymentId: string): Promise<readonly Refund[]>;
  /** The gateway's payments that were credited for an order, the first one first. */
  creditedFor(paymentId: string): Promise<readonly string[]>;
};

/** An open payment, how often its creation was tried, and what forgets its timer. */
export type Open = { payment: Payment; tries: number; forget: () => void };
/** `isDurable`: its row stands. `waiting`: who is to be told when it does. */
export type OpenRefund = {
  refund: Refund;
  payment: Payment;
  tries: number;
  forget: () => void;
  isDurable: boolean;
  waiting: Ref<RefundAnswer>[] | null;
};
/** A refund that is being booked: its row as it will be, and what becomes of it. */
export type Booking = { refund: Refund; outcome: Promise<LedgerAnswer> };
/** `looks`: what forgets the next look back at a gateway, by its name. */
export type Payments = {
  open: Map<string, Open>;
  refunds: Map<string, OpenRefund>;
  bookings: Set<Booking>;
  looks: Map<string, () => void>;
};

export const newPayments = (): Payments => ({ open: new Map(), refunds: new Map(), bookings: new Set(), looks: new Map() });
export type PaymentsHouse = { deps: PaymentsDeps; payments: Payments; self: Ref<PaymentsMessage> };
export type ReplyTo = Ref<Notified> | null;

export const gatewayOf = ({ deps }: PaymentsHouse, name: string): Gateway | undefined => deps.gateways.get(name);

export function openPayment({ open }: Payments, payment: Payment): Open {
  const known = open.get(payment.id);
  if (known) return known;
  const opened: Open = { payment, tries: 0, forget: () => {} };
  open.set(payment.id, opened);
  return opened;
}

export function close({ open }: Payments, { id }: Payment): void {
  open.get(id)?.forget();
  open.delete(id);
}

export function again({ deps, self }: PaymentsHouse, opened: Open, ms: number): void {
  opened.forget();
  opened.forget = deps.clock.after(ms, () => tell(self, { type: 'again', paymentId: opened.payment.id }));
}

const settleTimeoutMs = 20_000;

/** Hands a unit to the ledger. Never rejects: `failed` is also that nothing was heard. */
export const settle = ({ deps }: Pick<PaymentsHouse, 'deps'>, unit: WriteUnit): Promise<LedgerAnswer> =>
  ask(deps.ledger, { type: 'settle', unit }, settleTimeoutMs).catch(() => ({ status: 'failed' }));

/** An id that was used for something else: nothing of it was written, and somebody is to look at it. */
export const refusalOf = (outcome: LedgerAnswer): Error | undefined =>
  outcome.status === 'refused' ? new Error(`the ledger refuses it: ${outcome.refusal}`) : undefined;

export const answer = (replyTo: ReplyTo, notified: Notified): void => {
  if (replyTo) tell(replyTo, notified);
};

/** A line of the log, written without waiting: what it tells of goes on without it. */
export function note(
  { deps }: PaymentsHouse,
  payment: { id: string | null; gateway: string },
  event: string,
  detail: string | null,
): void {
  deps
    .commit({ writes: [log(payment, event, detail, deps.clock.now())] })
    .catch((error: Error) => deps.observe({ step: 'payment:unlogged', error }));
}
