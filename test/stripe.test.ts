import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import Koa from 'koa';
import { readConfig } from '../src/config.ts';
import { ConfigError } from '../src/config-error.ts';
import type { Payment, PaymentOrder } from '../src/domain/payment.ts';
import type { RefundOrder } from '../src/domain/refund.ts';
import { GatewayError } from '../src/payments/gateway-error.ts';
import { sessionOf } from '../src/payments/stripe/session.ts';
import { isStripeSignature } from '../src/payments/stripe/signature.ts';
import { createStripe } from '../src/payments/stripe/stripe.ts';
import { stripeWebhook, subjectOf } from '../src/payments/stripe/webhook.ts';
import { listening } from '../src/sandbox/listening.ts';
import { fastClock } from './fast-clock.ts';
import { accounts, balance, credits, linkOf, order, paymentRows, start } from './payer.ts';
import { signatureOf } from './stripe/courier.ts';
import { type StripeStandIn, type StripeStandInOptions, startStripe } from './stripe/server.ts';
import { openStudio, type StudioOptions, token } from './studio.ts';

const keys = { apiKey: 'sk_live_never_to_be_told', webhookSecret: 'whsec_never_to_be_told' };

const openStripe = async (t: ExecutionContext, options: Partial<StripeStandInOptions> = {}): Promise<StripeStandIn> => {
  const stripe = await startStripe({ ...keys, resendDelaysMs: [20], ...options });
  t.teardown(() => stripe.close());
  return stripe;
};

// — the signature —

const vector = {
  secret: 'whsec_test_secret',
  body: '{"id":"evt_test","object":"event"}',
  seconds: 1_767_225_600,
  v1: 'd2bbf379811dab6c152c152084ca7753ada8839e7528ed5cdf70eff429cf16c7',
};
const wrong = '0'.repeat(64);

for (const [what, header, isRight, over] of [
  ['the one that Stripe documents', `t=1767225600,v1=${vector.v1}`, true, {}],
  ['one of several, while the secret is being changed', `t=1767225600,v1=${wrong},v1=${vector.v1},v0=${wrong}`, true, {}],
  ['spaces after the commas', `t=1767225600, v1=${vector.v1}`, true, {}],
  ['300 seconds old', `t=1767225600,v1=${vector.v1}`, true, { ageSeconds: 300 }],
  ['301 seconds old', `t=1767225600,v1=${vector.v1}`, false, { ageSeconds: 301 }],
  ['from a clock that runs ahead', `t=1767225600,v1=${vector.v1}`, true, { ageSeconds: -3600 }],
  ['another digest', `t=1767225600,v1=${wrong}`, false, {}],
  ['the digest under another scheme', `t=1767225600,v0=${vector.v1}`, false, {}],
  ['another time', `t=1767225601,v1=${vector.v1}`, false, {}],
  ['no time', `v1=${vector.v1}`, false, {}],
  ['a time that is no number', `t=1767225600x,v1=${vector.v1}`, false, {}],
  ['no digest', 't=1767225600', false, {}],
  ['a digest cut short', `t=1767225600,v1=${vector.v1.slice(0, 62)}`, false, {}],
  ['a digest that goes on', `t=1767225600,v1=${vector.v1}00`, false, {}],
  ['nothing', '', false, {}],
  ['another body', `t=1767225600,v1=${vector.v1}`, false, { body: '{"id":"evt_test","object":"event" }' }],
  ['another secret', `t=1767225600,v1=${vector.v1}`, false, { secret: 'whsec_another' }],
] as const) {
  test(`a signature is ${isRight ? 'believed' : 'not believed'}: ${what}`, t => {
    const { body, secret, ageSeconds } = { ...vector, ageSeconds: 0, ...over };
    t.is(isStripeSignature(header, Buffer.from(body), secret, (vector.seconds + ageSeconds) * 1000), isRight);
  });
}

