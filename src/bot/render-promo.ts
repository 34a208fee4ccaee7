import type { PromoNotice } from '../domain/promo.ts';
import { mainMenu } from './keyboards.ts';
import { withWaiting } from './render-offer.ts';
import type { Shown, Surroundings } from './shown.ts';
import { texts } from './words/texts.ts';

export function renderPromo(notice: PromoNotice, around: Surroundings): Shown {
  const { user, balance } = around.person;
  const t = texts[user.language];
  const keyboard = mainMenu(t);
  switch (notice.type) {
    case 'askPromo':
      return { text: t.promo.ask, keyboard };
    case 'promoApplied':
      return withWaiting(t.promo.applied({ points: notice.points, balance }), around);
    case 'promoRefused':
      return { text: t.promo.refused[notice.reason], keyboard };
    default:
      return notice satisfies never;
  }
}
