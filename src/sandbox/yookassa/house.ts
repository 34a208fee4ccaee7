import { Waits } from '../waits.ts';
import { api } from './api.ts';
import { checkout } from './checkout/checkout.ts';
import { Courier } from './courier.ts';
import { YooKassaFaults } from './faults.ts';
import { Idempotence } from './idempotence.ts';
import type { YooKassaOptions } from './options.ts';
import { Payer } from './payer.ts';
import { YooKassaRecord } from './record.ts';
import { Shop } from './shop.ts';

const hourMs = 60 * 60_000;
const resendDelaysMs = [1_000, 5_000, 30_000, 60_000, 300_000] as const;

/** They may be changed while the house is open. */
export type Addresses = { notifyUrl: string | undefined; checkoutUrl: string };
export type House = ReturnType<typeof openHouse>;

/** Puts the parts of a stand-in together; nothing listens yet. */
export const openHouse = (options: YooKassaOptions, addresses: Addresses) => {
  const { shopId, apiKey, confirmWithinMs = hourMs, captureWithinMs = 7 * 24 * hourMs, now = Date.now } = options;
  const [faults, waits] = [new YooKassaFaults(), new Waits()];
  const courier = new Courier({
    ...{ faults, now, resendDelaysMs: options.resendDelaysMs ?? resendDelaysMs },
    target: () => addresses.notifyUrl,
    sent: attempt => record.notification(attempt),
  });
  const shop: Shop = new Shop({
    ...{ shopId, now, confirmWithinMs, captureWithinMs },
    checkoutUrl: () => addresses.checkoutUrl,
    changed: payment => record.emit('payment', payment),
    refunded: refund => record.emit('refund', refund),
    notify: (event, object) => courier.send({ type: 'notification', event, object }),
  });
  const record = new YooKassaRecord(shop, waits);
  const payer = new Payer(shop);
  const page = checkout({ shop, payer, shopName: words => options.shopName ?? `${words.shop} ${shopId}` });
  const desk = { shop, receiptsRequired: options.receiptsRequired ?? false };
  const answers = api({ shopId, apiKey, desk, idempotence: new Idempotence(), faults, record, now });
  return { faults, waits, courier, shop, record, payer, page, middleware: [answers, page] };
};
