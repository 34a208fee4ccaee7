import type { Payment } from '../../src/domain/payment.ts';
import { chargeOf, type Refund } from '../../src/domain/refund.ts';
import { tell } from '../nact.ts';
import type { OpenRefund, PaymentsHouse } from './till.ts';

/** A refund is open from the moment it is ordered until its row is final. */
export function openRefund({ payments }: PaymentsHouse, row: Refund, payment: Payment): OpenRefund {
  const refund = { ...row, paidBy: chargeOf(row, payment) };
  const opened: OpenRefund = { refund, payment, tries: 0, forget: () => {}, isDurable: false, waiting: null };
  payments.refunds.set(refund.id, opened);
  return opened;
}

export function forget({ payments: { refunds } }: PaymentsHouse, refundId: string): void {
  refunds.get(refundId)?.forget();
  refunds.delete(refundId);
}

export const lookLater = (house: PaymentsHouse, opened: OpenRefund): void => again(house, opened, house.deps.reconcileMs);

export function again({ deps, self }: PaymentsHouse, opened: OpenRefund, ms: number): void {
  opened.forget();
  opened.forget = deps.clock.after(ms, () => tell(self, { type: 'refundAgain', refundId: opened.refund.id }));
}

export const note = ({ deps }: PaymentsHouse, { payment: { id, userId } }: OpenRefund, step: string, error?: Error): void =>
  deps.observe({ step, paymentId: id, userId, ...(error && { error }) });
