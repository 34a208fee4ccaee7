import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { newPerson, type PersonState } from '../src/domain/dialog.ts';
import type { Effect } from '../src/domain/effect.ts';
import type { JobOrder } from '../src/domain/job.ts';
import { rublesFor } from '../src/domain/offer.ts';
import type { PaymentOrder, TopUpTerms } from '../src/domain/payment.ts';
import type { Input, PersonEvent, Resume, TopUpDraft } from '../src/domain/person-event.ts';
import type { Press } from '../src/domain/press.ts';
import { emailOf, maskedEmail } from '../src/domain/receipt.ts';
import { transition } from '../src/domain/transition.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { linkOf, start, terms } from './payer.ts';
import { deepFreeze, draftOf, eventOf, noon, photo, runs } from './probe.ts';
import { openStudio, phonePhoto, type Studio } from './studio.ts';

// — the sum that fits —

test('the sum on offer is the smallest on sale that brings what is lacking', t => {
  const bounds = { rublesMin: 1, rublesMax: 10_000, pointsPerRuble: 100 };
  const table: [points: number, terms: Partial<typeof bounds>, rubles: number | undefined][] = [
    [1, {}, 1],
    [100, {}, 1],
    [101, {}, 2],
    [30, { rublesMin: 50 }, 50],
    [5_001, { rublesMin: 50 }, 51],
    [1_000_000, {}, 10_000],
    [1_000_001, {}, undefined],
    [7, { pointsPerRuble: 3 }, 3],
  ];
  for (const [points, changes, rubles] of table) t.is(rublesFor(points, { ...bounds, ...changes }), rubles, String(points));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 9 }), fc.integer({ min: 1, max: 1_000 }), (points, pointsPerRuble) => {
      const rubles = rublesFor(points, { ...bounds, rublesMax: 10 ** 9, pointsPerRuble }) ?? 0;
      return rubles * pointsPerRuble >= points && (rubles === 1 || (rubles - 1) * pointsPerRuble < points);
    }),
    runs(t, 300),
  );
});

// — where receipts go —

test('an e-mail is one that the shop takes, too', t => {
  t.is(emailOf(' anna@mail.ru\n'), 'anna@mail.ru');
  const none = ['', 'anna', 'anna@', '@mail.ru', 'anna@mail', 'a b@mail.ru', 'a..b@mail.ru', '<b>@mail.ru', 'анна@почта.рф'];
  for (const text of [...none, `${'a'.repeat(250)}@mail.ru`, 'a@mail.ru, b@mail.ru']) t.is(emailOf(text), undefined, text);
  const shop = z.email().max(254);
  fc.assert(
    fc.property(fc.oneof(fc.emailAddress(), fc.string({ maxLength: 300 })), text => {
      return (emailOf(text) !== undefined) === shop.safeParse(text.trim()).success;
    }),
    runs(t, 1_000),
  );
});

test('an e-mail that is shown says no more than whose it is', t => {
  t.is(maskedEmail('anna@mail.ru'), 'a***@mail.ru');
  t.is(maskedEmail('a@mail.ru'), 'a***@mail.ru');
});

// — the conversation —

const ways = terms.ways.map(way => ({ ...way, needsEmail: true }));
const stars = { method: 'stars', gateway: 'stars', currency: 'XTR' } as const;
const topUp = (changes: Partial<TopUpTerms> = {}): TopUpDraft => ({
  ...{ ...terms, openMax: 5, paymentId: '00000000-0000-4000-8000-00000000000f', openPayments: 0 },
  ...{ ways: [...ways, stars], ...changes },
});
let updateId = 1;
/** What is said, ordered and done, and the state after it. */
function step(state: PersonState, input: Input, event: Partial<PersonEvent> = {}) {
  const facts = eventOf(input, { topUp: topUp(), updateId: ++updateId, ...event });
  const [next, effects] = transition(deepFreeze(state), deepFreeze(facts));
  const told = effects.map(inShort).join(' ');
  return { next, told, paid: of(effects, 'pay')?.payment as PaymentOrder, job: of(effects, 'order')?.job as JobOrder };
}
const inShort = (effect: Effect): string =>
  effect.type === 'say' ? effect.notice.type : effect.type === 'toast' ? `(${effect.toast})` : effect.type;
