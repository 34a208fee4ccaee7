import type { PersonView } from '../../db/queries.ts';
import { providerAccount } from '../domain/payment-saga.ts';
import type { RefundNotice } from '../domain/refund.ts';
import { pointsOfRefund } from '../domain/refundable.ts';
import { escapeHtml } from './html.ts';
import { mainMenu } from './keyboards.ts';
import type { Shown, Surroundings } from './shown.ts';
import { type Texts, texts } from './words/texts.ts';

/** What is said of a refund; undefined where its payment is not known. */
export function renderRefund(notice: RefundNotice, { person, payment, repaid: taken }: Surroundings): Shown | undefined {
  if (!payment) return undefined;
  const t = texts[person.user.language];
  const { amountMinor } = notice;
  const { currency, id } = payment;
  if (notice.type === 'refundEnded') {
    const words = notice.isDone ? t.refunds.done : t.refunds.failed;
    const points = notice.points ?? pointsOfRefund(payment, amountMinor);
    return { text: words({ amountMinor, currency, points, paymentId: escapeHtml(id) }), keyboard: null };
  }
  const { balance, debt: owed } = person;
  const isPractice = providerAccount(payment.gateway) === 'provider:sandbox';
  return { text: t.refunds.refunded({ amountMinor, currency, isPractice, taken, owed, balance }), keyboard: mainMenu(t) };
}

/** Text that shows a balance, with what the person owes beside it. */
export const withDebt = (text: string, t: Texts, { debt }: PersonView): string =>
  debt > 0 ? `${text}\n${t.refunds.debt({ points: debt })}` : text;
