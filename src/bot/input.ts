import type { Message, Update, User } from 'telegraf/types';
import { adminCommands } from '../domain/admin.ts';
import type { Command, Input, Sender } from '../domain/person-event.ts';
import { decodePress } from '../domain/press.ts';
import { menuButtonOf } from './keyboards.ts';
import { texts } from './words/texts.ts';

/** What a person did in their private chat. */
export type PersonInput = { userId: number; updateId: number; sender: Sender; input: Input };

const commands: readonly string[] = [
  'start',
  'help',
  'menu',
  'balance',
  'history',
  'profile',
  'cancel',
  'language',
  'promo',
  'paysupport',
  'terms',
] satisfies Command[];

/** An update as an input; undefined for what is not said by a person in a private chat. */
export function inputOf(update: Update): PersonInput | undefined {
  const found = spoken(update);
  if (!found?.from || found.from.is_bot) return undefined;
  const { from, input } = found;
  return { userId: from.id, updateId: update.update_id, sender: senderOf(from), input };
}

const senderOf = ({ username, first_name, language_code }: User): Sender => ({
  username: username ?? null,
  // Always there, says Telegram; a row without a name could not be written, and the update would come for ever.
  firstName: first_name ?? '',
  languageCode: language_code,
});

/** `from` is left out by a channel, and by whoever forges an update. */
function spoken(update: Update): { from: User | undefined; input: Input } | undefined {
  if ('message' in update) {
    const { message } = update;
    return message.chat.type === 'private' ? { from: message.from, input: messageInput(message) } : undefined;
  }
  if ('callback_query' in update) {
    const { from, message } = update.callback_query;
    if (message && message.chat.type !== 'private') return undefined;
    const data = 'data' in update.callback_query ? update.callback_query.data : '';
    // Of a message that Telegram no longer shows us the id is all that there is: whoever presses twice is known by it.
    return { from, input: { type: 'press', press: decodePress(data), messageId: message?.message_id ?? null } };
  }
  if ('my_chat_member' in update && update.my_chat_member.chat.type === 'private') {
    const { from, new_chat_member } = update.my_chat_member;
    return { from, input: { type: new_chat_member.status === 'kicked' ? 'blocked' : 'unblocked' } };
  }
  return undefined;
}

function messageInput(message: Message): Input {
  if ('text' in message) return isOwn(message) ? textInput(message.text) : notOrdered(textInput(message.text));
  if ('photo' in message) {
    const largest = message.photo.at(-1);
    return largest ? photoInput(message, largest) : { type: 'unsupported' };
  }
  if ('animation' in message) return { type: 'unsuitableFile', reason: 'animated' };
  if ('video' in message || 'video_note' in message) return { type: 'unsuitableFile', reason: 'animated' };
  if ('document' in message) return documentInput(message);
  return { type: 'unsupported' };
}

/** Written by the person themselves, and not passed on, or put into their mouth by another bot. */
const isOwn = (message: Message.TextMessage): boolean => !('forward_origin' in message) && !('via_bot' in message);

/** Words of somebody else give no orders to the house in an admin's name. */
const notOrdered = (input: Input): Input => (input.type === 'admin' ? { type: 'unsupported' } : input);

function textInput(text: string): Input {
  const command = /^\/(\w+)(?:@\w+)?(?:\s+([\s\S]*))?$/.exec(text);
  if (command) return commandInput(command[1]!.toLowerCase(), command[2] ?? '');
  const button = menuButtonOf(text, Object.values(texts));
  return button ? { type: 'button', button } : { type: 'text', text };
}

/** A command that there is not is no wish either: nobody pays for an edit named «/history». */
const commandInput = (command: string, argument: string): Input => {
  const adminCommand = adminCommands.find(one => one === command);
  if (adminCommand) return { type: 'admin', command: adminCommand, argument };
  return commands.includes(command) ? { type: 'command', command: command as Command, argument } : { type: 'unsupported' };
};

/** A file sent without compression. Its type is what the sender claims; what it is, is seen when it is opened. */
function documentInput(message: Message.DocumentMessage): Input {
  const { mime_type: claimed } = message.document;
  if (claimed === 'image/gif') return { type: 'unsuitableFile', reason: 'animated' };
  if (claimed && !claimed.startsWith('image/')) return { type: 'unsuitableFile', reason: 'not_a_picture' };
  return photoInput(message, message.document);
}

const photoInput = (message: Message, { file_id: fileId, file_size: bytes }: { file_id: string; file_size?: number }): Input => ({
  type: 'photo',
  file: { fileId, ...(bytes !== undefined && { bytes }) },
  caption: 'caption' in message && message.caption ? message.caption : null,
  messageId: message.message_id,
  group: 'media_group_id' in message && message.media_group_id ? message.media_group_id : null,
});
