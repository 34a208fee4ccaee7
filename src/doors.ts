import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import superagent from 'superagent';
import type { Update, UserFromGetMe } from 'telegraf/types';
import type { Clock, Commit, Observe } from '../actors/protocol.ts';
import type { Queries } from '../db/queries.ts';
import { type Bot, registerAdminCommands, registerCommands } from './bot/bot.ts';
import { callApi } from './bot/call-api.ts';
import { startPolling } from './bot/poller.ts';
import { closeWebhook, openWebhook } from './bot/webhook.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { createEdge, type Route } from './http/app.ts';

export type Doors = { readonly url: string; close(): Promise<void> };
type DoorsDeps = {
  server: Server;
  bot: Bot;
  queries: Queries;
  commit: Commit;
  /** Hears of an update that was laid aside. */
  onKept: (update: Update) => void;
  /** Where gateways notify us. */
  routes: readonly Route[];
  observe: Observe;
  clock: Clock;
};

const retryMs = 3_000;
const askTimeoutMs = 5_000;

/** Why nothing can be listened on, by the variable that is at fault. */
export const cannotListen = ({ host, port }: { host: string; port: number }, error: NodeJS.ErrnoException): string =>
  ['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN'].includes(error.code ?? '')
    ? `HOST holds ${JSON.stringify(host)}; it should be an address of this machine: ${error.message}`
    : `PORT holds ${port}; it cannot be listened on: ${error.message}`;

/** Takes the port, and answers 503 until the doors are open. */
export const takePort = ({ host, port }: Config['http']): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((_, response) => response.writeHead(503).end());
    server.once('error', (error: Error) => reject(new ConfigError(cannotListen({ host, port }, error))));
    server.listen(port, host, () => resolve(server));
  });

/** Opens what updates come in by: the HTTP server, and the webhook or long polling. */
export async function openDoors(config: Config, deps: DoorsDeps): Promise<Doors> {
  const { server, bot, observe, clock } = deps;
  server.removeAllListeners('request').on('request', edgeOf(config, deps).callback());
  const { webhook, botName } = config.telegram;
  await introduce(bot, deps);
  if (webhook) await persistently(deps, () => openWebhook(bot, webhook.url, webhook.secret));
  else await persistently(deps, () => closeWebhook(bot));
  const registered = [registerCommands(bot), ...config.admins.map(adminId => registerAdminCommands(bot, adminId))];
  for (const one of registered) one.catch((error: Error) => observe({ step: 'commands:unregistered', error }));
  const poller = webhook ? undefined : startPolling(bot, { clock, observe, keep: keeper(deps) });
  observe({ step: `open:${botName}` });
  return {
    url: `http://${config.http.host}:${(server.address() as AddressInfo).port}`,
    async close() {
      await poller?.stop();
      await closeServer(server);
    },
  };
}

/** Lays an update aside, as Telegram sent it. */
const keeper =
  ({ commit, clock, onKept }: DoorsDeps) =>
  async (update: Update): Promise<void> => {
    const data = JSON.stringify(update);
    await commit({ writes: [{ do: 'keepUpdate', updateId: update.update_id, data, at: clock.now() }] });
    onKept(update);
  };

/** Learns who the bot is. */
const introduce = (bot: Bot, deps: DoorsDeps): Promise<void> =>
  persistently(deps, async () => {
    bot.botInfo = await whoAmI(bot);
  });

type TelegramAnswer = { error_code?: number; description?: string };

/** Telegram may be out of reach for a while; a token or an address that it refuses will not get better. */
async function persistently({ observe, clock }: DoorsDeps, call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      const { error_code: code, description } = (error as { response?: TelegramAnswer }).response ?? {};
      if (code === 401 || code === 404)
        throw new ConfigError('BOT_TOKEN is refused by Telegram; it should be the token that BotFather gave');
      if (code === 400)
        throw new ConfigError(
          `WEBHOOK_URL is refused by Telegram (${description}); it should be an https address on port 443, 80, 88 or 8443`,
        );
      observe({ step: 'telegram:unreachable', error: error as Error });
      await new Promise<void>(resolve => void clock.after(retryMs, resolve));
    }
  }
}

const edgeOf = ({ telegram: { webhook }, comfy }: Config, { bot, queries, routes, observe }: DoorsDeps) =>
  createEdge({
    observe,
    webhook: webhook && { secret: webhook.secret, receive: update => bot.handleUpdate(update as Update) },
    routes,
    health: {
      database: queries.isAlive,
      telegram: async () => Boolean(await whoAmI(bot)),
      comfyui: async () => (await Promise.allSettled(comfy.servers.map(statsOf))).some(({ status }) => status === 'fulfilled'),
    },
  });

const whoAmI = ({ telegram }: Bot) => callApi<UserFromGetMe>(telegram, 'getMe', {}, askTimeoutMs);
const statsOf = (server: string) => superagent.get(`${server}/system_stats`).timeout(askTimeoutMs);

const closeServer = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
