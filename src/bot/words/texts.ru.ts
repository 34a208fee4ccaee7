import type { DialogState } from '../../domain/dialog.ts';
import type { ToldWait } from '../../domain/expected-wait.ts';
import type { EndReason, JobTimes } from '../../domain/job.ts';
import type { PaymentEnd } from '../../domain/payment.ts';
import { admin } from './admin.ru.ts';
import { bonus } from './bonus.ru.ts';
import { history } from './history.ru.ts';
import type { Localised } from './localised.ts';
import { counted, lasted, money, plural, points, rubles } from './numbers.ru.ts';
import { email, offer } from './offer.ru.ts';
import { promo } from './promo.ru.ts';
import { refunds } from './refund.ru.ts';
import { stars, support } from './stars.ru.ts';

const noServer = 'серверы сейчас недоступны, задача подождёт';

/** A wait in the steps that it is told in: «около» takes the genitive. */
const expected = (wait: ToldWait): string => {
  if (wait === 'noServer') return noServer;
  if (wait === 0) return 'меньше минуты';
  if (wait < 60) return wait === 1 ? 'около минуты' : `около ${wait} минут`;
  const hours = wait / 60;
  if (hours === 1) return 'около часа';
  return `около ${hours} ${plural.select(hours) === 'one' ? 'часа' : 'часов'}`;
};

