import type { CheckoutRefusal } from '../../domain/invoice.ts';
import { money, points } from './numbers.ru.ts';

const refused: Record<CheckoutRefusal, string> = {
  unknown: 'Этого счёта больше нет. Начните, пожалуйста, заново: «➕ Пополнить».',
  notYours: 'Этот счёт выставлен другому человеку. Свой можно получить по кнопке «➕ Пополнить».',
  differs: 'Счёт изменился. Начните, пожалуйста, заново: «➕ Пополнить».',
  paid: 'Этот счёт уже оплачен: баллы на балансе. Второй раз платить не нужно.',
  unavailable: 'Не получилось проверить счёт. Попробуйте, пожалуйста, ещё раз через минуту.',
};

/** Telegram's limits: 32 characters for a title, 255 for a description, plain text. Stars are counted whole. */
export const stars = {
  button: ({ stars: count }: { stars: number }) => `⭐ Stars (${count.toLocaleString('ru').replaceAll('\u00a0', ' ')})`,
  real: '⭐ А звёзды настоящие: Telegram их спишет.',
  title: 'Пополнение баланса',
  description: ({ points: bought }: { points: number }) => `${points(bought)} на баланс в этом боте.`,
  label: ({ points: bought }: { points: number }) => points(bought),
  pending: ({ stars: count, points: bought }: { stars: number; points: number }) =>
    `⭐ Счёт на ${money(count, 'XTR')}: ${points(bought)}.\n\nОплатите его ниже 👇\n\n⏳ Ожидаю подтверждение оплаты…`,
  refused: (reason: CheckoutRefusal) => refused[reason],
};

export const support = {
  paysupport: ({ contact, ids }: { contact: string | null; ids: readonly string[] }) =>
    [
      '💬 <b>Помощь с оплатой</b>',
      'Баллы обычно приходят в течение минуты. Если деньги или звёзды списаны, а баллов нет, напишите нам: разберёмся и зачислим баллы или вернём деньги.',
      contact ? `Поддержка: ${contact}` : 'Напишите, пожалуйста, администратору этого бота: он есть в описании.',
      ...(ids.length > 0 ? [`Приложите номер платежа. Ваши последние:\n${ids.map(id => `<code>${id}</code>`).join('\n')}`] : []),
    ].join('\n\n'),
  terms: ({ url }: { url: string | null }) =>
    url
      ? `📄 Условия: ${url}`
      : '📄 Баллы тратятся на обработки в этом боте. За обработку, которая не удалась или отменена, они возвращаются сами. Вопросы об оплате и возврате: /paysupport.',
};
