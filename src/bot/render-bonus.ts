import type { BonusNotice } from '../domain/notice.ts';
import * as keyboards from './keyboards.ts';
import type { Shown, Surroundings } from './shown.ts';
import { texts } from './texts.ts';

export function renderBonus({ points }: BonusNotice, { person: { user, balance } }: Surroundings): Shown {
  const t = texts[user.language];
  return { text: t.bonus.weekly({ points, balance }), keyboard: keyboards.mainMenu(t) };
}