test('a notification is about a session, about an intent whose money went back, or about nothing of ours', t => {
  const about = (type: unknown, object: unknown) => subjectOf({ type, data: { object } });
  for (const what of ['completed', 'async_payment_succeeded', 'async_payment_failed', 'expired'])
    t.deepEqual(about(`checkout.session.${what}`, { id: 'cs_1' }), { kind: 'session', sessionId: 'cs_1' });
  for (const type of ['charge.refunded', 'refund.created', 'refund.updated', 'refund.failed'])
    t.deepEqual(about(type, { id: 're_1', payment_intent: 'pi_1' }), { kind: 'refund', intentId: 'pi_1' });
  for (const [type, object] of [
    ['payment_intent.succeeded', { id: 'pi_1' }],
    ['checkout.session.completed', { id: 'pi_1' }],
    ['checkout.session.completed', { id: 'cs_../refunds' }],
    ['checkout.session.completed', { id: ['cs_1'] }],
    ['checkout.session.completed', null],
    ['charge.refunded', { id: 'ch_1', payment_intent: null }],
    [['charge.refunded'], 'text'],
  ])
    t.is(about(type, object), null);
  t.is(subjectOf({}), null);
  t.is(subjectOf({ type: 'charge.refunded', data: 5 }), null);
});

test('money that went back is asked for by the session that its intent paid, and only there', async t => {
  const asked: string[] = [];
  const note = (what: string) => async (id: string) => {
    asked.push(`${what} ${id}`);
    return 'booked' as const;
  };
  const sessions: Record<string, () => Promise<string | null>> = {
    pi_1: async () => 'cs_1',
    pi_theirs: async () => null,
    pi_nobodys: () => Promise.reject(new GatewayError('rejected', 'there is no such intent')),
    pi_silent: () => Promise.reject(new GatewayError('unclear', 'there was no answer')),
  };
  const app = new Koa().use(
    stripeWebhook({
      ...{ secret: keys.webhookSecret, now: Date.now, notified: note('payment'), refunded: note('refunds') },
      sessionOfIntent: intentId => sessions[intentId]!(),
    }),
  );
  app.silent = true;
  const server = await listening('127.0.0.1', 0, app.callback());
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tell = async (object: object) => {
    const body = JSON.stringify({ type: 'refund.created', data: { object } });
    const headers = { 'Stripe-Signature': signatureOf(body, keys.webhookSecret, Math.floor(Date.now() / 1000)) };
    return (await fetch(url, { method: 'POST', body, headers })).ok;
  };
  const answers = await Promise.all(Object.keys(sessions).map(id => tell({ id: 're_1', payment_intent: id })));
  t.deepEqual(answers, [true, true, true, false]);
  t.deepEqual(asked, ['refunds cs_1']);
});

// — what a session shows —

const orderId = '0b7c1c1e-1111-4222-8333-444455556666';
const paidBy = { id: 'pi_1', status: 'succeeded', latest_charge: { amount_refunded: 0 } };
const shownSession = {
  ...{ id: 'cs_1', status: 'open', payment_status: 'unpaid', amount_total: 50_000, currency: 'rub', payment_intent: null },
  ...{ url: 'https://checkout.stripe.com/c/pay/cs_1', metadata: { order_id: orderId }, client_reference_id: 'another' },
};
const seen = (over: object) => sessionOf({ ...shownSession, ...over });

for (const [what, over, expected] of [
  ['open', {}, { status: 'pending', reason: null, confirmationUrl: shownSession.url }],
  ['paid', { status: 'complete', payment_status: 'paid', payment_intent: paidBy, url: null }, { status: 'succeeded' }],
  ['over', { status: 'expired', url: null }, { status: 'cancelled', reason: 'expired', confirmationUrl: null }],
  ['waiting for a bank', { status: 'complete', payment_intent: { ...paidBy, status: 'processing' } }, { status: 'pending' }],
  [
    'refused by a bank at last',
    { status: 'complete', payment_intent: { ...paidBy, status: 'requires_payment_method' } },
    { status: 'cancelled', reason: 'declined' },
  ],
  [
    'given back in part',
    { status: 'complete', payment_status: 'paid', payment_intent: { ...paidBy, latest_charge: { amount_refunded: 700 } } },
    { status: 'succeeded', refundedMinor: 700 },
  ],
  ['with a link that leads nowhere', { url: 'javascript:alert(1)' }, { confirmationUrl: null }],
  ['with no word of ours', { metadata: null }, { orderId: null }],
  [
    'that only keeps a card',
    { amount_total: null, currency: null, metadata: {} },
    { amountMinor: 0, currency: '', orderId: null },
  ],
] as const) {
  test(`a session is read: ${what}`, t => {
    const payment = { providerId: 'cs_1', amountMinor: 50_000, currency: 'RUB', refundedMinor: 0, orderId };
    t.like(seen(over)?.payment, { ...payment, ...expected });
  });
}

