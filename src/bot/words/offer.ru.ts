import { points, rubles } from './numbers.ru.ts';

/** For an edit that lacks points, and the way to them. */
export const offer = {
  lacking: ({ lacking, price, balance }: { lacking: number; price: number; balance: number }) =>
    `💸 Не хватает ${points(lacking)}: обработка стоит ${price.toLocaleString('ru')}, у вас ${balance.toLocaleString('ru')}.`,
  keeps: 'Фото и пожелание я запомнил: когда баллы появятся, нажмите «▶️ Обработать фото».',
  enough: ({ balance }: { balance: number }) =>
    `💳 Теперь баллов хватает, у вас ${points(balance)}. Нажмите «▶️ Обработать фото».`,
  topUp: ({ rubles: sum }: { rubles: number }) => `➕ Пополнить на ${rubles(sum)}`.replaceAll('\u00a0', ' '),
  otherSum: '✏️ Другая сумма',
  resume: '▶️ Обработать фото',
  waits: '📷 Ваше фото ждёт: нажмите «▶️ Обработать фото».',
  presetGone: 'Этого стиля больше нет, но фото я сохранил. Выберите другой стиль или напишите пожелание.',
};

/** Where fiscal receipts go. */
export const email = {
  ask: ({ rubles: sum }: { rubles: number }) =>
    `✉️ Куда прислать чек на ${rubles(sum)}? Напишите e-mail. Спрошу один раз, потом его можно сменить в профиле.`,
  askNew: '✉️ Напишите e-mail, на который присылать чеки.',
  unclear: '🤔 Это не похоже на e-mail. Напишите адрес целиком, например anna@mail.ru, или вернитесь в /menu.',
  saved: ({ email: shown }: { email: string }) => `✉️ Запомнил: чеки буду присылать на ${shown}.`,
  change: ({ email: shown }: { email: string }) => `✉️ Чеки: ${shown}`,
  line: ({ email: shown }: { email: string }) => `✉️ E-mail для чеков: ${shown}`,
};
