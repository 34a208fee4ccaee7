import type { JobProgress } from '../../actors/protocol.ts';
import { isOpen, type Job } from '../domain/job.ts';
import type { Notice } from '../domain/notice.ts';
import { escapeHtml } from './html.ts';
import * as keyboards from './keyboards.ts';
import { renderPayment, renderTopUp } from './render-top-up.ts';
import type { Shown, Surroundings } from './shown.ts';
import { type Texts, texts } from './texts.ts';

export type { Shown, Surroundings } from './shown.ts';

/** The words and buttons of a notice as it is now; undefined when what it says is no longer so and need not be said. */
export function render(notice: Notice, around: Surroundings): Shown | undefined {
  const { person, job, catalogue, botName, supportContact: contact } = around;
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
      return { text: t.balance({ balance, price }), keyboard: menu };
    case 'profile':
      return {
        text: t.profile({ name, id: user.id, balance, since: day(user.createdAt, user.language) }),
        keyboard: keyboards.profileKeyboard(t),
      };
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
    case 'paymentStatus':
    case 'paymentSucceeded':
    case 'paymentEnded':
      return renderPayment(notice, around);
    case 'jobStatus':
      return job && statusOf(job, null, user.language);
    case 'jobRetry':
      return job && isOpen(job.state) ? { text: t.retry, keyboard: null } : undefined;
    case 'jobResult':
      return { text: t.result({ balance, times: job?.times ?? null }), keyboard: null };
    case 'jobEnded':
      return {
        text: ending(t, notice, balance, job),
        keyboard: notice.reason === 'insufficient_points' ? keyboards.topUpKeyboard(t) : menu,
      };
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

function statusHead(t: Texts, { state }: Job, progress: JobProgress | null): string {
  if (state === 'queued') return t.status.queued({ place: progress?.place ?? null, wait: progress?.wait ?? null });
  if (state === 'submitting') return t.status.submitting({ bar: progress?.part == null ? null : bar(progress.part) });
  return t.status[state];
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
  [text, practice.pictures && t.practice.pictures, practice.payments && t.practice.payments].filter(Boolean).join('\n\n');

function ending(t: Texts, { reason, refunded }: Extract<Notice, { type: 'jobEnded' }>, balance: number, job?: Job): string {
  if (refunded > 0) return `${t.ended(reason)}\n${t.refund({ price: refunded, balance })}`;
  return reason === 'insufficient_points' && job
    ? `${t.ended(reason)}\n${t.shortfall({ price: job.price, balance })}`
    : t.ended(reason);
}

const day = (at: number, language: string): string =>
  new Date(at).toLocaleDateString(language, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'Europe/Moscow' });