test('an answer that does not say what money is known by is none', t => {
  const paid = { status: 'complete', payment_status: 'paid' };
  for (const over of [
    { id: 'pi_1' },
    { status: 'done' },
    { payment_status: 'mostly' },
    { amount_total: '50000' },
    { amount_total: 500.5 },
    { ...paid, payment_intent: 'pi_1' },
    { ...paid, payment_intent: { ...paidBy, latest_charge: 'ch_1' } },
    { ...paid, payment_intent: { ...paidBy, latest_charge: { amount_refunded: 'all' } } },
  ])
    t.is(seen(over), undefined, JSON.stringify(over));
  t.is(sessionOf('<html>'), undefined);
});

// — the gateway, over the wire —

const bill: PaymentOrder = {
  ...{ id: orderId, userId: 7, gateway: 'stripe', method: 'stripe', amountMinor: 50_000, currency: 'RUB', points: 50_000 },
  ...{ email: null, createdAt: Date.now() },
};
const paymentOf = (providerId: string): Payment => ({
  ...bill,
  ...{ state: 'succeeded', request: null, providerId, confirmationUrl: null, reason: null },
});
const refundOf = (over: Partial<RefundOrder> = {}): RefundOrder => ({
  ...{ id: 'refund-1', paymentId: orderId, paidBy: null, gateway: 'stripe', amountMinor: 20_000, points: 20_000 },
  ...{ byId: 1, createdAt: 0 },
  ...over,
});
const gatewayTo = ({ url }: { url: string }, apiKey = keys.apiKey) =>
  createStripe({ name: 'stripe', apiKey, apiUrl: url, returnUrl: () => 'https://t.me/bot' });

async function ordered(t: ExecutionContext, options: Partial<StripeStandInOptions> = {}) {
  const stripe = await openStripe(t, options);
  const gateway = gatewayTo(stripe);
  const request = gateway.request(bill)!;
  return { stripe, gateway, request, payment: await gateway.create(bill.id, request) };
}

test('an order says whose it is and what for, and reads the same each time', async t => {
  const { stripe, gateway, request, payment } = await ordered(t);
  t.is(gateway.request({ ...bill }), request);
  t.like(payment, { status: 'pending', amountMinor: 50_000, currency: 'RUB', orderId, refundedMinor: 0 });
  const [session] = stripe.sessions();
  t.is(payment.confirmationUrl, session!.url);
  t.like(session, { client_reference_id: orderId, metadata: { order_id: orderId }, success_url: 'https://t.me/bot' });
  t.is(session!.expires_at, Math.floor(bill.createdAt / 1000) + 3600);
  t.like(stripe.requests[0], { idempotencyKey: orderId, version: '2025-03-31.basil' });
  t.is(createStripe({ name: 'stripe', apiKey: 'k', apiUrl: stripe.url, returnUrl: () => null }).request(bill), undefined);
});

test('a payment is read as it goes on', async t => {
  const { stripe, gateway, payment } = await ordered(t);
  const { providerId } = payment;
  stripe.payLater(providerId);
  t.like(await gateway.read(providerId, true), { status: 'pending', confirmationUrl: null });
  stripe.settle(providerId, true);
  t.like(await gateway.read(providerId, true), { status: 'succeeded', amountMinor: 50_000, refundedMinor: 0 });
  stripe.giveBack(providerId, 12_300);
  t.like(await gateway.read(providerId, false), { status: 'succeeded', refundedMinor: 12_300 });
  t.is(await gateway.sessionOfIntent(stripe.session(providerId).payment_intent!), providerId);
  t.is(await gateway.sessionOfIntent('pi_nobodys'), null);
});

test('an answer that was lost is told again for the same key, and there is one session', async t => {
  const stripe = await openStripe(t);
  const gateway = gatewayTo(stripe);
  const request = gateway.request(bill)!;
  for (const fault of [{ kind: 'dropAfterDoing' }, { kind: 'status', status: 502, done: true }] as const) {
    stripe.faults.next(fault);
    t.like(await t.throwsAsync(gateway.create(bill.id, request)), { kind: 'unclear' });
  }
  const { providerId } = await gateway.create(bill.id, request);
  t.deepEqual(
    stripe.sessions().map(({ id }) => id),
    [providerId],
  );
});

test('a failure that Stripe has kept with the key is not waited for', async t => {
  const stripe = await openStripe(t);
  const gateway = gatewayTo(stripe);
  const request = gateway.request(bill)!;
  stripe.faults.next({ kind: 'status', status: 500, kept: true });
  t.like(await t.throwsAsync(gateway.create(bill.id, request)), { kind: 'unclear' });
  t.like(await t.throwsAsync(gateway.create(bill.id, request)), { kind: 'rejected' });
  t.is(stripe.sessions().length, 0);
});

