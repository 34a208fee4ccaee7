import sharp, { type Metadata } from 'sharp';
import { photoBytesMax } from '../domain/dialog.ts';
import type { PhotoRefusal } from '../domain/job.ts';
import { drawCanvas, fillsCanvas, modelJpeg } from './canvas.ts';
import type { Size } from './frame.ts';
import { kindOf, type PictureKind } from './kind.ts';
import { imageWork, intakeWork } from './limit.ts';
import { headerOf, isCutPng, openUpright, type Pixels, white } from './open.ts';

/** The photo is at fault, and another one would do. `cause` is for the log only. */
export class PhotoRefused extends Error {
  override readonly name = 'PhotoRefused';
  readonly code: PhotoRefusal;

  constructor(code: PhotoRefusal, options: ErrorOptions = {}) {
    super(`photo refused: ${code}`, options);
    this.code = code;
  }
}

/**
 * An upright 8-bit sRGB JPEG without alpha and without any metadata; sizes in pixels, as the model will see it. `canvas`: the
 * photo on its canvas, on its way; null when none is wanted, and when the photo fills it.
 */
export type PreparedPhoto = Size & { bytes: Buffer; canvas: Promise<Buffer> | null };

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
  if (await intakeWork(() => moves(kind, bytes))) refuse('animated');
  if (kind === 'gif') refuse('unsupported_format');
};

const checkHeader = (header: Metadata, bytes: Buffer): void => {
  if (header.width * header.height > maxPhotoPixels) refuse('too_many_pixels');
  if (Math.min(header.width, header.height) < minPhotoSidePx) refuse('too_small');
  if (isCutPng(header, bytes)) refuse('damaged');
};

const decode = async (bytes: Buffer, header: Metadata): Promise<Pixels> => {
  const { data, info } = await openUpright(bytes, header, maxPhotoPixels)
    .resize({ width: modelSidePx, height: modelSidePx, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: white })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, raw: { width: info.width, height: info.height, channels: info.channels } };
};

/**
 * The canvas is drawn from the same pixels, beside the photo's own JPEG: from that it would take as long again, and be another
 * picture.
 */
const encode = async (pixels: Pixels, goesOnCanvas: boolean): Promise<PreparedPhoto> => {
  const { data, raw } = pixels;
  const canvas = goesOnCanvas && !fillsCanvas(raw) ? imageWork(() => drawCanvas(pixels)) : null;
  // It may fail before anybody has come to wait for it.
  canvas?.catch(() => {});
  const bytes = await imageWork(() => sharp(data, { raw }).jpeg(modelJpeg).toBuffer());
  return { bytes, width: raw.width, height: raw.height, canvas };
};

/**
 * Makes a person's photo ready for the model: upright by its EXIF, sRGB, 8 bits, transparency on white, the long side at most
 * 2048 px (never enlarged), all metadata gone. Kind, weight and size are checked on the bytes and the header, before any
 * decoding. Always encoded anew, even when nothing needs to change: that is what leaves metadata and appended files behind.
 *
 * @throws PhotoRefused when the photo is not one we take
 */
export const preparePhoto = async (bytes: Buffer, { goesOnCanvas = false } = {}): Promise<PreparedPhoto> => {
  await checkKind(bytes);
  if (bytes.length > photoBytesMax) refuse('too_heavy');
  const pixels = await intakeWork(async () => {
    const header = await readHeader(bytes);
    checkHeader(header, bytes);
    return decode(bytes, header).catch(cause => refuse('damaged', cause));
  });
  return encode(pixels, goesOnCanvas);
};
