import type { ChatRecord, PrivateChat } from '../chat.ts';
import { badRequest, tooLarge } from '../errors.ts';
import type { FileKind, StoredFile } from '../files.ts';
import { documentRef, photoSize } from '../files.ts';
import type { FormattedText } from '../html.ts';
import { markupOf } from '../markup.ts';
import type { TelegramNetwork } from '../network.ts';
import { integerOf, isObject, type Params, type Upload } from '../params.ts';
import { checkedPhoto } from '../pictures.ts';
import type { Content, Message } from '../wire.ts';

const DOCUMENT_BYTES_MAX = 50 << 20;

/** Writes a message of the bot into the chat of the call, with the markup and the reply that the call asks for. */
export const postByBot = (network: TelegramNetwork, chat: PrivateChat, params: Params, content: Content): ChatRecord =>
  chat.post({ from: network.bot, content, markup: markupOf(params), replyTo: repliedTo(chat, params) });

const repliedTo = (chat: PrivateChat, params: Params): ChatRecord | undefined => {
  const given = params['reply_parameters'];
  const options = isObject(given) ? given : params;
  const messageId = integerOf(options, isObject(given) ? 'message_id' : 'reply_to_message_id');
  if (messageId === undefined) return undefined;
  const record = chat.record(messageId);
  if (!record && options['allow_sending_without_reply'] !== true) throw badRequest('message to be replied not found');
  return record;
};

export const textContent = ({ text, entities }: FormattedText): Content => ({
  text,
  ...(entities.length > 0 ? { entities: [...entities] } : {}),
});

export const captionContent = (caption: FormattedText | undefined): Content =>
  caption === undefined
    ? {}
    : { caption: caption.text, ...(caption.entities.length > 0 ? { caption_entities: [...caption.entities] } : {}) };

export type MediaKind = 'photo' | 'document';

/** Photos and documents are what this stand-in can show. */
export const mediaKind = (item: Record<string, unknown>): MediaKind => {
  const { type } = item;
  if (type !== 'photo' && type !== 'document') throw badRequest("can't parse InputMedia: unsupported media type");
  return type;
};

type MediaInput = { readonly value: unknown; readonly field: string; readonly uploads: readonly Upload[] };

/** A picture or file of the bot: an upload of this call, or the `file_id` of something that Telegram already has. */
export const mediaContent = async (network: TelegramNetwork, kind: MediaKind, input: MediaInput): Promise<Content> => {
  const upload = uploadOf(input);
  const file = upload ? await storedUpload(network, kind, upload) : knownFile(network, kind, input.value);
  return kind === 'photo' ? { photo: [photoSize(file)] } : { document: documentRef(file) };
};

const uploadOf = ({ value, field, uploads }: MediaInput): Upload | undefined => {
  const name = typeof value === 'string' && value.startsWith('attach://') ? value.slice(9) : undefined;
  if (name === undefined) return value === undefined ? uploads.find(upload => upload.field === field) : undefined;
  const attached = uploads.find(upload => upload.field === name);
  if (!attached) throw badRequest('wrong file identifier/HTTP URL specified');
  return attached;
};

const storedUpload = async (network: TelegramNetwork, kind: MediaKind, upload: Upload): Promise<StoredFile> => {
  const { bytes, fileName, mimeType } = upload;
  if (bytes.length > DOCUMENT_BYTES_MAX) throw tooLarge();
  if (kind === 'photo') return network.files.add({ kind, ...(await checkedPhoto(bytes)) });
  if (bytes.length === 0) throw badRequest('file must be non-empty');
  return network.files.add({ kind, bytes, fileName, mimeType });
};

const KIND_NAMES: Partial<Record<FileKind, string>> = { photo: 'Photo', document: 'Document' };

const knownFile = (network: TelegramNetwork, kind: MediaKind, value: unknown): StoredFile => {
  if (typeof value !== 'string' || value === '') throw badRequest(`there is no ${kind} in the request`);
  // The stand-in opens no connections of its own to the outside.
  if (/^https?:/i.test(value)) throw badRequest('failed to get HTTP URL content');
  const file = network.files.byId(value);
  if (!file) throw badRequest('wrong file identifier/HTTP URL specified');
  if (file.kind !== kind) throw badRequest(`can't use file of type ${KIND_NAMES[file.kind] ?? file.kind} as ${KIND_NAMES[kind]}`);
  return file;
};

/** What a method gives back for a message. */
export const wireOf = (record: ChatRecord): Message => record.wire;
