import type { PersonState } from './dialog.ts';
import { type Effect, type Step, say } from './effect.ts';
import type { Input, PersonEvent } from './person-event.ts';
import { isPromoStart, type PromoOutcome, promoCodeOf, promoCodesOf } from './promo.ts';
import { leaveQuestion, standingAt } from './question.ts';
import { hourMs, isWithin } from './time.ts';
import { promoWakeup } from './user.ts';

/** So many wrong codes within an hour, and no more are tried: nobody is to find codes by searching. */
export const wrongCodesMax = 10;
const linksKept = 8;

type Asked = Pick<PersonEvent, 'userId' | 'updateId' | 'at' | 'input'>;

/** The codes that an event tries, in their order; null where it tries none, or may try none. */
export function codesTried(state: PersonState, event: Asked): readonly string[] | null {
  const codes = codesOf(state, event.input);
  return codes && codes.length > 0 && !triedTooMany(state, event) ? codes : null;
}

function codesOf(state: PersonState, input: Input): readonly string[] | null {
  if (input.type === 'promoDue') return (state.promoLinks ?? []).includes(input.link) ? promoCodesOf(startOf(input.link)) : null;
  const text = input.type === 'command' && input.command === 'promo' ? input.argument : typed(state, input);
  return text?.trim() ? [promoCodeOf(text) ?? []].flat() : null;
}

const typed = ({ dialog }: PersonState, input: Input): string | undefined =>
  dialog.at === 'awaiting_promo' && input.type === 'text' ? input.text : undefined;

/** What names the act: the update that it began with. A link that waits is `<update>:<what stood behind ?start=>`. */
export const promoKeyOf = ({ input, updateId, at }: Asked): string =>
  input.type === 'promoDue' ? input.link.slice(0, input.link.indexOf(':')) : String(updateId ?? at);
const startOf = (link: string): string => link.slice(link.indexOf(':') + 1);

export const onPromoCommand = (state: PersonState, event: PersonEvent, argument: string): Step =>
  argument.trim()
    ? onPromoText(state, event)
    : [{ ...state, dialog: { at: 'awaiting_promo', back: standingAt(state) } }, [say({ type: 'askPromo' })]];

/** A code that a person writes. While one is awaited, a wrong one may be written again; anything else ends the question. */
export function onPromoText(state: PersonState, event: PersonEvent): Step {
  const [next, effects] = onCode(state, event);
  return [outcomeOf(state, event).is === 'unknown' ? next : leaveQuestion(next, 'awaiting_promo'), effects];
}

/** A /start by a link that gives a code: the greeting goes first, and the code is tried when it is durable. */
export function onPromoStart([state, effects]: Step, event: PersonEvent, start: string): Step {
  if (!isPromoStart(start)) return [state, effects];
  const { userId, at } = event;
  const link = `${promoKeyOf(event)}:${start}`;
  const wakeup = { id: promoWakeup(userId, link), userId, kind: 'promo', due: at } as const;
  return [
    { ...state, promoLinks: [...(state.promoLinks ?? []), link].slice(-linksKept) },
    [...effects, { type: 'wake', wakeup }],
  ];
}

export function onPromoDue(state: PersonState, event: PersonEvent, link: string): Step {
  const sleep: Effect = { type: 'sleep', wakeupId: promoWakeup(event.userId, link) };
  const links = state.promoLinks ?? [];
  if (!links.includes(link)) return [state, [sleep]];
  const [next, effects] = onCode({ ...state, promoLinks: links.filter(one => one !== link) }, event);
  return [next, [sleep, ...effects]];
}

/** The words of success are written with the points; only a refusal is left to be told. */
function onCode(state: PersonState, event: PersonEvent): Step {
  const outcome = outcomeOf(state, event);
  if (outcome.is === 'applied') return [state, []];
  const refused = say({ type: 'promoRefused', reason: outcome.is });
  return [outcome.is === 'unknown' ? { ...state, wrongCodesAt: [...lastWrong(state, event), event.at] } : state, [refused]];
}

/** What was not asked for is no code at all, or one too many. */
function outcomeOf(state: PersonState, event: PersonEvent): PromoOutcome {
  return event.promo ?? { is: triedTooMany(state, event) ? 'tooManyTries' : 'unknown' };
}

const triedTooMany = (state: PersonState, event: Pick<PersonEvent, 'at'>): boolean =>
  lastWrong(state, event).length >= wrongCodesMax;
const lastWrong = ({ wrongCodesAt = [] }: PersonState, event: Pick<PersonEvent, 'at'>): readonly number[] =>
  wrongCodesAt.filter(time => isWithin(hourMs, time, event));
