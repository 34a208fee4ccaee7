import { type AdminNotice, adminCommands, type GrantNotice } from '../domain/admin.ts';
import { openStates } from '../domain/job.ts';
import type { PaymentState } from '../domain/payment.ts';
import { promoStart } from '../domain/promo.ts';
import { day, dayAndTime } from './day.ts';
import { escapeHtml } from './html.ts';
import { mainMenu } from './keyboards.ts';
import { withWaiting } from './render-offer.ts';
import type { Shown, Surroundings } from './shown.ts';
import { texts } from './words/texts.ts';

type Outcome = Extract<AdminNotice, { type: 'adminOutcome' }>;

/** What an admin reads; undefined for a refund that is over: how it ended is told by itself, and nothing is promised after it. */
export function renderAdmin(notice: AdminNotice, around: Surroundings): Shown | undefined {
  const isOrder = notice.type === 'adminOutcome' && notice.is === 'refund' && notice.answer.status === 'ordered';
  if (isOrder && !around.isRefundOpen) return undefined;
  return { text: adminText(notice, around), keyboard: null };
}

function adminText(notice: AdminNotice, around: Surroundings): string {
  const t = texts[around.person.user.language].admin;
  switch (notice.type) {
    case 'adminMenu': {
      const commands = adminCommands.filter(command => command !== 'admin').map(command => t.commands[command]);
      return t.menu({ lines: commands.map(({ usage, does }) => `${usage}\n${does}`).join('\n\n') });
    }
    case 'adminUsage':
      return t.usage(t.commands[notice.command]);
    case 'adminUser':
      return personText(notice.subjectId, around);
    case 'adminOutcome':
      return outcomeText(notice, around);
    default:
      return notice satisfies never;
  }
}

function outcomeText(notice: Outcome, around: Surroundings): string {
  const { language } = around.person.user;
  const t = texts[language].admin;
  switch (notice.is) {
    case 'granted':
    case 'taken':
    case 'tooFewPoints':
      return t.done[notice.is]({ points: notice.points, balance: around.subject?.balance ?? 0, name: nameOf(around) });
    case 'unlimitedSet':
      return t.done[notice.unlimited ? 'free' : 'paid']({ name: nameOf(around) });
    case 'noPerson':
      return t.noPerson({ id: notice.subjectId });
    case 'promoCreated': {
      const [code, start] = [escapeHtml(notice.code), promoStart(notice.code)];
      const until = notice.expiresAt === null ? null : dayAndTime(notice.expiresAt, language, around.timeZone);
      return t.promoCreated({ ...notice, code, until, link: start && around.startLink(start) });
    }
    case 'promoExists':
      return t.promoExists({ code: escapeHtml(notice.code) });
    case 'refund':
      return refundText(notice, around);
    default:
      return notice satisfies never;
  }
}

function refundText({ answer }: Extract<Outcome, { is: 'refund' }>, { person, payment }: Surroundings): string {
  const t = texts[person.user.language].admin;
  const currency = payment?.currency ?? 'RUB';
  if (answer.status === 'ordered')
    return t.refund.ordered({ sum: t.money({ amountMinor: answer.amountMinor, currency }), points: answer.points });
  if (answer.status === 'tooMuch') {
    if (answer.leftMinor === 0) return t.refund.nothingLeft;
    // Of Stars there is no part to name.
    if (currency === 'XTR') return t.refund.onlyWhole;
    return t.refund.tooMuch({ sum: t.money({ amountMinor: answer.leftMinor, currency }) });
  }
  return t.refund[answer.status];
}

/** All that is known of a person; what Telegram says of them is escaped. */
function personText(id: number, { person, subject, timeZone }: Surroundings): string {
  const { language } = person.user;
  const t = texts[language].admin;
  if (!subject) return t.noPerson({ id });
  const { user, balance, debt, unlimited, facts } = subject;
  const count = (states: readonly string[]) => states.reduce((sum, state) => sum + (facts.jobs[state] ?? 0), 0);
  const on = (at: number): string => day(at, language, timeZone);
  const [since, seen] = [on(user.createdAt), on(user.seenAt)];
  const username = user.username && escapeHtml(user.username);
  return [
    t.person({ name: escapeHtml(user.firstName), username, id, language: user.language, since, seen }),
    t.personPoints({ balance, debt }),
    ...(unlimited ? [t.unlimited] : []),
    ...(user.blocked ? [t.blocked] : []),
    t.jobs({
      ...{ completed: count(['completed']), failed: count(['failed', 'refused']) },
      ...{ cancelled: count(['cancelled']), open: count(openStates) },
    }),
    t.payments({ total: facts.paymentsTotal, paid: facts.paidTotal }),
    ...facts.payments.map(({ id: paymentId, state, createdAt, ...sum }) =>
      t.payment({ id: escapeHtml(paymentId), sum: t.money(sum), state: stateSigns[state], at: on(createdAt) }),
    ),
  ].join('\n');
}

const stateSigns: Readonly<Record<PaymentState, string>> = {
  ...{ created: '⏳', pending: '⏳', succeeded: '✅', failed: '❌', cancelled: '🚫' },
};

const nameOf = ({ subject }: Surroundings): string => (subject ? escapeHtml(subject.user.firstName) : '');

/** What a person reads of an admin's act. */
export function renderGrant(notice: GrantNotice, around: Surroundings): Shown {
  const { user, balance } = around.person;
  const t = texts[user.language];
  const keyboard = mainMenu(t);
  if (notice.type === 'unlimitedSet') return { text: t.admin.unlimitedSet[notice.unlimited ? 'on' : 'off'], keyboard };
  const reason = notice.reason === null ? null : escapeHtml(notice.reason);
  if (notice.points > 0) return withWaiting(t.admin.granted({ points: notice.points, reason, balance }), around);
  return { text: t.admin.taken({ points: -notice.points, reason, balance }), keyboard };
}