/** Telegram's HTML. What a person wrote is escaped before it gets here. */
export const ru = {
  money,
  points,
  admin,
  bonus,
  email,
  history,
  offer,
  promo,
  refunds,
  stars,
  support,
  menuButtons: {
    edit: '🎨 Редактировать фото',
    Styles: '🧩 Стили',
    Lighting: '💡 Освещение',
    Design: '🖼 Оформление',
    ownPrompt: '✍️ Свой промпт',
    balance: '💰 Баланс',
    topUp: '➕ Пополнить',
    help: 'ℹ️ Помощь',
    profile: '👤 Профиль',
  },
  buttons: {
    back: '🔙 Назад',
    menu: '🏠 Главное меню',
    cancel: '❌ Отменить',
    ownPrompt: '✍️ Свой промпт',
    more: '➡️ Ещё',
    less: '⬅️ Назад по списку',
    language: '🌐 Язык',
    again: '🔁 Попробовать снова',
    amount: ({ rubles, points: bought }: { rubles: number; points: number }) =>
      `${rubles}₽ (${points(bought).replaceAll('\u00a0', ' ')})`,
    ownAmount: '✏️ Своя сумма',
    card: '💳 Карта',
    sbp: '🏦 СБП',
    pay: '💳 Оплатить',
  },
  welcome: ({ name, bot, points: granted, price }: { name: string; bot: string; points: number; price: number }) =>
    `🎨 <b>Добро пожаловать в ${bot}, ${name}!</b>\n\nЯ редактирую фотографии с помощью ИИ: меняю стиль, свет и оформление или делаю то, что вы опишете словами.\n\n${granted > 0 ? `🎁 У вас есть <b>${points(granted)}</b> для начала работы. ` : ''}Одна обработка ${price === 0 ? 'для вас бесплатна' : `стоит ${points(price)}`}.\n\nПришлите фото или выберите готовый стиль 👇`,
  greeting: ({ name, balance }: { name: string; balance: number }) =>
    `С возвращением, ${name}! 👋\n\n💳 Баланс: ${points(balance)}\n\nПришлите фото или выберите стиль 👇`,
  menu: '🏠 Главное меню. Пришлите фото или выберите, что сделать 👇',
  cancelled: 'Хорошо, начнём сначала. Выберите, что сделать 👇',
  help: ({ price, contact }: { price: number; contact: string | null }) =>
    `ℹ️ <b>Как это работает</b>\n\n1. Выберите стиль кнопкой или нажмите «✍️ Свой промпт» и опишите словами, что изменить.\n2. Пришлите фото: JPEG, PNG или WebP до 10 МБ. Можно альбомом до 3 фото, можно сразу с подписью — она и будет промптом.\n3. Дождитесь результата: я покажу место в очереди и ход обработки. До результата задачу можно отменить.\n\n💰 Одна обработка — ${price === 0 ? 'бесплатно' : points(price)}. Если она не удалась или вы её отменили, баллы возвращаются сами.\n\n📜 /history — история баллов\n🎟 /promo — ввести промокод\n💬 /paysupport — помощь с оплатой\n📄 /terms — условия\n🌐 /language — язык\n🔁 /cancel — начать сначала${contact ? `\n\nПоддержка: ${contact}` : ''}`,
  balance: ({ balance, price }: { balance: number; price: number }) =>
    `💳 Баланс: ${points(balance)}\n💸 Стоимость обработки: ${price === 0 ? 'бесплатно' : points(price)}`,
  profile: ({ name, id, balance, since }: { name: string; id: number; balance: number; since: string }) =>
    `👤 <b>${name}</b>\n🆔 <code>${id}</code>\n💳 Баланс: ${points(balance)}\n📅 С нами с ${since}`,
  practice: {
    pictures: '🧪 Учебный режим: фото меняют простые фильтры, не ИИ.',
    payments: '🧪 Учебная касса: деньги не списываются.',
  },
  topUp: '➕ <b>Пополнение баланса</b>\n\n💰 Выберите сумму для пополнения:',
  askAmount: ({ min, max, pointsPerRuble }: { min: number; max: number; pointsPerRuble: number }) =>
    `✏️ Напишите сумму в рублях: целое число от ${rubles(min)} до ${rubles(max)}.\nЗа каждый рубль — ${points(pointsPerRuble)}.`,
  amountUnclear: ({ min, max }: { min: number; max: number }) =>
    `🤔 Такая сумма не подойдёт. Напишите целое число от ${rubles(min)} до ${rubles(max)}, например 300.`,
  topUpMethods: ({ amount, points: bought }: { amount: number; points: number }) =>
    `➕ <b>${rubles(amount)} — ${points(bought)}</b>\n\nКак удобнее заплатить?`,
  tooManyPayments: ({ limit }: { limit: number }) =>
    `⏳ У вас уже ${counted(limit, ['неоплаченный счёт', 'неоплаченных счёта', 'неоплаченных счетов'])}. Оплатите один из них или подождите: счёт живёт час.`,
  /** `sum` as it is read: «500 ₽», «385 ⭐». */
  payment: {
    created: ({ sum }: { sum: string }) =>
      `⏳ Создаю платеж на ${sum}… Ссылка появится здесь. Если касса не отвечает, я буду пробовать ещё; без оплаты ничего не списывается.`,
    pending: ({ sum, points: bought }: { sum: string; points: number }) =>
      `💳 Платеж создан на сумму ${sum}: ${points(bought)}.\n\nНажмите «Оплатить», на это есть час.\n\n⏳ Ожидаю подтверждение оплаты…`,
    succeeded: ({ sum, points: bought }: { sum: string; points: number }) => `✅ Оплачено: ${sum}, ${points(bought)}.`,
    cancelled: ({ sum }: { sum: string }) => `🚫 Платеж отменен: ${sum}.`,
    failed: ({ sum }: { sum: string }) => `❌ Платеж на ${sum} не прошел.`,
  },
  paymentSucceeded: ({ points: bought, repaid, balance }: { points: number; repaid: number; balance: number }) =>
    `✅ Платеж успешно обработан!\n💰 Начислено: ${points(bought)}${repaid > 0 ? `\n${refunds.repaid({ points: repaid })}` : ''}\n💳 Новый баланс: ${points(balance)}`,
  paymentEnded: ({ sum, reason }: { sum: string; reason: PaymentEnd }) => `❌ Платеж на ${sum} не прошел. ${paymentEnds[reason]}`,
  topUpClosed: ({ contact }: { contact: string | null }) =>
    `➕ Пополнение сейчас недоступно.${contact ? ` Напишите в поддержку: ${contact}` : ' Попробуйте, пожалуйста, позже.'}`,
  languages: '🌐 Выберите язык / Choose a language',
  languageSet: '🇷🇺 Теперь говорим по-русски.',
  categories: '🎨 Что сделаем с фото? Выберите раздел или опишите словами.',
  presets: ({ category }: { category: string }) => `${category} — выберите:`,
  noPresets: 'Здесь пока пусто. Выберите другой раздел.',
  presetCard: ({ name, description, price }: { name: string; description: string; price: number }) =>
    `<b>${name}</b>\n${description}\n\n💰 Стоимость: ${price === 0 ? 'бесплатно' : points(price)}\n\n📷 Загрузите изображение для обработки: просто пришлите фото.`,
  askPrompt: '✍️ Опишите, что изменить на фото: от 1 до 500 символов. Например: «Преврати фото в зимнюю открытку, лица не меняй».',
  askPhotoForPrompt: '📷 Отлично! Теперь загрузите изображение: пришлите фото, которое нужно изменить.',
  whatToDo: '📷 Фото получил. Что с ним сделать? Выберите раздел или просто напишите пожелание.',
  promptLength: '✍️ Описание должно быть от 1 до 500 символов. Напишите, пожалуйста, ещё раз.',
  albumTrimmed: 'За один раз обрабатываю до 3 фото — взял первые три.',
  unexpected: (awaiting: DialogState) => unexpected[awaiting] ?? 'Пришлите фото или выберите действие в меню 👇',
  fileUnsuitable: {
    not_a_picture: 'Это не фотография. Пришлите, пожалуйста, фото в формате JPEG, PNG или WebP.',
    animated: 'С анимацией и видео я пока не работаю. Пришлите, пожалуйста, обычное фото: JPEG, PNG или WebP.',
    too_heavy: 'Файл больше 10 МБ. Пришлите, пожалуйста, фото поменьше.',
  },
  tooManyOpen: ({ limit }: { limit: number }) =>
    `⏳ У вас уже ${counted(limit, ['задача', 'задачи', 'задач'])} в работе. Дождитесь результата и нажмите «Попробовать снова»: фото и пожелание я запомнил.`,
  tooManyPerHour: ({ limit }: { limit: number }) =>
    `⏳ За час можно запустить не больше ${counted(limit, ['обработки', 'обработок', 'обработок'])}. Попробуйте чуть позже.`,
  slowDown: '🙏 Слишком много сообщений. Подождите, пожалуйста, минуту.',
  status: {
    received: '✅ Изображение получено! Проверяю…',
    queued: ({ place, wait }: { place: number | null; wait: ToldWait | null }) =>
      `✅ Изображение получено!\n⏳ ${place === null ? 'В очереди' : `Место в очереди: ${place}`}${wait === null ? '' : ` · ${expected(wait)}`}`,
    submitting: ({ bar, isStuck }: { bar: string | null; isStuck: boolean }) =>
      `🎨 Обрабатываю…${isStuck ? `\n⏳ ${noServer}` : bar ? `\n${bar}` : ''}`,
    completed: '✅ Изображение получено и обработано.',
    failed: '❌ Обработка не удалась.',
    cancelled: '🚫 Задача отменена.',
    refused: '❌ Задача не принята.',
    lacking: '⏸ Задача не запущена.',
  },
  jobPrice: ({ price }: { price: number }) => `💰 Стоимость: ${price === 0 ? 'бесплатно' : points(price)}`,
  jobId: ({ id }: { id: string }) => `🆔 ID задачи: <code>${id}</code>`,
  result: ({ balance, times }: { balance: number; times: JobTimes | null }) =>
    `🎉 Обработка завершена!\n💳 Оставшийся баланс: ${points(balance)}${times ? `\n⏱ Ожидание ${lasted(times.waitMs)}, обработка ${lasted(times.runMs)}` : ''}`,
  resultGone: 'Этот результат уже удалён: готовые фото хранятся ограниченное время.',
  retry: '❌ Произошла ошибка при обработке.\n🔄 Попробую еще раз через несколько секунд…',
  ended: (reason: EndReason) => ended[reason],
  refund: ({ price, repaid, balance }: { price: number; repaid: number; balance: number }) =>
    `💰 Возвращаем ${points(price)} на ваш баланс.${repaid > 0 ? `\n${refunds.repaid({ points: repaid })}` : ''}\n💳 Новый баланс: ${points(balance)}`,
  toasts: {
    stale: 'Эта кнопка устарела. Вот меню.',
    cancelled: 'Задача отменена',
    alreadyDone: 'Эта задача уже завершена',
    notYours: 'Эта кнопка не для вас',
    alreadyOrdered: 'Платеж уже создан: ссылка в этом сообщении',
    alreadyStarted: 'Это фото уже обрабатывается или готово',
    slowDown: 'Слишком часто. Подождите минуту.',
  },
  failure: 'Произошла ошибка. Попробуйте позже или обратитесь в поддержку.',
  commands: {
    start: 'Начать работу',
    menu: 'Главное меню',
    balance: 'Баланс и цена обработки',
    history: 'История баллов и обработок',
    promo: 'Ввести промокод',
    profile: 'Профиль',
    cancel: 'Начать сначала',
    language: 'Язык / Language',
    help: 'Как это работает',
    paysupport: 'Помощь с оплатой',
    terms: 'Условия',
  },
};

