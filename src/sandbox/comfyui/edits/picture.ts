import sharp, { type Sharp } from 'sharp';

/** Pixels to work on: rows of red, green and blue, one byte each. Nobody changes the data of a picture that was handed on. */
export type Picture = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };
/** One byte per pixel: lightness, a mask, a height. */
export type Plane = Picture;

/** The frame of the real workflow: about a megapixel, never enlarged. */
const frame = { width: 1024, height: 1024, fit: 'inside', withoutEnlargement: true } as const;

const bytesOf = (buffer: Buffer): Uint8ClampedArray => new Uint8ClampedArray(buffer.buffer, buffer.byteOffset, buffer.length);

/** The photo as pixels: upright, without transparency, at most 1024 px on a side. Rejects what is no picture. */
export const opened = async (photo: Buffer): Promise<Picture> => {
  const image = sharp(photo, { failOn: 'none' }).rotate().flatten({ background: 'white' }).resize(frame);
  return closed(image.toColourspace('srgb'), 3);
};

export const asSharp = ({ data, width, height }: Picture, channels: 1 | 3 | 4 = 3): Sharp =>
  sharp(data, { raw: { width, height, channels } });

/** What comes out of a pipeline, as pixels of so many channels. */
export const closed = async (image: Sharp, channels: 1 | 3 | 4): Promise<Picture> => {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== channels) throw new Error(`a picture of ${info.channels} channels, ${channels} expected`);
  return { width: info.width, height: info.height, data: bytesOf(data) };
};

/** The picture after some of sharp's own operations. */
export const through = (picture: Picture, work: (image: Sharp) => Sharp): Promise<Picture> => closed(work(asSharp(picture)), 3);

export const planeThrough = (plane: Plane, work: (image: Sharp) => Sharp): Promise<Plane> =>
  closed(work(asSharp(plane, 1)).toColourspace('b-w'), 1);

export const asPng = (picture: Picture): Promise<Buffer> => asSharp(picture).png({ compressionLevel: 1 }).toBuffer();

/** How light each pixel is. */
export const lightness = ({ data, width, height }: Picture): Plane => {
  const plane = new Uint8ClampedArray(width * height);
  for (let i = 0, at = 0; i < plane.length; i += 1, at += 3) {
    plane[i] = data[at]! * 0.299 + data[at + 1]! * 0.587 + data[at + 2]! * 0.114;
  }
  return { width, height, data: plane };
};

/** The shorter side: sizes of strokes, dots and blurs are parts of it, so that a look is the same at every size. */
export const shortSide = ({ width, height }: Picture): number => Math.min(width, height);
