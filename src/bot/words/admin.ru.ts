import type { Currency } from '../../domain/payment.ts';
import { counted, money, points } from './numbers.ru.ts';

const because = (reason: string | null): string => (reason === null ? '' : `\n💬 ${reason}`);
const times = (n: number): string => counted(n, ['раз', 'раза', 'раз']);

/** For admins, but for `granted`, `taken` and `unlimitedSet`, which their person is told. */
export const admin = {
  menu: ({ lines }: { lines: string }) => `🛠 <b>Команды администратора</b>\n\n${lines}`,
  usage: ({ usage, example }: { usage: string; example: string }) => `🤔 Не понял. Нужно так:\n${usage}\n\nНапример:\n${example}`,
  commands: {
    admin: { usage: '/admin', example: '/admin', does: 'Команды администратора' },
    addtokens: {
      usage: '/addtokens &lt;telegram_id&gt; &lt;баллы&gt; [причина]',
      example: '/addtokens 123456789 5000 за отзыв',
      does: 'Начислить баллы; с минусом — забрать',
    },
    unlimited: {
      usage: '/unlimited &lt;telegram_id&gt;',
      example: '/unlimited 123456789',
      does: 'Включить или выключить бесплатные обработки',
    },
    refund: {
      usage: '/refund &lt;id платежа&gt; [рубли]',
      example: '/refund 2c85b8a6-000f-5000-8000-18db351245c7 150',
      does: 'Вернуть деньги: все или часть',
    },
    newpromo: {
      usage: '/newpromo &lt;код&gt; &lt;баллы&gt; [сколько раз] [сколько дней]',
      example: '/newpromo ЛЕТО 500 100 30',
      does: 'Создать промокод; без чисел — на один раз и без срока',
    },
    userinfo: { usage: '/userinfo &lt;telegram_id&gt;', example: '/userinfo 123456789', does: 'Всё о человеке' },
  },
  done: {
    granted: ({ points: given, name, balance }: { points: number; name: string; balance: number }) =>
      `✅ ${name}: начислено ${points(given)}.\n💳 Баланс: ${points(balance)}`,
    taken: ({ points: taken, name, balance }: { points: number; name: string; balance: number }) =>
      `✅ ${name}: списано ${points(taken)}.\n💳 Баланс: ${points(balance)}`,
    tooFewPoints: ({ points: asked, name, balance }: { points: number; name: string; balance: number }) =>
      `🚫 ${name}: столько не забрать. Вы просите ${points(asked)}, свободно ${points(balance)}.`,
    free: ({ name }: { name: string }) => `✅ ${name}: обработки теперь бесплатны. Выключить — та же команда ещё раз.`,
    paid: ({ name }: { name: string }) => `✅ ${name}: обработки снова платные.`,
  },
  noPerson: ({ id }: { id: number }) => `🚫 Человека с id <code>${id}</code> здесь нет: он ещё не писал боту.`,
  promoCreated: (of: { code: string; points: number; uses: number; until: string | null; link: string | null }) =>
    [
      `✅ Промокод <code>${of.code}</code>: ${points(of.points)}, ${times(of.uses)}, ${of.until === null ? 'без срока' : `до ${of.until} включительно`}.`,
      ...(of.link === null ? [] : [`🔗 <code>${of.link}</code>`]),
    ].join('\n'),
  promoExists: ({ code }: { code: string }) => `🚫 Промокод <code>${code}</code> уже есть. Он остался как был.`,
  refund: {
    ordered: ({ sum, points: taken }: { sum: string; points: number }) =>
      `⏳ Возврат ${sum} заказан, он спишет ${points(taken)}. Скажу, когда касса его выполнит.`,
    tooMuch: ({ sum }: { sum: string }) => `🚫 Столько не вернуть: осталось ${sum}.`,
    nothingLeft: '🚫 По этому платежу уже всё возвращено.',
    unknownPayment: '🚫 Платежа с таким id нет.',
    notPaid: '🚫 Этот платеж не оплачен: возвращать нечего.',
    onlyWhole: '🚫 По этому платежу возвращается только вся сумма: напишите команду без неё.',
    unavailable: '⏳ Сейчас вернуть не получилось. Ничего не записано, попробуйте ещё раз.',
  },
  money: ({ amountMinor, currency }: { amountMinor: number; currency: Currency }) => money(amountMinor, currency),
  person: (of: { name: string; username: string | null; id: number; language: string; since: string; seen: string }) =>
    [
      `👤 <b>${of.name}</b>${of.username === null ? '' : ` @${of.username}`}`,
      `🆔 <code>${of.id}</code> · ${of.language}`,
      `📅 С нами с ${of.since}, последний раз — ${of.seen}`,
    ].join('\n'),
  personPoints: ({ balance, debt }: { balance: number; debt: number }) =>
    `💳 Баланс: ${points(balance)}${debt > 0 ? ` · долг: ${points(debt)}` : ''}`,
  unlimited: '♾ Обработки бесплатны',
  blocked: '🚫 Остановил бота',
  jobs: ({ completed, failed, cancelled, open }: { completed: number; failed: number; cancelled: number; open: number }) =>
    `🎨 Обработки: готово ${completed}, не удалось ${failed}, отменено ${cancelled}, в работе ${open}`,
  payments: ({ total, paid }: { total: number; paid: number }) => `🧾 Платежи: ${total}, из них оплачено ${paid}`,
  payment: ({ id, sum, state, at }: { id: string; sum: string; state: string; at: string }) =>
    `${state} ${sum}, ${at}\n<code>${id}</code>`,
  granted: (of: { points: number; reason: string | null; balance: number }) =>
    `🎁 Вам начислено ${points(of.points)}.${because(of.reason)}\n💳 Новый баланс: ${points(of.balance)}`,
  taken: (of: { points: number; reason: string | null; balance: number }) =>
    `💸 С вашего баланса списано ${points(of.points)}.${because(of.reason)}\n💳 Новый баланс: ${points(of.balance)}`,
  unlimitedSet: {
    on: '♾ Теперь обработки для вас бесплатны.',
    off: '💰 Обработки для вас снова платные. Цена — по кнопке «💰 Баланс».',
  },
};
