import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Observe } from '../../actors/protocol.ts';
import { type HealthDeps, health } from './health.ts';
import { HttpRefusal } from './refusal.ts';
import { type TelegramWebhookDeps, telegramWebhook } from './telegram-webhook.ts';

/** A way in for POST requests. */
export type Route = { path: string; middleware: Middleware };

export type EdgeDeps = {
  health: HealthDeps;
  webhook: TelegramWebhookDeps | null;
  /** Where gateways notify us. */
  routes: readonly Route[];
  observe: Observe;
};

/** The edge: turns requests into messages and answers only when what they caused is durable. */
export function createEdge({ health: healthDeps, webhook, routes, observe }: EdgeDeps): Koa {
  const app = new Koa();
  const router = new Router();
  router.get('/health', health(healthDeps).alive);
  router.get('/ready', health(healthDeps).ready);
  if (webhook) router.post('/webhooks/telegram', telegramWebhook(webhook));
  for (const { path, middleware } of routes) router.post(path, middleware);
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

const unknownAddress: Middleware = () => {
  throw new HttpRefusal(404, 'not_found', 'There is nothing at this address.');
};
