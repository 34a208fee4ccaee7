import { createHash } from 'node:crypto';
import { badRequest } from './errors.ts';
import type { DocumentRef, FileRef, PhotoSize } from './wire.ts';

export type FileKind = 'photo' | 'document' | 'sticker' | 'video' | 'voice' | 'animation';

export type NewFile = {
  readonly kind: FileKind;
  readonly bytes: Buffer;
  readonly width?: number;
  readonly height?: number;
  readonly fileName?: string;
  readonly mimeType?: string;
  /** What Telegram is made to say about the size, for files too large to really hold in a test. */
  readonly claimedSize?: number;
};

export type StoredFile = NewFile & {
  readonly fileId: string;
  readonly uniqueId: string;
  readonly path: string;
  readonly size: number;
};

const PREFIXES: Record<FileKind, string> = {
  photo: 'AgACAgIAAxk',
  document: 'BQACAgIAAxk',
  sticker: 'CAACAgIAAxk',
  video: 'BAACAgIAAxk',
  voice: 'AwACAgIAAxk',
  animation: 'CgACAgIAAxk',
};
const EXTENSIONS: Record<FileKind, string> = {
  photo: 'jpg',
  document: 'bin',
  sticker: 'webp',
  video: 'mp4',
  voice: 'oga',
  animation: 'mp4',
};

export const DOWNLOAD_BYTES_MAX = 20 << 20;

/** All files that passed through Telegram. A `file_id` is new for each file, `file_unique_id` is the same for the same bytes. */
export class FileStore {
  readonly #byId = new Map<string, StoredFile>();
  readonly #byPath = new Map<string, StoredFile>();

  add(file: NewFile): StoredFile {
    const digest = createHash('sha1').update(file.kind).update(file.bytes).digest('base64url');
    const count = this.#byId.size;
    const extension = /\.([a-z0-9]{1,8})$/i.exec(file.fileName ?? '')?.[1] ?? EXTENSIONS[file.kind];
    const stored: StoredFile = {
      ...file,
      fileId: `${PREFIXES[file.kind]}${count.toString(36).padStart(6, '0')}${digest.slice(0, 16)}`,
      uniqueId: `AQAD${digest.slice(0, 14)}`,
      path: `${file.kind}s/file_${count}.${extension}`,
      size: file.claimedSize ?? file.bytes.length,
    };
    this.#byId.set(stored.fileId, stored);
    this.#byPath.set(stored.path, stored);
    return stored;
  }

  byId(fileId: string): StoredFile | undefined {
    return this.#byId.get(fileId);
  }

  byPath(path: string): StoredFile | undefined {
    return this.#byPath.get(path);
  }

  /** What `getFile` gives out: 20 MiB is the most a bot may download. */
  downloadable(fileId: string | undefined): StoredFile {
    const file = fileId === undefined ? undefined : this.#byId.get(fileId);
    if (!file) throw badRequest('wrong file_id or the file is temporarily unavailable');
    if (Math.max(file.size, file.bytes.length) > DOWNLOAD_BYTES_MAX) throw badRequest('file is too big');
    return file;
  }
}

export const fileRef = (file: StoredFile): FileRef => ({
  file_id: file.fileId,
  file_unique_id: file.uniqueId,
  file_size: file.size,
});

export const photoSize = (file: StoredFile): PhotoSize => ({
  ...fileRef(file),
  width: file.width ?? 0,
  height: file.height ?? 0,
});

export const documentRef = (file: StoredFile): DocumentRef => ({
  ...(file.fileName === undefined ? {} : { file_name: file.fileName }),
  ...(file.mimeType === undefined ? {} : { mime_type: file.mimeType }),
  ...fileRef(file),
});
