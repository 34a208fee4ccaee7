import { english } from './words.en.ts';
import { russian } from './words.ru.ts';
import type { Words } from './words.ts';

/** Russian, unless the browser asks for another language first. */
export const wordsFor = (acceptLanguage: string): Words => {
  const first = acceptLanguage.trim().toLowerCase();
  return first === '' || first.startsWith('*') || first.startsWith('ru') ? russian : english;
};
