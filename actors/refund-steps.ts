import type { Payment } from '../src/domain/payment.ts';
import {
  isRefundKeyFresh,
  isRefundOpen,
  judgeRefund,
  judgeRefundWish,
  orderOf,
  type ProviderRefund,
  type Refund,
  type RefundAnswer,
  refundRetryMs,
} from '../src/domain/refund.ts';
import * as saga from '../src/domain/refund-saga.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import { ask, tell } from './nact.ts';
import type { Gateway, LedgerAnswer, PaymentsMessage, RefundMessage } from './protocol.ts';
import { gatewayOf, type OpenRefund, type PaymentsHouse } from './till.ts';
import { onRefunded, onRefundsSeen, onWentBack } from './told-refunds.ts';

type Of<Type extends PaymentsMessage['type']> = Extract<PaymentsMessage, { type: Type }>;

const settleTimeoutMs = 20_000;

/** Whatever is told of money that goes back. */
export async function onRefundMessage(house: PaymentsHouse, msg: RefundMessage): Promise<void> {
  switch (msg.type) {
    case 'refund':
      return onRefund(house, msg);
    case 'refundOrdered':
      return onRefundOrdered(house, msg);
    case 'refundAgain':
      return onRefundAgain(house, msg);
    case 'refundSeen':
      return onRefundSeen(house, msg);
    case 'refundUnseen':
      return onRefundUnseen(house, msg);
    case 'refundBooked':
      return onRefundBooked(house, msg);
    case 'refunded':
      return onRefunded(house, msg);
    case 'wentBack':
      return onWentBack(house, msg);
    case 'refundsSeen':
      return onRefundsSeen(house, msg);
    default:
      return msg satisfies never;
  }
}

/**
 * An admin wants money to go back. The row stands before the gateway is asked, and before the admin is answered; until it is durable the
 * order is remembered here, so that two wishes at once never add up to more than was paid.
 */
async function onRefund(house: PaymentsHouse, { wish, replyTo }: Of<'refund'>): Promise<void> {
  const { deps, payments } = house;
  const opened = payments.refunds.get(wish.refundId);
  if (opened?.waiting) return void opened.waiting.push(replyTo);
  if (opened && !opened.isDurable) return tell(replyTo, { status: 'unavailable' });
  const found = await pictureOf(house, wish.paymentId);
  if (!found) return tell(replyTo, { status: 'unavailable' });
  const { payment, refunds } = found;
  const gateway = payment && gatewayOf(house, payment.gateway);
  const isKnown = refunds.some(({ id }) => id === wish.refundId);
  const answer = judgeRefundWish(wish, payment, refunds, { onlyWhole: payment?.currency === 'XTR' });
  if (answer.status !== 'ordered' || isKnown || !payment) return tell(replyTo, answer);
  if (!gateway) return tell(replyTo, { status: 'unavailable' });
  const refund: Refund = {
    ...{ id: wish.refundId, paymentId: payment.id, gateway: payment.gateway, byId: wish.byId, createdAt: deps.clock.now() },
    ...{ amountMinor: answer.amountMinor, points: answer.points, state: 'created', providerId: null },
  };
  openRefund(house, refund, payment).waiting = [replyTo];
  settle(house, saga.order(refund)).then(outcome =>
    tell(house.self, { type: 'refundOrdered', refundId: refund.id, answer, outcome }),
  );
}

/** The payment and all its refunds, those included that are being written; undefined when the database cannot be read. */
async function pictureOf(
  { deps, payments }: PaymentsHouse,
  paymentId: string,
): Promise<{ payment: Payment | undefined; refunds: readonly Refund[] } | undefined> {
  try {
    const [payment, rows] = await Promise.all([deps.payment(paymentId), deps.refundsOf(paymentId)]);
    const unwritten = [...payments.refunds.values()].map(({ refund }) => refund).filter(one => one.paymentId === paymentId);
    return { payment, refunds: [...rows, ...unwritten.filter(one => rows.every(({ id }) => id !== one.id))] };
  } catch (error) {
    deps.observe({ step: 'refund:unread', paymentId, error: error as Error });
    return undefined;
  }
}

