import type { BotCall } from './bot-call.ts';
import type { ChatMessage } from './chat-message.ts';
import type { Update } from './wire.ts';

export type ChatChange = { readonly chatId: number; readonly message: ChatMessage };

/** What the bot said to a pressed button. */
export type CallbackAnswer = { readonly text?: string; readonly showAlert: boolean; readonly url?: string };

/** Everything that can be watched from outside. */
export type TelegramEvents = {
  call: BotCall;
  message: ChatChange;
  edit: ChatChange;
  delete: { readonly chatId: number; readonly messageId: number };
  callbackAnswer: CallbackAnswer & { readonly chatId: number; readonly queryId: string };
  action: { readonly chatId: number; readonly action: string };
  /** The bot has taken this update: a later poll asked for what follows it, or the webhook answered 2xx. */
  confirmed: Update;
};

type Listener<E> = (event: E) => void;
type Listeners = { [K in keyof TelegramEvents]: Set<Listener<TelegramEvents[K]>> };

export class Events {
  readonly #listeners: Listeners = {
    call: new Set(),
    message: new Set(),
    edit: new Set(),
    delete: new Set(),
    callbackAnswer: new Set(),
    action: new Set(),
    confirmed: new Set(),
  };

  on<K extends keyof TelegramEvents>(name: K, listener: Listener<TelegramEvents[K]>): () => void {
    this.#listeners[name].add(listener);
    return () => {
      this.#listeners[name].delete(listener);
    };
  }

  /** The event is only built when somebody listens: under load nobody does. */
  emit<K extends keyof TelegramEvents>(name: K, event: () => TelegramEvents[K]): void {
    const listeners = this.#listeners[name];
    if (listeners.size === 0) return;
    const built = event();
    for (const listener of [...listeners]) listener(built);
  }
}
