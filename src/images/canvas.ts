import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { cutFor, placed, type Size } from './frame.ts';
import { headerOf, type Pixels } from './open.ts';

/** The size of a picture, or of a file, as it is seen, from its header alone. Rejects when it is no picture. */
export const sizeOf = async (picture: Buffer | string): Promise<Size> => {
  const { autoOrient } = await headerOf(picture);
  return { width: autoOrient.width, height: autoOrient.height };
};

/** Whether a photo is as large as its canvas, and so is its own. */
export const fillsCanvas = (photo: Size): boolean => {
  const { canvas } = placed(photo);
  return photo.width === canvas.width && photo.height === canvas.height;
};

/**
 * A photo on the canvas that `placed` chooses for it: the whole of it, and around it its own mirror image, because a model draws
 * on over a black bar or a hard edge. The same pixels give the same bytes.
 */
export const drawCanvas = ({ data, raw }: Pixels): Promise<Buffer> => {
  const { canvas, box } = placed(raw);
  const right = canvas.width - box.width - box.left;
  const bottom = canvas.height - box.height - box.top;
  return sharp(data, { raw })
    .resize({ width: box.width, height: box.height, fit: 'fill' })
    .extend({ left: box.left, top: box.top, right, bottom, extendWith: 'mirror' })
    .jpeg(modelJpeg)
    .toBuffer();
};

/** Standard Huffman tables make it twice as fast for a few per cent more bytes, which travel no farther than to the GPU. */
export const modelJpeg: JpegOptions = { quality: 95, chromaSubsampling: '4:4:4', optimiseCoding: false };

/** Only what was made of the photo itself, at the size that `restored` says; a result of another frame stays as it is. */
export const takeFromCanvas = (result: Sharp, size: Size, photo: Size): Sharp => {
  const cut = cutFor(size, photo);
  if (!cut) return result;
  return result
    .extract(cut.outer)
    .resize({ ...cut.scaled, fit: 'fill' })
    .extract(cut.inner);
};
