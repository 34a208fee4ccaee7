import {
  creationRetryMs,
  creationWindowMs,
  isPaymentOpen,
  judgePayment,
  type Payment,
  type PaymentEnd,
  type PaymentVerdict,
  type ProviderPayment,
} from '../../src/domain/payment.ts';
import * as saga from '../../src/domain/payment-saga.ts';
import type { WriteUnit } from '../../src/domain/unit.ts';
import { tell } from '../nact.ts';
import type { Of, PaymentsMessage } from '../protocol.ts';
import { again, answer, close, gatewayOf, note, type PaymentsHouse, type ReplyTo, refusalOf, settle } from './till.ts';

type Asked = Pick<Of<PaymentsMessage, 'seen'>, 'gateway' | 'paymentId' | 'replyTo' | 'wentBack'>;

/** The answer of a gateway comes as a message; no handler waits for the network. */
export function hear(house: PaymentsHouse, shown: Promise<ProviderPayment>, asked: Asked): void {
  const { deps, self } = house;
  const { gateway, paymentId, replyTo } = asked;
  shown.then(
    seen => tell(self, { type: 'seen', seen, ...asked }),
    (error: Error & { kind?: string }) => {
      deps.observe({ step: 'payment:unseen', ...(paymentId && { paymentId }), error });
      note(house, { id: paymentId, gateway }, 'unseen', error.kind ?? 'unclear');
      tell(self, { type: 'unseen', paymentId, isRefused: error.kind === 'rejected', replyTo });
    },
  );
}

/**
 * What a gateway shows, compared with our own order; the row is read anew, for what was told before may be old. A database that
 * cannot be read, and an answer about something else than what was asked for, are like no answer.
 */
export async function onSeen(house: PaymentsHouse, msg: Of<PaymentsMessage, 'seen'>): Promise<void> {
  const { gateway, seen, paymentId, replyTo } = msg;
  const { deps } = house;
  const asked = deps.paymentOf(gateway, seen.providerId, seen.orderId).then(payment => {
    if (paymentId && payment?.id !== paymentId) throw new Error('the answer is about another order');
    return payment?.gateway === gateway ? payment : undefined;
  });
  const found = await asked.catch((error: Error) => ({ error }));
  if (found && 'error' in found) {
    deps.observe({ step: 'payment:unread', ...(paymentId && { paymentId }), error: found.error });
    return onUnseen(house, { type: 'unseen', paymentId: paymentId ?? seen.orderId, isRefused: false, replyTo });
  }
  if (found) return goBy(house, found, msg);
  deps.observe({ step: 'payment:foreign' });
  // What is only found in a list will be found there again.
  if (replyTo) note(house, { id: null, gateway }, 'foreign', seen.providerId);
  answer(replyTo, 'foreign');
}

function goBy(house: PaymentsHouse, payment: Payment, { seen, replyTo, wentBack }: Of<PaymentsMessage, 'seen'>): void {
  const { deps, self } = house;
  const verdict = judgePayment(payment, seen);
  deps.observe({ step: `payment:${verdict.next}`, paymentId: payment.id, userId: payment.userId });
  // That nothing has changed since the last look is no news.
  if (verdict.next !== 'wait' || replyTo) note(house, payment, 'seen', `${seen.status} ${verdict.next}`);
  if (verdict.next === 'capture') return capture(house, payment, seen, replyTo);
  if (verdict.next === 'refuse') noteDifference(house, payment, verdict.differs);
  // The payer's own payment has become something else: no better than one that the gateway does not know.
  if (verdict.next === 'refuse' && payment.providerId === seen.providerId)
    return onUnseen(house, { type: 'unseen', paymentId: payment.id, isRefused: true, replyTo });
  if (verdict.next === 'credit' && (wentBack || seen.refundedMinor > 0))
    return tell(self, { type: 'wentBack', payment, seen, replyTo });
  const unit = unitOf(verdict, payment, seen, deps.clock.now());
  if (unit) return book(house, payment, unit, replyTo);
  lookAgain(house, payment);
  // Money that is not what was ordered belongs to nobody here, and whoever told of it is to know.
  answer(replyTo, verdict.next === 'refuse' ? 'foreign' : 'booked');
}

function capture(house: PaymentsHouse, { id, gateway: name }: Payment, { providerId }: ProviderPayment, replyTo: ReplyTo): void {
  const gateway = gatewayOf(house, name);
  if (!gateway || gateway.invoice) return answer(replyTo, 'foreign');
  note(house, { id, gateway: name }, 'captured', providerId);
  hear(house, gateway.capture(providerId).then(assertTaken), { gateway: name, paymentId: id, replyTo });
}

/** Money that is still only held is looked at again later: asking for it at once would go on for ever. */
function assertTaken(seen: ProviderPayment): ProviderPayment {
  if (seen.status === 'waiting_for_capture') throw new Error('the gateway still holds the money');
  return seen;
}

/** Not the payment that was ordered: nothing is booked, and the operator is told. */
function noteDifference(house: PaymentsHouse, payment: Payment, differs: string): void {
  const { id: paymentId, userId } = payment;
  house.deps.observe({ step: 'payment:differs', paymentId, userId, error: new Error(`the ${differs} is not what was ordered`) });
  note(house, payment, 'differs', differs);
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
export const book = (house: PaymentsHouse, payment: Payment, unit: WriteUnit, replyTo: ReplyTo): void =>
  void settle(house, unit).then(outcome => tell(house.self, { type: 'booked', payment, unit, outcome, replyTo }));

export function onBooked(house: PaymentsHouse, { payment, unit, outcome, replyTo }: Of<PaymentsMessage, 'booked'>): void {
  const { deps, payments } = house;
  answer(replyTo, outcome.status === 'failed' ? 'unavailable' : 'booked');
  // What was written has its line in the log beside it.
  if (outcome.status !== 'applied') note(house, payment, 'booked', outcome.status);
  if (outcome.status === 'failed') return lookAgain(house, payment);
  const error = refusalOf(outcome);
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
export function onUnseen(house: PaymentsHouse, { paymentId, isRefused, replyTo }: Of<PaymentsMessage, 'unseen'>): void {
  answer(replyTo, isRefused ? 'foreign' : 'unavailable');
  const opened = paymentId ? house.payments.open.get(paymentId) : undefined;
  if (!opened) return;
  const { payment, tries } = opened;
  const ageMs = house.deps.clock.now() - payment.createdAt;
  // A gateway ends what is not paid within an hour by itself; one that it does not know as ours after two will never come.
  if (payment.providerId && !(isRefused && ageMs > 2 * creationWindowMs)) return lookAgain(house, payment);
  // A bill in the chat can be paid without a gateway being asked.
  if (payment.state === 'pending' && !payment.providerId) return lookAgain(house, payment);
  const pauseMs = isRefused ? undefined : creationRetryMs(tries, ageMs);
  if (pauseMs === undefined) return giveUp(house, payment, isRefused ? 'refused' : 'unreachable');
  again(house, opened, pauseMs);
}

export const giveUp = (house: PaymentsHouse, payment: Payment, reason: PaymentEnd): void =>
  book(house, payment, saga.fail(payment, reason, house.deps.clock.now()), null);

export function lookAgain(house: PaymentsHouse, payment: Payment): void {
  const opened = house.payments.open.get(payment.id);
  if (!opened) return;
  if (!isPaymentOpen(payment.state)) return close(house.payments, payment);
  opened.payment = payment;
  again(house, opened, house.deps.reconcileMs);
}
