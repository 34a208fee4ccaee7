import type { JobProgress } from '../../actors/protocol.ts';
import { isOpen, type Job } from '../domain/job.ts';
import type { Notice } from '../domain/notice.ts';
import { day } from './day.ts';
import { escapeHtml } from './html.ts';
import * as keyboards from './keyboards.ts';
import { balanceKeyboard, profileKeyboard } from './keyboards-history.ts';
import { renderAdmin, renderGrant } from './render-admin.ts';
import { renderBonus } from './render-bonus.ts';
import { renderHistory } from './render-history.ts';
import { renderEmail, renderLacking, renderPresetGone } from './render-offer.ts';
import { renderPromo } from './render-promo.ts';
import { renderRefund, withDebt } from './render-refund.ts';
import { renderPayment, renderSupport, renderTopUp } from './render-top-up.ts';
import type { Shown, Surroundings } from './shown.ts';
import { type Texts, texts } from './words/texts.ts';

export type { Shown, Surroundings } from './shown.ts';

/** The words and buttons of a notice as it is now; undefined when what it says is no longer so and need not be said. */
export function render(notice: Notice, around: Surroundings): Shown | undefined {
  const { person, job, catalogue, botName, supportContact: contact, topUp } = around;
  const { user, balance } = person;
  const t = texts[user.language];
  const name = escapeHtml(user.firstName);
  const price = around.priceFor(user.id, null);
  const menu = keyboards.mainMenu(t);
  switch (notice.type) {
    case 'welcome':
      return {
        text: honest(t.welcome({ name, bot: escapeHtml(botName), points: notice.points, price }), t, around),
        keyboard: menu,
      };
    case 'greeting':
      return { text: t.greeting({ name, balance }), keyboard: menu };
    case 'menu':
    case 'cancelled':
    case 'failure':
    case 'languageSet':
    case 'slowDown':
    case 'albumTrimmed':
      return { text: t[notice.type], keyboard: menu };
    case 'help':
      return { text: t.help({ price, contact: contact && escapeHtml(contact) }), keyboard: menu };
    case 'balance':
      return {
        text: withDebt(t.balance({ balance, price }), t, person),
        keyboard: balanceKeyboard(t, { sells: topUp !== null }),
      };
    case 'profile':
      return {
        text: withDebt(
          t.profile({ name, id: user.id, balance, since: day(user.createdAt, user.language, around.timeZone) }),
          t,
          person,
        ),
        keyboard: profileKeyboard(t, notice),
      };
    case 'history':
    case 'jobCard':
      return renderHistory(notice, around);
    case 'askEmail':
    case 'emailUnclear':
    case 'emailSaved':
      return renderEmail(notice, around);
    case 'presetGone':
      return renderPresetGone(around);
    case 'pointsLacking':
      return job && renderLacking(job, around);
    case 'languages':
      return { text: t.languages, keyboard: keyboards.languagesKeyboard };
    case 'categories':
    case 'whatToDo':
      return { text: t[notice.type], keyboard: keyboards.categoriesKeyboard(t, user.language, catalogue) };
    case 'presets':
      return presets(t, notice, around);
    case 'presetCard':
      return presetCard(t, notice.presetId, around);
    case 'askPrompt':
    case 'askPhotoForPrompt':
    case 'promptLength':
      return { text: t[notice.type], keyboard: keyboards.backKeyboard(t) };
    case 'unexpected':
      return { text: t.unexpected(notice.awaiting), keyboard: menu };
    case 'fileUnsuitable':
      return { text: t.fileUnsuitable[notice.reason], keyboard: null };
    case 'tooManyOpen':
    case 'tooManyPerHour':
      return { text: t[notice.type](notice), keyboard: keyboards.againKeyboard(t) };
    case 'topUp':
    case 'topUpMethods':
    case 'askAmount':
    case 'amountUnclear':
    case 'tooManyPayments':
      return renderTopUp(notice, around);
    case 'paysupport':
    case 'terms':
      return renderSupport(notice, around);
    case 'paymentStatus':
    case 'invoice':
    case 'paymentSucceeded':
    case 'paymentEnded':
      return renderPayment(notice, around);
    case 'askPromo':
    case 'promoApplied':
    case 'promoRefused':
      return renderPromo(notice, around);
    case 'adminMenu':
    case 'adminUsage':
    case 'adminUser':
    case 'adminOutcome':
      return renderAdmin(notice, around);
    case 'granted':
    case 'unlimitedSet':
      return renderGrant(notice, around);
    case 'weeklyBonus':
      return renderBonus(notice, around);
    case 'refunded':
    case 'refundEnded':
      return renderRefund(notice, around);
    case 'jobStatus':
      return job && statusOf(job, null, user.language);
    case 'jobRetry':
      return job && isOpen(job.state) ? { text: t.retry, keyboard: null } : undefined;
    case 'jobResult':
      return { text: t.result({ balance, times: job?.times ?? null }), keyboard: null };
    case 'jobEnded':
      if (notice.reason === 'insufficient_points' && job) return renderLacking(job, around);
      return { text: ending(t, notice, around), keyboard: menu };
    default:
      return notice satisfies never;
  }
}