for (const [status, order, read, refund] of [
  [400, 'rejected', 'rejected', 'rejected'],
  [401, 'rejected', 'unclear', 'unclear'],
  [402, 'rejected', 'unclear', 'rejected'],
  [403, 'rejected', 'unclear', 'unclear'],
  [404, 'rejected', 'rejected', 'rejected'],
  [409, 'unclear', 'unclear', 'unclear'],
  [429, 'unclear', 'unclear', 'unclear'],
  [500, 'unclear', 'unclear', 'unclear'],
  [503, 'unclear', 'unclear', 'unclear'],
] as const) {
  test(`${status} means: an order is ${order}, a reading ${read}, a refund ${refund}`, async t => {
    const { stripe, gateway, request, payment } = await ordered(t);
    stripe.pay(payment.providerId);
    const answers = { kind: 'status', status } as const;
    stripe.faults.next({ ...answers, method: 'POST', path: '/checkout/sessions' });
    t.like(await t.throwsAsync(gateway.create('another', request)), { name: 'GatewayError', kind: order });
    stripe.faults.next({ ...answers, method: 'GET' });
    t.like(await t.throwsAsync(gateway.read(payment.providerId, true)), { name: 'GatewayError', kind: read });
    stripe.faults.next({ ...answers, method: 'POST', path: '/refunds' });
    const error = await t.throwsAsync(gateway.refund(refundOf(), paymentOf(payment.providerId)));
    t.like(error, { name: 'GatewayError', kind: refund });
    t.regex(error?.message ?? '', new RegExp(`^127\\.0\\.0\\.1:\\d+ POST /v1/refunds answered ${status} \\(\\w+\\)$`));
  });
}

test('a sum that is too small is refused, with the code in the words for the operator', async t => {
  const gateway = gatewayTo(await openStripe(t, { amountMinorMin: 5_000 }));
  const error = await t.throwsAsync(gateway.create(bill.id, gateway.request({ ...bill, amountMinor: 4_999 })!));
  t.like(error, { kind: 'rejected' });
  t.regex(error?.message ?? '', /answered 400 \(amount_too_small\)$/);
});

test('the key is in no error, whatever goes wrong', async t => {
  const stripe = await openStripe(t, { apiKey: 'sk_test_another' });
  const gateway = gatewayTo(stripe);
  const errors = [
    await t.throwsAsync(gateway.create(bill.id, gateway.request(bill)!)),
    await t.throwsAsync(gateway.read('cs_1', true)),
    await t.throwsAsync(gatewayTo({ url: 'http://127.0.0.1:1' }).read('cs_1', true)),
    await t.throwsAsync(gateway.capture('cs_1')),
  ];
  for (const error of errors) t.false(`${error?.stack}${error?.message}`.includes(keys.apiKey));
});

test('a refund is made once, and all refunds of a payment are told, whoever made them', async t => {
  const { stripe, gateway, payment } = await ordered(t);
  const ours = paymentOf(payment.providerId);
  t.deepEqual(await gateway.refundsOf(payment.providerId), [], 'nothing was paid yet');
  t.like(await t.throwsAsync(gateway.refund(refundOf(), ours)), { kind: 'rejected' });
  stripe.pay(payment.providerId);
  stripe.faults.next({ kind: 'dropAfterDoing', path: '/refunds', method: 'POST' });
  t.like(await t.throwsAsync(gateway.refund(refundOf(), ours)), { kind: 'unclear' });
  const refund = await gateway.refund(refundOf(), ours);
  t.like(refund, { status: 'succeeded', amountMinor: 20_000, refundId: 'refund-1' });
  t.deepEqual(await gateway.refund(refundOf(), ours), refund);
  t.is(stripe.takenMinor(), 30_000);
  const theirs = stripe.giveBack(payment.providerId, 10_000);
  t.deepEqual(await gateway.refundsOf(payment.providerId), [
    { providerId: theirs.id, status: 'succeeded', amountMinor: 10_000, refundId: null },
    refund,
  ]);
  const more = await t.throwsAsync(gateway.refund(refundOf({ id: 'refund-2', amountMinor: 20_001 }), ours));
  t.like(more, { kind: 'rejected' });
  t.is(stripe.takenMinor(), 20_000);
});

