import type { Waits } from '../waits.ts';
import type { PrivateChat } from './chat.ts';
import type { ChatMessage } from './chat-message.ts';
import type { CallbackAnswer } from './events.ts';
import type { TelegramNetwork } from './network.ts';

export type ChatPlace = { readonly network: TelegramNetwork; readonly waits: Waits; readonly chat: PrivateChat };

export type PressedButton = { readonly data: string; readonly label: string; readonly messageId: number | undefined };

/** The button that a person means, or an error that shows the buttons there are. */
export const findButton = (
  messages: readonly ChatMessage[],
  button: string | { readonly data: string },
  on: ChatMessage | undefined,
): PressedButton | Error => {
  if (typeof button !== 'string') {
    const messageId = (on ?? messages.findLast(message => message.from === 'bot'))?.id;
    return { data: button.data, label: `forged ${button.data}`, messageId };
  }
  const candidates = on ? messages.filter(message => message.id === on.id) : messages;
  const message = candidates.findLast(one => one.buttons.flat().includes(button));
  if (!message)
    return new Error(`no button «${button}»; there are: ${candidates.flatMap(one => one.buttons.flat()).join(' | ')}`);
  const data = message.buttonData.flat()[message.buttons.flat().indexOf(button)];
  if (data === undefined) return new Error(`the button «${button}» opens a link or a payment and asks the bot nothing`);
  return { data, label: button, messageId: message.id };
};

/** Sends the callback query; resolves when the bot answers it. */
export const pressButton = (
  place: ChatPlace,
  { data, label, messageId }: PressedButton,
  timeoutMs: number,
): Promise<CallbackAnswer> => {
  const { network, waits, chat } = place;
  return waits.until<CallbackAnswer>({
    timeoutMs,
    why: () => `the bot did not answer the callback of «${label}»`,
    listen: settle => {
      const id = network.callbacks.open(answer => {
        network.events.emit('callbackAnswer', () => ({ ...answer, chatId: chat.id, queryId: id }));
        settle(answer);
      });
      network.updates.add('callback_query', callbackQuery(chat, id, messageId, data));
      return () => network.callbacks.expire(id);
    },
  });
};

const callbackQuery = (chat: PrivateChat, id: string, messageId: number | undefined, data: string): object => ({
  id,
  from: chat.user,
  ...(messageId === undefined ? {} : { message: pressedMessage(chat, messageId) }),
  chat_instance: `-31415926535${chat.id}`,
  data,
});

/** A message that was deleted meanwhile comes as inaccessible, with the date 0. */
const pressedMessage = (chat: PrivateChat, messageId: number): object =>
  chat.record(messageId)?.wire ?? { chat: chat.info, message_id: messageId, date: 0 };
