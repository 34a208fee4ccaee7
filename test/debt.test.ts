import test, { type ExecutionContext } from 'ava';
import { fastClock } from './fast-clock.ts';
import { accounts, balance, order, ordered, start } from './payer.ts';
import { openStudio, phonePhoto } from './studio.ts';

/* What is owed for money that went back is paid of what a top-up brings, or an edit gives back; gifts are left alone. */

const adminId = 9000;

/** Somebody who has spent 100 ₽, of which 60 ₽ went back, and was given something since. */
async function debtorWithGift(t: ExecutionContext, gift: number) {
  const studio = await openStudio(t, { shop: true, clock: fastClock(20), env: { ADMIN_IDS: `${adminId}` } });
  const [admin, person] = [await start(studio, adminId), await start(studio, 1001)];
  studio.shop.pay(await ordered(person, 100));
  await person.waitFor(/Платеж успешно обработан/);
  const [row] = await studio.read<{ id: string }>('SELECT id FROM payments');
  admin.sendText('/addtokens 1001 -10060');
  await person.waitFor(/списано 10\s060/);
  admin.sendText(`/refund ${row!.id} 60`);
  await person.waitFor(/Возврат: 60 ₽[\s\S]*Долг: 6\s000/);
  admin.sendText(`/addtokens 1001 ${gift}`);
  await person.waitFor(new RegExp(`Вам начислено ${gift.toLocaleString('ru').replace(/\s/g, '\\s')} баллов`));
  return { studio, admin, person, paymentId: row!.id };
}

test('an edit that is cancelled repays out of its own points, and no gift', async t => {
  const { studio, person } = await debtorWithGift(t, 500);
  await studio.comfy.down();
  person.sendPhoto(await phonePhoto(), { caption: 'в зиму' });
  await studio.step('job:queue:applied');
  const status = await person.waitFor(({ from, buttons }) => from === 'bot' && buttons.flat().includes('❌ Отменить'));
  await person.press('❌ Отменить', status);
  await person.waitFor(/Возвращаем 30 баллов[\s\S]*погашен долг: 30 баллов[\s\S]*Новый баланс: 470 баллов/);
  t.is((await accounts(studio))['debt:1001'], -5_970);
});

test('a top-up repays out of what it brought', async t => {
  const { studio, person } = await debtorWithGift(t, 500);
  await order(person, 100);
  const link = await person.waitFor(/на сумму 100 ₽[\s\S]*Ожидаю/, { after: person.messages.at(-2)!.id });
  studio.shop.pay(new URL(link.buttonUrls.flat()[0]!).searchParams.get('orderId')!);
  await person.waitFor(/Начислено: 10\s000 баллов[\s\S]*погашен долг: 6\s000 баллов[\s\S]*Новый баланс: 4\s500 баллов/);
  t.is((await accounts(studio))['debt:1001'], 0);
});

test('a refund takes no more points than its money bought', async t => {
  const { studio, admin, person, paymentId } = await debtorWithGift(t, 3_000);
  admin.sendText(`/refund ${paymentId} 1`);
  await person.waitFor(/Возврат: 1 ₽[\s\S]*Списано: 100 баллов/);
  t.is(await balance(studio, 1001), 2_900);
  t.is((await accounts(studio))['debt:1001'], -6_000);
});