test('a refund that Stripe made and answered with a failure for good is found all the same', async t => {
  const { stripe, gateway, payment } = await ordered(t);
  stripe.pay(payment.providerId);
  stripe.faults.next({ kind: 'status', status: 500, done: true, kept: true, path: '/refunds', method: 'POST' });
  const ours = paymentOf(payment.providerId);
  t.like(await t.throwsAsync(gateway.refund(refundOf(), ours)), { kind: 'unclear' });
  t.like(await gateway.refund(refundOf(), ours), { status: 'succeeded', refundId: 'refund-1' });
  t.is(stripe.takenMinor(), 30_000);
});

test('a refund that a bank takes its time with is pending, until the bank says how it ended', async t => {
  const { stripe, gateway, payment } = await ordered(t, { slowRefunds: true });
  stripe.pay(payment.providerId);
  const { providerId } = await gateway.refund(refundOf(), paymentOf(payment.providerId));
  const statuses = async () => (await gateway.refundsOf(payment.providerId)).map(({ status }) => status);
  t.deepEqual(await statuses(), ['pending']);
  stripe.finishRefund(providerId, 'failed');
  t.deepEqual(await statuses(), ['failed']);
});

test('refunds are read page by page', async t => {
  const { stripe, gateway, payment } = await ordered(t);
  stripe.pay(payment.providerId);
  for (let n = 0; n < 205; n++) stripe.giveBack(payment.providerId, 100);
  const refunds = await gateway.refundsOf(payment.providerId);
  t.is(new Set(refunds.map(({ providerId }) => providerId)).size, 205);
  t.is(stripe.requests.filter(({ path }) => path === '/refunds').length, 3);
});

// — the stand-in keeps to what Stripe documents —

const post = (stripe: StripeStandIn, path: string, form: string, headers: Record<string, string> = {}) =>
  fetch(`${stripe.url}/v1${path}`, {
    method: 'POST',
    body: form,
    headers: { Authorization: `Bearer ${keys.apiKey}`, 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
const refusal = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as { error: { type: string; code?: string; param?: string } }).error,
});

test('one key with two bodies is refused, and a call that was malformed leaves its key free', async t => {
  const stripe = await openStripe(t);
  const form = gatewayTo(stripe).request(bill)!;
  const key = { 'Idempotency-Key': 'one' };
  const unknown = await refusal(await post(stripe, '/checkout/sessions', `${form}&colour=red`, key));
  t.like(unknown, { status: 400, type: 'invalid_request_error' });
  const first = await post(stripe, '/checkout/sessions', form, key);
  t.is(first.headers.get('Idempotent-Replayed'), null);
  const other = await post(stripe, '/checkout/sessions', form.replace('50000', '50001'), key);
  t.like(await refusal(other), { status: 400, type: 'idempotency_error' });
  const again = await post(stripe, '/checkout/sessions', form, key);
  t.is(again.headers.get('Idempotent-Replayed'), 'true');
  t.deepEqual(await again.json(), await first.json());
});

test('what cannot be ordered, paid, expanded or given back is refused', async t => {
  const { stripe, request, payment } = await ordered(t);
  for (const [what, form] of [
    ['an open hour too short', request.replace(/expires_at=\d+/, `expires_at=${Math.floor(Date.now() / 1000) + 60}`)],
    ['no sum', request.replace(/&line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=\d+/, '')],
    ['a value that is a room, too', `${request}&mode%5Bx%5D=1`],
    ['a currency in capitals', request.replace('=rub', '=RUB')],
  ] as const)
    t.is((await post(stripe, '/checkout/sessions', form)).status, 400, what);
  t.is((await post(stripe, '/checkout/sessions', request, { Authorization: 'Bearer another' })).status, 401);
  t.is((await post(stripe, '/refunds', 'payment_intent=pi_nobodys&amount=1')).status, 404);
  stripe.pay(payment.providerId);
  t.throws(() => stripe.pay(payment.providerId), { message: /is complete/ });
  t.throws(() => stripe.expire(payment.providerId), { message: /is complete/ });
  stripe.giveBack(payment.providerId);
  const intent = stripe.session(payment.providerId).payment_intent;
  t.like(await refusal(await post(stripe, '/refunds', `payment_intent=${intent}`)), { code: 'charge_already_refunded' });
  const headers = { Authorization: `Bearer ${keys.apiKey}` };
  const odd = await fetch(`${stripe.url}/v1/checkout/sessions/${payment.providerId}?expand[]=customer`, { headers });
  t.is(odd.status, 400);
});

