import { onAdmin } from './admin-talk.ts';
import { albumPauseMs, type PersonState, photosMax, updatesKept } from './dialog.ts';
import { type Effect, type Step, say } from './effect.ts';
import type { Input, PersonEvent } from './person-event.ts';
import { awaitAnotherPhoto, onPhotos } from './photos.ts';
import { meet } from './profile.ts';
import { onPromoDue } from './promo-talk.ts';
import { onButton, onCommand, onPress, onText } from './talk.ts';
import { isWithin, minuteMs } from './time.ts';
import { albumWakeup, promoWakeup, refusedWakeup } from './user.ts';

/**
 * The whole conversation, as a pure function: the same event on the same state gives the same state and effects, today and
 * when the journal is read again. Everything that has to be asked (time, ids, prices, limits) stands in the event.
 */
export function transition(state: PersonState, event: PersonEvent): Step {
  const counted = isCounted(state, event) ? countMinute(noteUpdate(state, event), event) : noteUpdate(state, event);
  if (isFlood(state, event)) return flooded(counted);
  const [met, greeting] = meet(counted, event);
  const [next, effects] = converse(met, event);
  return [next, [...greeting, ...effects]];
}

/** More messages than allowed in this minute: nothing is done but saying so, and nothing need be asked. */
export const isFlood = (state: PersonState, event: PersonEvent): boolean =>
  isCounted(state, event) && countMinute(state, event).minute.messages > event.messagesPerMinute;

/** More messages than allowed in this minute, and told so: such an event changes nothing and need not be kept. */
export const isMuted = (state: PersonState, event: PersonEvent): boolean => {
  const { minute } = state;
  if (!isCounted(state, event) || !minute.told) return false;
  return isWithin(minuteMs, minute.startedAt, event) && minute.messages >= event.messagesPerMinute;
};

/** What a person says counts towards the limit of a minute, an album once. */
function isCounted({ albums, closedAlbums }: PersonState, { input }: PersonEvent): boolean {
  if (input.type !== 'photo' || input.group === null) return !unspoken.has(input.type);
  const { group } = input;
  return !albums.some(album => album.group === group) && !closedAlbums.includes(group);
}

/** What comes from the house itself, or from Telegram about the person. */
const unspoken: ReadonlySet<Input['type']> = new Set([
  ...(['albumDue', 'promoDue', 'photoRefused', 'failed', 'blocked', 'unblocked'] as const),
]);

function converse(state: PersonState, event: PersonEvent): Step {
  const { input } = event;
  switch (input.type) {
    case 'command':
      return onCommand(state, event, input);
    case 'admin':
      return onAdmin(state, event, input);
    case 'button':
      return onButton(state, input);
    case 'text':
      return onText(state, event, input);
    case 'press':
      return onPress(state, event, input);
    case 'photo':
      return input.group ? onAlbumItem(state, event, input) : onPhotos(state, event, [input.file], input.caption);
    case 'albumDue':
      return onAlbumDue(state, event, input);
    case 'promoDue':
      return onPromoDue(state, event, input.link);
    case 'photoRefused':
      return [awaitAnotherPhoto(state, input.jobId), [{ type: 'sleep', wakeupId: refusedWakeup(event.userId, input.jobId) }]];
    case 'failed':
      return [
        state,
        [say({ type: 'failure' }), ...(input.wakeupId ? [{ type: 'sleep', wakeupId: input.wakeupId } as const] : [])],
      ];
    case 'unsuitableFile':
      return [state, [say({ type: 'fileUnsuitable', reason: input.reason })]];
    case 'unsupported':
      return [state, [say({ type: 'unexpected', awaiting: state.dialog.at })]];
    case 'blocked':
    case 'unblocked':
      return [state, []];
    default:
      return input satisfies never;
  }
}

const noteUpdate = (state: PersonState, { updateId }: PersonEvent): PersonState =>
  updateId === null ? state : { ...state, updates: [...state.updates, updateId].slice(-updatesKept) };

function countMinute(state: PersonState, event: PersonEvent): PersonState {
  const { minute } = state;
  return {
    ...state,
    minute: isWithin(minuteMs, minute.startedAt, event)
      ? { ...minute, messages: minute.messages + 1 }
      : { startedAt: event.at, messages: 1, told: false },
  };
}

const flooded = (state: PersonState): Step =>
  state.minute.told
    ? [state, []]
    : [{ ...state, minute: { ...state.minute, told: true } }, [say({ type: 'slowDown' }), { type: 'toast', toast: 'slowDown' }]];

/** The wakeup that an event answers, and puts to sleep. */
export function wakeupOf({ userId, input }: PersonEvent): string | null {
  if (input.type === 'albumDue') return albumWakeup(userId, input.group);
  if (input.type === 'promoDue') return promoWakeup(userId, input.link);
  return input.type === 'photoRefused' ? refusedWakeup(userId, input.jobId) : null;
}

/** An album comes as one update per picture and nothing says which is the last: it is complete after a pause. */
function onAlbumItem(state: PersonState, event: PersonEvent, input: Extract<Input, { type: 'photo' }>): Step {
  const group = input.group ?? '';
  if (state.closedAlbums.includes(group)) return [state, []];
  const known = state.albums.find(album => album.group === group) ?? { group, items: [], caption: null };
  const items = [...known.items, { messageId: input.messageId, file: input.file }].sort((a, b) => a.messageId - b.messageId);
  const album = { group, items: items.slice(0, photosMax + 1), caption: known.caption ?? input.caption };
  const wakeup = {
    id: albumWakeup(event.userId, group),
    userId: event.userId,
    kind: 'album',
    due: event.at + albumPauseMs,
  } as const;
  return [{ ...state, albums: [...state.albums.filter(other => other.group !== group), album] }, [{ type: 'wake', wakeup }]];
}

function onAlbumDue(state: PersonState, event: PersonEvent, { group }: Extract<Input, { type: 'albumDue' }>): Step {
  const sleep: Effect = { type: 'sleep', wakeupId: albumWakeup(event.userId, group) };
  const album = state.albums.find(one => one.group === group);
  if (!album) return [state, [sleep]];
  const closed = {
    ...state,
    albums: state.albums.filter(one => one.group !== group),
    closedAlbums: [...state.closedAlbums, group].slice(-8),
  };
  const files = album.items.slice(0, photosMax).map(item => item.file);
  const trimmed = album.items.length > photosMax ? [say({ type: 'albumTrimmed' })] : [];
  const [next, effects] = onPhotos(closed, event, files, album.caption);
  return [next, [sleep, ...trimmed, ...effects]];
}
