import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import superagent from 'superagent';
import type { Update } from 'telegraf/types';
import type { Clock, Observe } from '../actors/protocol.ts';
import type { Queries } from '../db/queries.ts';
import { type Bot, registerCommands } from './bot/bot.ts';
import { startPolling } from './bot/poller.ts';
import { closeWebhook, openWebhook } from './bot/webhook.ts';
import { type Config, ConfigError } from './config.ts';
import { createEdge } from './http/app.ts';

export type Doors = { readonly url: string; close(): Promise<void> };
type DoorsDeps = { bot: Bot; queries: Queries; observe: Observe; clock: Clock };

const retryMs = 3_000;
const askTimeoutMs = 5_000;

/** Opens what updates come in by: the HTTP server, and the webhook or long polling. */
export async function openDoors(config: Config, deps: DoorsDeps): Promise<Doors> {
  const { bot, observe, clock } = deps;
  const server = await listenHttp(config, deps);
  const { webhook, botName } = config.telegram;
  await introduce(bot, deps);
  if (webhook) await persistently(deps, () => openWebhook(bot, webhook.url, webhook.secret));
  else await persistently(deps, () => closeWebhook(bot));
  registerCommands(bot).catch((error: Error) => observe({ step: 'commands:unregistered', error }));
  const poller = webhook ? undefined : startPolling(bot, { clock, observe });
  observe({ step: `open:${botName}` });
  return {
    url: `http://${config.http.host}:${(server.address() as AddressInfo).port}`,
    async close() {
      await poller?.stop();
      await closeServer(server);
    },
  };
}

/** Learns who the bot is. Telegram may be out of reach for a while; a token that it refuses will not get better. */
const introduce = (bot: Bot, deps: DoorsDeps): Promise<void> =>
  persistently(deps, async () => {
    bot.botInfo = await bot.telegram.getMe();
  });

async function persistently({ observe, clock }: DoorsDeps, call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      const code = (error as { response?: { error_code?: number } }).response?.error_code;
      if (code === 401 || code === 404)
        throw new ConfigError('BOT_TOKEN is refused by Telegram; it should be the token that BotFather gave');
      observe({ step: 'telegram:unreachable', error: error as Error });
      await new Promise<void>(resolve => void clock.after(retryMs, resolve));
    }
  }
}

function listenHttp({ http, telegram, comfy }: Config, { bot, queries, observe }: DoorsDeps): Promise<Server> {
  const { webhook } = telegram;
  const edge = createEdge({
    observe,
    webhook: webhook && { secret: webhook.secret, receive: update => bot.handleUpdate(update as Update) },
    health: {
      database: queries.isAlive,
      telegram: async () => Boolean(await bot.telegram.getMe()),
      comfyui: async () => (await Promise.allSettled(comfy.servers.map(statsOf))).some(({ status }) => status === 'fulfilled'),
    },
  });
  return new Promise((resolve, reject) => {
    const server = createServer(edge.callback());
    server.once('error', (error: Error) =>
      reject(new ConfigError(`PORT holds ${http.port}; it cannot be listened on: ${error.message}`)),
    );
    server.listen(http.port, http.host, () => resolve(server));
  });
}

const statsOf = (server: string) => superagent.get(`${server}/system_stats`).timeout(askTimeoutMs);

const closeServer = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
