import type { EditEnd, Freedom, FreeOf, HistoryMatter, Money } from '../../domain/history.ts';
import type { JobTimes } from '../../domain/job.ts';
import { lasted, money, points } from './numbers.ru.ts';

/** What an entry did to the balance: +50 000 баллов, −30 баллов, 0 баллов. */
const signed = (n: number): string => `${n > 0 ? '+' : n < 0 ? '−' : ''}${points(Math.abs(n))}`;

const payments: Record<Extract<HistoryMatter, { kind: 'payment' }>['state'], (sum: string, bought: string) => string> = {
  pending: (sum, bought) => `Счёт на ${sum}, ${bought}: ждёт оплаты`,
  succeeded: sum => `Пополнение на ${sum}`,
  failed: sum => `Платеж на ${sum} не прошел`,
  cancelled: sum => `Платеж на ${sum} отменен`,
};

const ends: Record<EditEnd, string> = {
  open: 'в работе',
  completed: 'готово',
  failed: 'не получилось',
  cancelled: 'отменено',
  refused: 'не принято',
  lacking: 'не хватило баллов',
};

const freedoms: Record<FreeOf | Freedom, string> = {
  preset: 'этот стиль бесплатный',
  person: 'для вас бесплатно',
  admin: 'для администратора',
  unlimited: 'для вас без ограничений',
  everyone: 'тестовый режим',
};

/** Telegram's HTML; names, codes and wishes are escaped before they get here. */
export const history = {
  button: '📜 История',
  title: ({ page }: { page: number }) => `📜 <b>История</b>${page > 0 ? `, страница ${page + 1}` : ''}`,
  empty: '📜 Здесь пока пусто. Пришлите фото, и первая обработка появится в истории.',
  noMore: '📜 Дальше ничего нет.',
  newer: '⬅️ Новее',
  older: '➡️ Раньше',
  card: ({ n }: { n: number }) => `🎨 ${n}`,
  line: ({ icon, change, when, what }: { icon: string; change: number; when: string; what: string }) =>
    `${icon} <b>${signed(change)}</b> · ${when}\n${what}`,
  payment: ({ state, money: sum, bought }: { state: keyof typeof payments; money: Money; bought: number }) =>
    payments[state](money(sum.amountMinor, sum.currency), points(bought)),
  refund: ({ isDone, money: sum, owed }: { isDone: boolean; money: Money; owed: number }) =>
    `Возврат ${money(sum.amountMinor, sum.currency)}${isDone ? '' : ', ещё в пути'}${owed > 0 ? `, в долг записано: ${points(owed)}` : ''}`,
  initial: 'Первые баллы в подарок',
  weeklyBonus: 'Еженедельный бонус',
  referral: 'Бонус за друга',
  granted: 'Начислил администратор',
  taken: 'Списал администратор',
  repayment: 'Погашен долг за возврат денег',
  practice: 'Учебные баллы убраны',
  gain: 'Начисление',
  loss: 'Списание',
  promo: ({ code }: { code: string }) => `Промокод ${code}`,
  edit: ({
    name,
    end,
    isReturned,
    isFree,
    why,
  }: {
    name: string;
    end: EditEnd;
    isReturned: boolean;
    isFree: boolean;
    why: FreeOf | Freedom;
  }) => {
    const wasCharged = end === 'open' || end === 'completed';
    const about = isFree
      ? `бесплатно: ${freedoms[why]}`
      : isReturned
        ? 'баллы возвращены'
        : wasCharged
          ? ''
          : end === 'lacking'
            ? ''
            : 'не списано';
    return [`${name}: ${ends[end]}`, about].filter(Boolean).join(', ');
  },
  ownWish: 'Свой промпт',
  jobCard: {
    gone: '🤔 Такой обработки у вас нет.',
    wish: ({ prompt }: { prompt: string }) => `✍️ <b>Свой промпт</b>\n<i>${prompt}</i>`,
    preset: ({ name }: { name: string }) => `🎨 <b>${name}</b>`,
    price: ({ price, isPresets }: { price: number; isPresets: boolean }) =>
      `💰 Цена: ${points(price)} (${isPresets ? 'цена этого стиля' : 'обычная'})`,
    free: ({ why }: { why: FreeOf | Freedom }) => `💰 Бесплатно: ${freedoms[why]}`,
    open: '⏳ В работе',
    completed: '✅ Готово',
    charged: ({ points: n }: { points: number }) => `💸 Списано: ${points(n)}`,
    reserved: ({ points: n }: { points: number }) => `💸 Отложено: ${points(n)}`,
    returned: ({ points: n }: { points: number }) => `↩️ Вернулось: ${points(n)}`,
    untouched: '💳 Ничего не списано',
    when: ({ when }: { when: string }) => `📅 ${when}`,
    times: ({ waitMs, runMs }: JobTimes) => `⏱ Ожидание ${lasted(waitMs)}, обработка ${lasted(runMs)}`,
  },
};
