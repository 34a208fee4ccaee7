import { meets } from './blend.ts';
import { toned } from './curves.ts';
import type { Look } from './look.ts';
import { clouds } from './noise.ts';
import type { Picture, Plane } from './picture.ts';

/** Adds `by(pixel, x, y)` to all three channels of every pixel. */
export const shaded = (picture: Picture, by: (pixel: number, x: number, y: number) => number): Picture => {
  const { width, height } = picture;
  const data = new Uint8ClampedArray(picture.data.length);
  for (let y = 0, pixel = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, pixel += 1, at += 3) {
      const more = by(pixel, x, y);
      data[at] = picture.data[at]! + more;
      data[at + 1] = picture.data[at + 1]! + more;
      data[at + 2] = picture.data[at + 2]! + more;
    }
  }
  return { width, height, data };
};

/** The grain of film; 10 is faint, 40 is coarse. */
export const grain =
  (amount: number): Look =>
  (picture, chance) => {
    let state = Math.floor(chance.next() * 0x7fffffff) | 1;
    return shaded(picture, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return ((state >>> 0) / 4294967296 - 0.5) * amount;
    });
  };

/** The weave of a painter's canvas. */
export const weave =
  (amount: number): Look =>
  picture => {
    const turn = (Math.PI * 2) / Math.max(3, Math.min(picture.width, picture.height) / 190);
    return shaded(
      picture,
      (_, x, y) => amount * (Math.sin(x * turn) * 0.5 + Math.sin(y * turn) * 0.5 + Math.sin((x + y) * turn) * 0.3),
    );
  };

/** Rough paper: hollows where paint gathers. */
export const paper =
  (amount: number): Look =>
  (picture, chance) => {
    const { width, height } = picture;
    const rough = clouds(width, height, width / 9, height / 9, 2, chance).data;
    return shaded(picture, pixel => ((rough[pixel]! - 128) / 128) * amount);
  };

/** Relief: the plane taken for heights, lit from the upper left. */
export const embossed = (picture: Picture, { data: height, width }: Plane, amount: number): Picture => {
  const last = height.length - 1;
  return shaded(picture, (pixel, x) => {
    const before = x === 0 ? pixel : Math.max(0, pixel - width - 1);
    const behind = x === width - 1 ? pixel : Math.min(last, pixel + width + 1);
    return Math.max(-70, Math.min(70, (height[behind]! - height[before]!) * amount));
  });
};

/** Blotches of another tone, as of old paper or painted walls. */
export const mottled =
  (stops: readonly string[], cells: number, amount: number, blend: 'multiply' | 'softLight' | 'screen' = 'multiply'): Look =>
  async (picture, chance) => {
    const { width, height } = picture;
    const meet = meets[blend];
    const plane = clouds(width, height, cells, (cells * height) / width, 3, chance).data;
    const blank = new Uint8ClampedArray(picture.data.length);
    for (let at = 0; at < blank.length; at += 1) blank[at] = plane[Math.floor(at / 3)]!;
    const spots = (await toned(stops)({ width, height, data: blank }, chance)).data;
    const data = new Uint8ClampedArray(picture.data.length);
    for (let at = 0; at < data.length; at += 1) {
      const under = picture.data[at]!;
      data[at] = under + (meet(under, spots[at]!) - under) * amount;
    }
    return { width, height, data };
  };
