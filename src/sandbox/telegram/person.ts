import { quiet, WAIT_MS, type Waits } from '../waits.ts';
import type { PrivateChat } from './chat.ts';
import { type ChatMessage, describeMessage } from './chat-message.ts';
import type { CallbackAnswer } from './events.ts';
import * as incoming from './incoming.ts';
import type { BotCommand, TelegramNetwork } from './network.ts';
import { type PaymentOutcome, payInvoice } from './pay.ts';
import { type ChatPlace, findButton, pressButton } from './press.ts';
import type { Content } from './wire.ts';

export type PersonProfile = { readonly firstName?: string; readonly username?: string; readonly languageCode?: string };

export type SentByPerson = { readonly updateId: number; readonly message: ChatMessage };

export type PersonWait = {
  readonly timeoutMs?: number;
  /** Looks only at messages that came after this message id; ids count up in each chat. */
  readonly after?: number;
};

export type Match = RegExp | ((message: ChatMessage) => boolean);

/** Somebody who chats with the bot: what this person does becomes updates, what the bot answers is seen here. */
export class Person {
  readonly #network: TelegramNetwork;
  readonly #waits: Waits;
  readonly #chat: PrivateChat;

  constructor(network: TelegramNetwork, waits: Waits, chat: PrivateChat) {
    this.#network = network;
    this.#waits = waits;
    this.#chat = chat;
  }

  get id(): number {
    return this.#chat.id;
  }

  get profile(): PersonProfile {
    const { first_name: firstName, username, language_code: languageCode = '' } = this.#chat.user;
    return { firstName, languageCode, ...(username === undefined ? {} : { username }) };
  }

  /** Whether the person has blocked the bot. */
  get isBlocked(): boolean {
    return this.#chat.blocked;
  }

  /** The chat as the person sees it now: without what was deleted, with every edit. */
  get messages(): readonly ChatMessage[] {
    return this.#chat.messages;
  }

  /** The reply keyboard under the chat. */
  get keyboard(): string[][] | undefined {
    return this.#chat.keyboard;
  }

  /** The menu of commands that the bot registered for this chat and language. */
  get commands(): readonly BotCommand[] {
    return this.#network.commandsFor(this.#chat.user);
  }

  sendText(text: string): SentByPerson {
    return this.#send(incoming.textOfPerson(text));
  }

  /** As a photo: recompressed to JPEG in several sizes. */
  async sendPhoto(bytes: Buffer, { caption }: { caption?: string } = {}): Promise<SentByPerson> {
    return this.#send(await incoming.photoOfPerson(this.#network.files, bytes, caption));
  }

