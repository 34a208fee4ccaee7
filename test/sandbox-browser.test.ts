import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import pLimit from 'p-limit';
import { type Browser, type BrowserContextOptions, selectors } from 'playwright-core';
import { ChatPage, chromiumPath, desktop, launch, openTab, phone, picture, startSandbox } from './browser.ts';
import { build } from './built.ts';
import { samplePhoto } from './portrait.ts';

/** The whole product as a newcomer meets it: `npm start`, a browser, nothing else. */
const test = anyTest as TestFn<undefined>;
const [anna, boris, olga, kate] = [501_000_001, 501_000_002, 501_000_003, 501_000_004];
const screens: [name: string, screen: BrowserContextOptions][] = [
  ['phone', phone],
  ['desktop', desktop],
];
const photo = samplePhoto();
let browser: Browser;

/** Where there is no browser, this is said, and nothing is claimed. */
const visits = pLimit(3);
const inBrowser = (title: string, visitor: (t: ExecutionContext<undefined>) => Promise<void>): void =>
  (chromiumPath ? test : test.skip)(title, t => {
    // Until its turn comes: a visit mostly waits, for a bot that Telegram lets speak once a second.
    t.timeout(15 * 60_000);
    return visits(() => visitor(t));
  });

test.before(async t => {
  t.timeout(240_000);
  if (!chromiumPath) return t.log('there is no Chromium here: the page is not tried');
  selectors.setTestIdAttribute('data-test');
  build();
  browser = await launch();
});
test.after.always(() => browser?.close());

/** A sandbox that edits in a second, with a tab on it. */
async function visit(t: ExecutionContext, screen: BrowserContextOptions, env: Record<string, string> = {}) {
  const sandbox = await startSandbox(t, env);
  const control = (id: string, value?: number | boolean) =>
    fetch(new URL(`/sandbox/controls/${id}`, sandbox.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(value === undefined ? {} : { value }),
    }).then(({ ok }) => ok || Promise.reject(new Error(`the control ${id} refused`)));
  await control('comfyui.pace', 1);
  const tab = await openTab(t, browser, sandbox.url, screen);
  return { ...tab, sandbox, control, chatOf: (personId: number) => new ChatPage(tab.page, personId) };
}

for (const [name, screen] of screens) {
  inBrowser(`on a ${name}: from /start to the edited picture, with the place, the progress and a preview`, async t => {
    const { page, complaints, control, chatOf } = await visit(t, screen, { COMFYUI_TIMEOUT: '600' });
    await control('comfyui.hold', true);
    const chat = chatOf(anna);
    await chat.open();
    await chat.start();
    t.regex((await chat.message('Добро пожаловать').textContent()) ?? '', /60 баллов/);
    await chat.key('🧩 Стили');
    await chat.press('Стиль маслом');
    await chat.hears('Загрузите изображение');
    await chat.sendsPhotos([await photo]);
    await chat.hears(/Изображение получено/);
    const progress = await chat.hears(/Обрабатываю[\s\S]*[1-9]\d?%/);
    await progress.locator('img').waitFor();
    await picture(page, `${name}-progress`);
    await control('comfyui.hold', false);
    const result = await chat.hears('Обработка завершена');
    t.regex((await result.textContent()) ?? '', /Оставшийся баланс: 30 баллов/);
    const shown = result.locator('img').first();
    await shown.waitFor();
    t.true(await shown.evaluate(img => (img as unknown as { naturalWidth: number }).naturalWidth >= 512));
    await chat.hears(/Изображение получено и обработано/);
    await picture(page, `${name}-result`);
    t.deepEqual(complaints, []);
  });

  inBrowser(`on a ${name}: from too few points through the exact offer and the payment to the picture, with one tap`, async t => {
    const { page, complaints, chatOf } = await visit(t, screen, { INITIAL_BALANCE: '10', EDIT_COST: '50000' });
    const chat = chatOf(anna);
    await chat.open();
    await chat.start();
    await chat.sendsPhotos([await photo], 'зимняя открытка');
    await chat.hears(/Не хватает 49\s990 баллов/);
    await picture(page, `${name}-lacking`);
    await chat.press('➕ Пополнить на 500 ₽');
    await chat.press('💳 Карта');
    await chat.hears('Ожидаю подтверждение оплаты');
    await chat.press('💳 Оплатить');
    const frame = page.frameLocator('[data-test="payment-frame"]');
    await frame.getByText('500,00').first().waitFor();
    await picture(page, `${name}-payment`);
    await frame.getByRole('button', { name: /Оплатить/ }).click();
    await chat
      .message(/Платеж успешно обработан[\s\S]*Начислено: 50\s000 баллов[\s\S]*Новый баланс: 50\s010 баллов[\s\S]*фото ждёт/)
      .waitFor({ state: 'attached' });
    await frame.getByRole('link', { name: /Вернуться/ }).click();
    await page.getByTestId('payment-frame').waitFor({ state: 'detached' });
    await chat.hears('Оплачено: 500 ₽');
    await picture(page, `${name}-paid`);
    await chat.press('▶️ Обработать фото');
    await chat.hears(/Обработка завершена[\s\S]*баланс: 10 баллов/);
    t.deepEqual(complaints, []);
  });

  inBrowser(`on a ${name}: an edit that fails is tried again, and at last the points are back`, async t => {
    const { page, complaints, control, chatOf } = await visit(t, screen, { RETRY_DELAYS: '0.3', MAX_RETRIES: '1' });
    await control('comfyui.allFail', true);
    const chat = chatOf(anna);
    await chat.open();
    await chat.start();
    await chat.sendsPhotos([await photo], 'зимняя открытка');
    await chat.hears('Попробую еще раз');
    const words = await chat.hears(/обработка не удалась/);
    t.regex((await words.textContent()) ?? '', /Возвращаем 30 баллов[\s\S]*Новый баланс: 60 баллов/);
    await picture(page, `${name}-failure`);
    t.deepEqual(complaints, []);
  });
}

