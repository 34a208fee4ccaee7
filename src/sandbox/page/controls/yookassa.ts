import type { YooKassaStandIn } from '../../yookassa/server.ts';
import { Refusal } from '../refusal.ts';
import { type About, lasting, type Part, press, toggle, words } from './part.ts';

const group = 'yookassa';
const repeats = 23;
const delayMs = 10_000;

const down: About = {
  ...{ id: 'yookassa.down', group, label: words('Не работает', 'Down') },
  hint: words(
    'Попробуйте пополнить баланс: бот скажет «Создаю платеж…» и будет стучаться; включите обратно, и ссылка придёт. Сделанная раньше оплата тоже найдётся.',
    'Try to top up: the bot says that it creates the payment and keeps knocking; switch it back, and the link comes. A payment made before is found, too.',
  ),
};
const brokenCreation: About = {
  ...{
    id: 'yookassa.brokenCreation',
    group,
    label: words('Платёж создан, но ответ — 500', 'The payment is made, the answer is 500'),
  },
  hint: words(
    'Следующее создание платежа: бот повторит запрос с тем же ключом, и счёт будет один.',
    'At the next payment the bot repeats its request with the same key, and there is one bill.',
  ),
};
const lost: About = {
  ...{ id: 'yookassa.lost', group, label: words('Уведомления теряются', 'Notifications are lost') },
  hint: words(
    'Оплатите: бот не узнает об этом от ЮKassa, но в течение минуты спросит сам и начислит баллы.',
    'Pay: the bot does not hear of it from YooKassa, but asks within a minute itself and credits the points.',
  ),
};
const repeated: About = {
  ...{ id: 'yookassa.repeated', group, label: words(`Каждое уведомление ${repeats} раза`, `Each notification ${repeats} times`) },
  hint: words(
    'Оплатите: в журнале 23 уведомления, а баллы начислены один раз.',
    'Pay: there are 23 notifications in the log, and the points are credited once.',
  ),
};
const delayed: About = {
  ...{ id: 'yookassa.delayed', group, label: words('Уведомления опаздывают на 10 с', 'Notifications are 10 s late') },
  hint: words(
    'Оплатите: сообщение о платеже придёт через десять секунд, закрыть страницу оплаты можно сразу.',
    'Pay: the word of the payment comes ten seconds later; the payment page may be closed at once.',
  ),
};
const giveBack: About = {
  ...{ id: 'yookassa.giveBack', group, label: words('Вернуть деньги за последний платёж', 'Refund the last payment') },
  hint: words(
    'Как в личном кабинете ЮKassa: бот узнает о возврате, спишет баллы и скажет покупателю. Потраченные станут долгом.',
    'As in the cabinet of YooKassa: the bot hears of it, takes the points and tells the customer. Spent ones become a debt.',
  ),
};
const mend: About = {
  ...{ id: 'yookassa.mend', group, label: words('Всё исправить', 'Mend everything') },
  hint: words('ЮKassa снова отвечает и уведомляет сразу.', 'YooKassa answers and notifies at once again.'),
};

/** What can be done to the payments. */
export function yookassaParts({ faults, payments, giveBack: refund }: YooKassaStandIn): Part[] {
  const switches = [
    { about: down, state: lasting(() => faults.always('down')) },
    { about: lost, state: lasting(() => faults.always('lost')) },
    { about: repeated, state: lasting(() => faults.always({ kind: 'repeated', times: repeats })) },
    { about: delayed, state: lasting(() => faults.always({ kind: 'delayed', ms: delayMs })) },
  ];
  return [
    press(brokenCreation, () => {
      faults.next({ kind: 'status', status: 500, done: true, method: 'POST', path: '/payments' });
    }),
    ...switches.map(({ about, state }) => toggle(about, state.isOn, state.turn)),
    press(giveBack, () => {
      const isDone = [...payments()].reverse().some(({ id }) => refund(id) !== undefined);
      if (!isDone) throw new Refusal(409, 'Возвращать нечего: сначала оплатите.', 'There is nothing to refund: pay first.');
    }),
    press(mend, () => {
      for (const { state } of switches) state.turn(false);
      faults.clear();
    }),
  ];
}