test('an event is signed, and sent again until it is answered with 2xx', async t => {
  const { stripe, payment } = await ordered(t);
  const came: { isRight: boolean; type: string }[] = [];
  const server = await listening('127.0.0.1', 0, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const signature = String(request.headers['stripe-signature']);
    const { type } = JSON.parse(body.toString()) as { type: string };
    came.push({ isRight: isStripeSignature(signature, body, keys.webhookSecret, Date.now()), type });
    response.writeHead(came.length < 3 ? 503 : 204).end();
  });
  t.teardown(() => server.close());
  stripe.notifyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stripe.expire(payment.providerId);
  await stripe.waitFor('notification', ({ outcome }) => outcome === 204);
  t.deepEqual(
    came,
    Array.from({ length: 3 }, () => ({ isRight: true, type: 'checkout.session.expired' })),
  );
  t.deepEqual(
    stripe.notifications.map(({ attempt, outcome }) => [attempt, outcome]),
    [
      [1, 503],
      [2, 503],
      [3, 204],
    ],
  );
});

// — a whole house that sells by it —

const button = '🌍 Зарубежная карта';

async function openHouse(t: ExecutionContext, { clock, ...options }: StudioOptions & Partial<StripeStandInOptions> = {}) {
  const stripe = await openStripe(t, { ...(clock && { now: clock.now }), ...options });
  const env = { STRIPE_API_KEY: keys.apiKey, STRIPE_WEBHOOK_SECRET: keys.webhookSecret, STRIPE_API_URL: stripe.url };
  const studio = await openStudio(t, { shop: true, ...(clock && { clock }), env: { ...env, ...options.env } });
  const connect = () => {
    stripe.notifyUrl = `${studio.house.url}/api/webhooks/stripe`;
  };
  connect();
  const anna = await start(studio, 1001);
  return { stripe, studio, anna, connect };
}
type House = Awaited<ReturnType<typeof openHouse>>;

/** Orders by Stripe, and resolves with the session once the person has its link. */
async function sessionIn({ anna }: Pick<House, 'anna'>): Promise<string> {
  await order(anna, 500, button);
  return new URL(await linkOf(anna)).pathname.split('/').at(-1)!;
}

/** Tells the house what happened, as Stripe does. */
async function tellOf({ studio, stripe }: House, type: string, object: object, sign = stripe.sign): Promise<number> {
  const body = JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } });
  return tellBody({ studio }, body, sign(body));
}
const tellBody = async ({ studio }: Pick<House, 'studio'>, body: string, signature: string): Promise<number> => {
  const headers = { 'Content-Type': 'application/json', 'Stripe-Signature': signature };
  return (await fetch(`${studio.house.url}/api/webhooks/stripe`, { method: 'POST', body, headers })).status;
};

test('a person pays by Stripe, and the points are on the balance, once for 23 notifications at a time', async t => {
  const house = await openHouse(t);
  const { stripe, studio, anna } = house;
  const id = await sessionIn(house);
  stripe.faults.always({ kind: 'lost' });
  stripe.pay(id);
  const session = stripe.session(id);
  const statuses = await Promise.all(Array.from({ length: 23 }, () => tellOf(house, 'checkout.session.completed', session)));
  t.deepEqual([...new Set(statuses)], [200]);
  await anna.waitFor(/Платеж успешно обработан/);
  t.deepEqual(await credits(studio), [{ id: `payment:stripe:${id}`, points: 50_000 }]);
  t.is((await accounts(studio))['provider:stripe'], -50_000);
  t.is(await balance(studio, 1001), 50_060);
  t.is(anna.messages.filter(({ text }) => /успешно обработан/.test(text ?? '')).length, 1);
  t.like(await paymentRows(studio), [{ state: 'succeeded', provider_id: id }]);
});

test('an order by Stripe whose answer was lost is one session, and a lost notification is made up for', async t => {
  const house = await openHouse(t, { clock: fastClock(100) });
  const { stripe, studio, anna } = house;
  stripe.faults.next({ kind: 'dropAfterDoing', method: 'POST' });
  stripe.faults.next({ kind: 'status', status: 502, done: true, method: 'POST' });
  const id = await sessionIn(house);
  t.is(stripe.sessions().length, 1);
  const posts = stripe.requests.filter(({ method }) => method === 'POST');
  t.is(posts.length, 3);
  t.is(new Set(posts.map(({ idempotencyKey, text }) => `${idempotencyKey} ${text}`)).size, 1);
  stripe.faults.always({ kind: 'lost' });
  stripe.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
});

