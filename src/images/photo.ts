import type { Metadata } from 'sharp';
import { photoBytesMax } from '../domain/dialog.ts';
import type { PhotoRefusal } from '../domain/job.ts';
import { kindOf, type PictureKind } from './kind.ts';
import { imageWork } from './limit.ts';
import { headerOf, isCutPng, openUpright, white } from './open.ts';

/** The photo is at fault, and another one would do. `cause` is for the log only. */
export class PhotoRefused extends Error {
  override readonly name = 'PhotoRefused';
  readonly code: PhotoRefusal;

  constructor(code: PhotoRefusal, options: ErrorOptions = {}) {
    super(`photo refused: ${code}`, options);
    this.code = code;
  }
}

/** An upright 8-bit sRGB JPEG without alpha and without any metadata; sizes in pixels, as the model will see it. */
export type PreparedPhoto = { bytes: Buffer; width: number; height: number };

export const maxPhotoPixels = 25_000_000;
export const minPhotoSidePx = 32;
/** Qwen-Image-Edit scales its input to about one megapixel; more would only make the upload longer. */
const modelSidePx = 2048;

const refuse = (code: PhotoRefusal, cause?: unknown): never => {
  throw new PhotoRefused(code, { cause });
};

const readHeader = (bytes: Buffer): Promise<Metadata> => headerOf(bytes).catch(cause => refuse('damaged', cause));

const moves = async (kind: PictureKind, bytes: Buffer): Promise<boolean> => {
  if (kind === 'apng') return true;
  if (kind !== 'gif' && kind !== 'webp') return false;
  return headerOf(bytes).then(
    header => (header.pages ?? 1) > 1,
    () => false,
  );
};

const checkKind = async (bytes: Buffer): Promise<void> => {
  const kind = await kindOf(bytes);
  if (kind === 'no_picture') refuse('not_a_picture');
  if (kind === 'other_picture') refuse('unsupported_format');
  if (await imageWork(() => moves(kind, bytes))) refuse('animated');
  if (kind === 'gif') refuse('unsupported_format');
};

const checkHeader = (header: Metadata, bytes: Buffer): void => {
  if (header.width * header.height > maxPhotoPixels) refuse('too_many_pixels');
  if (Math.min(header.width, header.height) < minPhotoSidePx) refuse('too_small');
  if (isCutPng(header, bytes)) refuse('damaged');
};

// Always encoded anew, even when nothing needs to change: that is what leaves metadata and appended files behind.
// Standard Huffman tables make it twice as fast for a few per cent more bytes, which travel no farther than to the GPU.
const encode = async (bytes: Buffer, header: Metadata): Promise<PreparedPhoto> => {
  const { data, info } = await openUpright(bytes, header, maxPhotoPixels)
    .resize({ width: modelSidePx, height: modelSidePx, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: white })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4', optimiseCoding: false })
    .toBuffer({ resolveWithObject: true });
  return { bytes: data, width: info.width, height: info.height };
};

/**
 * Makes a person's photo ready for the model: upright by its EXIF, sRGB, 8 bits, transparency on white, the long side at most
 * 2048 px (never enlarged), all metadata gone. Kind, weight and size are checked on the bytes and the header, before any decoding.
 *
 * @throws PhotoRefused when the photo is not one we take
 */
export const preparePhoto = async (bytes: Buffer): Promise<PreparedPhoto> => {
  await checkKind(bytes);
  if (bytes.length > photoBytesMax) refuse('too_heavy');
  return imageWork(async () => {
    const header = await readHeader(bytes);
    checkHeader(header, bytes);
    return encode(bytes, header).catch(cause => refuse('damaged', cause));
  });
};