const awaitPhoto = '📷 Жду фото: пришлите изображение, и я начну. Или вернитесь в /menu.';
const unexpected: Partial<Record<DialogState, string>> = {
  awaiting_image_for_preset: awaitPhoto,
  awaiting_image_for_custom: awaitPhoto,
  awaiting_email: email.unclear,
  awaiting_custom_prompt: '✍️ Напишите словами, что сделать с фото. Или вернитесь в /menu.',
};

const paymentEnds: Record<PaymentEnd, string> = {
  expired: 'Время на оплату вышло — можно начать заново.',
  insufficient_funds: 'На карте или счёте не хватило денег. Попробуйте сумму поменьше или другую карту.',
  card_refused: 'Банк не принял эту карту: проверьте данные или возьмите другую.',
  limit_exceeded: 'Превышен лимит карты. Попробуйте другую карту или СБП.',
  suspicious: 'Банк остановил платеж ради безопасности. Позвоните в банк или возьмите другую карту.',
  unreachable: 'Касса или банк не ответили. Попробуйте, пожалуйста, позже.',
  refused: 'Касса не приняла заказ. Напишите, пожалуйста, в поддержку.',
  declined: 'Банк не подтвердил оплату. Попробуйте ещё раз или другую карту.',
  refunded: 'Деньги за него вернулись к вам.',
};