test('money that comes later is credited when it is there', async t => {
  const house = await openHouse(t);
  const { stripe, studio, anna } = house;
  const id = await sessionIn(house);
  stripe.payLater(id);
  await stripe.waitFor('notification', ({ event, outcome }) => event.type === 'checkout.session.completed' && outcome === 200);
  t.like(await paymentRows(studio), [{ state: 'pending' }]);
  stripe.settle(id, true);
  await anna.waitFor(/Платеж успешно обработан/);
  t.is(await balance(studio, 1001), 50_060);
});

test('a session that nobody paid in time ends without another message', async t => {
  const house = await openHouse(t);
  const id = await sessionIn(house);
  const messages = house.anna.messages.length;
  house.stripe.expire(id);
  await house.anna.waitFor(/Платеж отменен: 500 ₽/);
  t.is(house.anna.messages.length, messages);
  t.like(await paymentRows(house.studio), [{ state: 'cancelled', reason: 'expired' }]);
});

test('money of a bank that says no at last is told of', async t => {
  const house = await openHouse(t);
  const id = await sessionIn(house);
  house.stripe.payLater(id);
  house.stripe.settle(id, false);
  await house.anna.waitFor(/не прошел/);
  t.like(await paymentRows(house.studio), [{ state: 'cancelled', reason: 'declined' }]);
});

test('a sum that Stripe does not take is told of kindly', async t => {
  const house = await openHouse(t, { amountMinorMin: 60_000 });
  await order(house.anna, 500, button);
  await house.anna.waitFor(/не прошел/);
  t.like(await paymentRows(house.studio), [{ state: 'failed', reason: 'refused' }]);
});

test('a session of another sum, currency or order credits nothing', async t => {
  const house = await openHouse(t);
  const { stripe, studio } = house;
  await sessionIn(house);
  const [{ request }] = (await studio.read<{ request: string }>('SELECT request FROM payments')) as [{ request: string }];
  const orderId = stripe.sessions()[0]!.metadata['order_id']!;
  for (const form of [
    request.replace('=50000', '=5000'),
    request.replace('=rub', '=kzt'),
    request.replaceAll(`order_id%5D=${orderId}`, 'order_id%5D=another'),
  ]) {
    t.not(form, request);
    const { id } = (await (await post(stripe, '/checkout/sessions', form)).json()) as { id: string };
    stripe.faults.next({ kind: 'lost', event: 'checkout.session.completed' });
    stripe.pay(id);
    t.is(await tellOf(house, 'checkout.session.completed', stripe.session(id)), 200);
  }
  t.deepEqual(await credits(studio), []);
  t.is(await balance(studio, 1001), 60);
});

test('the door of Stripe answers each with what the sender must know, and believes nobody', async t => {
  const house = await openHouse(t);
  const { stripe, studio } = house;
  const id = await sessionIn(house);
  const paid = { ...stripe.session(id), status: 'complete', payment_status: 'paid' };
  t.is(await tellOf(house, 'checkout.session.completed', paid), 200, 'and asks');
  t.is(await tellOf(house, 'checkout.session.completed', { id: 'cs_nobodys' }), 200, 'not ours');
  t.is(await tellOf(house, 'customer.created', { id: 'cus_1' }), 200, 'an event we do not know');
  t.is(await tellOf(house, 'charge.refunded', { id: 'ch_1', payment_intent: 'pi_nobodys' }), 200, 'not ours either');
  t.is(await balance(studio, 1001), 60);
  const old = (body: string) => stripe.sign(body, Math.floor(Date.now() / 1000) - 302);
  t.is(await tellOf(house, 'checkout.session.completed', paid, old), 400);
  t.is(await tellBody(house, '{}', ''), 400);
  for (const body of ['{', '[]', '']) t.is(await tellBody(house, body, stripe.sign(body)), 400);
  const much = `"${'x'.repeat(300_000)}"`;
  t.is(await tellBody(house, much, stripe.sign(much)), 413);
  const mend = stripe.faults.always({ kind: 'status', status: 500, method: 'GET' });
  t.is(await tellOf(house, 'checkout.session.completed', paid), 503, 'Stripe cannot be asked');
  t.is(await tellOf(house, 'charge.refunded', { payment_intent: 'pi_1' }), 503);
  mend();
  t.is(await tellOf(house, 'checkout.session.completed', paid), 200);
});