  /** One update per picture; the caption stands under the first. */
  async sendAlbum(items: readonly Buffer[], { caption }: { caption?: string } = {}): Promise<SentByPerson[]> {
    const { files } = this.#network;
    const photos = items.map((bytes, index) => incoming.photoOfPerson(files, bytes, index === 0 ? caption : undefined));
    const contents = await Promise.all(photos);
    const media_group_id = this.#network.newAlbumId();
    return contents.map(content => this.#send({ media_group_id, ...content }));
  }

  /** Several files at once, uncompressed, are an album too. */
  sendFileAlbum(items: readonly { readonly bytes: Buffer; readonly options: incoming.DocumentOptions }[]): SentByPerson[] {
    const media_group_id = this.#network.newAlbumId();
    const contents = items.map(({ bytes, options }) => incoming.documentOfPerson(this.#network.files, bytes, options));
    return contents.map(content => this.#send({ media_group_id, ...content }));
  }

  sendDocument(bytes: Buffer, options: incoming.DocumentOptions = {}): SentByPerson {
    return this.#send(incoming.documentOfPerson(this.#network.files, bytes, options));
  }

  sendSticker(): SentByPerson {
    return this.#send(incoming.stickerOfPerson(this.#network.files));
  }

  sendVideo({ caption }: { caption?: string } = {}): SentByPerson {
    return this.#send(incoming.videoOfPerson(this.#network.files, caption));
  }

  sendVoice(): SentByPerson {
    return this.#send(incoming.voiceOfPerson(this.#network.files));
  }

  sendAnimation(): SentByPerson {
    return this.#send(incoming.animationOfPerson(this.#network.files));
  }

  sendLocation(latitude = 55.7558, longitude = 37.6173): SentByPerson {
    return this.#send({ location: { latitude, longitude } });
  }

  sendContact(phoneNumber = '+70000000000'): SentByPerson {
    const { id, first_name } = this.#chat.user;
    return this.#send({ contact: { phone_number: phoneNumber, first_name, user_id: id } });
  }

  async reply(to: ChatMessage, content: incoming.PersonContent): Promise<SentByPerson> {
    return this.#send(await incoming.contentOfPerson(this.#network.files, content), to);
  }

  /**
   * Presses the inline button with this text, in the newest message that has one (or in `on`), or sends forged `data`.
   * Resolves with what the bot answers to the callback query; rejects when there is no such button or no answer in time.
   */
  press(button: string | { readonly data: string }, on?: ChatMessage, o: { timeoutMs?: number } = {}): Promise<CallbackAnswer> {
    const found = findButton(this.messages, button, on);
    if (found instanceof Error) return Promise.reject(found);
    return pressButton(this.#place, found, o.timeoutMs ?? WAIT_MS);
  }

  /** Presses a button of the reply keyboard that is shown now, which sends its text. */
  pressKeyboard(text: string): SentByPerson {
    const shown = this.#chat.keyboard?.flat() ?? [];
    if (!shown.includes(text)) throw new Error(`no «${text}» on the keyboard: ${shown.join(' | ') || 'there is none'}`);
    return this.sendText(text);
  }

  /** Pays the newest invoice (or `on`): pre-checkout query, then `successful_payment` once the bot has agreed. */
  pay(on?: ChatMessage, o: { timeoutMs?: number } = {}): Promise<PaymentOutcome> {
    const bill = on ?? this.messages.findLast(message => message.invoice !== undefined);
    return quiet(payInvoice(this.#place, bill?.id, o.timeoutMs ?? WAIT_MS));
  }

  block(): number {
    return this.#setBlocked(true);
  }

  unblock(): number {
    return this.#setBlocked(false);
  }

  /**
   * Resolves with the newest message that fits now, or else with the first that comes to fit, by being sent or by being edited.
   */
  waitFor(match: Match, { timeoutMs = WAIT_MS, after = 0 }: PersonWait = {}): Promise<ChatMessage> {
    const fits = (message: ChatMessage) => message.id > after && matches(match, message);
    const existing = this.messages.findLast(fits);
    if (existing) return Promise.resolve(existing);
    return this.#waits.until<ChatMessage>({
      timeoutMs,
      listen: settle => this.#chat.watch(message => fits(message) && settle(message)),
      why: () => `no message fits ${String(match)} in the chat of ${this.id}:\n${this.describe()}\n`,
    });
  }

  /** The chat in words, one line a message. */
  describe(): string {
    return this.messages.map(describeMessage).join('\n') || '(the chat is empty)';
  }

  get #place(): ChatPlace {
    return { network: this.#network, waits: this.#waits, chat: this.#chat };
  }

  #send(content: Content, replyTo?: ChatMessage): SentByPerson {
    if (this.#chat.blocked) throw new Error(`person ${this.id} has blocked the bot and cannot write to it`);
    const record = this.#chat.post({ from: this.#chat.user, content, replyTo: this.#chat.record(replyTo?.id) });
    const updateId = this.#network.updates.add('message', record.wire);
    return { updateId, message: this.#chat.view(record) };
  }

  #setBlocked(blocked: boolean): number {
    const { bot, updates } = this.#network;
    this.#chat.blocked = blocked;
    const member = { user: bot, status: 'member' };
    const kicked = { user: bot, status: 'kicked', until_date: 0 };
    return updates.add('my_chat_member', {
      chat: this.#chat.info,
      from: this.#chat.user,
      date: Math.floor(Date.now() / 1000),
      old_chat_member: blocked ? member : kicked,
      new_chat_member: blocked ? kicked : member,
    });
  }
}

/** A pattern looks at the text or the caption; only at what the bot wrote, since people know what they wrote themselves. */
const matches = (match: Match, message: ChatMessage): boolean => {
  if (typeof match === 'function') return match(message);
  match.lastIndex = 0;
  return message.from === 'bot' && match.test(message.text ?? message.caption ?? '');
};
