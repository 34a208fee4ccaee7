import sharp, { type Metadata, type Raw, type Sharp } from 'sharp';

/** A decoded picture. */
export type Pixels = { data: Buffer; raw: Raw };

/** White is what people see behind a transparent picture in a chat. */
export const white = '#ffffff';

/** No picture within our limits takes a tenth of this; what does was made to hold a thread. */
const decodeTimeoutSeconds = 20;

/** The end of a PNG: name and checksum of its last chunk, which never has content. */
const pngEnd = Buffer.from([0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);

/**
 * Size, depth and number of frames from the header alone: no pixel is decoded, so a bomb costs nothing here.
 * The pixel limit is off because the caller compares the size itself, to tell a large picture from a broken one.
 * Throws what sharp throws when the header makes no sense.
 */
export const headerOf = (picture: Buffer | string): Promise<Metadata> => sharp(picture, { limitInputPixels: false }).metadata();

/** True when a PNG stops before its end. The decoder notices missing rows, but not a file cut just behind the last one. */
export const isCutPng = (header: Metadata, bytes: Buffer): boolean => header.format === 'png' && !bytes.includes(pngEnd);

/**
 * A pipeline that reads the first frame upright, in 8-bit sRGB and without metadata, and fails on anything damaged or cut.
 * A truncated file must fail: ComfyUI would take it and draw the missing part grey.
 */
export const openUpright = (bytes: Buffer, header: Metadata, maxPixels: number): Sharp => {
  const picture = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, autoOrient: true });
  // sharp takes 16-bit RGB with a profile to P3 and leaves it there unlabelled, so such pictures go to 8 bits first.
  if (header.depth === 'ushort') picture.pipelineColourspace('srgb');
  return picture.toColourspace('srgb').timeout({ seconds: decodeTimeoutSeconds });
};