const failed = '❌ К сожалению, обработка не удалась.';
const ended: Record<EndReason, string> = {
  insufficient_points: '💸 Не хватило баллов на эту обработку.',
  not_a_picture: '❌ Этот файл — не изображение. Пришлите, пожалуйста, фото: JPEG, PNG или WebP.',
  unsupported_format: '❌ Такой формат я не открываю. Пришлите, пожалуйста, JPEG, PNG или WebP.',
  animated: '❌ С анимацией я пока не работаю. Пришлите, пожалуйста, обычное фото.',
  too_heavy: '❌ Файл больше 10 МБ. Пришлите, пожалуйста, фото поменьше.',
  too_many_pixels: '❌ В этом фото больше 25 мегапикселей. Уменьшите его, пожалуйста, и пришлите снова.',
  too_small: '❌ Фото слишком маленькое: нужно хотя бы 32×32 точки.',
  damaged: '❌ Файл повреждён и не открывается. Пришлите, пожалуйста, это фото ещё раз.',
  file_unavailable: '❌ Не получилось скачать это фото из Telegram. Пришлите его, пожалуйста, ещё раз.',
  rejected: failed,
  failed,
  deadline: `${failed} Слишком долго не было свободного сервера.`,
  cancelled: '🚫 Задача отменена.',
};

export type Texts = Localised<typeof ru>;
