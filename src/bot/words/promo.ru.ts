import { points } from './numbers.ru.ts';

export const promo = {
  ask: '🎟 Напишите промокод одним сообщением. Передумали — /cancel.',
  applied: ({ points: given, balance }: { points: number; balance: number }) =>
    `🎟 Промокод принят!\n💰 Начислено: ${points(given)}\n💳 Новый баланс: ${points(balance)}`,
  refused: {
    unknown: '🤔 Такого промокода нет. Проверьте, пожалуйста, каждую букву и попробуйте ещё раз: /promo',
    expired: '⌛️ Срок этого промокода закончился.',
    usedUp: '😔 Этот промокод уже разобрали.',
    alreadyUsed: '🎟 Этот промокод вы уже использовали: он действует один раз.',
    tooManyTries: '⏳ Слишком много неверных промокодов. Попробуйте, пожалуйста, позже: через час.',
  },
};
