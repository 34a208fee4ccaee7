import type { PersonView } from '../../db/queries.ts';
import type { RefundNotice } from '../domain/refund.ts';
import { escapeHtml } from './html.ts';
import { mainMenu } from './keyboards.ts';
import type { Shown, Surroundings } from './shown.ts';
import { type Texts, texts } from './texts.ts';

/** What is said of a refund; undefined where its payment is not known. */
export function renderRefund(notice: RefundNotice, { person, payment }: Surroundings): Shown | undefined {
  if (!payment) return undefined;
  const t = texts[person.user.language];
  const { amountMinor } = notice;
  const { currency, id } = payment;
  if (notice.type === 'refundEnded')
    return {
      text: t.refunds[notice.isDone ? 'done' : 'failed']({ amountMinor, currency, paymentId: escapeHtml(id) }),
      keyboard: null,
    };
  const { balance, debt: owed } = person;
  // Whoever owes had nothing left for it: what is owed now is what of these points was not there.
  const taken = notice.points - Math.min(notice.points, owed);
  return { text: t.refunds.refunded({ amountMinor, currency, taken, owed, balance }), keyboard: mainMenu(t) };
}

/** Text that shows a balance, with what the person owes beside it. */
export const withDebt = (text: string, t: Texts, { debt }: PersonView): string =>
  debt > 0 ? `${text}\n${t.refunds.debt({ points: debt })}` : text;
