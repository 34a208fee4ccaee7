import { type ChatMessage, chatMessage } from './chat-message.ts';
import type { Events } from './events.ts';
import type { FileStore } from './files.ts';
import type { Markup } from './markup.ts';
import { withoutEmpty } from './markup.ts';
import type { Chat, Content, Message, User } from './wire.ts';

/** `fixed`: sent with a reply keyboard, so that Telegram lets nobody edit it. */
export type ChatRecord = { readonly wire: Message; readonly editCount: number; readonly fixed: boolean };

type Post = {
  readonly from: User;
  readonly content: Content;
  readonly markup?: Markup | undefined;
  readonly replyTo?: ChatRecord | undefined;
};

const NOTHING = {};

/** The private chat of one person with the bot. Message ids count from the same first number in each chat. */
export class PrivateChat {
  user: User;
  blocked = false;
  keyboard: string[][] | undefined;
  readonly #files: FileStore;
  readonly #events: Events;
  readonly #records = new Map<number, ChatRecord>();
  readonly #views = new WeakMap<ChatRecord, ChatMessage>();
  readonly #watchers = new Set<(message: ChatMessage) => void>();
  #lastId: number;

  constructor(user: User, files: FileStore, events: Events, firstMessageId: number) {
    this.user = user;
    this.#files = files;
    this.#events = events;
    this.#lastId = firstMessageId - 1;
  }

  get id(): number {
    return this.user.id;
  }

  get info(): Chat {
    const { id, first_name, username } = this.user;
    return { id, first_name, ...(username === undefined ? {} : { username }), type: 'private' };
  }

  get messages(): ChatMessage[] {
    return Array.from(this.#records.values(), record => this.view(record));
  }

  record(messageId: number | undefined): ChatRecord | undefined {
    return messageId === undefined ? undefined : this.#records.get(messageId);
  }

  view(record: ChatRecord): ChatMessage {
    const known = this.#views.get(record);
    if (known) return known;
    const made = chatMessage(record.wire, record.editCount, this.#files);
    this.#views.set(record, made);
    return made;
  }

  post({ from, content, markup, replyTo }: Post): ChatRecord {
    const inline = markup?.kind === 'inline' ? withoutEmpty(markup.inline) : undefined;
    const wire: Message = {
      message_id: ++this.#lastId,
      from,
      chat: this.info,
      date: Math.floor(Date.now() / 1000),
      ...(replyTo ? { reply_to_message: withoutReply(replyTo.wire) } : NOTHING),
      ...content,
      ...(inline ? { reply_markup: inline } : NOTHING),
    };
    const record: ChatRecord = { wire, editCount: 0, fixed: markup !== undefined && markup.kind !== 'inline' };
    this.#records.set(wire.message_id, record);
    if (markup?.kind === 'keyboard') this.keyboard = markup.rows;
    if (markup?.kind === 'remove') this.keyboard = undefined;
    this.#tell('message', record);
    return record;
  }

  /** Puts new content in the place of the old. */
  replace(old: ChatRecord, wire: Message): ChatRecord {
    const edited: Message = { ...wire, edit_date: Math.floor(Date.now() / 1000) };
    const record: ChatRecord = { wire: edited, editCount: old.editCount + 1, fixed: false };
    this.#records.set(wire.message_id, record);
    this.#tell('edit', record);
    return record;
  }

  delete(messageId: number): boolean {
    const existed = this.#records.delete(messageId);
    if (existed) this.#events.emit('delete', () => ({ chatId: this.id, messageId }));
    return existed;
  }

  /** Called for every new and every edited message. */
  watch(watcher: (message: ChatMessage) => void): () => void {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  #tell(event: 'message' | 'edit', record: ChatRecord): void {
    this.#events.emit(event, () => ({ chatId: this.id, message: this.view(record) }));
    for (const watcher of [...this.#watchers]) watcher(this.view(record));
  }
}

const withoutReply = ({ reply_to_message: _, ...wire }: Message): Message => wire;
