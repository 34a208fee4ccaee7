import type { Job } from '../domain/job.ts';
import type { EmailNotice } from '../domain/notice.ts';
import { rublesFor } from '../domain/offer.ts';
import { categoriesKeyboard, mainMenu } from './keyboards.ts';
import { emailKeyboard, lackingKeyboard, resumeKeyboard } from './keyboards-offer.ts';
import { withDebt } from './render-refund.ts';
import type { Shown, Surroundings } from './shown.ts';
import { texts } from './words/texts.ts';

/**
 * What an edit lacks now, and the sum that brings it; once nothing is lacking, the way to go on. What the person owes is paid
 * first.
 */
export function renderLacking({ id: jobId, price: priceThen, presetId }: Job, around: Surroundings): Shown {
  const { person, topUp } = around;
  const t = texts[person.user.language];
  const price = priceToday(presetId, around) ?? priceThen;
  const lacking = price - person.balance;
  if (lacking <= 0) return { text: t.offer.enough(person), keyboard: resumeKeyboard(t, jobId) };
  const rubles = topUp ? rublesFor(lacking + person.debt, topUp) : undefined;
  const words = t.offer.lacking({ lacking, price, balance: person.balance });
  return {
    text: `${withDebt(words, t, person)}\n\n${t.offer.keeps}`,
    keyboard: lackingKeyboard(t, jobId, { rubles, sells: topUp !== null }),
  };
}

/** The edit that a top-up makes possible again, if it does: its id. */
function resumableNow(around: Surroundings): string | undefined {
  const { resumable, person } = around;
  const price = resumable && priceToday(resumable.presetId, around);
  return price !== undefined && person.balance >= price ? resumable?.jobId : undefined;
}

/** Words of points that came, with the photo that lacked them, if it does no longer. */
export function withWaiting(text: string, around: Surroundings): Shown {
  const t = texts[around.person.user.language];
  const resumable = resumableNow(around);
  return resumable
    ? { text: `${text}\n\n${t.offer.waits}`, keyboard: resumeKeyboard(t, resumable) }
    : { text, keyboard: mainMenu(t) };
}

/** Undefined for a preset that is switched off. */
const priceToday = (presetId: number | null, { person, catalogue, priceFor }: Surroundings): number | undefined =>
  presetId === null || catalogue.presets.some(({ id }) => id === presetId) ? priceFor(person.user.id, presetId) : undefined;

/** A preset was switched off before its edit could be started again. */
export function renderPresetGone({ person: { user }, catalogue }: Surroundings): Shown {
  const t = texts[user.language];
  return { text: t.offer.presetGone, keyboard: categoriesKeyboard(t, user.language, catalogue) };
}

export function renderEmail(notice: EmailNotice, { person }: Surroundings): Shown {
  const t = texts[person.user.language];
  switch (notice.type) {
    case 'askEmail': {
      const { rubles } = notice;
      return { text: rubles === null ? t.email.askNew : t.email.ask({ rubles }), keyboard: emailKeyboard(t, rubles) };
    }
    case 'emailUnclear':
      return { text: t.email.unclear, keyboard: null };
    case 'emailSaved':
      return { text: t.email.saved(notice), keyboard: null };
    default:
      return notice satisfies never;
  }
}
