import type { Language } from '../../domain/user.ts';
import { en } from './texts.en.ts';
import { ru, type Texts } from './texts.ru.ts';

export type { Texts } from './texts.ru.ts';

/** Russian is the source; every other language has the same texts. */
export const texts: Readonly<Record<Language, Texts>> = { ru, en };