const of = <Type extends Effect['type']>(effects: readonly Effect[], type: Type) =>
  effects.find((effect): effect is Extract<Effect, { type: Type }> => effect.type === type);
const press = (to: Press, messageId = 9): Input => ({ type: 'press', press: to, messageId });
const words = (text: string): Input => ({ type: 'text', text });
const [known] = transition(newPerson, eventOf({ type: 'command', command: 'start', argument: '' }));
const card: Press = { to: 'pay', rubles: 500, method: 'card' };

test('the first order by a way that needs a receipt waits for an e-mail, and no other does', t => {
  const asked = step(known, press(card));
  t.is(asked.told, 'askEmail');
  const wrong = step(asked.next, words('mail'));
  t.is(wrong.told, 'emailUnclear');
  const ordered = step(wrong.next, words('anna@mail.ru'));
  t.is(ordered.told, 'pay');
  t.like(ordered.paid, { email: 'anna@mail.ru', amountMinor: 50_000, method: 'card' });
  t.deepEqual(ordered.next.dialog, { at: 'main_menu' });
  t.like(step(ordered.next, press({ ...card, method: 'sbp' }, 10)).paid, { email: 'anna@mail.ru', method: 'sbp' });
  t.is(step(known, press({ ...card, method: 'stars' })).paid.email, null);
  t.is(step(known, press(card), { topUp: topUp({ ways: terms.ways }) }).paid.email, null);
});

test('whoever is asked for an e-mail in the middle of something goes on with it afterwards', t => {
  const waiting = step(known, photo()).next;
  t.is(waiting.dialog.at, 'awaiting_custom_prompt');
  const asked = step(step(waiting, press(card)).next, press(card)).next;
  const ordered = step(asked, words('anna@mail.ru'));
  t.is(ordered.told, 'pay');
  t.truthy(step(ordered.next, words('Зима')).job);
  for (const leave of [{ type: 'button', button: 'balance' }, press({ to: 'amount', rubles: 500 })] as const)
    t.truthy(step(step(asked, leave).next, words('Зима')).job, JSON.stringify(leave));
  const cancelled = step(asked, { type: 'command', command: 'cancel', argument: '' }).next;
  t.is(step(cancelled, words('anna@mail.ru')).told, 'unexpected');
});

test('the e-mail is changed from the profile, which shows it masked', t => {
  const { next } = step(step(known, press(card)).next, words('anna@mail.ru'));
  const asked = step(next, press({ to: 'email' }));
  t.is(asked.told, 'askEmail');
  const changed = step(asked.next, words('boris@mail.ru'));
  t.is(changed.told, 'emailSaved');
  t.is(changed.next.email, 'boris@mail.ru');
  const [, effects] = transition(changed.next, eventOf({ type: 'command', command: 'profile', argument: '' }));
  t.deepEqual(of(effects, 'say')?.notice, { type: 'profile', email: 'b***@mail.ru' });
});

test('an e-mail that comes when nothing is sold any more, or too much is unpaid, is kept all the same', t => {
  const asked = step(known, press(card)).next;
  const { topUp: _, ...closed } = eventOf(words('anna@mail.ru'));
  const [next, effects] = transition(asked, closed);
  t.deepEqual([next.email, effects.map(inShort)], ['anna@mail.ru', ['topUp']]);
  const full = step(asked, words('anna@mail.ru'), { topUp: { ...topUp(), openPayments: 5 } });
  t.deepEqual([full.next.email, full.told], ['anna@mail.ru', 'tooManyPayments']);
});

