import { debtAccount, repaymentAfter } from './ledger.ts';
import type { Notice } from './notice.ts';
import type { Payment } from './payment.ts';
import { log, providerAccount } from './payment-saga.ts';
import { openRefundStates, type ProviderRefund, type Refund, type RefundOrder } from './refund.ts';
import { pointsOfPart } from './refundable.ts';
import type { Write, WriteUnit } from './unit.ts';

/** The ledger's id of what a refund takes. */
export const takenId = (gateway: string, providerId: string): string => `refund:${gateway}:${providerId}`;

/**
 * The steps of a refund as write units. What is taken is guarded by the ledger alone: its id is the gateway's refund, so it is
 * booked once however often it is told, and whether we ordered it or not.
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
 * The row of a refund once it is booked: ours, or one of what the gateway tells. `charge`: the order as it was paid by the charge
 * that it is of; `before`: what is booked of that already. `known`: our row of it, null for one that we did not order.
 */
export function booked(
  charge: Payment,
  { providerId, amountMinor }: ProviderRefund,
  known: Refund | null,
  before: readonly Refund[],
  at: number,
): Booked {
  const { gateway, id: paymentId, providerId: paidBy } = charge;
  const told = { id: `${gateway}:${providerId}`, paymentId, paidBy, gateway, amountMinor, byId: null, createdAt: at };
  const points = pointsOfPart(charge, amountMinor, before);
  return { ...(known ?? told), amountMinor, points, state: 'succeeded', providerId };
}

type Booked = Refund & { providerId: string };

/**
 * The money went back. All its points become a debt, which is paid at once as far as points are there; the next top-up pays the
 * rest. `refund`: as it is once it is booked.
 */
export function book({ userId }: Payment, refund: Booked, at: number): WriteUnit {
  const { gateway, paymentId, providerId, amountMinor, points } = refund;
  const id = takenId(gateway, providerId);
  const isOurs = refund.byId !== null;
  return {
    ...(points > 0 && {
      movement: {
        ...({ kind: 'transfer', id, reason: 'refund' } as const),
        ...{ from: debtAccount(userId), to: providerAccount(gateway), points },
      },
      repayment: repaymentAfter(id, userId),
    }),
    // Too little for a point: there is no line in the ledger to be known by.
    ...(points === 0 && isOurs && { guard: { table: 'refunds', id: refund.id, states: [...openRefundStates, 'failed'] } }),
    writes: [
      isOurs ? { do: 'setRefund', id: refund.id, at, state: 'succeeded', providerId, points } : { do: 'addRefund', refund },
      logged(refund, 'refund_succeeded', at),
      say(id, userId, { type: 'refunded', paymentId, amountMinor, points }, at),
      ...ended(refund, true, at),
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
const ended = ({ id, byId, paymentId, amountMinor, points }: Refund, isDone: boolean, at: number): Write[] =>
  byId === null
    ? []
    : [
        say(
          `refund:${id}:${isDone ? 'done' : 'failed'}`,
          byId,
          { type: 'refundEnded', paymentId, amountMinor, isDone, points },
          at,
        ),
      ];

const say = (id: string, chatId: number, notice: Notice, at: number): Write => ({
  do: 'say',
  row: { id, chatId, rank: 'result', notice, edits: null, at },
});

const logged = ({ id, paymentId, gateway, amountMinor }: RefundOrder, event: string, at: number): Write =>
  log({ id: paymentId, gateway }, event, `${id} ${amountMinor}`, at);
