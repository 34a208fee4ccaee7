import { debtAccount, userAccount } from './ledger.ts';
import type { Notice } from './notice.ts';
import type { Payment } from './payment.ts';
import { log, providerAccount } from './payment-saga.ts';
import { openRefundStates, type ProviderRefund, pointsOfRefund, type Refund, type RefundOrder } from './refund.ts';
import type { Write, WriteUnit } from './unit.ts';

/** The ledger's id of what a refund takes. */
export const takenId = (gateway: string, providerId: string): string => `refund:${gateway}:${providerId}`;

/**
 * The steps of a refund as write units. What is taken is guarded by the ledger alone: its id is the gateway's refund, so it is booked
 * once however often it is told, and whether we ordered it or not.
 */

/** The order stands before the gateway is asked. */
export const order = (refund: RefundOrder): WriteUnit => ({
  guard: { table: 'payments', id: refund.paymentId, states: ['succeeded'] },
  writes: [
    { do: 'addRefund', refund: { ...refund, state: 'created', providerId: null } },
    logged(refund, 'refund_ordered', refund.createdAt),
  ],
});

/** The gateway has taken the order and works on it. */
export const pend = (refund: Refund, { providerId }: ProviderRefund, at: number): WriteUnit => ({
  guard: { table: 'refunds', id: refund.id, states: ['created'] },
  writes: [{ do: 'setRefund', id: refund.id, at, state: 'pending', providerId }, logged(refund, 'refund_pending', at)],
});

/**
 * The money went back. All its points become a debt, which is paid at once as far as points are there; the next top-up pays the rest.
 * `known`: our row of it, null for one that we did not order.
 */
export function book(payment: Payment, seen: ProviderRefund, known: Refund | null, at: number): WriteUnit {
  const { providerId, amountMinor } = seen;
  const { gateway, userId, id: paymentId } = payment;
  const [id, points] = [takenId(gateway, providerId), pointsOfRefund(payment, amountMinor)];
  const told: Refund = {
    ...{ id: `${gateway}:${providerId}`, paymentId, gateway, amountMinor, points, byId: null },
    ...{ createdAt: at, state: 'succeeded', providerId },
  };
  return {
    ...(points > 0 && {
      movement: {
        ...({ kind: 'transfer', id, reason: 'refund' } as const),
        ...{ from: debtAccount(userId), to: providerAccount(gateway), points },
      },
      repayment: { id: `${id}:debt`, from: userAccount(userId), to: debtAccount(userId), reason: 'debt' },
    }),
    // Too little for a point: there is no line in the ledger to be known by.
    ...(points === 0 && known && { guard: { table: 'refunds', id: known.id, states: [...openRefundStates, 'failed'] } }),
    writes: [
      known ? { do: 'setRefund', id: known.id, at, state: 'succeeded', providerId } : { do: 'addRefund', refund: told },
      logged(known ?? told, 'refund_succeeded', at),
      say(id, userId, { type: 'refunded', paymentId, amountMinor, points }, at),
      ...ended(known, true, at),
    ],
  };
}

/** The gateway refuses it. Should it turn out to have been done all the same, it is booked. */
export const fail = (refund: Refund, at: number): WriteUnit => ({
  guard: { table: 'refunds', id: refund.id, states: openRefundStates },
  writes: [
    { do: 'setRefund', id: refund.id, at, state: 'failed' },
    logged(refund, 'refund_failed', at),
    ...ended(refund, false, at),
  ],
});

/** The admin who wanted it hears how it ended. */
const ended = (refund: Refund | null, isDone: boolean, at: number): Write[] => {
  if (!refund?.byId) return [];
  const { id, byId, paymentId, amountMinor } = refund;
  return [say(`refund:${id}:${isDone ? 'done' : 'failed'}`, byId, { type: 'refundEnded', paymentId, amountMinor, isDone }, at)];
};

const say = (id: string, chatId: number, notice: Notice, at: number): Write => ({
  do: 'say',
  row: { id, chatId, rank: 'result', notice, edits: null, at },
});

const logged = ({ id, paymentId, gateway, amountMinor }: RefundOrder, event: string, at: number): Write =>
  log({ id: paymentId, gateway }, event, `${id} ${amountMinor}`, at);
