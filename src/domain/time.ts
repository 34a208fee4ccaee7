import type { PersonEvent } from './person-event.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
/** Of a calendar without summer time, as in UTC. */
export const dayMs = 24 * hourMs;

/**
 * Whether `time` is less than `ms` away from the event. Either way: after a clock was set back, what it said before counts no
 * longer.
 */
export const isWithin = (ms: number, time: number, { at }: Pick<PersonEvent, 'at'>): boolean => Math.abs(at - time) < ms;
