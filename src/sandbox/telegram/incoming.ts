import { documentRef, type FileKind, type FileStore, fileRef, photoSize } from './files.ts';
import { commandEntities } from './formatted.ts';
import { asPhotoSizes } from './pictures.ts';
import type { Content, FileRef } from './wire.ts';

export type DocumentOptions = {
  readonly fileName?: string;
  readonly mimeType?: string;
  readonly caption?: string;
  /** The size that Telegram tells the bot, when the real bytes would be too many for a test. */
  readonly claimedSize?: number;
};

/** What a person can put into one message or reply. */
export type PersonContent =
  | string
  | { readonly photo: Buffer; readonly caption?: string }
  | ({ readonly document: Buffer } & DocumentOptions);

export const textOfPerson = (text: string): Content => {
  const entities = commandEntities(text);
  return { text, ...(entities.length > 0 ? { entities } : {}) };
};

const captionOfPerson = (caption: string | undefined): Content => {
  if (caption === undefined || caption === '') return {};
  const entities = commandEntities(caption);
  return { caption, ...(entities.length > 0 ? { caption_entities: entities } : {}) };
};

/** A picture sent as a photo is made smaller; the bot is offered every size. Refuses what is no picture, as an app would. */
export const photoOfPerson = async (files: FileStore, bytes: Buffer, caption?: string): Promise<Content> => {
  const sizes = await asPhotoSizes(bytes);
  const photo = sizes.map(size => photoSize(files.add({ kind: 'photo', ...size })));
  return { photo, ...captionOfPerson(caption) };
};

/** A file keeps its bytes, its name and what its sender claims of its type. */
export const documentOfPerson = (files: FileStore, bytes: Buffer, { caption, ...options }: DocumentOptions): Content => ({
  document: documentRef(files.add({ kind: 'document', bytes, ...options })),
  ...captionOfPerson(caption),
});

export const contentOfPerson = (files: FileStore, content: PersonContent): Content | Promise<Content> => {
  if (typeof content === 'string') return textOfPerson(content);
  if ('photo' in content) return photoOfPerson(files, content.photo, content.caption);
  const { document, ...options } = content;
  return documentOfPerson(files, document, options);
};

const placeholder = (files: FileStore, kind: FileKind, mimeType: string): FileRef =>
  fileRef(files.add({ kind, mimeType, bytes: Buffer.from(`${kind} without content`) }));

export const stickerOfPerson = (files: FileStore): Content => {
  const file = placeholder(files, 'sticker', 'image/webp');
  return { sticker: { ...file, type: 'regular', width: 512, height: 512, is_animated: false, is_video: false, emoji: '👍' } };
};

export const videoOfPerson = (files: FileStore, caption?: string): Content => {
  const file = placeholder(files, 'video', 'video/mp4');
  return { video: { ...file, width: 640, height: 360, duration: 3, mime_type: 'video/mp4' }, ...captionOfPerson(caption) };
};

export const voiceOfPerson = (files: FileStore): Content => ({
  voice: { ...placeholder(files, 'voice', 'audio/ogg'), duration: 2, mime_type: 'audio/ogg' },
});

/** A GIF comes as an animation and, for old bots, also as a document. */
export const animationOfPerson = (files: FileStore): Content => {
  const file = placeholder(files, 'animation', 'video/mp4');
  const named = { ...file, file_name: 'animation.mp4', mime_type: 'video/mp4' };
  return { animation: { ...named, width: 320, height: 240, duration: 1 }, document: named };
};
