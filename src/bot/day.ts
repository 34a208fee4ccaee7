import type { Language } from '../domain/user.ts';

/** English as most of the world writes it: the day before the month. */
export const localeOf = (language: string): string => (language === 'en' ? 'en-GB' : language);

/** A day as people say it, as calendars of `timeZone` showed it. */
export const day = (at: number, language: string, timeZone: string): string =>
  new Date(at).toLocaleDateString(localeOf(language), { day: 'numeric', month: 'long', year: 'numeric', timeZone });

/** The same with its time. */
export const dayAndTime = (at: number, language: string, timeZone: string): string =>
  new Date(at).toLocaleString(localeOf(language), { dateStyle: 'long', timeStyle: 'short', timeZone });

/** A day and a time in few characters, as clocks of `timeZone` showed it: 20.11.2026, 15:04 and 20 Nov 2026, 15:04. */
export const moment = (at: number, language: Language, timeZone: string): string =>
  new Date(at).toLocaleString(localeOf(language), {
    dateStyle: language === 'ru' ? 'short' : 'medium',
    timeStyle: 'short',
    timeZone,
  });
