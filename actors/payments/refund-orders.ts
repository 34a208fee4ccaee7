import { isInvoice } from '../../src/domain/invoice.ts';
import type { Payment } from '../../src/domain/payment.ts';
import { isRefundKeyFresh, orderOf, type ProviderRefund, type Refund, type RefundAnswer } from '../../src/domain/refund.ts';
import * as saga from '../../src/domain/refund-saga.ts';
import { asPaidBy, chargesOf, judgeRefundWish } from '../../src/domain/refundable.ts';
import { tell } from '../nact.ts';
import type { Gateway, Of, PaymentsMessage } from '../protocol.ts';
import { forget, lookLater, note, openRefund } from './open-refunds.ts';
import { refundsIn, standingOf } from './refund-bookings.ts';
import { gatewayOf, type OpenRefund, type PaymentsHouse, settle } from './till.ts';

/**
 * An admin wants money to go back. The row stands before the gateway is asked, and before the admin is answered; until it is
 * durable the order is remembered here, so that two wishes at once never add up to more than was paid.
 */
export async function onRefund(house: PaymentsHouse, { wish, replyTo }: Of<PaymentsMessage, 'refund'>): Promise<void> {
  const { deps, payments } = house;
  const opened = payments.refunds.get(wish.refundId);
  if (opened?.waiting) return void opened.waiting.push(replyTo);
  if (opened && !opened.isDurable) return tell(replyTo, { status: 'unavailable' });
  const found = await factsOf(house, wish.paymentId);
  if (!found) return tell(replyTo, { status: 'unavailable' });
  const { payment, charges, refunds } = found;
  const { answer, part } = judgeRefundWish(wish, payment, charges, refunds, {
    onlyWhole: payment !== undefined && isInvoice(payment),
  });
  if (!part || !payment) return tell(replyTo, answer);
  if (!gatewayOf(house, payment.gateway)) return tell(replyTo, { status: 'unavailable' });
  const refund: Refund = {
    ...{ id: wish.refundId, paymentId: payment.id, gateway: payment.gateway, byId: wish.byId, createdAt: deps.clock.now() },
    ...{ ...part, state: 'created', providerId: null },
  };
  openRefund(house, refund, payment).waiting = [replyTo];
  settle(house, saga.order(refund)).then(outcome =>
    tell(house.self, { type: 'refundOrdered', refundId: refund.id, answer, outcome }),
  );
}

type RefundFacts = { payment: Payment | undefined; charges: readonly string[]; refunds: readonly Refund[] };

/**
 * The order, what it was paid by, and all its refunds, those included that are being written; undefined when the database cannot
 * be read.
 */
async function factsOf(house: PaymentsHouse, paymentId: string): Promise<RefundFacts | undefined> {
  const { deps, payments } = house;
  try {
    const [payment, credited] = await Promise.all([deps.payment(paymentId), deps.creditedFor(paymentId)]);
    const refunds = refundsIn(await standingOf(house, paymentId));
    const unwritten = [...payments.refunds.values()].map(({ refund }) => refund).filter(one => one.paymentId === paymentId);
    return {
      ...{ payment, charges: payment ? chargesOf(payment, credited) : [] },
      refunds: [...refunds, ...unwritten.filter(one => refunds.every(({ id }) => id !== one.id))],
    };
  } catch (error) {
    deps.observe({ step: 'refund:unread', paymentId, error: error as Error });
    return undefined;
  }
}

/** It is durable, or certainly not: whoever asked is told, and the gateway is asked. */
export async function onRefundOrdered(
  house: PaymentsHouse,
  { refundId, answer, outcome }: Of<PaymentsMessage, 'refundOrdered'>,
): Promise<void> {
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
export async function onRefundAgain(house: PaymentsHouse, { refundId }: Of<PaymentsMessage, 'refundAgain'>): Promise<void> {
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
 * Asks the gateway to give the money back, with the same key each time; what it has taken is looked at until it is final. Where
 * its key may be forgotten, it is only looked for: asked again it would be another refund.
 */
function askToRefund(house: PaymentsHouse, refundId: string): void {
  const { deps, self, payments } = house;
  const opened = payments.refunds.get(refundId);
  const gateway = opened && gatewayOf(house, opened.refund.gateway);
  // Of a gateway that was changed for another nothing can be asked; its rows wait for it.
  if (!opened || !gateway) return;
  const { refund } = opened;
  opened.tries++;
  const isNew = refund.state === 'created' && isRefundKeyFresh(deps.clock.now() - refund.createdAt);
  (isNew ? refunded(house, gateway, opened) : lookedFor(house, gateway, opened)).then(
    seen => tell(self, { type: 'refundSeen', refundId, seen }),
    (error: Error) => {
      note(house, opened, 'refund:unseen', error);
      tell(self, { type: 'refundUnseen', refundId });
    },
  );
}

/** A refusal may be about a repeat of what was done long ago: only what the gateway shows says that there is none. */
const refunded = (house: PaymentsHouse, gateway: Gateway, opened: OpenRefund): Promise<ProviderRefund | null> =>
  gateway.refund(opened.refund, asPaidBy(opened.payment, opened.refund.paidBy)).catch((error: Error & { kind?: string }) => {
    if (error.kind !== 'rejected') throw error;
    return lookedFor(house, gateway, opened);
  });

/** One that another row has already is none of this order. */
async function lookedFor({ deps }: PaymentsHouse, gateway: Gateway, opened: OpenRefund): Promise<ProviderRefund | null> {
  const { refund, payment } = opened;
  const shown = await gateway.refundsOf(refund.paidBy ?? '');
  const rows = await deps.refundsOf(payment.id);
  return shown.find(seen => orderOf(seen, payment, rows, refund.paidBy)?.id === refund.id) ?? null;
}