const lacked: Resume = {
  ...{ jobId: '00000000-0000-4000-8000-0000000000aa', presetId: null, prompt: 'в зиму', files: [{ fileId: 'f' }], balance: 60 },
};
const resume = press({ to: 'resume', jobId: lacked.jobId });

test('a photo that lacked points is started again once, as a new edit with the same wish', t => {
  const started = step(known, resume, { resume: lacked });
  t.like(started.job, { id: draftOf().jobId, prompt: 'в зиму', presetId: null, price: 30 });
  t.deepEqual(started.job.files, lacked.files);
  t.is(step(started.next, resume, { resume: lacked }).told, '(alreadyStarted)');
  t.is(step(JSON.parse(JSON.stringify(started.next)), resume, { resume: lacked }).told, '(alreadyStarted)');
});

test('of edits that were started again the last 16 are remembered', t => {
  let state = known;
  for (let n = 0; n < 20; n++) {
    const one = { ...lacked, jobId: `job-${n}` };
    state = step(state, press({ to: 'resume', jobId: one.jobId }), { resume: one, at: noon + n * 3_600_000 }).next;
  }
  t.deepEqual(
    state.resumed,
    Array.from({ length: 16 }, (_, n) => `job-${n + 4}`),
  );
});

test('a preset is started again at today’s price and prompt; one that was switched off leaves the photo with the person', t => {
  const byPreset = { ...lacked, presetId: 5, prompt: 'of old' };
  const preset = { ...draftOf().preset!, price: 55, prompt: 'of today' };
  t.like(step(known, resume, { resume: byPreset, draft: draftOf({ preset }) }).job, {
    presetId: 5,
    price: 55,
    prompt: 'of today',
  });
  const gone = step(known, resume, { resume: byPreset, draft: draftOf({ preset: null }) });
  t.is(gone.told, 'presetGone');
  t.deepEqual(step(gone.next, words('Зима')).job.files, lacked.files);
});

test('with too few points still, the offer comes again and nothing is started', t => {
  const poor = step(known, resume, { resume: { ...lacked, balance: 29 } });
  t.is(poor.told, 'pointsLacking');
  t.truthy(step(poor.next, resume, { resume: { ...lacked, balance: 30 } }).job);
});

test('over a limit the photo and its wish are kept, and it is still started only once', t => {
  const full = { resume: lacked, draft: draftOf({ openJobs: 3 }) };
  const kept = step(known, resume, full);
  t.is(kept.told, 'tooManyOpen');
  t.is(step(kept.next, press({ to: 'again' }), full).told, 'tooManyOpen');
  const again = step(step(kept.next, press({ to: 'again' }), full).next, press({ to: 'again' }));
  t.like(again.job, { prompt: 'в зиму' });
  t.is(step(again.next, resume, { resume: lacked }).told, '(alreadyStarted)');
  const pressed = step(kept.next, resume, { resume: lacked });
  t.truthy(pressed.job);
  t.is(step(pressed.next, press({ to: 'again' })).told, '(stale) menu', 'the kept photo was this one');
  const other = step(step(kept.next, photo(), full).next, press({ to: 'again' }));
  t.deepEqual(other.job.files, [photo().file]);
  t.truthy(step(other.next, resume, { resume: lacked }).job, 'another photo took its place');
});

test('whoever is in the middle of something goes on with it after a photo was started again', t => {
  const waiting = step(known, photo({ file: { fileId: 'other' } })).next;
  const { next, job } = step(waiting, resume, { resume: lacked });
  t.is(job.prompt, 'в зиму');
  t.deepEqual(step(next, words('Лето')).job.files, [{ fileId: 'other' }]);
});

// — over the chat —

/** A price that the first points do not cover: 4 490 points are lacking, which is 45 rubles. */
const dear = { EDIT_COST: '4550', INITIAL_BALANCE: '60' };

