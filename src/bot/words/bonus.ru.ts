import { points } from './numbers.ru.ts';

export const bonus = {
  weekly: ({ points: granted, balance }: { points: number; balance: number }) =>
    `🎁 Еженедельный бонус!\n💰 Начислено: ${points(granted)}\n💳 Новый баланс: ${points(balance)}`,
};
