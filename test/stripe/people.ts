import type { Till } from './till.ts';
import type { Refund, Session } from './wire.ts';

/** What a payer does at the page, and the operator at the dashboard; both throw an Error for what they could not do. */
export type People = {
  /** As they are now, in the order they were made. */
  sessions(): readonly Session[];
  session(id: string): Session;
  refunds(): readonly Refund[];
  pay(sessionId: string): Session;
  /** By a method whose money comes later; `settle` says whether it came. */
  payLater(sessionId: string): Session;
  settle(sessionId: string, isPaid: boolean): Session;
  expire(sessionId: string): Session;
  /** Without a word of ours with it; all that is left when no sum is named. */
  giveBack(sessionId: string, amountMinor?: number): Refund;
  finishRefund(refundId: string, status: 'succeeded' | 'failed'): Refund;
  /** What was really taken: paid less refunded. */
  takenMinor(): number;
};

export function peopleOf(till: Till): People {
  const session = (id: string, ...statuses: Session['status'][]): Session => {
    const found = till.sessions.get(id);
    if (!found) throw new Error(`there is no session ${id}`);
    if (statuses.length > 0 && !statuses.includes(found.status)) throw new Error(`session ${id} is ${found.status}`);
    return found;
  };
  return {
    sessions: () => [...till.sessions.values()],
    session: (id: string) => session(id),
    refunds: () => [...till.refunds.values()],
    pay: (id: string) => till.pay(session(id, 'open'), true),
    payLater: (id: string) => till.pay(session(id, 'open'), false),
    settle: (id: string, isPaid: boolean) => till.settle(session(id, 'complete'), isPaid),
    expire: (id: string) => till.expire(session(id, 'open')),
    giveBack: (id: string, amount?: number) =>
      till.giveBack({ intentId: session(id, 'complete').payment_intent ?? '', amount, metadata: {} }),
    finishRefund(id: string, status: 'succeeded' | 'failed') {
      const refund = till.refunds.get(id);
      if (refund?.status !== 'pending') throw new Error(`refund ${id} is ${refund?.status ?? 'unknown'}`);
      return till.finishRefund(refund, status);
    },
    takenMinor: () => [...till.charges.values()].reduce((sum, { amount, amount_refunded: back }) => sum + amount - back, 0),
  };
}
