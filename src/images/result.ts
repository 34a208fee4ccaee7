import sharp from 'sharp';
import { takeFromCanvas } from './canvas.ts';
import { chatFrame, maxChatBytes } from './chat-frame.ts';
import type { Size } from './frame.ts';
import { kindOf } from './kind.ts';
import { imageWork } from './limit.ts';
import { headerOf, isCutPng, openUpright, type Pixels, white } from './open.ts';

/** What came back from the GPU is no whole picture; another execution may do better. */
export class ResultDamaged extends Error {
  override readonly name = 'ResultDamaged';
}

/** Far above what a workflow makes; a bound on memory, not on taste. */
const maxResultPixels = 50_000_000;

const decode = async (bytes: Buffer, photo: Size | undefined): Promise<Pixels> => {
  const header = await headerOf(bytes);
  if (isCutPng(header, bytes)) throw new Error('the PNG ends too early');
  const whole = openUpright(bytes, header, maxResultPixels);
  const picture = photo ? takeFromCanvas(whole, header.autoOrient, photo) : whole;
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { data, raw: { width: info.width, height: info.height, channels: info.channels } };
};

/**
 * Opens what a provider returned; neither what is made of it for the chat nor in full quality holds any metadata: ComfyUI writes
 * the whole prompt into the text chunks of its PNGs. `photo` is the size of the photo that was edited: a result on the canvas
 * that this photo was put on gets the photo's frame back. Without it, or of other proportions, a result keeps the frame it has.
 *
 * @throws ResultDamaged when the bytes are no whole JPEG, PNG or WebP, or more than 50 MP
 */
export const openResult = async (bytes: Buffer, photo?: Size): Promise<Pixels> => {
  const kind = await kindOf(bytes);
  if (kind !== 'png' && kind !== 'jpeg' && kind !== 'webp') throw new ResultDamaged('the result is no JPEG, PNG or WebP');
  return imageWork(() => decode(bytes, photo)).catch(cause => {
    throw new ResultDamaged('the result cannot be decoded', { cause });
  });
};

/**
 * Every pixel, as a PNG. Level 1 without adaptive filters: a picture full of detail hardly gets smaller with more, only later.
 */
export const inFull = ({ data, raw }: Pixels): Promise<Buffer> =>
  imageWork(() => sharp(data, { raw }).png({ compressionLevel: 1, adaptiveFiltering: false }).toBuffer());

const encodeJpeg = ({ data, raw }: Pixels, scale: number): Promise<Buffer> => {
  const { width, height, canvasWidth, canvasHeight } = chatFrame(raw.width, raw.height, scale);
  const left = Math.floor((canvasWidth - width) / 2);
  const top = Math.floor((canvasHeight - height) / 2);
  const border = { left, top, right: canvasWidth - width - left, bottom: canvasHeight - height - top };
  const picture = sharp(data, { raw })
    .flatten({ background: white })
    .resize({ width, height, fit: 'fill' })
    .extend({ ...border, background: white })
    .jpeg({ quality: 92, optimiseCoding: false });
  return imageWork(() => picture.toBuffer());
};

/** A JPEG within the limits of `sendPhoto`. */
export const forChat = async (pixels: Pixels): Promise<Buffer> => {
  for (let scale = 1; ; scale *= 0.75) {
    const jpeg = await encodeJpeg(pixels, scale);
    if (jpeg.length <= maxChatBytes) return jpeg;
  }
};
