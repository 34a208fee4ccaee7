import { Telegraf } from 'telegraf';
import type { Update } from 'telegraf/types';
import { ask, type Ref } from '../../actors/nact.ts';
import type { Observe, UsersMessage } from '../../actors/protocol.ts';
import { languageOf } from '../domain/user.ts';
import { callApi } from './call-api.ts';
import { inputOf } from './input.ts';
import { texts } from './texts.ts';

export type BotOptions = { token: string; apiUrl: string };
export type Bot = Telegraf;

const receiveTimeoutMs = 25_000;

/** Every kind of update that is listened to; Telegram keeps the last list when none is sent, so it is always sent. */
export const allowedUpdates = ['message', 'callback_query', 'my_chat_member', 'pre_checkout_query'] as const;

/** telegraf without its launch: its own polling confirms updates before they are written. */
export const createBot = ({ token, apiUrl }: BotOptions): Bot =>
  new Telegraf(token, { handlerTimeout: Number.POSITIVE_INFINITY, telegram: { apiRoot: apiUrl, webhookReply: false } });

/** Lets updates in: each becomes an input of its person, and `handleUpdate` resolves once that is durable, or rejects. */
export function listen(bot: Bot, users: Ref<UsersMessage>, observe: Observe): void {
  bot.use(async ctx => receive(bot, users, observe, ctx.update));
  bot.catch(error => {
    throw error;
  });
}

async function receive(bot: Bot, users: Ref<UsersMessage>, observe: Observe, update: Update): Promise<void> {
  const found = inputOf(update);
  if (!found) return;
  const { userId, updateId, sender, input } = found;
  const received = await ask(users, { type: 'receive', userId, updateId, sender, input }, receiveTimeoutMs);
  if (received.status === 'unavailable') throw new Error('an update could not be written');
  observe({ step: 'update:durable', userId });
  if (!('callback_query' in update)) return;
  const text = received.toast && texts[languageOf(sender.languageCode)].toasts[received.toast];
  const answer = { callback_query_id: update.callback_query.id, ...(text && { text }) };
  // Not waited for: whether the button stops turning says nothing about the update. A late press can no longer be answered.
  callApi(bot.telegram, 'answerCallbackQuery', answer).catch((error: Error) =>
    observe({ step: 'callback:unanswered', userId, error }),
  );
}

/** Registers the commands that a person sees, in both languages. */
export async function registerCommands({ telegram }: Bot): Promise<void> {
  for (const [language, { commands }] of Object.entries(texts)) {
    const list = Object.entries(commands).map(([command, description]) => ({ command, description }));
    await callApi(telegram, 'setMyCommands', { commands: list, ...(language !== 'en' && { language_code: language }) });
  }
}