/** The one status message of a job, from its row and the passing news. */
export function statusOf(job: Job, progress: JobProgress | null, language: 'ru' | 'en'): Shown {
  const t = texts[language];
  const head = statusHead(t, job, progress);
  return {
    // A price under an edit that did not come about would read as if it had been taken.
    text: [head, ...(isCharged(job) ? [t.jobPrice(job)] : []), t.jobId(job)].join('\n'),
    keyboard: isOpen(job.state) ? keyboards.cancelKeyboard(t, job.id) : null,
  };
}

const isCharged = ({ state }: Job): boolean => isOpen(state) || state === 'completed';

function statusHead(t: Texts, { state, reason }: Job, progress: JobProgress | null): string {
  if (state === 'queued') return t.status.queued({ place: progress?.place ?? null, wait: progress?.wait ?? null });
  if (state === 'submitting')
    return t.status.submitting({
      bar: progress?.part == null ? null : bar(progress.part),
      isStuck: progress?.wait === 'noServer',
    });
  return t.status[reason === 'insufficient_points' ? 'lacking' : state];
}

/** `part` is 0 … 1; beyond is shown as the end. */
export const bar = (part: number): string => {
  const shown = Math.min(1, Math.max(0, part));
  const full = Math.round(shown * 10);
  return `${'▰'.repeat(full)}${'▱'.repeat(10 - full)} ${Math.round(shown * 100)}%`;
};

function presets(
  t: Texts,
  { category: id, page }: Extract<Notice, { type: 'presets' }>,
  { catalogue, person }: Surroundings,
): Shown {
  const { language } = person.user;
  const category = catalogue.categories.find(one => one.id === id);
  if (!category) return { text: t.noPresets, keyboard: keyboards.categoriesKeyboard(t, language, catalogue) };
  const title = `${category.emoji} ${escapeHtml(category.name[language])}`;
  return { text: t.presets({ category: title }), keyboard: keyboards.presetsKeyboard(t, language, catalogue, id, page) };
}

function presetCard(t: Texts, presetId: number, { catalogue, person: { user }, priceFor }: Surroundings): Shown {
  const preset = catalogue.presets.find(one => one.id === presetId);
  if (!preset) return { text: t.noPresets, keyboard: keyboards.categoriesKeyboard(t, user.language, catalogue) };
  const [name, description] = [escapeHtml(preset.name[user.language]), escapeHtml(preset.description[user.language])];
  return {
    text: t.presetCard({ name, description, price: priceFor(user.id, presetId) }),
    keyboard: keyboards.cardKeyboard(t, preset.category),
  };
}

/** What stands in for the real thing is said before anyone wonders. */
const honest = (text: string, t: Texts, { practice }: Surroundings): string =>
  [text, [practice.pictures && t.practice.pictures, practice.payments && t.practice.payments].filter(Boolean).join('\n')]
    .filter(Boolean)
    .join('\n\n');

const ending = (
  t: Texts,
  { reason, refunded: price }: Extract<Notice, { type: 'jobEnded' }>,
  { person: { balance }, repaid }: Surroundings,
): string => (price > 0 ? `${t.ended(reason)}\n${t.refund({ price, repaid, balance })}` : t.ended(reason));
