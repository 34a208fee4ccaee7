import test from 'ava';
import { readConfig } from '../src/config.ts';
import { addressList, clientAddress, isListed } from '../src/http/client-address.ts';
import { paymentIdOf } from '../src/payments/yookassa/webhook.ts';

const shop = { YUKASSA_SHOP_ID: '100500', YUKASSA_API_KEY: 'live_secret' };
const config = readConfig({ BOT_TOKEN: '123456:TEST-TOKEN-not-real', COMFYUI_URL: 'http://127.0.0.1:8188', ...shop });

test('YooKassa’s published addresses are let in, and their neighbours are not', t => {
  const list = addressList(config.payments.yookassa!.notifiers);
  const inside = [
    '185.71.76.1',
    '185.71.76.31',
    '185.71.77.31',
    '77.75.153.1',
    '77.75.153.127',
    '77.75.154.128',
    '77.75.154.254',
  ];
  for (const address of [...inside, '77.75.156.11', '77.75.156.35', '2a02:5180:0:2669::7d35', '::ffff:185.71.76.7'])
    t.true(isListed(list, address), address);
  for (const address of ['185.71.76.32', '185.71.77.32', '77.75.156.12', '127.0.0.1', '::1', '', 'nonsense', '185.71.76'])
    t.false(isListed(list, address), address);
});

test('who asks is read from the right, past our own proxies only', t => {
  const proxies = addressList(['127.0.0.1', '10.0.0.0/8']);
  const cases: [peer: string, forwardedFor: string, client: string][] = [
    ['185.71.76.1', '', '185.71.76.1'],
    ['203.0.113.9', '185.71.76.1', '203.0.113.9'],
    ['127.0.0.1', '185.71.76.1', '185.71.76.1'],
    ['::ffff:127.0.0.1', '185.71.76.1', '185.71.76.1'],
    ['127.0.0.1', '185.71.76.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '203.0.113.9, 185.71.76.1, 10.1.2.3', '185.71.76.1'],
    ['127.0.0.1', '185.71.76.1, not an address', 'not an address'],
    ['127.0.0.1', ' , ', '127.0.0.1'],
    ['10.1.1.1', '10.2.2.2', '10.2.2.2'],
  ];
  for (const [peer, forwardedFor, client] of cases)
    t.is(clientAddress(peer, forwardedFor, proxies), client, `${peer} ${forwardedFor}`);
});

test('of a notification nothing is read but which payment it is about', t => {
  const object = { id: 'pay-1', payment_id: 'pay-2' };
  const cases: [unknown, string | null][] = [
    ...([
      ['payment.succeeded', 'pay-1'],
      ['payment.made_up_tomorrow', 'pay-1'],
      ['refund.succeeded', 'pay-2'],
      ['payout.succeeded', null],
      [42, null],
    ] as [unknown, string | null][]),
  ];
  for (const [event, id] of cases) t.is(paymentIdOf({ event, object }), id, String(event));
  for (const id of ['', '../payments', 'a'.repeat(65), 7, null])
    t.is(paymentIdOf({ event: 'payment.succeeded', object: { id } }), null);
  t.is(paymentIdOf({ event: 'payment.succeeded' }), null);
  t.is(paymentIdOf({ event: 'payment.succeeded', object: 'pay-1' }), null);
});
