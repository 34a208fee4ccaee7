import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { listening } from '../../src/sandbox/listening.ts';
import { Waits } from '../../src/sandbox/waits.ts';
import { api } from './api.ts';
import { Courier, signatureOf } from './courier.ts';
import { StripeFaults } from './faults.ts';
import { Idempotence } from './idempotence.ts';
import { newId } from './ids.ts';
import { type People, peopleOf } from './people.ts';
import { createRecord, type Seen, type StripeRecord } from './record.ts';
import { Till } from './till.ts';
import type { StripeEvent } from './wire.ts';

export type { SeenCall } from './api.ts';
export type { SentEvent } from './courier.ts';
export type { StripeFault } from './faults.ts';
export type { Refund, Session, StripeEvent } from './wire.ts';

export type StripeStandInOptions = {
  readonly apiKey: string;
  /** What events are signed with. */
  readonly webhookSecret: string;
  /** Pauses between the deliveries of an event that was not answered with 2xx; the last one repeats. */
  readonly resendDelaysMs?: readonly number[];
  /** The least that can be charged: Stripe's is half a dollar in whatever currency. */
  readonly amountMinorMin?: number;
  /** Refunds begin as pending. */
  readonly slowRefunds?: boolean;
  /** The time, for keys, sessions and signatures. */
  readonly now?: () => number;
};

/** A Stripe that behaves on the wire as the real one does, as far as Checkout goes, and can be made to fail. */
export type StripeStandIn = People & {
  /** What `STRIPE_API_URL` is set to. */
  readonly url: string;
  /** Where events are posted; without it none is sent. */
  notifyUrl: string | undefined;
  /** Every answered call, without its credentials. */
  readonly requests: readonly Seen['request'][];
  /** Every attempt to deliver an event. */
  readonly notifications: readonly Seen['notification'][];
  readonly faults: StripeFaults;
  /** The header by which a body is known as ours. */
  sign(body: string, atSeconds?: number): string;
  readonly waitFor: StripeRecord['waitFor'];
  /** Ends at once: open waits are refused, connections cut, timers stopped. */
  close(): Promise<void>;
};

/** Starts a Stripe on loopback, on a free port. */
export async function startStripe(options: StripeStandInOptions): Promise<StripeStandIn> {
  const [faults, waits] = [new StripeFaults(), new Waits()];
  const record = createRecord(waits);
  const nowSeconds = () => Math.floor((options.now ?? Date.now)() / 1000);
  const addresses: { origin: string; notifyUrl: string | undefined } = { origin: '', notifyUrl: undefined };
  const courier = new Courier({
    ...{ faults, nowSeconds, secret: options.webhookSecret, resendDelaysMs: options.resendDelaysMs ?? [100, 1_000, 5_000] },
    ...{ target: () => addresses.notifyUrl, sent: attempt => record.add('notification', attempt) },
  });
  const till = new Till({
    ...{ nowSeconds, origin: () => addresses.origin, slowRefunds: options.slowRefunds ?? false },
    tell: (type, object) => courier.send(eventOf(type, object, nowSeconds())),
  });
  const terms = () => ({ amountMinorMin: options.amountMinorMin ?? 5_000, nowSeconds: nowSeconds() });
  const app = new Koa();
  app.silent = true;
  app.use(
    api({
      ...{ apiKey: options.apiKey, desk: { till, terms }, faults, idempotence: new Idempotence(options.now ?? Date.now) },
      seen: call => record.add('request', call),
    }),
  );
  const server = await listening('127.0.0.1', 0, app.callback());
  addresses.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url: addresses.origin, faults, requests: record.past.request, notifications: record.past.notification },
    ...peopleOf(till),
    get notifyUrl() {
      return addresses.notifyUrl;
    },
    set notifyUrl(url) {
      addresses.notifyUrl = url;
    },
    sign: (body, atSeconds = nowSeconds()) => signatureOf(body, options.webhookSecret, atSeconds),
    waitFor: record.waitFor,
    close: () => close({ courier, faults, waits, server }),
  };
}

const eventOf = (type: StripeEvent['type'], object: StripeEvent['data']['object'], created: number): StripeEvent => ({
  ...({ id: newId('evt'), object: 'event', api_version: '2025-03-31.basil', livemode: false } as const),
  ...{ created, type, data: { object } },
});

type Parts = { courier: Courier; faults: StripeFaults; waits: Waits; server: Server };

const close = ({ courier, faults, waits, server }: Parts): Promise<void> =>
  new Promise(resolve => {
    courier.close();
    faults.clear();
    waits.close();
    server.close(() => resolve());
    server.closeAllConnections();
  });
