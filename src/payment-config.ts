import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { address, cidrs, codeTo, flag, seconds, whole } from './config-values.ts';
import type { ReceiptTerms } from './domain/receipt.ts';

/** What YooKassa publishes as the addresses of its notifications. */
const yookassaAddresses = [
  ...['185.71.76.0/27', '185.71.77.0/27', '77.75.153.0/25', '77.75.156.11', '77.75.156.35', '77.75.154.128/25'],
  '2a02:5180::/32',
];

/** All that the environment says of payments. */
export const paymentVariables = {
  PAYMENTS_ENABLED: flag.default(true),
  YUKASSA_SHOP_ID: z.string().optional(),
  YUKASSA_API_KEY: z.string().optional(),
  YUKASSA_API_URL: address.default('https://api.yookassa.ru/v3'),
  YUKASSA_ALLOWED_IPS: cidrs.default(yookassaAddresses),
  YUKASSA_WEBHOOK_SECRET: z.string().optional(),
  YUKASSA_RECEIPT_VAT_CODE: codeTo(12).optional(),
  YUKASSA_TAX_SYSTEM_CODE: codeTo(6).optional(),
  STARS_ENABLED: flag.default(true),
  POINTS_PER_STAR: whole(1, 1_000_000).default(130),
  STRIPE_API_KEY: z.string().optional(),
  STRIPE_API_URL: address.default('https://api.stripe.com'),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  PAYMENT_RETURN_URL: address.optional(),
  PAYMENT_MIN_AMOUNT: whole(1, 350_000).default(1),
  PAYMENT_MAX_AMOUNT: whole(1, 350_000).default(10_000),
  PAYMENT_RECONCILE_SECONDS: seconds.min(1, 'seconds, at least 1').default(60),
  POINTS_PER_RUBLE: whole(1, 1_000_000).default(100),
  MAX_OPEN_PAYMENTS_PER_USER: whole(1).default(5),
};

type Variables = z.output<z.ZodObject<typeof paymentVariables>> & { NODE_ENV?: string | undefined };

/** Which parts of the world are played. */
type Played = { telegram: boolean; yookassa: boolean };

/**
 * The gateways, null where there is none, and the terms. One that is switched off sells nothing, but what it has sold is still
 * credited. What is sold for nothing goes by a name of its own, by which its points have an account of their own: `sandbox`,
 * `sandbox-…`. That is all that is played, and what a shop sells by a test key. Throws ConfigError.
 */
export function paymentsOf(env: Variables, played: Played) {
  if (env.PAYMENT_MIN_AMOUNT > env.PAYMENT_MAX_AMOUNT)
    throw new ConfigError(`PAYMENT_MIN_AMOUNT holds ${env.PAYMENT_MIN_AMOUNT}; it should be at most PAYMENT_MAX_AMOUNT`);
  const yookassa = yookassaOf(env, played);
  return {
    ...{ sells: env.PAYMENTS_ENABLED, yookassa, stars: starsOf(env, played, yookassa), stripe: stripeOf(env, yookassa) },
    returnUrl: env.PAYMENT_RETURN_URL ?? null,
    ...{ rublesMin: env.PAYMENT_MIN_AMOUNT, rublesMax: env.PAYMENT_MAX_AMOUNT },
    ...{ pointsPerRuble: env.POINTS_PER_RUBLE, pointsPerStar: env.POINTS_PER_STAR },
    ...{ reconcileMs: env.PAYMENT_RECONCILE_SECONDS * 1000, openMax: env.MAX_OPEN_PAYMENTS_PER_USER },
  };
}

function yookassaOf(env: Variables, played: Played) {
  if (!env.YUKASSA_SHOP_ID || (!env.PAYMENTS_ENABLED && !env.YUKASSA_API_KEY)) return null;
  const { YUKASSA_API_KEY: apiKey } = env;
  if (!apiKey) throw new ConfigError('YUKASSA_API_KEY is not set; it should be the secret key of the shop in YUKASSA_SHOP_ID');
  const isTest = !played.yookassa && isTestKey(env, 'YUKASSA_API_KEY', apiKey, /^test_/);
  const name = played.yookassa || isTest ? ('sandbox' as const) : ('yookassa' as const);
  return {
    ...{ name, isTest, shopId: env.YUKASSA_SHOP_ID, apiKey },
    ...{ apiUrl: env.YUKASSA_API_URL, notifiers: env.YUKASSA_ALLOWED_IPS, webhookSecret: env.YUKASSA_WEBHOOK_SECRET ?? null },
    receipts: receiptsOf(env),
  };
}

/** What fiscal receipts say of tax; null where none are made. */
function receiptsOf(env: Variables): ReceiptTerms | null {
  const { YUKASSA_RECEIPT_VAT_CODE: vatCode, YUKASSA_TAX_SYSTEM_CODE: taxSystemCode } = env;
  if (vatCode !== undefined) return { vatCode, taxSystemCode: taxSystemCode ?? null };
  if (taxSystemCode === undefined) return null;
  throw new ConfigError(
    'YUKASSA_RECEIPT_VAT_CODE is not set; it should be a whole number from 1 to 12, for YUKASSA_TAX_SYSTEM_CODE belongs to receipts',
  );
}

/**
 * Stars are there wherever Telegram is. A Telegram that is played does not sell beside a real shop: its points are worth nothing.
 */
const starsOf = (env: Variables, { telegram }: Played, shop: { name: string } | null) => ({
  name: telegram ? ('sandbox-stars' as const) : ('stars' as const),
  isOffered: env.STARS_ENABLED && !(telegram && shop?.name === 'yookassa'),
});

/** Without the secret nobody could tell us that somebody paid later, or got their money back. */
function stripeOf(env: Variables, shop: { name: string } | null) {
  const { STRIPE_API_KEY: apiKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = env;
  if (!apiKey && !webhookSecret) return null;
  if (!apiKey)
    throw new ConfigError(
      'STRIPE_API_KEY is not set; it should be the secret key of the account, for STRIPE_WEBHOOK_SECRET is set',
    );
  if (!webhookSecret)
    throw new ConfigError(
      'STRIPE_WEBHOOK_SECRET is not set; it should be the signing secret of the endpoint /api/webhooks/stripe, for STRIPE_API_KEY is set',
    );
  const isPractice = isTestKey(env, 'STRIPE_API_KEY', apiKey, /^[rs]k_test_/);
  if (isPractice && shop?.name === 'yookassa')
    throw new ConfigError(
      'STRIPE_API_KEY holds a test key; beside a real shop it would sell points for nothing: it should be a live key',
    );
  if (!isPractice && env.PAYMENTS_ENABLED && shop?.name === 'sandbox')
    throw new ConfigError(
      'STRIPE_API_KEY holds a live key; beside a practice shop, which sells points for nothing and says that no money is taken, it should be a test key; or YUKASSA_SHOP_ID and YUKASSA_API_KEY should be those of the real shop',
    );
  return {
    ...{ name: isPractice ? ('sandbox-stripe' as const) : ('stripe' as const), apiKey, apiUrl: env.STRIPE_API_URL },
    webhookSecret,
  };
}

/** Whether a key takes play money. Where the house earns its living there is none. */
function isTestKey({ NODE_ENV }: Variables, variable: string, key: string, test: RegExp): boolean {
  if (!test.test(key)) return false;
  if (NODE_ENV === 'production')
    throw new ConfigError(`${variable} holds a test key; with NODE_ENV=production it should be the live key of the shop`);
  return true;
}
