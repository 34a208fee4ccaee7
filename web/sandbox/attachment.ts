import type { Attachment, Message } from '../../src/sandbox/page/wire.ts';
import { h } from './h.ts';
import { icon } from './icons.ts';
import { plainText } from './rows.ts';
import { openViewer } from './viewer.ts';
import { fileSize, t } from './words.ts';

const widthMax = 400;
const heightMax = 420;
const widthMin = 200;

/** How wide a picture stands in a chat: as large as fits, tall ones narrower, extremes cropped. */
export const shownSize = ({ width, height }: Pick<Attachment, 'width' | 'height'>): { width: number; ratio: number } => {
  const ratio = Math.min(2.4, Math.max(0.5, width > 0 && height > 0 ? width / height : 1));
  return { width: Math.round(Math.max(widthMin, Math.min(widthMax, heightMax * ratio))), ratio };
};

const altOf = ({ from }: Message): string => (from === 'bot' ? t.botPhoto : t.yourPhoto);

/** A picture that opens on a click. `before` is what stood in its place: it stays behind until the new one is there. */
const photoButton = (message: Message, { url, fileName }: Attachment, before: string | undefined): HTMLButtonElement => {
  const caption = plainText(message.html);
  const alt = altOf(message);
  const picture = h('img', { src: url, alt, decoding: 'async', draggable: 'false' });
  const view = h(
    'button',
    { type: 'button', is: 'photo', test: 'photo', 'data-id': message.id, 'aria-label': `${t.openPhoto}: ${alt}` },
    picture,
  );
  view.addEventListener('click', () => openViewer({ url, fileName, alt, caption }));
  if (before !== undefined && before !== url) view.style.backgroundImage = `url(${JSON.stringify(before)})`;
  return view;
};

export const photoOf = (message: Message, attachment: Attachment, before: string | undefined): HTMLElement => {
  const view = photoButton(message, attachment, before);
  view.style.aspectRatio = String(shownSize(attachment).ratio);
  return view;
};

/** How many pictures stand in each line of an album. */
const albumLines: Record<number, number[]> = {
  2: [2],
  3: [1, 2],
  4: [2, 2],
  5: [2, 3],
  6: [3, 3],
  7: [2, 2, 3],
  8: [2, 3, 3],
  9: [3, 3, 3],
  10: [2, 2, 3, 3],
};

export const albumOf = (messages: readonly (Message & { attachment: Attachment })[]): HTMLElement => {
  const lines = albumLines[messages.length] ?? messages.map(() => 3);
  const spans = lines.flatMap(count => Array.from({ length: count }, () => `in-${count}`));
  return h(
    'div',
    { is: 'album' },
    ...messages.map((message, n) => {
      const tile = photoButton(message, message.attachment, undefined);
      tile.classList.add(spans[n] ?? 'in-3');
      return tile;
    }),
  );
};

const ending = (fileName: string): string => /\.([a-z0-9]{1,5})$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';

/** A file to take away; a picture among files shows itself small. `room` is kept free for the time in the corner. */
export const documentOf = ({ url, fileName, bytes }: Attachment, room: Node | null): HTMLElement => {
  const name = fileName ?? t.file;
  const isPicture = ['png', 'jpg', 'jpeg', 'webp', 'gif'].includes(ending(name));
  return h(
    'a',
    { is: 'document', test: 'document', href: url, download: name, 'aria-label': `${t.download}: ${name}, ${fileSize(bytes)}` },
    h(
      'span',
      { is: isPicture ? 'document-icon has-picture' : 'document-icon' },
      isPicture && h('img', { src: url, alt: '', loading: 'lazy' }),
      icon(isPicture ? 'download' : 'file'),
    ),
    h(
      'span',
      { is: 'document-words' },
      h('b', {}, name),
      h('small', {}, `${fileSize(bytes)} · ${ending(name).toUpperCase() || t.file}`, room),
    ),
  );
};