inBrowser('a bot that is killed in the middle of an edit and started again brings the picture, once', async t => {
  const { page, complaints, control, chatOf } = await visit(t, desktop, { COMFYUI_TIMEOUT: '600' });
  await control('comfyui.hold', true);
  const chat = chatOf(anna);
  await chat.open();
  await chat.start();
  await chat.sendsPhotos([await photo], 'закат');
  await chat.hears(/Обрабатываю[\s\S]*%/);
  await page.getByTestId('control-bot.kill').click();
  await page.getByTestId('bot-state').first().getByText('остановлен').waitFor();
  await chat.says('/balance');
  await picture(page, 'desktop-killed');
  await page.getByTestId('control-bot.start').click();
  await control('comfyui.hold', false);
  await chat.hears('Обработка завершена');
  await chat.hears(/Баланс: 30 баллов/);
  t.is(await chat.chat.getByTestId('message').filter({ hasText: 'Обработка завершена' }).count(), 1);
  t.deepEqual(complaints, []);
});

inBrowser('two people at once, for whoever reads the README', async t => {
  const { page, complaints, control, chatOf } = await visit(t, { viewport: { width: 1600, height: 1000 } });
  const [one, other] = [chatOf(anna), chatOf(boris)];
  await one.open();
  await one.start();
  await one.sendsPhotos([await photo], 'стиль маслом, закат');
  await one.hears('Обработка завершена');
  await page.getByTestId('beside').first().click();
  await page.getByRole('menuitem', { name: 'Борис' }).click();
  await other.start();
  await other.key('🧩 Стили');
  await other.press('Акварель');
  await other.hears('Загрузите изображение');
  await control('comfyui.hold', true);
  await other.sendsPhotos([await photo]);
  await other.hears(/Обрабатываю[\s\S]*50%/);
  await page.evaluate('document.activeElement?.blur()');
  for (const chat of [one, other]) await chat.chat.getByTestId('keyboard-toggle').click();
  await picture(page, 'sandbox');
  t.deepEqual(complaints, []);
});

inBrowser('a notification that comes 23 times adds the points once', async t => {
  const { page, control, chatOf } = await visit(t, desktop);
  await control('yookassa.repeated', true);
  const chat = chatOf(boris);
  await chat.open();
  await chat.start();
  await chat.key('➕ Пополнить');
  await chat.press('100₽');
  await chat.press('🏦 СБП');
  await chat.press('💳 Оплатить');
  await page
    .frameLocator('[data-test="payment-frame"]')
    .getByRole('button', { name: /Оплатить/ })
    .click();
  await chat.message('Новый баланс: 10 060 баллов').waitFor({ state: 'attached' });
  t.is(await chat.chat.getByTestId('message').filter({ hasText: 'успешно обработан' }).count(), 1);
});

