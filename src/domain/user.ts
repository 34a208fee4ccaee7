/** A person as the house knows them. `id` equals Telegram's id of the person and of the private chat with them. */
export type UserRow = {
  id: number;
  username: string | null;
  firstName: string;
  language: Language;
  blocked: boolean;
  createdAt: number;
  seenAt: number;
};

export type Language = 'ru' | 'en';

/** Russian for those who write Russian, Ukrainian, Belarusian or Kazakh in Telegram, English for everyone else. */
export const languageOf = (code: string | undefined): Language =>
  ['ru', 'uk', 'be', 'kk'].includes((code ?? '').split('-')[0]!.toLowerCase()) ? 'ru' : 'en';

/** Something that a person's actor must be told at a time, whatever restarts in between. `due` is Unix milliseconds. */
export type Wakeup = { id: string; userId: number; kind: 'album' | 'refused' | 'promo'; due: number };

export const albumWakeup = (userId: number, group: string): string => `album:${userId}:${group}`;
export const refusedWakeup = (userId: number, jobId: string): string => `refused:${userId}:${jobId}`;
/** `link`: see `promo-talk.ts`. */
export const promoWakeup = (userId: number, link: string): string => `promo:${userId}:${link}`;
/** What a wakeup is about: an album's group, a job, or a link that gives a code. */
export const wakeupSubject = ({ id }: Wakeup): string => id.split(':').slice(2).join(':');
