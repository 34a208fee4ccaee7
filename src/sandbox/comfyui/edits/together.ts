import { many } from './chance.ts';
import { mixed } from './look.ts';
import { asSharp, closed, type Picture, type Plane } from './picture.ts';

/** A picture cut to the shape of another place. */
const cut = (picture: Picture, width: number, height: number): Promise<Picture> =>
  closed(asSharp(picture).resize({ width, height, fit: 'cover', position: 'attention' }), 3);

/** How much of a photo is seen at a column: whole in its own part, fading over a seam. */
const stripe = (width: number, height: number, from: number, to: number): Plane => {
  const seam = Math.max(1, width * 0.035);
  const row = Uint8ClampedArray.from({ length: width }, (_, x) => {
    const inside = Math.min(from === 0 ? 1 : (x - from) / seam, to === width ? 1 : (to - x) / seam);
    return 255 * Math.min(1, Math.max(0, inside + 0.5));
  });
  const data = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y += 1) data.set(row, y * width);
  return { width, height, data };
};

/** The photo enlarged to its part, lying where the part lies. */
const inPart = async (photo: Picture, width: number, height: number, from: number, to: number): Promise<Picture> => {
  const margin = Math.ceil(width * 0.04);
  const [left, right] = [Math.max(0, from - margin), Math.min(width, to + margin)];
  const part = await cut(photo, right - left, height);
  const data = new Uint8ClampedArray(width * height * 3);
  for (let y = 0; y < height; y += 1)
    data.set(part.data.subarray(y * part.width * 3, (y + 1) * part.width * 3), (y * width + left) * 3);
  return { width, height, data };
};

/** Photos side by side in the frame of the first, which gets the most room, with soft seams between them. */
export const together = async ([first, ...others]: readonly Picture[]): Promise<Picture> => {
  const { width, height } = first!;
  if (others.length === 0) return first!;
  const main = others.length === 1 ? 0.54 : 0.4;
  const share = (1 - main) / others.length;
  const borders = [0, ...many(others.length, n => Math.round(width * (main + share * n))), width];
  let whole = await inPart(first!, width, height, 0, borders[1]!);
  for (const [n, photo] of others.entries()) {
    const [from, to] = [borders[n + 1]!, borders[n + 2]!];
    whole = mixed(
      whole,
      await inPart(photo, width, height, from, to),
      stripe(width, height, from, n === others.length - 1 ? width : to + width).data,
    );
  }
  return whole;
};
