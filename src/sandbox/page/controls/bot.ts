import type { BotProcess } from '../../bot-process.ts';
import { Refusal } from '../refusal.ts';
import { type About, type Part, press, words } from './part.ts';

const group = 'bot';

const kill: About = {
  ...{ id: 'bot.kill', group, label: words('Убить (kill -9)', 'Kill (kill -9)') },
  hint: words(
    'Нажмите посреди обработки, потом «Запустить»: задание будет доведено до конца, баллы спишутся один раз.',
    'Press it in the middle of an edit, then "Start": the job is brought to its end, points are charged once.',
  ),
};
const start: About = {
  ...{ id: 'bot.start', group, label: words('Запустить', 'Start') },
  hint: words(
    'Бот прочтёт сообщения, которые ждут с одной галочкой, и вернётся к начатым заданиям.',
    'The bot reads the messages that wait with one tick, and returns to the jobs it had begun.',
  ),
};
const stop: About = {
  ...{ id: 'bot.stop', group, label: words('Остановить (SIGTERM)', 'Stop (SIGTERM)') },
  hint: words(
    'Бот закончит короткую работу и выйдет с кодом 0; обработка на видеокарте пойдёт дальше без него.',
    'The bot ends its short work and leaves with code 0; an edit on the GPU goes on without it.',
  ),
};
const restart: About = {
  ...{ id: 'bot.restart', group, label: words('Перезапустить', 'Restart') },
  hint: words(
    'Остановка и запуск, как при обновлении: смотрите, что обработка не прерывается.',
    'Stop and start, as for an update: see that the edit is not interrupted.',
  ),
};

/** What can be done to the process of the bot; how it goes is told by its state. */
export function botParts(bot: BotProcess, onError: (error: Error) => void): Part[] {
  const alive = (): void => {
    if (bot.pid === undefined) throw new Refusal(409, 'Бот уже остановлен.', 'The bot is stopped already.');
  };
  const soon = (act: () => Promise<void>) => (): void => {
    alive();
    act().catch(onError);
  };
  return [
    press(
      kill,
      soon(() => bot.kill()),
    ),
    press(start, () => {
      if (bot.state === 'running') throw new Refusal(409, 'Бот уже работает.', 'The bot is running already.');
      if (bot.state === 'starting') throw new Refusal(409, 'Бот уже запускается.', 'The bot is starting already.');
      // Pressed while it still stops, it means: and then come back.
      bot.restart().catch(onError);
    }),
    press(
      stop,
      soon(() => bot.stop()),
    ),
    press(restart, () => void bot.restart().catch(onError)),
  ];
}
