import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { listening } from '../listening.ts';
import { bareAnswer, writeAnswer } from './answers.ts';
import type { YooKassaFaults } from './faults.ts';
import { type Addresses, type House, openHouse } from './house.ts';
import type { YooKassaOptions } from './options.ts';
import type { PayHow } from './payer.ts';
import type { SeenRequest, SentNotification, YooKassaRecord } from './record.ts';
import type { CancellationReason, Payment, Refund } from './wire.ts';

export type { ApiCall } from './call.ts';
export { decliningCards, payingCards, type TestCard } from './cards.ts';
export type { CallFault, CallMatch, NotificationFault, NotificationMatch, YooKassaFault, YooKassaFaults } from './faults.ts';
export type { YooKassaOptions } from './options.ts';
export type { PayHow } from './payer.ts';
export type { SeenRequest, SentNotification, YooKassaEvent, YooKassaEvents } from './record.ts';
export type { CancellationReason, NotificationBody, Payment, Refund } from './wire.ts';

/** A YooKassa that behaves on the wire as the real one does, and can be made to fail. */
export type YooKassaStandIn = Pick<YooKassaRecord, 'on' | 'waitFor'> & {
  /** The base of the API, which ends in `/v3`. */
  readonly url: string;
  notifyUrl: string | undefined;
  checkoutUrl: string;
  /** The payment page, for another server to show as well, also under a prefix that it strips. */
  readonly checkout: Koa.Middleware;
  /** As they are now, in the order they were made. */
  payments(): readonly Payment[];
  payment(id: string): Payment | undefined;
  refunds(): readonly Refund[];
  /** Every answered call of the API, without its credentials; the paths are those below `/v3`. */
  readonly requests: readonly SeenRequest[];
  /** Every attempt to deliver one. */
  readonly notifications: readonly SentNotification[];
  readonly faults: YooKassaFaults;
  /** The payer pays: succeeded when the order said `capture`, else waiting_for_capture; canceled with a declining card. */
  pay(paymentId: string, how?: PayHow): Payment;
  decline(paymentId: string, reason?: CancellationReason): Payment;
  /** The hour to pay is over. */
  expire(paymentId: string): Payment;
  /** All that is left of a payment goes back, as the owner of the shop does it in the cabinet; undefined when nothing is left. */
  giveBack(paymentId: string): Refund | undefined;
  /** From now on refunds stay `pending` until they are settled; the returned function ends that. */
  holdRefunds(): () => void;
  /** What becomes of a refund that is pending. */
  settleRefund(refundId: string, status: 'succeeded' | 'canceled'): Refund;
  /** What the shop has really taken in rubles: succeeded less refunded. */
  takenKopeks(): number;
  /** Ends at once: open waits are refused, connections cut, timers stopped. */
  close(): Promise<void>;
};

/** Starts a YooKassa on loopback. */
export const startYooKassa = async (options: YooKassaOptions): Promise<YooKassaStandIn> => {
  const { host = '127.0.0.1', port = 0 } = options;
  const addresses: Addresses = { notifyUrl: options.notifyUrl, checkoutUrl: options.checkoutUrl ?? '' };
  const house = openHouse(options, addresses);
  const server = await listening(host, port, koaOf(house.middleware).callback());
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
  addresses.checkoutUrl ||= origin;
  return standIn({ ...house, addresses, server, origin });
};

const koaOf = (middleware: readonly Koa.Middleware[]): Koa => {
  const app = new Koa();
  app.silent = true;
  for (const one of middleware) app.use(one);
  app.use(ctx => writeAnswer(ctx, bareAnswer(404)));
  return app;
};

type Parts = House & { readonly addresses: Addresses; readonly server: Server; readonly origin: string };

const standIn = (parts: Parts): YooKassaStandIn => {
  const { record, shop, payer, addresses, origin, faults, page } = parts;
  return {
    url: `${origin}/v3`,
    get notifyUrl() {
      return addresses.notifyUrl;
    },
    set notifyUrl(url) {
      addresses.notifyUrl = url;
    },
    get checkoutUrl() {
      return addresses.checkoutUrl;
    },
    set checkoutUrl(url) {
      addresses.checkoutUrl = url;
    },
    checkout: page,
    payments: () => shop.payments(),
    payment: id => shop.payment(id),
    refunds: () => shop.refunds(),
    requests: record.requests,
    notifications: record.notifications,
    faults,
    pay: (id, how) => payer.pay(id, how),
    decline: (id, reason) => payer.decline(id, reason),
    expire: id => payer.expire(id),
    on: (event, listener) => record.on(event, listener),
    waitFor: (event, match, timeoutMs) => record.waitFor(event, match, timeoutMs),
    giveBack: id => shop.giveBackAll(id),
    holdRefunds() {
      shop.holdsRefunds = true;
      return () => {
        shop.holdsRefunds = false;
      };
    },
    settleRefund(id, status) {
      const refund = shop.refund(id);
      if (refund?.status !== 'pending') throw new Error(`refund ${id} is ${refund?.status ?? 'unknown'}, not pending`);
      return shop.settleRefund(refund, status);
    },
    takenKopeks: () => shop.takenKopeks(),
    close: () => close(parts),
  };
};

const close = ({ courier, shop, faults, waits, server }: Parts): Promise<void> =>
  new Promise(resolve => {
    courier.close();
    shop.close();
    faults.clear();
    waits.close();
    server.close(() => resolve());
    server.closeAllConnections();
  });