async function refused(person: Person, wish = 'Сделай зиму') {
  await person.sendPhoto(await phonePhoto(), { caption: wish });
  return person.waitFor(/Не хватает 4\s490 баллов: обработка стоит 4\s550, у вас 60/);
}
const jobsOf = ({ read }: Studio) =>
  read<{ state: string; prompt: string }>('SELECT state, prompt FROM jobs ORDER BY created_at');

test('the offer that fits, a payment, one tap: the picture comes, and neither taps nor restarts make another', async t => {
  const studio = await openStudio(t, { shop: true, env: dear });
  const anna = await start(studio, 1001);
  const offer = await refused(anna);
  await anna.press('➕ Пополнить на 45 ₽', offer);
  await anna.press('💳 Карта', await anna.waitFor(/45 ₽ — 4\s500 баллов/));
  await anna.press('▶️ Обработать фото', offer);
  await anna.waitFor(/Не хватает 4\s490/, { after: offer.id });
  const order = new URL(await linkOf(anna)).searchParams.get('orderId') ?? '';
  studio.shop.pay(order);
  const success = await anna.waitFor(/Платеж успешно обработан[\s\S]*Ваше фото ждёт/);
  const answers = await Promise.all([
    anna.press('▶️ Обработать фото', success),
    anna.press('▶️ Обработать фото', success),
    anna.press('▶️ Обработать фото', offer),
  ]);
  t.is(answers.filter(({ text }) => /уже обрабатывается/.test(text ?? '')).length, 2);
  await anna.waitFor(/Обработка завершена/);
  await studio.reopen();
  t.regex((await anna.press('▶️ Обработать фото', offer)).text ?? '', /уже обрабатывается/);
  t.deepEqual(await jobsOf(studio), [
    { state: 'refused', prompt: 'Сделай зиму' },
    { state: 'completed', prompt: 'Сделай зиму' },
  ]);
  t.is(studio.comfy.executions.length, 1);
});

test('whoever brings the points, an admin or a promo code, the photo that waits is one tap away', async t => {
  const studio = await openStudio(t, { env: { INITIAL_BALANCE: '0', ADMIN_IDS: '9' } });
  const [anna, olga] = [studio.telegram.person(1001), await start(studio, 9)];
  const waits = async () =>
    anna.waitFor(/Не хватает 30/, { after: (await anna.sendPhoto(await phonePhoto(), { caption: 'Зима' })).message.id });
  await waits();
  olga.sendText('/addtokens 1001 29');
  t.notRegex((await anna.waitFor(/начислено 29 баллов/)).text ?? '', /фото ждёт/);
  olga.sendText('/addtokens 1001 1');
  await anna.press('▶️ Обработать фото', await anna.waitFor(/начислено 1 балл[\s\S]*фото ждёт/));
  await anna.waitFor(/Обработка завершена/);
  await waits();
  olga.sendText('/newpromo ЛЕТО 30');
  await olga.waitFor(/Промокод лето/);
  anna.sendText('/promo лето');
  await anna.press('▶️ Обработать фото', await anna.waitFor(/Промокод принят[\s\S]*фото ждёт/));
  await studio.step(() => studio.comfy.executions.length === 2);
});

test('what a person owes is paid first, so the offer covers it', async t => {
  const studio = await openStudio(t, { shop: true, env: dear });
  const anna = await start(studio, 1001);
  await studio.house.stop();
  await studio.write(`INSERT INTO accounts (id, posted, reserved, overdraft) VALUES ('debt:1001', -1000, 0, 1)`);
  await studio.reopen();
  const words = await refused(anna);
  t.true(words.buttons.flat().includes('➕ Пополнить на 55 ₽'), words.buttons.join());
});