/** It is durable, or certainly not: whoever asked is told, and the gateway is asked. */
async function onRefundOrdered(house: PaymentsHouse, { refundId, answer, outcome }: Of<'refundOrdered'>): Promise<void> {
  const opened = house.payments.refunds.get(refundId);
  // It was handed in by a life of this actor that is over: it goes on from its row.
  if (!opened) {
    const row = (await house.deps.openRefunds()).find(({ id }) => id === refundId);
    return row && recoverRefund(house, row);
  }
  opened.isDurable = outcome.status === 'applied';
  const said: RefundAnswer = opened.isDurable ? answer : { status: outcome.status === 'lost' ? 'notPaid' : 'unavailable' };
  for (const replyTo of opened.waiting ?? []) tell(replyTo, said);
  opened.waiting = null;
  note(house, opened, `refund:ordered:${outcome.status}`);
  if (opened.isDurable) askToRefund(house, refundId);
  else if (outcome.status === 'failed') lookLater(house, opened);
  else forget(house, refundId);
}

/** Its time has come. Of one whose writing was not answered the row tells whether there is an order. */
async function onRefundAgain(house: PaymentsHouse, { refundId }: Of<'refundAgain'>): Promise<void> {
  const opened = house.payments.refunds.get(refundId);
  if (!opened) return;
  if (opened.isDurable) return askToRefund(house, refundId);
  const rows = await house.deps.refundsOf(opened.payment.id).catch(() => undefined);
  if (!rows) return lookLater(house, opened);
  opened.isDurable = rows.some(({ id }) => id === refundId);
  if (opened.isDurable) askToRefund(house, refundId);
  else forget(house, refundId);
}

/** Goes on with a refund whose row is not final. */
export async function recoverRefund(house: PaymentsHouse, refund: Refund): Promise<void> {
  const payment = await house.deps.payment(refund.paymentId);
  if (!payment || house.payments.refunds.has(refund.id)) return;
  openRefund(house, refund, payment).isDurable = true;
  askToRefund(house, refund.id);
}

/**
 * Asks the gateway to give the money back, with the same key each time; what it has taken is looked at until it is final. Where its key
 * may be forgotten, it is only looked for: asked again it would be another refund.
 */
function askToRefund(house: PaymentsHouse, refundId: string): void {
  const { deps, self, payments } = house;
  const opened = payments.refunds.get(refundId);
  const gateway = opened && gatewayOf(house, opened.refund.gateway);
  // Of a gateway that was changed for another nothing can be asked; its rows wait for it.
  if (!opened || !gateway) return;
  const { refund, payment } = opened;
  opened.tries++;
  const isNew = refund.state === 'created' && isRefundKeyFresh(deps.clock.now() - refund.createdAt);
  (isNew ? refunded(house, gateway, refund, payment) : lookedFor(house, gateway, refund, payment)).then(
    seen => tell(self, { type: 'refundSeen', refundId, seen }),
    (error: Error) => {
      note(house, opened, 'refund:unseen', error);
      tell(self, { type: 'refundUnseen', refundId });
    },
  );
}

/** A refusal may be about a repeat of what was done long ago: only what the gateway shows says that there is none. */
const refunded = (house: PaymentsHouse, gateway: Gateway, refund: Refund, payment: Payment): Promise<ProviderRefund | null> =>
  gateway.refund(refund, payment).catch((error: Error & { kind?: string }) => {
    if (error.kind !== 'rejected') throw error;
    return lookedFor(house, gateway, refund, payment);
  });

/** One that another row has already is none of this order. */
async function lookedFor(
  { deps }: PaymentsHouse,
  gateway: Gateway,
  refund: Refund,
  payment: Payment,
): Promise<ProviderRefund | null> {
  const shown = await gateway.refundsOf(payment.providerId ?? '');
  const rows = await deps.refundsOf(payment.id);
  return shown.find(seen => orderOf(seen, payment, rows)?.id === refund.id) ?? null;
}

