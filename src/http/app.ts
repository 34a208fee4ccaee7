import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Observe } from '../../actors/protocol.ts';
import { type HealthDeps, health } from './health.ts';
import { HttpRefusal } from './refusal.ts';
import { type TelegramWebhookDeps, telegramWebhook } from './telegram-webhook.ts';
import { type YooKassaWebhookDeps, yookassaWebhook } from './yookassa-webhook.ts';

export type EdgeDeps = {
  health: HealthDeps;
  webhook: TelegramWebhookDeps | null;
  /** Null without a shop. */
  yookassa: YooKassaWebhookDeps | null;
  observe: Observe;
};

/** The edge: turns requests into messages and answers only when what they caused is durable. */
export function createEdge({ health: healthDeps, webhook, yookassa, observe }: EdgeDeps): Koa {
  const app = new Koa();
  const router = new Router();
  router.get('/health', health(healthDeps).alive);
  router.get('/ready', health(healthDeps).ready);
  if (webhook) router.post('/webhooks/telegram', telegramWebhook(webhook));
  router.post('/api/webhooks/yukassa', yookassa ? yookassaWebhook(yookassa) : paymentsDisabled);
  app.silent = true;
  app.use(refusals(observe)).use(router.routes()).use(unknownAddress);
  return app;
}

/** The one place where refusals become answers: `{error: {code, message, requestId}}`, never a stack. */
const refusals =
  (observe: Observe): Middleware =>
  async (ctx, next) => {
    const requestId = randomUUID();
    ctx.set('X-Request-Id', requestId);
    try {
      await next();
    } catch (error) {
      const { status, code, message } =
        error instanceof HttpRefusal ? error : new HttpRefusal(503, 'unavailable', 'Please try again.');
      if (!(error instanceof HttpRefusal)) observe({ step: 'http:failed', error: error as Error });
      ctx.status = status;
      ctx.body = { error: { code, message, requestId } };
    }
  };

const paymentsDisabled: Middleware = () => {
  throw new HttpRefusal(503, 'payments_disabled', 'Payments are switched off here.');
};

const unknownAddress: Middleware = () => {
  throw new HttpRefusal(404, 'not_found', 'There is nothing at this address.');
};
