import { PrivateChat } from './chat.ts';
import { badRequest, blockedByUser } from './errors.ts';
import type { CallbackAnswer, Events } from './events.ts';
import type { TelegramFaults } from './faults.ts';
import { FileStore } from './files.ts';
import { LongPoll } from './long-poll.ts';
import { OpenQueries } from './open-queries.ts';
import { integerOf, type Params } from './params.ts';
import { UpdateQueue } from './update-queue.ts';
import type { Webhook } from './webhook.ts';
import type { Payment, StarTransaction, User } from './wire.ts';

export type CheckoutAnswer = { readonly ok: true } | { readonly ok: false; readonly error: string };

export type PaidInvoice = { readonly chatId: number; readonly payment: Payment; refunded: boolean };

export type BotCommand = { readonly command: string; readonly description: string };

export type NetworkOptions = {
  readonly bot: User;
  readonly events: Events;
  readonly faults: TelegramFaults;
  readonly resendDelayMs: number;
  readonly nextUpdateId: number;
  readonly firstMessageId: number;
  /** The body of a 2xx answer of the webhook, which may hold a method call. */
  readonly onWebhookReply: (body: string) => void;
};

/** Under which a list of commands is kept. */
export const commandKey = (type: unknown, chatId: unknown, userId: unknown, languageCode: string): string =>
  JSON.stringify([type, chatId, userId, languageCode]);

/** All that Telegram knows in this process: the bot, the people, their chats, files and open questions. */
export class TelegramNetwork {
  readonly bot: User;
  readonly events: Events;
  readonly faults: TelegramFaults;
  readonly resendDelayMs: number;
  readonly files = new FileStore();
  readonly updates: UpdateQueue;
  readonly poll: LongPoll;
  readonly chats = new Map<number, PrivateChat>();
  readonly callbacks = new OpenQueries<CallbackAnswer>('182210987');
  readonly checkouts = new OpenQueries<CheckoutAnswer>('182310987');
  readonly paid = new Map<string, PaidInvoice>();
  /** The bot's Stars, the oldest first. */
  readonly transactions: StarTransaction[] = [];
  /** By scope and language, as the bot registered them. */
  readonly commands = new Map<string, readonly BotCommand[]>();
  readonly menuButtons = new Map<number | undefined, Record<string, unknown>>();
  /** What each invoice was for; people do not see it. */
  readonly payloads = new WeakMap<object, string>();
  readonly onWebhookReply: (body: string) => void;
  webhook: Webhook | undefined;
  readonly #firstMessageId: number;
  /** Numbers albums and payments. Begins with the update ids, so that what does not come again there does not here. */
  #count: number;

  constructor({ bot, events, faults, resendDelayMs, nextUpdateId, firstMessageId, onWebhookReply }: NetworkOptions) {
    this.bot = bot;
    this.events = events;
    this.faults = faults;
    this.resendDelayMs = resendDelayMs;
    this.onWebhookReply = onWebhookReply;
    this.#firstMessageId = firstMessageId;
    this.#count = nextUpdateId;
    this.updates = new UpdateQueue(nextUpdateId, faults, update => events.emit('confirmed', () => update));
    this.poll = new LongPoll(this.updates);
    this.updates.onAdded(entry => this.webhook?.offer(entry));
  }

  chatOf(user: User): PrivateChat {
    const known = this.chats.get(user.id);
    if (known) return known;
    const made = new PrivateChat(user, this.files, this.events, this.#firstMessageId);
    this.chats.set(user.id, made);
    return made;
  }

  /** The chat of a call, or Telegram's refusal: 400 for a chat nobody knows, 403 when the person has blocked the bot. */
  reachableChat(params: Params): PrivateChat {
    if (params['chat_id'] === undefined || params['chat_id'] === '') throw badRequest('chat_id is empty');
    const chat = this.chats.get(integerOf(params, 'chat_id') ?? Number.NaN);
    if (!chat) throw badRequest('chat not found');
    if (chat.blocked) throw blockedByUser();
    return chat;
  }

  /**
   * Of a private chat: the narrowest scope counts, and in it the language.
   * https://core.telegram.org/bots/api#determining-list-of-commands
   */
  commandsFor({ id, language_code }: User): readonly BotCommand[] {
    const scopes = [['chat', id], ['all_private_chats'], ['default']] as const;
    const keys = scopes.flatMap(([type, chatId]) =>
      [language_code ?? '', ''].map(code => commandKey(type, chatId, undefined, code)),
    );
    return keys.map(key => this.commands.get(key)).find(list => list !== undefined) ?? [];
  }

  newAlbumId(): string {
    return `1399${String(++this.#count).padStart(13, '0')}`;
  }

  newPaymentNumber(): number {
    return ++this.#count;
  }

  close(): void {
    this.webhook?.stop();
    this.poll.close();
  }
}
