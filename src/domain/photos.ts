import { type Dialog, type PersonState, photoBytesMax, promptLength, promptLengthMax } from './dialog.ts';
import { type Step, say } from './effect.ts';
import type { FileRef, JobOrder } from './job.ts';
import type { ChosenPreset, Draft, PersonEvent } from './person-event.ts';
import { standingAt } from './question.ts';
import { hourMs, isWithin } from './time.ts';

/**
 * One to three photos. What was asked before decides what is done with them; otherwise a caption is a wish, and no caption a
 * question.
 */
export function onPhotos(state: PersonState, event: PersonEvent, files: readonly FileRef[], caption: string | null): Step {
  if (files.some(file => (file.bytes ?? 0) > photoBytesMax))
    return [state, [say({ type: 'fileUnsuitable', reason: 'too_heavy' })]];
  const dialog = standingAt(state);
  if (dialog.at === 'awaiting_image_for_custom') return orderJob(state, event, files, { prompt: dialog.prompt });
  if (dialog.at === 'awaiting_image_for_preset' && event.draft?.preset)
    return orderJob(state, event, files, { preset: event.draft.preset });
  const waiting: PersonState = { ...state, photos: files, keptFor: null, dialog: { at: 'awaiting_custom_prompt' } };
  const wish = caption?.trim() ?? '';
  if (promptLength(wish) > promptLengthMax) return [waiting, [say({ type: 'promptLength' })]];
  if (wish) return orderJob(waiting, event, files, { prompt: wish });
  return [waiting, [say({ type: dialog.at === 'awaiting_custom_prompt' && !state.photos ? 'askPrompt' : 'whatToDo' })]];
}

/** What is to be made of the photos. */
export type Wish = { prompt: string } | { preset: ChosenPreset };

/**
 * Makes a job of the photos, unless the person has too many already: then photos and wish are kept, and one press tries again.
 */
export function orderJob(state: PersonState, event: PersonEvent, files: readonly FileRef[], wish: Wish): Step {
  const { at, draft } = event;
  if (!draft) throw new Error('an event that can order a job carries a draft');
  const orderedAt = state.orderedAt.filter(time => isWithin(hourMs, time, event));
  const dialog = awaitingPhotoFor(wish);
  const kept = { ...state, orderedAt, photos: files, keptFor: null, dialog };
  if (draft.openJobs >= draft.limits.openJobs) return [kept, [say({ type: 'tooManyOpen', limit: draft.limits.openJobs })]];
  if (orderedAt.length >= draft.limits.jobsPerHour)
    return [kept, [say({ type: 'tooManyPerHour', limit: draft.limits.jobsPerHour })]];
  const ordered = { orderedAt: [...orderedAt, at], lastOrder: { jobId: draft.jobId, dialog } };
  const next: PersonState = { ...state, ...ordered, photos: null, keptFor: null, dialog: { at: 'main_menu' } };
  return [next, [{ type: 'order', job: jobOf(event, draft, files, wish) }]];
}

/** Once more with the photos and the wish that a limit kept back. */
export function orderAgain(state: PersonState, event: PersonEvent): Step | undefined {
  const { photos } = state;
  const dialog = standingAt(state);
  if (!photos) return undefined;
  if (dialog.at === 'awaiting_image_for_custom') return orderJob(state, event, photos, { prompt: dialog.prompt });
  const preset = event.draft?.preset;
  return dialog.at === 'awaiting_image_for_preset' && preset ? orderJob(state, event, photos, { preset }) : undefined;
}

/** The photo of the last order was of no use: the wish stands, and the next photo is taken for it. */
export function awaitAnotherPhoto(state: PersonState, jobId: string): PersonState {
  const { lastOrder, dialog, photos } = state;
  const untouched = lastOrder?.jobId === jobId && dialog.at === 'main_menu' && !photos;
  return untouched ? { ...state, dialog: lastOrder.dialog } : state;
}

const awaitingPhotoFor = (wish: Wish): Dialog =>
  'prompt' in wish
    ? { at: 'awaiting_image_for_custom', prompt: wish.prompt }
    : { at: 'awaiting_image_for_preset', presetId: wish.preset.id };

function jobOf({ at, userId }: PersonEvent, draft: Draft, files: readonly FileRef[], wish: Wish): JobOrder {
  const { jobId: id, seed, deadlineAt } = draft;
  const made = { id, userId, seed, files, createdAt: at, deadlineAt };
  if ('prompt' in wish) return { ...made, presetId: null, prompt: wish.prompt, ...draft.custom };
  const { preset } = wish;
  return { ...made, presetId: preset.id, prompt: preset.prompt, workflow: preset.workflow, price: preset.price };
}
