import type { ChatRecord, PrivateChat } from '../chat.ts';
import { badRequest, notModified } from '../errors.ts';
import { messageCaption, messageText } from '../formatted.ts';
import { inlineMarkupOf } from '../markup.ts';
import type { TelegramNetwork } from '../network.ts';
import { integerOf, isObject, type Params } from '../params.ts';
import type { Content, InlineMarkup, Message } from '../wire.ts';
import type { Method } from './method.ts';
import { captionContent, mediaContent, mediaKind, textContent, wireOf } from './outgoing.ts';

type Editable = { readonly chat: PrivateChat; readonly record: ChatRecord; readonly markup: InlineMarkup | undefined };

/** The bot's own message of a call. Messages with a reply keyboard cannot be edited at all. */
const editable = (network: TelegramNetwork, params: Params): Editable => {
  const chat = network.reachableChat(params);
  const messageId = integerOf(params, 'message_id');
  if (messageId === undefined) throw badRequest('message identifier is not specified');
  const record = chat.record(messageId);
  if (!record) throw badRequest('message to edit not found');
  if (!record.wire.from.is_bot || record.fixed) throw badRequest("message can't be edited");
  return { chat, record, markup: inlineMarkupOf(params) };
};

/** Everything that can be edited is replaced; a keyboard that is not given again is gone. */
const replaced = (record: ChatRecord, content: Content, markup: InlineMarkup | undefined): Message => {
  const { message_id, from, chat, date, reply_to_message, media_group_id } = record.wire;
  return {
    message_id,
    from,
    chat,
    date,
    ...(reply_to_message ? { reply_to_message } : {}),
    ...(media_group_id === undefined ? {} : { media_group_id }),
    ...content,
    ...(markup ? { reply_markup: markup } : {}),
  };
};

/** What an edit can change, for the comparison: the bytes of a picture count, not the name that an upload got. */
const essence = (message: Message): string =>
  JSON.stringify([
    message.text,
    message.entities ?? [],
    message.caption,
    message.caption_entities ?? [],
    message.photo?.at(-1)?.file_unique_id,
    message.document?.file_unique_id,
    message.reply_markup?.inline_keyboard ?? [],
  ]);

const apply = ({ chat, record }: Editable, edited: Message): Message => {
  if (essence(edited) === essence(record.wire)) throw notModified();
  return wireOf(chat.replace(record, edited));
};

export const editMessageText: Method = (network, { params }) => {
  const target = editable(network, params);
  if (target.record.wire.text === undefined) throw badRequest('there is no text in the message to edit');
  return apply(target, replaced(target.record, textContent(messageText(params)), target.markup));
};

export const editMessageCaption: Method = (network, { params }) => {
  const target = editable(network, params);
  const { photo, document, animation, video } = target.record.wire;
  if (!photo && !document && !animation && !video) throw badRequest('there is no caption in the message to edit');
  const media: Content = { ...(photo ? { photo } : {}), ...(document ? { document } : {}) };
  return apply(target, replaced(target.record, { ...media, ...captionContent(messageCaption(params)) }, target.markup));
};

export const editMessageReplyMarkup: Method = (network, { params }) => {
  const target = editable(network, params);
  const { reply_markup: _, ...wire } = target.record.wire;
  return apply(target, { ...wire, ...(target.markup ? { reply_markup: target.markup } : {}) });
};

export const editMessageMedia: Method = async (network, { params, uploads }) => {
  const item = params['media'];
  if (!isObject(item)) throw badRequest("can't parse InputMedia: media must be an Object");
  editable(network, params);
  const media = await mediaContent(network, mediaKind(item), { value: item['media'], field: '', uploads });
  const caption = captionContent(messageCaption(item));
  // Looked up again: the message may have changed or gone while the picture was looked at.
  const target = editable(network, params);
  return apply(target, replaced(target.record, { ...media, ...caption }, target.markup));
};

export const deleteMessage: Method = (network, { params }) => {
  const chat = network.reachableChat(params);
  const messageId = integerOf(params, 'message_id');
  if (messageId === undefined) throw badRequest('message identifier is not specified');
  if (!chat.delete(messageId)) throw badRequest('message to delete not found');
  return true;
};
