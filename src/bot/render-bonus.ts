import type { BonusNotice } from '../domain/notice.ts';
import { withWaiting } from './render-offer.ts';
import type { Shown, Surroundings } from './shown.ts';
import { texts } from './words/texts.ts';

export function renderBonus({ points }: BonusNotice, around: Surroundings): Shown {
  const { user, balance } = around.person;
  return withWaiting(texts[user.language].bonus.weekly({ points, balance }), around);
}