test('no key of Stripe gets into the journal, the rows, the steps or the chat', async t => {
  const house = await openHouse(t);
  const { stripe, studio, anna } = house;
  stripe.faults.next({ kind: 'status', status: 401, method: 'GET' });
  stripe.pay(await sessionIn(house));
  await anna.waitFor(/Платеж успешно обработан/);
  const steps = studio.observed.map(({ error, ...rest }) => ({ ...rest, error: `${error?.message}${error?.stack}` }));
  const tables = ['journal', 'payments', 'outbox', 'payment_log'];
  const rows = await Promise.all(tables.map(table => studio.read(`SELECT * FROM ${table}`)));
  const everything = JSON.stringify([rows, steps, anna.messages]);
  t.false(/never_to_be_told/.test(everything));
});

test('money that went back at the dashboard of Stripe takes its points with it', async t => {
  const house = await openHouse(t);
  const { stripe, studio, anna } = house;
  const id = await sessionIn(house);
  stripe.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  const refund = stripe.giveBack(id, 20_000);
  await stripe.waitFor('notification', ({ event, outcome }) => event.type === 'charge.refunded' && outcome === 200);
  t.is(await balance(studio, 1001), 30_060);
  t.deepEqual(await studio.read("SELECT id, points FROM transfers WHERE reason = 'refund'"), [
    { id: `refund:stripe:${refund.id}`, points: 20_000 },
  ]);
});

test('a refund that an admin orders goes back by Stripe once, and takes the points', async t => {
  const house = await openHouse(t, { env: { ADMIN_IDS: '9001' } });
  const { stripe, studio, anna } = house;
  const id = await sessionIn(house);
  stripe.pay(id);
  await anna.waitFor(/Платеж успешно обработан/);
  const boss = studio.telegram.person(9001, { firstName: 'Борис' });
  boss.sendText('/start');
  await boss.waitFor(/Добро пожаловать/);
  stripe.faults.next({ kind: 'dropAfterDoing', method: 'POST', path: '/refunds' });
  boss.sendText(`/refund ${stripe.session(id).metadata['order_id']} 200`);
  await anna.waitFor(/Возврат: 200 ₽/);
  t.is(stripe.takenMinor(), 30_000);
  t.is(stripe.refunds().length, 1);
  t.is(await balance(studio, 1001), 30_060);
});

// — the configuration —

for (const [what, env, expected] of [
  ['without its secret', { STRIPE_API_KEY: 'sk_live_1' }, /^STRIPE_WEBHOOK_SECRET is not set; it should be/],
  ['without its key', { STRIPE_WEBHOOK_SECRET: 'whsec_1' }, /^STRIPE_API_KEY is not set; it should be/],
  [
    'at an address that others can listen in on',
    { STRIPE_API_KEY: 'sk_live_1', STRIPE_WEBHOOK_SECRET: 'whsec_1', STRIPE_API_URL: 'http://stripe.example' },
    /^STRIPE_API_URL holds .*https/,
  ],
  [
    'with a test key in production',
    { STRIPE_API_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1', NODE_ENV: 'production' },
    /^STRIPE_API_KEY holds a test key; with NODE_ENV=production/,
  ],
  [
    'with a test key beside a real shop',
    { STRIPE_API_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1', YUKASSA_SHOP_ID: '1', YUKASSA_API_KEY: 'live_1' },
    /^STRIPE_API_KEY holds a test key; beside a real shop/,
  ],
] as const) {
  test(`a house does not open with a Stripe ${what}`, t => {
    const read = () => readConfig({ BOT_TOKEN: token, COMFYUI_URL: 'http://127.0.0.1', ...env });
    t.throws(read, { instanceOf: ConfigError, message: expected });
  });
}

test('what is sold by a test key of Stripe has a name of its own', t => {
  const nameFor = (key: string) => {
    const env = { BOT_TOKEN: token, COMFYUI_URL: 'http://127.0.0.1', STRIPE_API_KEY: key, STRIPE_WEBHOOK_SECRET: 'whsec_1' };
    return readConfig(env).payments.stripe?.name;
  };
  t.deepEqual(['sk_live_1', 'rk_live_1', 'sk_test_1', 'rk_test_1'].map(nameFor), [
    ...['stripe', 'stripe', 'sandbox-stripe', 'sandbox-stripe'],
  ]);
});