test('where nothing is sold, or not so much, the words are plain; the photo is started by its own button when points have come', async t => {
  const studio = await openStudio(t, { shop: true, env: { ...dear, PAYMENT_MAX_AMOUNT: '40' } });
  const anna = await start(studio, 1001);
  const words = await refused(anna);
  t.deepEqual(words.buttons, [['▶️ Обработать фото'], ['➕ Пополнить', '🏠 Главное меню']]);
  await studio.house.stop();
  await studio.write(`UPDATE accounts SET posted = 5000 WHERE id = 'user:1001'`);
  await studio.reopen();
  await anna.press('▶️ Обработать фото', words);
  await anna.waitFor(/Обработка завершена/);
});

test('somebody else’s photo is not there to be started', async t => {
  const studio = await openStudio(t, { env: { INITIAL_BALANCE: '0' } });
  const [anna, boris] = await Promise.all([1001, 1002].map(async id => studio.telegram.person(id)));
  await anna!.sendPhoto(await phonePhoto(), { caption: 'Сделай зиму' });
  const data = (await anna!.waitFor(/Не хватает 30/)).buttonData.flat().find(one => one?.startsWith('resume:'));
  boris!.sendText('/start');
  await boris!.waitFor(/Добро пожаловать/);
  t.regex((await boris!.press({ data: data ?? '' })).text ?? '', /устарела/);
  t.is((await jobsOf(studio)).length, 1);
});

test('the e-mail for the receipt is asked for once, and the receipt reaches the shop', async t => {
  const receipts = { YUKASSA_RECEIPT_VAT_CODE: '1', YUKASSA_TAX_SYSTEM_CODE: '2' };
  const studio = await openStudio(t, { shop: true, env: receipts });
  const anna = await start(studio, 1001);
  const orderFor = async (rubles: string) => {
    anna.sendText('➕ Пополнить');
    const amounts = await anna.waitFor(/Выберите сумму/, { after: anna.messages.at(-1)!.id });
    await anna.press(amounts.buttons.flat().find(text => text.startsWith(`${rubles}₽`))!, amounts);
    await anna.press('💳 Карта', await anna.waitFor(/Как удобнее заплатить/));
  };
  await orderFor('500');
  await anna.waitFor(/Куда прислать чек на 500 ₽/);
  anna.sendText('анна собака почта');
  await anna.waitFor(/не похоже на e-mail/);
  anna.sendText('anna.secret@example.com');
  await linkOf(anna);
  await orderFor('100');
  await anna.waitFor(/Платеж создан на сумму 100/);
  type Ordered = { receipt: object };
  const [first, second] = studio.shop.requests.filter(({ method }) => method === 'POST').map(({ body }) => body as Ordered);
  const item = { description: 'Пополнение баланса: баллы, 50000 шт.', quantity: 1, amount: { value: '500.00', currency: 'RUB' } };
  t.deepEqual(first?.receipt, {
    customer: { email: 'anna.secret@example.com' },
    items: [{ ...item, vat_code: 1, payment_mode: 'full_payment', payment_subject: 'service', measure: 'piece' }],
    internet: true,
    tax_system_code: 2,
  });
  t.like(second, { receipt: { customer: { email: 'anna.secret@example.com' } } });
  anna.sendText('👤 Профиль');
  t.true((await anna.waitFor(/🆔/)).buttons.flat().includes('✉️ Чеки: a***@example.com'));
  const outside = [
    studio.observed,
    await studio.read('SELECT notice FROM outbox'),
    await studio.read('SELECT detail FROM payment_log'),
  ];
  t.false(JSON.stringify(outside).includes('anna.secret'));
});

test('without receipts nobody is asked for an e-mail, and none is sent', async t => {
  const studio = await openStudio(t, { shop: true });
  const anna = await start(studio, 1001);
  anna.sendText('➕ Пополнить');
  await anna.press('500₽ (50 000 баллов)', await anna.waitFor(/Выберите сумму/));
  await anna.press('💳 Карта', await anna.waitFor(/Как удобнее заплатить/));
  await linkOf(anna);
  t.false('receipt' in (studio.shop.requests.find(({ method }) => method === 'POST')!.body as object));
});
