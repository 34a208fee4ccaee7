import { randomBytes } from 'node:crypto';
import type { ComfyUIStandIn } from './comfyui/server.ts';
import { type ComfyUIFarm, startFarm } from './comfyui-farm.ts';
import { startTelegram, type TelegramStandIn } from './telegram/server.ts';
import { startYooKassa, type YooKassaStandIn } from './yookassa/server.ts';

export type StandInName = 'telegram' | 'comfyui' | 'yookassa';

/** Takes the place of what the environment has no key for. */
export type StandIns = {
  readonly telegram?: TelegramStandIn;
  readonly comfyuis?: readonly ComfyUIStandIn[];
  readonly farm?: ComfyUIFarm;
  /** Notifies nobody until its `notifyUrl` is set, and shows its payment page itself unless its `checkoutUrl` is. */
  readonly yookassa?: YooKassaStandIn;
  /** What the environment lacks so that the house speaks to them, as it is now: the addresses of servers change. */
  readonly environment: Record<string, string>;
  close(): Promise<void>;
};

export type StandInOptions = {
  readonly botUsername?: string;
  /** On the payment page. */
  readonly shopName?: string;
};

const botId = 7_000_000_001;
const shopId = '100500';
const loopback = '127.0.0.0/8,::1/128';

type Closing = { close(): Promise<void> };

/** Starts what is missing, on free loopback ports: all of it or, where one cannot start, none. */
export async function startStandIns(missing: readonly StandInName[], options: StandInOptions = {}): Promise<StandIns> {
  const { botUsername = 'sandbox_bot', shopName } = options;
  const keys = { token: `${botId}:${secret()}`, apiKey: `test_${secret()}` };
  const open: Closing[] = [];
  const close = async (): Promise<void> => void (await Promise.all(open.map(one => one.close())));
  const start = async <T extends Closing>(name: StandInName, begin: () => Promise<T>): Promise<T | undefined> => {
    if (!missing.includes(name)) return undefined;
    const started = await begin();
    open.push(started);
    return started;
  };
  try {
    const telegram = await start('telegram', () => startChats(keys.token, botUsername));
    const farm = await start('comfyui', startFarm);
    const yookassa = await start('yookassa', () => startYooKassa({ shopId, apiKey: keys.apiKey, ...(shopName && { shopName }) }));
    return together({ ...(telegram && { telegram }), ...(farm && { farm }), ...(yookassa && { yookassa }) }, keys, close);
  } catch (error) {
    await close();
    throw error;
  }
}

type Started = Pick<StandIns, 'telegram' | 'farm' | 'yookassa'>;
type Keys = { readonly token: string; readonly apiKey: string };

const together = (started: Started, { token, apiKey }: Keys, close: () => Promise<void>): StandIns => {
  const { telegram, farm, yookassa } = started;
  return {
    ...started,
    ...(farm && { comfyuis: farm.servers }),
    get environment() {
      return {
        ...(telegram && { BOT_TOKEN: token, TELEGRAM_API_URL: telegram.url }),
        ...(farm && { COMFYUI_URL: farm.addresses }),
        ...(yookassa && { YUKASSA_SHOP_ID: shopId, YUKASSA_API_KEY: apiKey }),
        // It signs nothing, as the real one: a secret would shut its notifications out.
        ...(yookassa && { YUKASSA_API_URL: yookassa.url, YUKASSA_ALLOWED_IPS: loopback, YUKASSA_WEBHOOK_SECRET: '' }),
      };
    },
    close,
  };
};

const secret = (): string => randomBytes(24).toString('base64url');

/** The database outlives this Telegram and knows people and ids by heart, so none may come again: they begin with the time. */
const startChats = (token: string, botUsername: string): Promise<TelegramStandIn> => {
  const seconds = Math.floor(Date.now() / 1000);
  return startTelegram({ token, botUsername, nextUpdateId: seconds, firstMessageId: seconds, recordCalls: false });
};
