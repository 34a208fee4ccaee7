import type { PersonState, Profile } from './dialog.ts';
import type { Effect, Step } from './effect.ts';
import type { PersonEvent } from './person-event.ts';
import { dayMs } from './time.ts';
import { languageOf, type UserRow } from './user.ts';

/** Keeps the person's row true: name, whether they have blocked the bot, and the day they were last here. */
export function meet(state: PersonState, event: PersonEvent): Step {
  const known = state.profile;
  const profile = profileOf(known, event);
  // That they had blocked the bot may stand in the row alone: Telegram also says so when a message is refused.
  const unchanged = known && profile && sameProfile(known, profile) && event.input.type !== 'unblocked';
  if (!profile || unchanged) return [state, []];
  return [{ ...state, profile }, [saveUser(event.userId, profile)]];
}

function profileOf(known: Profile | null, { at, sender, input }: PersonEvent): Profile | null {
  // Without a sender it is the house that speaks, which says nothing of the person.
  if (!sender) return known;
  const { username, firstName, languageCode } = sender;
  return {
    username,
    firstName,
    blocked: input.type === 'blocked',
    seenDay: Math.floor(at / dayMs),
    language: known?.language ?? languageOf(languageCode),
    createdAt: known?.createdAt ?? at,
  };
}

const sameProfile = (a: Profile, b: Profile): boolean =>
  a.username === b.username &&
  a.firstName === b.firstName &&
  a.blocked === b.blocked &&
  a.seenDay === b.seenDay &&
  a.language === b.language;

export const saveUser = (userId: number, { seenDay, ...profile }: Profile): Effect => ({
  type: 'saveUser',
  user: { id: userId, seenAt: seenDay * dayMs, ...profile } satisfies UserRow,
});
