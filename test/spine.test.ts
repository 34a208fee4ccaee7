import { inEachHouse } from './databases.ts';
import { openStudio, phonePhoto } from './studio.ts';

inEachHouse(
  'a person presses a style, sends a photo and gets the edited picture with what is left of their points',
  async (t, on) => {
    const { telegram, comfy } = await openStudio(t, on);
    const anna = telegram.person(1001, { firstName: 'Анна' });
    anna.sendText('/start');
    t.regex((await anna.waitFor(/Добро пожаловать/)).text ?? '', /60 баллов/);
    anna.pressKeyboard('🧩 Стили');
    await anna.waitFor(/Стили — выберите/);
    await anna.press('Стиль маслом');
    await anna.waitFor(/Загрузите изображение/);
    await anna.sendPhoto(await phonePhoto());
    const status = await anna.waitFor(/Изображение получено/);
    t.regex(status.text ?? '', /Стоимость: 30 баллов/);
    t.regex(status.text ?? '', /ID задачи: [0-9a-f-]{36}/);
    const result = await anna.waitFor(/Обработка завершена/);
    t.regex(result.caption ?? '', /Оставшийся баланс: 30 баллов/);
    t.truthy(result.photo);
    t.is(comfy.executions.length, 1);
    t.is(comfy.maxOutstanding(), 1);
  },
);
