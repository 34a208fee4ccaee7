import {
  creationRetryMs,
  creationWindowMs,
  isCreationOpen,
  isPaymentOpen,
  judgePayment,
  type Payment,
  type PaymentEnd,
  type PaymentVerdict,
  type ProviderPayment,
} from '../src/domain/payment.ts';
import * as saga from '../src/domain/payment-saga.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import { ask, type Ref, tell } from './nact.ts';
import type { Clock, Gateway, LedgerMessage, Notified, Observe, PaymentsMessage } from './protocol.ts';

export type PaymentsDeps = {
  ledger: Ref<LedgerMessage>;
  gateway: Gateway | null;
  clock: Clock;
  observe: Observe;
  /** How often an open payment is read again, whose notification may have been lost. */
  reconcileMs: number;
  openPayments(): Promise<readonly Payment[]>;
  /** Our order of a gateway's payment: by the gateway's id, else by the order's id that the gateway holds. */
  paymentOf(gateway: string, providerId: string, orderId: string | null): Promise<Payment | undefined>;
};

/** An open payment, how often its creation was tried, and what forgets its timer. */
type Open = { payment: Payment; tries: number; forget: () => void };
export type Payments = { open: Map<string, Open> };
export type PaymentsHouse = { deps: PaymentsDeps; payments: Payments; self: Ref<PaymentsMessage> };

type Of<Type extends PaymentsMessage['type']> = Extract<PaymentsMessage, { type: Type }>;
type ReplyTo = Ref<Notified> | null;

const settleTimeoutMs = 20_000;

export function openPayment({ open }: Payments, payment: Payment): Open {
  const known = open.get(payment.id);
  if (known) return known;
  const opened: Open = { payment, tries: 0, forget: () => {} };
  open.set(payment.id, opened);
  return opened;
}

/** Goes on with an open payment from where its row says it is. */
export function recover(house: PaymentsHouse, payment: Payment | undefined): void {
  if (!payment) return;
  openPayment(house.payments, payment);
  if (payment.gateway !== house.deps.gateway?.name) return;
  if (payment.providerId) read(house, payment.providerId, null, payment.id);
  else askToPay(house, payment.id);
}

/** Orders at the gateway, with the same key each time: however often the answer is lost, it is one payment. Not for longer than keys are kept. */
export function askToPay(house: PaymentsHouse, paymentId: string): void {
  const opened = house.payments.open.get(paymentId);
  const { gateway, clock } = house.deps;
  if (!opened || !gateway) return;
  if (!isCreationOpen(clock.now() - opened.payment.createdAt)) return giveUp(house, opened.payment, 'unreachable');
  opened.tries++;
  hear(house, gateway.create(opened.payment), { paymentId, replyTo: null });
}

/** Asks the gateway what has become of its payment. */
export function read(house: PaymentsHouse, providerId: string, replyTo: ReplyTo, paymentId: string | null = null): void {
  const { gateway } = house.deps;
  if (gateway) hear(house, gateway.read(providerId, replyTo !== null), { paymentId, replyTo });
  else if (replyTo) tell(replyTo, 'foreign');
}

type Asked = { paymentId: string | null; replyTo: ReplyTo };

/** The answer comes as a message; no handler waits for the network. */
function hear({ deps, self }: PaymentsHouse, answer: Promise<ProviderPayment>, asked: Asked): void {
  answer.then(
    seen => tell(self, { type: 'seen', seen, ...asked }),
    (error: Error & { kind?: string }) => {
      deps.observe({ step: 'payment:unseen', ...(asked.paymentId && { paymentId: asked.paymentId }), error });
      tell(self, { type: 'unseen', ...asked, isRefused: error.kind === 'rejected' });
    },
  );
}

/**
 * What the gateway shows, compared with our own order; the row is read anew, for what was told before may be old. A database that cannot
 * be read, and an answer about something else than what was asked for, are like no answer.
 */
export async function onSeen(house: PaymentsHouse, { seen, paymentId, replyTo }: Of<'seen'>): Promise<void> {
  const { deps } = house;
  const asked = deps.paymentOf(deps.gateway?.name ?? '', seen.providerId, seen.orderId).then(payment => {
    if (paymentId && payment?.id !== paymentId) throw new Error('the answer is about another order');
    return payment;
  });
  const found = await asked.catch((error: Error) => ({ error }));
  if (found && 'error' in found) {
    deps.observe({ step: 'payment:unread', ...(paymentId && { paymentId }), error: found.error });
    return onUnseen(house, { type: 'unseen', paymentId: paymentId ?? seen.orderId, isRefused: false, replyTo });
  }
  if (found) return goBy(house, found, seen, replyTo);
  deps.observe({ step: 'payment:foreign' });
  answer(replyTo, 'foreign');
}