/** What the gateway shows of an order of ours. */
function onRefundSeen(house: PaymentsHouse, { refundId, seen }: Of<'refundSeen'>): void {
  const opened = house.payments.refunds.get(refundId);
  if (!opened) return;
  const { refund, payment } = opened;
  const verdict = judgeRefund(refund, seen);
  note(house, opened, `refund:${verdict}`);
  const at = house.deps.clock.now();
  if (verdict === 'wait') return lookLater(house, opened);
  const next = {
    book: () => saga.book(payment, seen!, refund, at),
    pend: () => saga.pend(refund, seen!, at),
    fail: () => saga.fail(refund, at),
  };
  const pending = verdict === 'pend' ? seen!.providerId : null;
  settle(house, next[verdict]()).then(outcome => tell(house.self, { type: 'refundBooked', refundId, pending, outcome }));
}

/**
 * A row that had left its open states meanwhile is final as well; one that is pending was written so without our hearing of it. What was booked before may have been booked for another row, where
 * money went back by two ways at once: then this one is looked for anew.
 */
async function onRefundBooked(house: PaymentsHouse, { refundId, pending, outcome }: Of<'refundBooked'>): Promise<void> {
  const opened = house.payments.refunds.get(refundId);
  if (!opened) return;
  note(house, opened, `refund:booked:${outcome.status}`, refusalOf(outcome));
  if (outcome.status === 'failed') return lookLater(house, opened);
  if (outcome.status === 'repeated' && (await isStillOpen(house, opened))) return lookLater(house, opened);
  if (pending === null || (outcome.status === 'lost' && outcome.state !== 'pending')) return forget(house, refundId);
  opened.refund = { ...opened.refund, state: 'pending', providerId: pending };
  lookLater(house, opened);
}

/** By its row; one that cannot be read may be. */
const isStillOpen = ({ deps }: PaymentsHouse, { refund, payment }: OpenRefund): Promise<boolean> =>
  deps.refundsOf(payment.id).then(
    rows => rows.some(({ id, state }) => id === refund.id && isRefundOpen(state)),
    () => true,
  );

/** No answer that says anything. */
function onRefundUnseen(house: PaymentsHouse, { refundId }: Of<'refundUnseen'>): void {
  const opened = house.payments.refunds.get(refundId);
  if (opened) again(house, opened, refundRetryMs(opened.tries));
}

const settle = ({ deps }: PaymentsHouse, unit: WriteUnit): Promise<LedgerAnswer> =>
  ask(deps.ledger, { type: 'settle', unit }, settleTimeoutMs).catch(() => ({ status: 'failed' }));

const refusalOf = (outcome: LedgerAnswer): Error | undefined =>
  outcome.status === 'refused' ? new Error(`the ledger refuses it: ${outcome.refusal}`) : undefined;

const note = ({ deps }: PaymentsHouse, { payment: { id, userId } }: OpenRefund, step: string, error?: Error): void =>
  deps.observe({ step, paymentId: id, userId, ...(error && { error }) });

function openRefund({ payments }: PaymentsHouse, refund: Refund, payment: Payment): OpenRefund {
  const opened: OpenRefund = { refund, payment, tries: 0, forget: () => {}, isDurable: false, waiting: null };
  payments.refunds.set(refund.id, opened);
  return opened;
}

function forget({ payments: { refunds } }: PaymentsHouse, refundId: string): void {
  refunds.get(refundId)?.forget();
  refunds.delete(refundId);
}

const lookLater = (house: PaymentsHouse, opened: OpenRefund): void => again(house, opened, house.deps.reconcileMs);

function again({ deps, self }: PaymentsHouse, opened: OpenRefund, ms: number): void {
  opened.forget();
  opened.forget = deps.clock.after(ms, () => tell(self, { type: 'refundAgain', refundId: opened.refund.id }));
}
