import { en } from './words.en.ts';
import { ru, type UiWords } from './words.ru.ts';

export type Language = 'ru' | 'en';

/** The words of the page itself in the chosen language. Replaced by `speak`. */
export let t: UiWords = ru;
export let language: Language = 'ru';

/** Chooses the language of the page; what is drawn already has to be drawn anew. */
export const speak = (chosen: Language): void => {
  language = chosen;
  t = chosen === 'ru' ? ru : en;
  document.documentElement.lang = chosen;
};

/** Russian for those who most likely read it, English for everyone else. */
export const languageOf = (tag: string): Language => (/^(ru|uk|be|kk)\b/i.test(tag) ? 'ru' : 'en');

const date = (at: number) => new Date(at * 1000);
const two = (n: number) => String(n).padStart(2, '0');

/** 09:41, in the zone of the browser. */
export const clock = (at: number): string => `${two(date(at).getHours())}:${two(date(at).getMinutes())}`;
export const clockWithSeconds = (at: number): string => `${clock(at)}:${two(date(at).getSeconds())}`;

/** The local day as 2026-11-21. */
export const dayOf = (at: number): string =>
  `${date(at).getFullYear()}-${two(date(at).getMonth() + 1)}-${two(date(at).getDate())}`;

/** A day as a reader calls it. */
export const dayName = (at: number, now = Date.now() / 1000): string => {
  if (dayOf(at) === dayOf(now)) return t.today;
  if (dayOf(at) === dayOf(now - 86_400)) return t.yesterday;
  const isThisYear = date(at).getFullYear() === date(now).getFullYear();
  return date(at).toLocaleDateString(language, { day: 'numeric', month: 'long', ...(isThisYear ? {} : { year: 'numeric' }) });
};

/** In the list of chats: the time of today, the day of what is older. */
export const shortTime = (at: number, now = Date.now() / 1000): string =>
  dayOf(at) === dayOf(now) ? clock(at) : date(at).toLocaleDateString(language, { day: '2-digit', month: '2-digit' });

export const fileSize = (bytes: number): string => {
  if (bytes < 1024) return `${bytes} ${t.bytes}`;
  const [amount, unit] = bytes < 1024 * 1024 ? [bytes / 1024, t.kilobytes] : [bytes / 1024 / 1024, t.megabytes];
  return `${amount.toLocaleString(language, { maximumFractionDigits: amount < 10 ? 1 : 0 })} ${unit}`;
};

/** A price as Telegram writes it: so many stars, or so much money. */
export const price = (currency: string, amount: number): string =>
  currency === 'XTR' ? `⭐ ${amount.toLocaleString(language)}` : amount.toLocaleString(language, { style: 'currency', currency });