function goBy(house: PaymentsHouse, payment: Payment, seen: ProviderPayment, replyTo: ReplyTo): void {
  const { deps } = house;
  const verdict = judgePayment(payment, seen);
  deps.observe({ step: `payment:${verdict.next}`, paymentId: payment.id, userId: payment.userId });
  if (verdict.next === 'capture') return capture(house, payment, seen, replyTo);
  if (verdict.next === 'refuse') noteDifference(house, payment, verdict.differs);
  // The payer's own payment has become something else: no better than one that the gateway does not know.
  if (verdict.next === 'refuse' && payment.providerId === seen.providerId)
    return onUnseen(house, { type: 'unseen', paymentId: payment.id, isRefused: true, replyTo });
  const unit = unitOf(verdict, payment, seen, deps.clock.now());
  if (unit) return book(house, payment, unit, replyTo);
  lookAgain(house, payment);
  answer(replyTo, 'booked');
}

const capture = (house: PaymentsHouse, { id }: Payment, { providerId }: ProviderPayment, replyTo: ReplyTo) =>
  hear(house, house.deps.gateway!.capture(providerId).then(assertTaken), { paymentId: id, replyTo });

/** Money that is still only held is looked at again later: asking for it at once would go on for ever. */
function assertTaken(seen: ProviderPayment): ProviderPayment {
  if (seen.status === 'waiting_for_capture') throw new Error('the gateway still holds the money');
  return seen;
}

/** Not the payment that was ordered: nothing is booked, and the operator is told. */
function noteDifference({ deps }: PaymentsHouse, { id, userId }: Payment, differs: string): void {
  deps.observe({ step: 'payment:differs', paymentId: id, userId, error: new Error(`the ${differs} is not what was ordered`) });
}

function unitOf(verdict: PaymentVerdict, payment: Payment, seen: ProviderPayment, at: number): WriteUnit | undefined {
  switch (verdict.next) {
    case 'credit':
      return saga.credit(payment, seen, at);
    case 'accept':
      return saga.accept(payment, seen, at);
    case 'cancel':
      return saga.cancel(payment, seen.providerId, verdict.reason, at);
    default:
      return undefined;
  }
}

/** Hands a unit to the ledger; who told us hears of it when it is durable. */
function book({ deps, self }: PaymentsHouse, payment: Payment, unit: WriteUnit, replyTo: ReplyTo): void {
  ask(deps.ledger, { type: 'settle', unit }, settleTimeoutMs).then(
    outcome => tell(self, { type: 'booked', payment, unit, outcome, replyTo }),
    () => tell(self, { type: 'booked', payment, unit, outcome: { status: 'failed' }, replyTo }),
  );
}

export function onBooked(house: PaymentsHouse, { payment, unit, outcome, replyTo }: Of<'booked'>): void {
  const { deps, payments } = house;
  answer(replyTo, outcome.status === 'failed' ? 'unavailable' : 'booked');
  if (outcome.status === 'failed') return lookAgain(house, payment);
  const error = outcome.status === 'refused' && new Error(`the ledger refuses it: ${outcome.refusal}`);
  deps.observe({
    step: `payment:booked:${outcome.status}`,
    paymentId: payment.id,
    userId: payment.userId,
    ...(error && { error }),
  });
  const changed = unit.writes.find(write => write.do === 'setPayment');
  if (changed?.state !== 'pending') return close(payments, payment);
  lookAgain(house, { ...payment, state: 'pending', providerId: changed.providerId ?? payment.providerId });
}

/** No answer that says anything: an order is asked for again for an hour, a payment is read again until it is final. */
export function onUnseen(house: PaymentsHouse, { paymentId, isRefused, replyTo }: Of<'unseen'>): void {
  answer(replyTo, isRefused ? 'foreign' : 'unavailable');
  const opened = paymentId ? house.payments.open.get(paymentId) : undefined;
  if (!opened) return;
  const { payment, tries } = opened;
  const ageMs = house.deps.clock.now() - payment.createdAt;
  // A gateway ends what is not paid within an hour by itself; one that it does not know as ours after two will never come.
  if (payment.providerId && !(isRefused && ageMs > 2 * creationWindowMs)) return lookAgain(house, payment);
  const pauseMs = isRefused ? undefined : creationRetryMs(tries, ageMs);
  if (pauseMs === undefined) return giveUp(house, payment, isRefused ? 'refused' : 'unreachable');
  again(house, opened, pauseMs);
}

const giveUp = (house: PaymentsHouse, payment: Payment, reason: PaymentEnd): void =>
  book(house, payment, saga.fail(payment, reason, house.deps.clock.now()), null);

function lookAgain(house: PaymentsHouse, payment: Payment): void {
  const opened = house.payments.open.get(payment.id);
  if (!opened) return;
  if (!isPaymentOpen(payment.state)) return close(house.payments, payment);
  opened.payment = payment;
  again(house, opened, house.deps.reconcileMs);
}

function close({ open }: Payments, { id }: Payment): void {
  open.get(id)?.forget();
  open.delete(id);
}

function again({ deps, self }: PaymentsHouse, opened: Open, ms: number): void {
  opened.forget();
  opened.forget = deps.clock.after(ms, () => tell(self, { type: 'again', paymentId: opened.payment.id }));
}

const answer = (replyTo: ReplyTo, notified: Notified): void => {
  if (replyTo) tell(replyTo, notified);
};
