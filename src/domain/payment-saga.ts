import { type AccountId, repaymentAfter, userAccount } from './ledger.ts';
import type { Notice, Rank } from './notice.ts';
import { openPaymentStates, type Payment, type PaymentEnd, type ProviderPayment, statusIdOfPayment } from './payment.ts';
import type { Write, WriteUnit } from './unit.ts';

/**
 * Where the points of a gateway come from. All that is played (`sandbox`, `sandbox-stars`) shares one account, so that it can be
 * told apart and voided.
 */
export const providerAccount = (gateway: string): AccountId => `provider:${gateway.replace(/^sandbox-.*/, 'sandbox')}`;

/** The ledger's id of a payment's points. */
export const creditId = (gateway: string, providerId: string): string => `payment:${gateway}:${providerId}`;

/**
 * The steps of a payment as write units. A credit is guarded by the ledger alone: its id is the gateway's payment, so it is
 * booked once however often it is told, and from whatever state our own row is in.
 */

/** What the gateway will be asked, the same each time: durable before it is asked. */
export const request = (payment: Payment, text: string, at: number): WriteUnit => ({
  guard: { table: 'payments', id: payment.id, states: ['created'] },
  writes: [{ do: 'setPaymentRequest', id: payment.id, at, request: text }],
});

/** The gateway has the order: the payer gets the link. */
export const accept = (payment: Payment, { providerId, confirmationUrl }: ProviderPayment, at: number): WriteUnit => ({
  guard: { table: 'payments', id: payment.id, states: ['created'] },
  writes: [
    { do: 'setPayment', id: payment.id, at, state: 'pending', providerId, ...(confirmationUrl && { confirmationUrl }) },
    log(payment, 'accepted', providerId, at),
    showStatus(payment, 'pending', 'result', at),
  ],
});

/**
 * The money has come: points and words in one transaction, once for each payment of the gateway. What the person owes is repaid
 * of it first. An order that is paid a second time stays with the payment that was credited first: refunds of it are looked for
 * there.
 */
export const credit = (payment: Payment, { providerId }: ProviderPayment, at: number): WriteUnit => ({
  movement: {
    ...({ kind: 'transfer', id: creditId(payment.gateway, providerId), reason: 'payment' } as const),
    ...{ from: providerAccount(payment.gateway), to: userAccount(payment.userId), points: payment.points },
  },
  repayment: repaymentAfter(creditId(payment.gateway, providerId), payment.userId),
  writes: [
    { do: 'setPayment', id: payment.id, at, state: 'succeeded', ...(payment.state !== 'succeeded' && { providerId }) },
    log(payment, 'credited', `${providerId} ${payment.points}`, at),
    tell(payment, `${toldOfCredit}${providerId}`, { type: 'paymentSucceeded', paymentId: payment.id }, at),
    showStatus(payment, 'succeeded', 'edit', at),
  ],
});

const toldOfCredit = 'succeeded:';
/** Which charge the words of a credit are about: an order that was paid twice has two of them. */
export const chargeOfWords = (outboxId: string): string => outboxId.slice(outboxId.indexOf(toldOfCredit) + toldOfCredit.length);

/**
 * The gateway says no, or nobody has paid the bill: that one has no `providerId`. A payer who let the time pass knows it, and is
 * not written to.
 */
export const cancel = (payment: Payment, providerId: string | null, reason: PaymentEnd, at: number): WriteUnit => ({
  guard: { table: 'payments', id: payment.id, states: openPaymentStates },
  writes: [
    { do: 'setPayment', id: payment.id, at, state: 'cancelled', reason, ...(providerId && { providerId }) },
    log(payment, 'cancelled', reason, at),
    ...(reason === 'expired' ? [] : [tell(payment, 'ended', { type: 'paymentEnded', paymentId: payment.id }, at)]),
    showStatus(payment, 'cancelled', 'edit', at),
  ],
});

/**
 * The gateway never took the order, as far as anyone can tell. Should it turn out to have been paid all the same, it is credited.
 */
export const fail = (payment: Payment, reason: PaymentEnd, at: number): WriteUnit => ({
  guard: { table: 'payments', id: payment.id, states: openPaymentStates },
  writes: [
    { do: 'setPayment', id: payment.id, at, state: 'failed', reason },
    log(payment, 'failed', reason, at),
    tell(payment, 'ended', { type: 'paymentEnded', paymentId: payment.id }, at),
    showStatus(payment, 'failed', 'edit', at),
  ],
});

/** A line of the payment's log. `detail` is short, and holds no secret, no card, no e-mail and no address. */
export const log = (
  { id: paymentId, gateway }: { id: string | null; gateway: string },
  event: string,
  detail: string | null,
  at: number,
): Write => ({
  ...({ do: 'logPayment', paymentId, gateway, event, detail, at } as const),
});

const tell = ({ id, userId }: Payment, what: string, notice: Notice, at: number): Write => ({
  do: 'say',
  row: { id: `payment:${id}:${what}`, chatId: userId, rank: 'result', notice, edits: null, at },
});

/** The one message of a payment: it waits, holds the link, and says at last how it ended. */
const showStatus = ({ id, userId }: Payment, state: string, rank: Rank, at: number): Write => ({
  do: 'say',
  row: {
    id: `${statusIdOfPayment(id)}:${state}`,
    chatId: userId,
    rank,
    notice: { type: 'paymentStatus', paymentId: id },
    edits: statusIdOfPayment(id),
    at,
  },
});
