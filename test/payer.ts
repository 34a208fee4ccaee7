/**
 * What the tests of payments share: a person who orders, the shop that somebody else uses too, and the rows that money leaves.
 */

import type { PaymentWay, TopUpTerms } from '../src/domain/payment.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import type { YooKassaStandIn } from '../src/sandbox/yookassa/server.ts';
import type { Studio } from './studio.ts';

/** What a house sells that knows one shop, with the points of a Star beside. */
export const ways: PaymentWay[] = [
  { method: 'card', gateway: 'yookassa', currency: 'RUB' },
  { method: 'sbp', gateway: 'yookassa', currency: 'RUB' },
];
export const terms: TopUpTerms = { ways, pointsPerRuble: 100, pointsPerStar: 130, rublesMin: 1, rublesMax: 10_000 };

export const start = async ({ telegram }: Studio, id: number): Promise<Person> => {
  const person = telegram.person(id, { firstName: 'Анна' });
  person.sendText('/start');
  await person.waitFor(/Добро пожаловать/);
  return person;
};

/** Chooses a sum and a method; nothing is paid yet. */
export async function order(person: Person, rubles: 100 | 250 | 500 | 1000 = 500, method = '💳 Карта'): Promise<void> {
  person.sendText('➕ Пополнить');
  const amounts = await person.waitFor(/Выберите сумму для пополнения/, { after: person.messages.at(-1)!.id });
  const label = amounts.buttons.flat().find(text => text.startsWith(`${rubles}₽ (`));
  await person.press(label ?? 'none', amounts);
  await person.waitFor(/Как удобнее заплатить/);
  await person.press(method);
}

export const linkOf = async (person: Person): Promise<string> => {
  const message = await person.waitFor(/Ожидаю подтверждение оплаты/);
  return message.buttonUrls.flat()[0] ?? '';
};

/** Orders, and resolves with the shop's payment once the person has its link. */
export async function ordered(person: Person, rubles: 100 | 250 | 500 | 1000 = 500): Promise<string> {
  await order(person, rubles);
  return new URL(await linkOf(person)).searchParams.get('orderId') ?? '';
}

export const accounts = async ({ read }: Studio): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await read<{ id: string; posted: number }>('SELECT id, posted FROM accounts')).map(row => [row.id, row.posted]),
  );
export const paymentRows = ({ read }: Studio) =>
  read<{ state: string; reason: string | null; provider_id: string | null }>(
    'SELECT state, reason, provider_id FROM payments ORDER BY created_at',
  );
export const credits = ({ read }: Studio) =>
  read<{ id: string; points: number }>("SELECT id, points FROM transfers WHERE reason = 'payment'");
export const balance = async (studio: Studio, id: number): Promise<number> => (await accounts(studio))[`user:${id}`] ?? 0;

/** Tells the house of a payment, as YooKassa does. */
export const notify = async ({ house }: Studio, event: string, object: object): Promise<number> =>
  (
    await fetch(`${house.url}/api/webhooks/yukassa`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ type: 'notification', event, object }),
    })
  ).status;

/** A payment that somebody else made at the same shop, for one of our orders. */
export const madeElsewhere = async (shop: YooKassaStandIn, body: object): Promise<string> => {
  const confirmation = { type: 'redirect', return_url: 'http://127.0.0.1/' };
  return (await atShop(shop, 'payments', { capture: true, confirmation, ...body })).id;
};

/** Money that is given back in the cabinet of the shop, without a word to us. */
export const refundElsewhere = (shop: YooKassaStandIn, paymentId: string, value: string, key?: string): Promise<{ id: string }> =>
  atShop(shop, 'refunds', { payment_id: paymentId, amount: { value, currency: 'RUB' } }, key);

/** Asks the shop as whoever else has its key. */
async function atShop(
  shop: YooKassaStandIn,
  path: 'payments' | 'refunds',
  body: object,
  key = `elsewhere-${shop.payments().length}-${shop.refunds().length}`,
): Promise<{ id: string }> {
  const response = await fetch(`${shop.url}/${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${Buffer.from('100500:live_secret').toString('base64')}`,
      'Idempotence-Key': key,
    },
    body: JSON.stringify(body),
  });
  if (response.status !== 200) throw new Error(`the shop answered ${response.status}`);
  return (await response.json()) as { id: string };
}
