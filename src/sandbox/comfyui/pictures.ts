import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';

/** Makes the picture a run would have made. */
export type Edit = (photos: Buffer[], asked: { prompt: string; seed: number; steps: number }) => Promise<Buffer>;

/**
 * Prepares the previews of a run; the answer makes the small JPEG of a step, counted from 1. `edited` is the picture the run is
 * about to make.
 */
export type Develop = (
  edited: Promise<Buffer>,
  asked: { photos: readonly Buffer[]; seed: number; steps: number },
) => Promise<(step: number) => Promise<Buffer>>;

const hueOf = (prompt: string, seed: number): number =>
  createHash('sha256').update(`${seed}:${prompt}`).digest().readUInt16BE() % 360;

/** A visible change that differs by seed and words: the colours of the first photo turned round the wheel. */
export const turnColours: Edit = async ([photo], { prompt, seed }) => {
  const hue = hueOf(prompt, seed);
  if (!photo) return blank(512, 512, hue * 40_000);
  return sharp(photo, { failOn: 'none' })
    .rotate()
    .resize(1024, 1024, { fit: 'inside', withoutEnlargement: true })
    .modulate({ hue: 30 + (hue % 300), saturation: 1.4 })
    .png({ compressionLevel: 1 })
    .toBuffer();
};

/** A picture of one colour, 0xRRGGBB. */
export const blank = (width: number, height: number, colour: number): Promise<Buffer> => {
  const background = { r: (colour >> 16) & 255, g: (colour >> 8) & 255, b: colour & 255 };
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
};

export const inverted = (image: Buffer): Promise<Buffer> =>
  sharp(image, { failOn: 'none' }).negate({ alpha: false }).png().toBuffer();

/** Whether the bytes begin like a picture; a damaged rest does not matter, as it does not to ComfyUI. */
export const isPicture = async (bytes: Buffer): Promise<boolean> =>
  sharp(bytes, { failOn: 'none' })
    .metadata()
    .then(
      () => true,
      () => false,
    );

/** The small JPEG a sampler shows while it works, at most 256 px. */
export const thumbnail = async (image: Buffer | undefined): Promise<Buffer> =>
  sharp(image ?? (await blank(256, 256, 0x808080)), { failOn: 'none' })
    .rotate()
    .resize(256, 256, { fit: 'inside' })
    .jpeg()
    .toBuffer();

/** The plainest previews: the first photo, the same at every step. */
export const showFirstPhoto: Develop = async (_edited, { photos }) => {
  const jpeg = await thumbnail(photos[0]);
  return async () => jpeg;
};

const isPng = (image: Buffer): boolean => image.subarray(1, 4).toString('latin1') === 'PNG';

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const ascii = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const textChunk = (keyword: string, value: unknown): Buffer => {
  const body = Buffer.from(`tEXt${keyword}\0${ascii(JSON.stringify(value))}`, 'latin1');
  return Buffer.concat([uint32(body.length - 4), body, uint32(crc32(body))]);
};

const afterHeader = 8 + 25;

/** The picture as PNG with `texts` embedded the way SaveImage embeds the prompt, users' words included. */
export const pngWithTexts = async (image: Buffer, texts: Record<string, unknown>): Promise<Buffer> => {
  const png = isPng(image) ? image : await sharp(image, { failOn: 'none' }).png().toBuffer();
  const chunks = Object.entries(texts).map(([keyword, value]) => textChunk(keyword, value));
  return Buffer.concat([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)]);
};

/** The picture again without its metadata, in the format `/view?preview=` or `channel=` asks for. */
export const reencoded = (image: Buffer, format: 'png' | 'webp' | 'jpeg', quality: number): Promise<Buffer> =>
  sharp(image).toFormat(format, { quality }).toBuffer();
