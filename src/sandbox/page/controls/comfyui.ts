import type { BotProcess } from '../../bot-process.ts';
import type { ComfyUIStandIn } from '../../comfyui/server.ts';
import { anyFailure, type ComfyUIFarm } from '../../comfyui-farm.ts';
import { type About, type Part, press, slide, toggle, words } from './part.ts';

const group = 'comfyui';
const scale = { min: 0.5, max: 30, step: 0.5, unit: words('с', 's') };

const pace: About = {
  ...{ id: 'comfyui.pace', group, label: words('Время одной обработки', 'Time of one edit') },
  hint: words(
    'Со следующей обработки; смотрите на полосу прогресса и на место в очереди.',
    'From the next edit on; look at the progress bar and the place in the queue.',
  ),
};
const hold: About = {
  ...{ id: 'comfyui.hold', group, label: words('Придержать на половине', 'Hold half-way') },
  hint: words(
    'Со следующей обработки: она стоит на половине, пока вы не отпустите; через COMFYUI_TIMEOUT (здесь 45 с) бот прервёт её.',
    'From the next edit on: it stands half-way until you let go; after COMFYUI_TIMEOUT (45 s here) the bot interrupts it.',
  ),
};
const failNext: About = {
  ...{ id: 'comfyui.failNext', group, label: words('Следующая обработка упадёт', 'The next edit fails') },
  hint: words(
    'Бот скажет «Попробую еще раз», и картинка придёт со второй попытки.',
    'The bot says it tries again, and the picture comes at the second try.',
  ),
};
const outOfMemory: About = {
  ...{ id: 'comfyui.outOfMemory', group, label: words('Следующей не хватит памяти', 'The next edit runs out of memory') },
  hint: words(
    'Видеокарта откажет на полпути: бот освободит её память и повторит.',
    'The GPU gives up half-way: the bot frees its memory and tries again.',
  ),
};
const hang: About = {
  ...{ id: 'comfyui.hang', group, label: words('Следующая зависнет', 'The next edit hangs') },
  hint: words(
    'Прогресс остановится на половине; через COMFYUI_TIMEOUT (здесь 45 с) бот прервёт её и начнёт заново.',
    'The bar stops half-way; after COMFYUI_TIMEOUT (45 s here) the bot interrupts it and begins anew.',
  ),
};
const restart: About = {
  ...{ id: 'comfyui.restart', group, label: words('Перезапустить сервер', 'Restart the server') },
  hint: words(
    'Нажмите посреди обработки: сервер забудет свою очередь, бот заметит и отправит задание снова.',
    'Press it in the middle of an edit: the server forgets its queue, the bot notices and sends the job again.',
  ),
};
const allFail: About = {
  ...{ id: 'comfyui.allFail', group, label: words('Падают все обработки', 'All edits fail') },
  hint: words(
    'После четырёх попыток, через 5, 10 и 20 с, бот извинится и вернёт баллы: сравните баланс.',
    'After four tries, with 5, 10 and 20 s between them, the bot apologises and gives the points back: compare the balance.',
  ),
};
const down: About = {
  ...{ id: 'comfyui.down', group, label: words('Первый сервер лежит', 'The first server is down') },
  hint: words(
    'Задания ждут его или сразу уходят второму, если он есть; ничего не теряется.',
    'Jobs wait for it, or go to the second at once if there is one; nothing is lost.',
  ),
};
const second: About = {
  ...{ id: 'comfyui.second', group, label: words('Второй сервер', 'A second server') },
  hint: words(
    'Бот перезапустится с двумя адресами в COMFYUI_URL; две обработки пойдут рядом.',
    'The bot restarts with two addresses in COMFYUI_URL; two edits run side by side.',
  ),
};
const mend: About = {
  ...{ id: 'comfyui.mend', group, label: words('Всё исправить', 'Mend everything') },
  hint: words(
    'Серверы снова здоровы; начатое доведут до конца.',
    'The servers are well again; what was begun is brought to its end.',
  ),
};

/** What can be done to the GPUs. */
export function comfyuiParts(farm: ComfyUIFarm, bot: BotProcess, onError: (error: Error) => void): Part[] {
  let isDown = false;
  const first = farm.servers[0]!;
  return [
    slide(
      pace,
      scale,
      () => farm.secondsPerEdit,
      seconds => {
        farm.secondsPerEdit = seconds;
      },
    ),
    toggle(
      hold,
      () => farm.allRunsWait,
      on => {
        farm.allRunsWait = on;
      },
    ),
    press(failNext, () => farm.failNext(anyFailure)),
    press(outOfMemory, () => farm.failNext({ kind: 'outOfMemory' })),
    press(hang, () => farm.failNext({ kind: 'hang', interruptible: true })),
    press(restart, async () => {
      const server = busy(farm);
      if (!(isDown && server === first)) await server.restart();
    }),
    toggle(
      allFail,
      () => farm.allRunsFail,
      on => {
        farm.allRunsFail = on;
      },
    ),
    toggle(
      down,
      () => isDown,
      async on => {
        isDown = on;
        await (on ? first.down() : first.up());
      },
    ),
    toggle(
      second,
      () => farm.servers.length > 1,
      on => (on ? addServer(farm, bot, onError) : removeServer(farm, bot, onError)),
    ),
    press(mend, async () => {
      isDown = false;
      await farm.mend();
    }),
  ];
}

/** The one that works, so that there is something to lose. */
const busy = ({ servers }: ComfyUIFarm): ComfyUIStandIn =>
  servers.find(({ executions }) => executions.at(-1)?.outcome === 'running') ?? servers[0]!;

/** As an operator would: another address in the environment, and a restart. */
async function addServer(farm: ComfyUIFarm, bot: BotProcess, onError: (error: Error) => void): Promise<void> {
  await farm.add();
  if (bot.state !== 'stopped') bot.restart().catch(onError);
}

/** The server goes when nobody knows its address any more. */
function removeServer(farm: ComfyUIFarm, bot: BotProcess, onError: (error: Error) => void): void {
  const end = farm.remove(farm.servers.at(-1)!);
  const left = bot.state === 'stopped' ? Promise.resolve() : bot.restart();
  left.then(end).catch(onError);
}
