import type { Middleware } from 'koa';
import { ask, type Ref } from '../actors/nact.ts';
import type { Gateway, PaymentsMessage } from '../actors/protocol.ts';
import type { Bot } from './bot/bot.ts';
import { callApi } from './bot/call-api.ts';
import type { Config } from './config.ts';
import type { PaymentWay, TopUpTerms } from './domain/payment.ts';
import type { Route } from './http/app.ts';
import { addressList } from './http/client-address.ts';
import { type Booking, paymentsDisabled } from './http/notification.ts';
import { createStars } from './payments/stars.ts';
import { createStripe, stripeLabel } from './payments/stripe/stripe.ts';
import { stripeWebhook } from './payments/stripe/webhook.ts';
import { yookassaWebhook } from './payments/yookassa/webhook.ts';
import { createYooKassa } from './payments/yookassa/yookassa.ts';

/**
 * A gateway with all that the house has of it: the buttons that lead to it, and the way in for its words, if it has one of its
 * own.
 */
type Till = {
  gateway: Gateway;
  ways: readonly PaymentWay[];
  webhook?(told: Told): Middleware;
};

/** Hands in what a gateway says: has that payment, or its refunds, read again and booked. */
type Told = { notified(providerId: string): Promise<Booking>; refunded(providerId: string): Promise<Booking> };

type World = { config: Config; bot: Bot; returnUrl(): string | null; now(): number };

/**
 * The catalogue of gateways: a new one is a file in `payments`, or a room there, its entry here, and its variables in
 * `payment-config.ts`; nothing else in the house knows its name. Each entry says whether the gateway is there by this
 * configuration; its path answers that payments are switched off where it is not.
 */
const catalogue: readonly { name: string; path?: string; open(world: World): Till | null }[] = [
  { name: 'yookassa', path: '/api/webhooks/yukassa', open: openYooKassa },
  { name: 'stars', open: openStars },
  { name: 'stripe', path: '/api/webhooks/stripe', open: openStripe },
];

/**
 * What a gateway with a door of its own is called when its money is real. Stars are real wherever Telegram is, beside a practice
 * shop too.
 */
export const realShops = catalogue.flatMap(({ name, path }) => (path ? [name] : []));

export type Gateways = {
  byName: ReadonlyMap<string, Gateway>;
  /** Null where nothing is sold. No key of a shop is in it: it gets into the journal. */
  terms: (TopUpTerms & { openMax: number }) | null;
  routes(payments: Ref<PaymentsMessage>): Route[];
};

/** A payer comes back to the chat with the bot unless another address is set. */
export function openGateways(config: Config, bot: Bot, now: () => number): Gateways {
  const returnUrl = () => config.payments.returnUrl ?? (bot.botInfo ? `https://t.me/${bot.botInfo.username}` : null);
  const tills = catalogue.map(({ path, open }) => ({ path, till: open({ config, bot, returnUrl, now }) }));
  const opened = tills.flatMap(({ till }) => till ?? []);
  return {
    byName: new Map(opened.map(({ gateway }) => [gateway.name, gateway])),
    terms: termsOf(
      config.payments,
      opened.flatMap(({ ways }) => ways),
    ),
    routes: payments =>
      tills.flatMap(({ path, till }) => {
        if (!path) return [];
        const middleware = till?.webhook?.(toldTo(payments, till.gateway.name));
        return { path, middleware: middleware ?? paymentsDisabled };
      }),
  };
}

function termsOf({ sells, ...terms }: Config['payments'], ways: readonly PaymentWay[]): Gateways['terms'] {
  if (!sells || ways.length === 0) return null;
  const { pointsPerRuble, pointsPerStar, rublesMin, rublesMax, openMax } = terms;
  return { ways, pointsPerRuble, pointsPerStar, rublesMin, rublesMax, openMax };
}

/** A gateway waits so long for the answer to a notification. */
const notifiedTimeoutMs = 25_000;

const toldTo = (payments: Ref<PaymentsMessage>, gateway: string): Told => ({
  notified: providerId => ask(payments, { type: 'notified', gateway, providerId }, notifiedTimeoutMs),
  refunded: providerId => ask(payments, { type: 'refunded', gateway, providerId }, notifiedTimeoutMs),
});

function openYooKassa({ config: { payments, http }, returnUrl }: World): Till | null {
  const shop = payments.yookassa;
  if (!shop) return null;
  const { name: gateway, receipts } = shop;
  const way = { gateway, currency: 'RUB', needsEmail: receipts !== null } as const;
  return {
    gateway: createYooKassa({ ...shop, returnUrl }),
    ways: [
      { ...way, method: 'card' },
      { ...way, method: 'sbp' },
    ],
    webhook: told =>
      yookassaWebhook({
        ...{ allowed: addressList(shop.notifiers), proxies: addressList(http.proxies), secret: shop.webhookSecret },
        ...told,
      }),
  };
}

function openStars({ config: { payments }, bot }: World): Till {
  const { name, isOffered } = payments.stars;
  return {
    gateway: createStars({ name, call: (method, params) => callApi(bot.telegram, method, params) }),
    ways: isOffered ? [{ method: 'stars', gateway: name, currency: 'XTR' }] : [],
  };
}

function openStripe({ config: { payments }, returnUrl, now }: World): Till | null {
  const shop = payments.stripe;
  if (!shop) return null;
  const gateway = createStripe({ ...shop, returnUrl });
  const { sessionOfIntent } = gateway;
  return {
    gateway,
    ways: [{ method: 'stripe', gateway: shop.name, currency: 'RUB', label: stripeLabel }],
    webhook: told => stripeWebhook({ secret: shop.webhookSecret, now, sessionOfIntent, ...told }),
  };
}
