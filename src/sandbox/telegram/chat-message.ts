import type { FileStore } from './files.ts';
import { escapeHtml, toHtml } from './formatted.ts';
import type { Entity, FileRef, Invoice, Message, Payment } from './wire.ts';

export type ChatPhoto = { readonly bytes: Buffer; readonly width: number; readonly height: number; readonly fileId: string };

export type ChatDocument = {
  readonly bytes: Buffer;
  readonly fileName: string | undefined;
  readonly mimeType: string | undefined;
  readonly fileId: string;
};

/** A message as a person sees it. A snapshot: an edit makes a new one with the same `id`. */
export type ChatMessage = {
  readonly id: number;
  readonly from: 'bot' | 'person';
  /** Unix time in seconds. */
  readonly date: number;
  readonly text?: string;
  readonly caption?: string;
  /** `text` or `caption` as safe HTML. */
  readonly html?: string;
  readonly photo?: ChatPhoto;
  readonly document?: ChatDocument;
  readonly buttons: string[][];
  readonly buttonData: (string | undefined)[][];
  readonly buttonUrls: (string | undefined)[][];
  readonly editCount: number;
  readonly replyTo?: number;
  readonly albumId?: string;
  readonly invoice?: Invoice;
  readonly paid?: Payment;
  readonly refunded?: Payment;
  readonly other?: 'sticker' | 'video' | 'voice' | 'animation' | 'location' | 'contact';
};

const OTHERS = ['animation', 'sticker', 'video', 'voice', 'location', 'contact'] as const;

export const chatMessage = (wire: Message, editCount: number, files: FileStore): ChatMessage => {
  const rows = wire.reply_markup?.inline_keyboard ?? [];
  return {
    id: wire.message_id,
    from: wire.from.is_bot ? 'bot' : 'person',
    date: wire.date,
    ...words(wire),
    ...attachments(wire, files),
    ...origins(wire),
    buttons: rows.map(row => row.map(button => button.text)),
    buttonData: rows.map(row => row.map(button => button.callback_data)),
    buttonUrls: rows.map(row => row.map(button => button.url)),
    editCount,
  };
};

const words = ({ text, entities, caption, caption_entities }: Message): Pick<ChatMessage, 'text' | 'caption' | 'html'> => {
  if (text !== undefined) return { text, html: htmlOf(text, entities) };
  return caption === undefined ? {} : { caption, html: htmlOf(caption, caption_entities) };
};

const htmlOf = (text: string, entities: Entity[] | undefined): string =>
  entities === undefined ? escapeHtml(text) : toHtml({ text, entities });

const attachments = (wire: Message, files: FileStore): Pick<ChatMessage, 'photo' | 'document' | 'other'> => {
  const other = OTHERS.find(kind => wire[kind] !== undefined);
  if (other) return { other };
  const size = wire.photo?.at(-1);
  if (size) return { photo: { bytes: bytesOf(size, files), width: size.width, height: size.height, fileId: size.file_id } };
  const { document } = wire;
  if (!document) return {};
  const { file_name: fileName, mime_type: mimeType, file_id: fileId } = document;
  return { document: { bytes: bytesOf(document, files), fileName, mimeType, fileId } };
};

const bytesOf = (ref: FileRef, files: FileStore): Buffer => files.byId(ref.file_id)?.bytes ?? Buffer.alloc(0);

const origins = (wire: Message): Pick<ChatMessage, 'replyTo' | 'albumId' | 'invoice' | 'paid' | 'refunded'> => ({
  ...(wire.reply_to_message ? { replyTo: wire.reply_to_message.message_id } : {}),
  ...(wire.media_group_id === undefined ? {} : { albumId: wire.media_group_id }),
  ...(wire.invoice ? { invoice: wire.invoice } : {}),
  ...(wire.successful_payment ? { paid: wire.successful_payment } : {}),
  ...(wire.refunded_payment ? { refunded: wire.refunded_payment } : {}),
});

/** One line for a reader of a failed test. */
export const describeMessage = (message: ChatMessage): string => {
  const what = [
    message.text ?? message.caption,
    message.photo && '<photo>',
    message.document && '<document>',
    message.other,
    message.invoice?.title,
  ];
  const rows = message.buttons.map(row => ` [${row.join(' | ')}]`).join('');
  const edits = message.editCount > 0 ? ` (edited ${message.editCount}x)` : '';
  return `#${message.id} ${message.from}: ${what.filter(Boolean).join(' ')}${rows}${edits}`;
};
