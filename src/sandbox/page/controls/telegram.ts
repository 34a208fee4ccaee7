import type { BotCall, TelegramStandIn } from '../../telegram/server.ts';
import { type About, lasting, type Part, press, toggle, words } from './part.ts';

const group = 'telegram';
const floodSeconds = 5;
const floodCalls = 5;
const slowMs = 2000;

const flood: About = {
  ...{ id: 'telegram.flood', group, label: words('Ответить 429 на 5 секунд', 'Answer 429 for 5 seconds') },
  hint: words(
    'Telegram скажет «подождите 5 секунд»: следующие сообщения бота придут позже, но все и по порядку.',
    'Telegram says "wait for 5 seconds": the next messages of the bot come later, but all of them and in order.',
  ),
};
const slow: About = {
  ...{ id: 'telegram.slow', group, label: words('Медленный: 2 с на вызов', 'Slow: 2 s per call') },
  hint: words(
    'Каждый вызов Bot API длится 2 с, а видеокарта не ждёт: обработки идут одна за другой.',
    'Each call of the Bot API takes 2 s, and the GPU does not wait: edits follow each other without a pause.',
  ),
};
const down: About = {
  ...{ id: 'telegram.down', group, label: words('Не работает (502)', 'Down (502)') },
  hint: words(
    'Напишите боту: одна галочка; включите обратно, и он ответит на всё, что пропустил, а готовые картинки дойдут.',
    'Write to the bot: one tick; switch it back, and it answers all that it missed, and finished pictures arrive.',
  ),
};
const mend: About = {
  ...{ id: 'telegram.mend', group, label: words('Всё исправить', 'Mend everything') },
  hint: words('Telegram снова отвечает сразу.', 'Telegram answers at once again.'),
};

/** What can be done to Telegram. */
export function telegramParts(telegram: TelegramStandIn): Part[] {
  const { faults } = telegram;
  const slowness = lasting(() => faults.always({ kind: 'slow', delayMs: slowMs }));
  const outage = lasting(() => {
    const undo = faults.always({ kind: 'status', status: 502, rawBody: '<html><h1>502 Bad Gateway</h1></html>' });
    // An open long poll would still bring what is written now.
    telegram.endPoll();
    return undo;
  });
  return [
    press(flood, () => floodOnce(telegram)),
    toggle(slow, slowness.isOn, slowness.turn),
    toggle(down, outage.isOn, outage.turn),
    press(mend, () => {
      slowness.turn(false);
      outage.turn(false);
      faults.clear();
    }),
  ];
}

const speaks = ({ method }: BotCall): boolean => /^(send|edit|copy)/i.test(method);

/** The five seconds begin with the first message that meets them. */
function floodOnce({ faults }: TelegramStandIn): void {
  let isBegun = false;
  const match = (call: BotCall): boolean => {
    if (!speaks(call)) return false;
    if (!isBegun) setTimeout(undo, floodSeconds * 1000).unref();
    isBegun = true;
    return true;
  };
  const undo = faults.next({ kind: 'status', status: 429, retryAfter: floodSeconds, times: floodCalls, match });
}
