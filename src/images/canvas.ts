import sharp, { type Sharp } from 'sharp';
import { cutFor, placed, type Size } from './frame.ts';
import { imageWork } from './limit.ts';
import { headerOf } from './open.ts';

/** The size of a picture as it is seen, from its header alone. Rejects when the bytes are no picture. */
export const sizeOf = async (bytes: Buffer): Promise<Size> => {
  const { autoOrient } = await headerOf(bytes);
  return { width: autoOrient.width, height: autoOrient.height };
};

/**
 * A prepared photo on the canvas that `placed` chooses for it: the whole of it, and around it its own mirror image, because a model
 * draws on over a black bar or a hard edge. The same photo gives the same bytes, and one that fills its canvas is not touched.
 * Rejects when it is damaged.
 */
export const putOnCanvas = (bytes: Buffer): Promise<Buffer> =>
  imageWork(async () => {
    const photo = await sizeOf(bytes);
    const { canvas, box } = placed(photo);
    if (photo.width === canvas.width && photo.height === canvas.height) return bytes;
    const right = canvas.width - box.width - box.left;
    const bottom = canvas.height - box.height - box.top;
    return sharp(bytes, { failOn: 'error' })
      .resize({ width: box.width, height: box.height, fit: 'fill' })
      .extend({ left: box.left, top: box.top, right, bottom, extendWith: 'mirror' })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4', optimiseCoding: false })
      .toBuffer();
  });

/** Only what was made of the photo itself, at the size that `restored` says; a result of another frame stays as it is. */
export const takeFromCanvas = (result: Sharp, size: Size, photo: Size): Sharp => {
  const cut = cutFor(size, photo);
  if (!cut) return result;
  return result
    .extract(cut.outer)
    .resize({ ...cut.scaled, fit: 'fill' })
    .extract(cut.inner);
};
