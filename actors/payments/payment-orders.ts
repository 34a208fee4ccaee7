import { invoiceOpenMs, isInvoice } from '../../src/domain/invoice.ts';
import { isCreationOpen, type Payment, type PaymentOrder } from '../../src/domain/payment.ts';
import * as saga from '../../src/domain/payment-saga.ts';
import { tell } from '../nact.ts';
import type { LinkGateway, Of, PaymentsMessage } from '../protocol.ts';
import { book, giveUp, hear, lookAgain, onUnseen } from './payment-steps.ts';
import { again, close, gatewayOf, note, type Open, openPayment, type PaymentsHouse, type ReplyTo, settle } from './till.ts';

/** An order whose row has just been written. */
export const ordered = (order: PaymentOrder): Payment => ({
  ...order,
  ...{ state: isInvoice(order) ? 'pending' : 'created', request: null, providerId: null, confirmationUrl: null, reason: null },
});

/** Goes on with an open payment from where its row says it is. Of a gateway that is not there any more nothing can be asked. */
export function goOn(house: PaymentsHouse, payment: Payment | undefined): void {
  if (!payment) return;
  const opened = openPayment(house.payments, payment);
  const gateway = gatewayOf(house, payment.gateway);
  if (gateway?.invoice) return awaitBill(house, opened);
  if (gateway && payment.providerId) return read(house, gateway, payment.providerId, null, payment.id);
  if (gateway) askToPay(house, gateway, opened);
}

/**
 * A bill that nobody has paid within its time is none any more; nobody has to be asked for that, for its money comes by itself.
 */
function awaitBill(house: PaymentsHouse, opened: Open): void {
  const { payment } = opened;
  const now = house.deps.clock.now();
  const restMs = invoiceOpenMs(payment, now);
  if (restMs > 0) again(house, opened, restMs);
  else book(house, payment, saga.cancel(payment, payment.providerId, 'expired', now), null);
}

/**
 * Orders at the gateway, with the same key and in the same words each time: however often the answer is lost, it is one payment.
 * Not for longer than keys are kept. What it is asked is made durable before.
 */
function askToPay(house: PaymentsHouse, gateway: LinkGateway, opened: Open): void {
  const { deps, self } = house;
  const { payment } = opened;
  const { id: paymentId, request } = payment;
  if (!isCreationOpen(deps.clock.now() - payment.createdAt)) return giveUp(house, payment, 'unreachable');
  opened.tries++;
  if (request !== null) return create(house, gateway, payment, request);
  const made = gateway.request(payment);
  // What is still missing, as the address to come back to, will be known soon.
  if (made === undefined) return onUnseen(house, { type: 'unseen', paymentId, isRefused: false, replyTo: null });
  settle(house, saga.request(payment, made, deps.clock.now())).then(outcome =>
    tell(self, { type: 'requested', paymentId, request: made, outcome }),
  );
}

export function onRequested(house: PaymentsHouse, { paymentId, request, outcome }: Of<PaymentsMessage, 'requested'>): void {
  const opened = house.payments.open.get(paymentId);
  const gateway = opened && gatewayOf(house, opened.payment.gateway);
  if (!opened || !gateway || gateway.invoice) return;
  if (outcome.status === 'failed') return onUnseen(house, { type: 'unseen', paymentId, isRefused: false, replyTo: null });
  // It was paid, or ended, in the meantime.
  if (outcome.status === 'lost' && outcome.state !== 'pending') return close(house.payments, opened.payment);
  if (outcome.status === 'lost') return lookAgain(house, opened.payment);
  opened.payment = { ...opened.payment, request };
  create(house, gateway, opened.payment, request);
}

function create(house: PaymentsHouse, gateway: LinkGateway, payment: Payment, request: string): void {
  note(house, payment, 'asked', null);
  hear(house, gateway.create(payment.id, request), { gateway: gateway.name, paymentId: payment.id, replyTo: null });
}

/** Somebody says that something happened to a payment: the gateway is asked what has become of it. */
export function onNotified(house: PaymentsHouse, { gateway: name, providerId, replyTo }: Of<PaymentsMessage, 'notified'>): void {
  const gateway = gatewayOf(house, name);
  if (!gateway || gateway.invoice) return tell(replyTo, 'foreign');
  note(house, { id: null, gateway: name }, 'notified', providerId);
  read(house, gateway, providerId, replyTo);
}

const read = (
  house: PaymentsHouse,
  gateway: LinkGateway,
  providerId: string,
  replyTo: ReplyTo,
  paymentId: string | null = null,
): void => hear(house, gateway.read(providerId, replyTo !== null), { gateway: gateway.name, paymentId, replyTo });
