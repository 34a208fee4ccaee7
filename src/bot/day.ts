import type { Language } from '../domain/user.ts';

/** A day as people say it, in the time of Moscow. */
export const day = (at: number, language: string): string =>
  new Date(at).toLocaleDateString(language, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'Europe/Moscow' });

/** A day and a time in few characters, as clocks of `timeZone` showed it: 20.11.2026, 15:04 and 20 Nov 2026, 15:04. */
export const moment = (at: number, language: Language, timeZone: string): string =>
  language === 'ru'
    ? new Date(at).toLocaleString('ru', { dateStyle: 'short', timeStyle: 'short', timeZone })
    : new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone });
