import type { Chance } from './chance.ts';
import type { Picture } from './picture.ts';

/** A way to change a picture. Its size stays; the same picture and the same chance give the same pixels. */
export type Look = (picture: Picture, chance: Chance) => Promise<Picture> | Picture;

export const inOrder =
  (...looks: readonly Look[]): Look =>
  async (picture, chance) => {
    let changed = picture;
    for (const look of looks) changed = await look(changed, chance);
    return changed;
  };

/** Two pictures of one size, the second shining through by `amount`, or by a mask of 0 to 255 per pixel. */
export const mixed = (under: Picture, over: Picture, amount: number | Uint8ClampedArray): Picture => {
  const { width, height, data: below } = under;
  const above = over.data;
  const data = new Uint8ClampedArray(below.length);
  for (let pixel = 0, at = 0; at < data.length; pixel += 1) {
    const share = typeof amount === 'number' ? amount : amount[pixel]! / 255;
    for (const end = at + 3; at < end; at += 1) data[at] = below[at]! + (above[at]! - below[at]!) * share;
  }
  return { width, height, data };
};

/** A look of which only a part, 0 to 1, is seen. */
export const partly =
  (amount: number, look: Look): Look =>
  async (picture, chance) =>
    mixed(picture, await look(picture, chance), amount);
