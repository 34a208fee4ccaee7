import { isRefundOpen, judgeRefund, type ProviderRefund, refundRetryMs } from '../../src/domain/refund.ts';
import * as saga from '../../src/domain/refund-saga.ts';
import { tell } from '../nact.ts';
import type { LedgerAnswer, Of, PaymentsMessage, RefundMessage } from '../protocol.ts';
import { again, forget, lookLater, note } from './open-refunds.ts';
import { bookRefund, standingOf } from './refund-bookings.ts';
import { onRefund, onRefundAgain, onRefundOrdered } from './refund-orders.ts';
import { type OpenRefund, type PaymentsHouse, refusalOf, settle } from './till.ts';
import { onRefunded, onRefundsSeen, onWentBack } from './told-refunds.ts';

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

/** What the gateway shows of an order of ours. */
async function onRefundSeen(house: PaymentsHouse, { refundId, seen }: Of<PaymentsMessage, 'refundSeen'>): Promise<void> {
  const opened = house.payments.refunds.get(refundId);
  if (!opened) return;
  const { refund } = opened;
  const verdict = judgeRefund(refund, seen);
  note(house, opened, `refund:${verdict}`);
  const at = house.deps.clock.now();
  if (verdict === 'wait') return lookLater(house, opened);
  if (verdict === 'book') return bookSeen(house, opened, seen!);
  const unit = verdict === 'pend' ? saga.pend(refund, seen!, at) : saga.fail(refund, at);
  hearOf(house, settle(house, unit), { refundId, pending: verdict === 'pend' ? seen!.providerId : null });
}

/** It is done. What it takes is reckoned upon all that went back before, so that the rows are read first. */
async function bookSeen(house: PaymentsHouse, opened: OpenRefund, seen: ProviderRefund): Promise<void> {
  const { refund, payment } = opened;
  const standing = await standingOf(house, payment.id).catch((error: Error) => note(house, opened, 'refund:unread', error));
  if (!standing) return lookLater(house, opened);
  const known = standing.rows.find(({ id }) => id === refund.id) ?? refund;
  const { outcome } = bookRefund(house, { payment, paidBy: refund.paidBy, standing }, seen, known);
  hearOf(house, outcome, { refundId: refund.id, pending: null });
}

const hearOf = (
  { self }: PaymentsHouse,
  settled: Promise<LedgerAnswer>,
  of: Pick<Of<PaymentsMessage, 'refundBooked'>, 'refundId' | 'pending'>,
): void => void settled.then(outcome => tell(self, { type: 'refundBooked', ...of, outcome }));

/**
 * A row that had left its open states meanwhile is final as well; one that is pending was written so without our hearing of it.
 * What was booked before may have been booked for another row, where money went back by two ways at once: then this one is looked
 * for anew.
 */
async function onRefundBooked(
  house: PaymentsHouse,
  { refundId, pending, outcome }: Of<PaymentsMessage, 'refundBooked'>,
): Promise<void> {
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
function onRefundUnseen(house: PaymentsHouse, { refundId }: Of<PaymentsMessage, 'refundUnseen'>): void {
  const opened = house.payments.refunds.get(refundId);
  if (opened) again(house, opened, refundRetryMs(opened.tries));
}
