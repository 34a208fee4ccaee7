import type { Queries } from '../../db/queries.ts';
import type { OutboxRow } from '../domain/notice.ts';
import { resumeOfferMs } from '../domain/offer.ts';
import { isRefundOpen } from '../domain/refund.ts';
import type { Surroundings } from './shown.ts';

export type Past = Pick<Surroundings, 'history' | 'card' | 'resumable' | 'lastPayments' | 'isRefundOpen'>;

/** So many as somebody can mean who asks for help with one. */
const lastPaymentsMax = 3;

/** What has been, as far as a message tells of it: it is read when that is sent. */
export async function pastOf(queries: Queries, { notice, chatId, at }: OutboxRow): Promise<Past> {
  const nothing: Past = { history: undefined, card: undefined, resumable: undefined, lastPayments: [], isRefundOpen: false };
  switch (notice.type) {
    case 'history':
      return { ...nothing, history: await queries.history(chatId, notice.page, notice.until) };
    case 'jobCard':
      return { ...nothing, card: await queries.jobCard(notice.jobId, chatId) };
    case 'paymentSucceeded':
    case 'promoApplied':
    case 'granted':
    case 'weeklyBonus':
      return { ...nothing, resumable: await queries.resumable(chatId, at - resumeOfferMs) };
    case 'paysupport':
      return { ...nothing, lastPayments: await queries.lastPayments(chatId, lastPaymentsMax) };
    case 'adminOutcome':
      if (notice.is !== 'refund') return nothing;
      return { ...nothing, isRefundOpen: (await queries.refundsOf(notice.paymentId)).some(({ state }) => isRefundOpen(state)) };
    default:
      return nothing;
  }
}
