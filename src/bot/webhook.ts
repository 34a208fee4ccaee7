import { allowedUpdates, type Bot } from './bot.ts';
import { callApi } from './call-api.ts';

/** Where Telegram is to send updates, and the secret by which they are known. Pending updates are never dropped. */
export const openWebhook = ({ telegram }: Bot, url: string, secret: string): Promise<unknown> =>
  callApi(telegram, 'setWebhook', {
    url: `${url.replace(/\/$/, '')}/webhooks/telegram`,
    secret_token: secret,
    allowed_updates: allowedUpdates,
  });

/** Ends webhook delivery, so that polling may begin. */
export const closeWebhook = ({ telegram }: Bot): Promise<unknown> =>
  callApi(telegram, 'deleteWebhook', { drop_pending_updates: false });
