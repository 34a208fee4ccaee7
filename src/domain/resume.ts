import type { PersonState } from './dialog.ts';
import { type Effect, type Step, say } from './effect.ts';
import type { Draft, PersonEvent, Resume } from './person-event.ts';
import { orderAgain, orderJob, type Wish } from './photos.ts';

/** How many edits are remembered that were started again: a second tap on one of them starts nothing. */
const resumedKept = 16;

/**
 * A new edit of the photo that was refused for want of points, with the same wish at today's price. Undefined for a button that
 * is none of theirs. Whoever is in the middle of something else can go on with it.
 */
export function onResume(state: PersonState, event: PersonEvent): Step | undefined {
  const { resume, draft } = event;
  if (!resume || !draft) return undefined;
  if (state.resumed?.includes(resume.jobId)) return [state, [{ type: 'toast', toast: 'alreadyStarted' }]];
  const wish = wishOf(resume, draft);
  if (!wish) return [{ ...state, photos: resume.files, dialog: { at: 'awaiting_custom_prompt' } }, [say({ type: 'presetGone' })]];
  if (resume.balance < priceOf(wish, draft)) return [state, [say({ type: 'pointsLacking', jobId: resume.jobId })]];
  const [next, effects] = orderJob(state, event, resume.files, wish);
  return [noted(isOrder(effects) ? besides(state, next, resume) : next, resume.jobId, effects), effects];
}

/** What else the person was at goes on, unless it is this very photo that a limit kept back. */
const besides = ({ dialog, photos, keptFor = null }: PersonState, ordered: PersonState, { jobId }: Resume): PersonState =>
  keptFor === jobId ? ordered : { ...ordered, dialog, photos, keptFor };

/** Once more with the photos and the wish that a limit kept back. */
export function tryAgain(state: PersonState, event: PersonEvent): Step | undefined {
  const step = orderAgain(state, event);
  if (!step || !state.keptFor) return step;
  const [next, effects] = step;
  return [noted(next, state.keptFor, effects), effects];
}

/** That edit has been started again, or a limit keeps it back. */
const noted = (state: PersonState, jobId: string, effects: readonly Effect[]): PersonState =>
  isOrder(effects) ? { ...state, resumed: [...(state.resumed ?? []), jobId].slice(-resumedKept) } : { ...state, keptFor: jobId };

const isOrder = (effects: readonly Effect[]): boolean => effects.some(({ type }) => type === 'order');

/** Undefined for a preset that was switched off. */
function wishOf({ presetId, prompt }: Resume, { preset }: Draft): Wish | undefined {
  if (presetId === null) return { prompt };
  return preset && preset.id === presetId ? { preset } : undefined;
}

const priceOf = (wish: Wish, { custom }: Draft): number => ('preset' in wish ? wish.preset.price : custom.price);