inBrowser('Stars are paid in the chat, and go back when an admin says so', async t => {
  const { page, complaints, chatOf } = await visit(t, desktop);
  const [chat, admin] = [chatOf(anna), chatOf(olga)];
  await chat.open();
  await chat.start();
  await chat.key('➕ Пополнить');
  await chat.press('100₽');
  await chat.press('⭐ Stars (77)');
  await chat.press('Pay');
  await page.getByTestId('pay').click();
  await chat.hears(/успешно обработан[\s\S]*Новый баланс: 10\s060 баллов/);
  await chat.says('/paysupport');
  const id = /[0-9a-f-]{36}/.exec((await (await chat.hears('Помощь с оплатой')).textContent()) ?? '')?.[0];
  await admin.open();
  await admin.start();
  await admin.says(`/refund ${id}`);
  await admin.hears('Возврат 77 ⭐ выполнен, списано 10 000 баллов');
  await chat.open();
  await chat.hears(/Возврат: 77 ⭐[\s\S]*Новый баланс: 60 баллов/);
  t.deepEqual(complaints, []);
});

inBrowser('people side by side see their own chats only, and the admin pays nothing', async t => {
  const { page, complaints, chatOf } = await visit(t, desktop);
  const [one, admin] = [chatOf(anna), chatOf(olga)];
  await one.open();
  await one.start();
  await one.sendsPhotos([await photo, await photo], 'рядом');
  await one.hears('Обработка завершена');
  await admin.open();
  await admin.start();
  t.is(await admin.chat.getByText('Обработка завершена').count(), 0);
  await admin.key('💰 Баланс');
  await admin.hears(/бесплатно/);
  await page.getByTestId(`person-${boris}`).click();
  t.is(await page.getByTestId(`chat-${boris}`).getByTestId('message').count(), 0);
  t.deepEqual(complaints, []);
});

inBrowser('the page is kept by the keyboard alone, and says what a screen reader needs', async t => {
  const { page, chatOf } = await visit(t, desktop);
  const chat = chatOf(anna);
  await chat.open();
  await chat.chat.getByTestId('start').focus();
  await page.keyboard.press('Enter');
  await chat.hears('Добро пожаловать');
  await chat.chat.getByTestId('composer').focus();
  await page.keyboard.type('/help');
  await page.keyboard.press('Enter');
  await chat.hears('Как это работает');
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  for (const theme of ['light', 'dark']) {
    const violations = await page.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(node => node.target.join(' ')).join(', ')))`,
    );
    t.deepEqual(violations, [], theme);
    await page.getByTestId('theme').first().click();
  }
});

inBrowser('on a phone a tap on a button under a message counts while somebody is writing', async t => {
  const { page, chatOf } = await visit(t, phone);
  const chat = chatOf(anna);
  await chat.open();
  await chat.start();
  await chat.says('/language');
  const message = await chat.hears('Choose a language');
  await chat.chat.getByTestId('composer').tap();
  await chat.chat.getByTestId('reply-key').first().waitFor({ state: 'hidden' });
  await message.getByTestId('inline-button').filter({ hasText: 'English' }).tap();
  await chat.hears('We speak English now');
  t.is(await page.evaluate('document.activeElement?.dataset.test'), 'composer');
});

inBrowser('a file that is no photo goes as a file, and a refusal is told over the dialog that it belongs to', async t => {
  const { page, chatOf } = await visit(t, phone);
  const chat = chatOf(anna);
  await chat.open();
  await chat.start();
  const files = chat.chat.getByTestId('file-input');
  await files.setInputFiles({ name: 'x.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') });
  await page.getByTestId('send-photos').tap();
  await page.locator('dialog').getByTestId('toast').filter({ hasText: 'не изображение' }).waitFor();
  await page.keyboard.press('Escape');
  await files.setInputFiles({ name: 'cat.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a') });
  await page.getByTestId('send-photos').tap();
  await chat.hears('С анимацией и видео');
  t.is(await chat.chat.getByTestId('document').count(), 1);
});

inBrowser('whoever reads English begins with a person to whom the bot speaks English', async t => {
  const { page, complaints, chatOf } = await visit(t, { ...desktop, locale: 'en-US' });
  const chat = chatOf(kate);
  await chat.chat.getByTestId('start').click();
  await chat.hears('Welcome to QwenEditBot, Kate');
  await page.getByRole('article', { name: /^QwenEditBot, / }).waitFor();
  t.deepEqual(complaints, []);
});

inBrowser('no width from 360 px up scrolls sideways', async t => {
  const { page, chatOf } = await visit(t, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  const chat = chatOf(anna);
  await chat.open();
  await chat.start();
  for (const width of [360, 390, 600, 899, 900, 1280, 1920]) {
    await page.setViewportSize({ width, height: 740 });
    t.true(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'), String(width));
  }
});
