import type { Attachment, Message } from '../../src/sandbox/page/wire.ts';
import { albumOf, documentOf, photoOf, shownSize } from './attachment.ts';
import { button, h } from './h.ts';
import { icon } from './icons.ts';
import { inlineKeyboard, invoiceCard, type Presses } from './inline-keyboard.ts';
import { plainText, type Row } from './rows.ts';
import { textOf } from './text.ts';
import { clock, dayName, t } from './words.ts';

/** What a bubble asks of its chat. */
export type BubbleHost = {
  presses: Presses;
  send(text: string): void;
  reply(message: Message): void;
  /** Scrolls to a message and lights it up. */
  show(messageId: number): void;
  find(messageId: number): Message | undefined;
  nameOf(message: Message): string;
};

type WithAttachment = Message & { attachment: Attachment };
const hasPhoto = (message: Message): message is WithAttachment => message.attachment?.kind === 'photo';
const hasDocument = (message: Message): message is WithAttachment => message.attachment?.kind === 'document';

/** What stands inside a row of the list. `before` is the picture that the row showed until now. */
export function rowContent(row: Row, host: BubbleHost, before?: string): Node[] {
  if (row.is === 'day') return [h('span', { is: 'pill' }, dayName(row.date))];
  if (row.is === 'service') return [h('span', { is: 'pill' }, row.messages[0].service ?? '')];
  return bubble(row.messages, host, before);
}

const bubble = (messages: readonly Message[], host: BubbleHost, before: string | undefined): Node[] => {
  const first = messages[0]!;
  const photos = messages.filter(hasPhoto);
  const captioned = messages.find(({ html }) => html !== '') ?? first;
  const isBare = captioned.html === '' && photos.length > 0 && first.invoice === null;
  const body = h(
    'div',
    { is: ['bubble', photos.length > 0 ? 'with-photo' : '', isBare ? 'bare' : ''].join(' ') },
    first.replyTo !== null && quote(host.find(first.replyTo), first.replyTo, host),
    picturesOf(photos, before),
    ...documentsOf(messages.filter(hasDocument), captioned.html === '' ? metaRoom(messages) : null),
    first.invoice && invoiceCard(first.invoice),
    captioned.html !== '' && withRoom(textOf(captioned.html, host.send), metaRoom(messages)),
    meta(messages),
    replyButton(first, host),
  );
  const keyboard = inlineKeyboard(messages.at(-1)!, host.presses);
  const block = h('div', { is: keyboard ? 'block with-keyboard' : 'block' }, body, keyboard);
  if (photos.length > 0) block.style.width = `${photos.length > 1 ? 400 : shownSize(photos[0]!.attachment).width}px`;
  return [block];
};

const picturesOf = (photos: readonly WithAttachment[], before: string | undefined): HTMLElement | null => {
  const [first] = photos;
  if (!first) return null;
  return photos.length === 1 ? photoOf(first, first.attachment, before) : albumOf(photos);
};

const documentsOf = (documents: readonly WithAttachment[], room: HTMLElement | null): HTMLElement[] =>
  documents.map(({ attachment }, n) => documentOf(attachment, n === documents.length - 1 ? room : null));

const metaWords = (messages: readonly Message[]): string =>
  `${messages.some(({ isEdited }) => isEdited) ? `${t.edited} ` : ''}${clock(messages.at(-1)!.date)}`;

/** Room at the end of the last line for the time, which stands in the corner. */
const metaRoom = (messages: readonly Message[]): HTMLElement =>
  h('span', { is: 'meta-room', 'data-words': metaWords(messages), 'aria-hidden': 'true' });

const withRoom = (text: HTMLElement, room: HTMLElement): HTMLElement => {
  text.append(room);
  return text;
};

const meta = (messages: readonly Message[]): HTMLElement => {
  const last = messages.at(-1)!;
  const ticks = h(
    'span',
    { is: 'ticks', role: 'img', 'aria-label': last.isTaken ? t.taken : t.sent },
    icon(last.isTaken ? 'ticks' : 'tick'),
  );
  return h('span', { is: 'meta' }, h('time', {}, metaWords(messages)), last.from === 'person' && ticks);
};

const quote = (message: Message | undefined, id: number, host: BubbleHost): HTMLElement =>
  h(
    'button',
    { type: 'button', is: 'quote', on: { click: () => host.show(id) } },
    h('b', {}, message ? host.nameOf(message) : t.deletedMessage),
    h('span', {}, message ? summary(message) : ''),
  );

const replyButton = (message: Message, host: BubbleHost): HTMLElement =>
  button({ label: t.reply, is: 'reply-button', test: 'reply', on: { click: () => host.reply(message) } }, icon('reply'));

/** A message in one line: its words, or what it is. */
export const summary = (message: Message): string => {
  if (message.service !== null) return message.service;
  const words = plainText(message.html).replace(/\s+/g, ' ').trim();
  if (words !== '') return words;
  if (message.invoice) return `${t.invoice}: ${message.invoice.title}`;
  if (message.attachment?.kind === 'document') return message.attachment.fileName ?? t.file;
  return message.attachment ? t.photo : '';
};
