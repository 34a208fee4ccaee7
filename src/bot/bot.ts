import { Telegraf } from 'telegraf';
import type { Update } from 'telegraf/types';
import { ask, type Ref } from '../../actors/nact.ts';
import type { Observe, UsersMessage } from '../../actors/protocol.ts';
import { adminCommands } from '../domain/admin.ts';
import { callApi } from './call-api.ts';
import { inputOf, type PersonInput } from './input.ts';
import { answerCheckout, bookBill, paidBillOf, type StarsDeps } from './stars.ts';
import { texts } from './words/texts.ts';

export type BotOptions = { token: string; apiUrl: string };
export type Bot = Telegraf;

const receiveTimeoutMs = 25_000;

/** Every kind of update that is listened to; Telegram keeps the last list when none is sent, so it is always sent. */
export const allowedUpdates = ['message', 'callback_query', 'my_chat_member', 'pre_checkout_query'] as const;

/** telegraf without its launch: its own polling confirms updates before they are written. */
export const createBot = ({ token, apiUrl }: BotOptions): Bot =>
  new Telegraf(token, { handlerTimeout: Number.POSITIVE_INFINITY, telegram: { apiRoot: apiUrl, webhookReply: false } });

export type IntakeDeps = StarsDeps & { users: Ref<UsersMessage> };

/**
 * Lets updates in: each becomes an input of its person, and `handleUpdate` resolves once that is durable, or rejects. Money goes
 * before all that: no limit and no mood of a conversation keeps it out.
 */
export function listen(bot: Bot, deps: IntakeDeps): void {
  bot.use(async ({ update }) => {
    if ('pre_checkout_query' in update && update.pre_checkout_query?.from)
      return answerCheckout(bot.telegram, deps, update.pre_checkout_query);
    const bill = paidBillOf(update);
    return bill ? bookBill(deps, update, bill) : receive(bot, deps, update);
  });
  bot.catch(error => {
    throw error;
  });
}

async function receive(bot: Bot, { users, observe }: IntakeDeps, update: Update): Promise<void> {
  const found = read(update, observe);
  const text = found && (await take(found, users, observe));
  const query = 'callback_query' in update ? update.callback_query : null;
  if (!query) return;
  const answer = { callback_query_id: query.id, ...(text && { text }) };
  // Not waited for: whether the button stops turning says nothing about the update. A late press can no longer be answered.
  callApi(bot.telegram, 'answerCallbackQuery', answer).catch((error: Error) => observe({ step: 'callback:unanswered', error }));
}

/** An update that makes no sense is acknowledged like one that is not for us: it must not hold up those behind it. */
function read(update: Update, observe: Observe): PersonInput | undefined {
  try {
    return inputOf(update);
  } catch (error) {
    observe({ step: 'update:unreadable', error: error as Error });
    return undefined;
  }
}

/** Resolves with the words for a pressed button, if there are any, once the input is durable. */
async function take(found: PersonInput, users: Ref<UsersMessage>, observe: Observe): Promise<string | undefined> {
  const { userId, updateId, sender, input } = found;
  const received = await ask(users, { type: 'receive', userId, updateId, sender, input }, receiveTimeoutMs);
  if (received.status === 'unavailable') throw new Error('an update could not be written');
  observe({ step: 'update:durable', userId });
  return received.toast && texts[received.language].toasts[received.toast];
}

/** Registers the commands that a person sees, in both languages. */
export async function registerCommands({ telegram }: Bot): Promise<void> {
  for (const [language, { commands }] of Object.entries(texts))
    await callApi(telegram, 'setMyCommands', { commands: listed(commands), ...inLanguage(language) });
}

/** Shows an admin, and nobody else, the admins' commands beside the others. Rejects for one who has never written to the bot. */
export async function registerAdminCommands({ telegram }: Bot, adminId: number): Promise<void> {
  for (const [language, { commands, admin }] of Object.entries(texts)) {
    const theirs = Object.fromEntries(adminCommands.map(command => [command, admin.commands[command].does]));
    const scope = { type: 'chat', chat_id: adminId };
    await callApi(telegram, 'setMyCommands', { commands: listed({ ...commands, ...theirs }), scope, ...inLanguage(language) });
  }
}

const listed = (commands: Readonly<Record<string, string>>) =>
  Object.entries(commands).map(([command, description]) => ({ command, description }));
/** English is for all languages that have no list of their own. */
const inLanguage = (language: string) => (language === 'en' ? {} : { language_code: language });
