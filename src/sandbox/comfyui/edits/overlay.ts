import sharp from 'sharp';
import { type Blend, meets } from './blend.ts';
import type { Chance } from './chance.ts';
import { enlarged } from './enlarge.ts';
import type { Look } from './look.ts';
import { closed, type Picture } from './picture.ts';

/** What stands inside an SVG as wide and high as the picture. No text: fonts differ from machine to machine. */
export type Sketch = (width: number, height: number, chance: Chance) => string;

/** Red, green, blue and alpha per pixel. */
export type Layer = Picture;

export type Manner = {
  readonly blend?: Blend;
  readonly opacity?: number;
  /** Soft things are drawn smaller and enlarged: 0.25 is a quarter of each side. */
  readonly detail?: number;
};

/** A sketch as a layer of that size. */
export const drawn = async (body: string, width: number, height: number, detail = 1): Promise<Layer> => {
  const [w, h] = [width, height].map(side => Math.max(1, Math.round(side * detail)));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">${body}</svg>`;
  return enlarged(await closed(sharp(Buffer.from(svg)).ensureAlpha(), 4), width, height);
};

/** The layer laid over the picture. */
export const laid = (picture: Picture, layer: Layer, { blend = 'normal', opacity = 1 }: Manner = {}): Picture => {
  const meet = meets[blend];
  const data = new Uint8ClampedArray(picture.data);
  for (let at = 0, from = 0; at < data.length; at += 3, from += 4) {
    const share = (layer.data[from + 3]! / 255) * opacity;
    if (share === 0) continue;
    const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
    data[at] = red + (meet(red, layer.data[from]!) - red) * share;
    data[at + 1] = green + (meet(green, layer.data[from + 1]!) - green) * share;
    data[at + 2] = blue + (meet(blue, layer.data[from + 2]!) - blue) * share;
  }
  return { width: picture.width, height: picture.height, data };
};

/** Draws over the picture. */
export const overlaid =
  (sketch: Sketch, manner: Manner = {}): Look =>
  async (picture, chance) => {
    const { width, height } = picture;
    return laid(picture, await drawn(sketch(width, height, chance), width, height, manner.detail), manner);
  };

/** A gradient's definition; stops are `[offset, colour, opacity]`. */
export const gradient = (
  kind: 'linear' | 'radial',
  id: string,
  place: string,
  stops: readonly (readonly [offset: number, colour: string, opacity?: number])[],
): string => {
  const inside = stops.map(
    ([at, colour, opacity = 1]) => `<stop offset="${at}" stop-color="${colour}" stop-opacity="${opacity}"/>`,
  );
  return `<${kind}Gradient id="${id}" ${place}>${inside.join('')}</${kind}Gradient>`;
};

/** A filter `#f` that blurs within the picture: without these bounds it would work on all that sticks out, too. */
export const blurFilter = (width: number, height: number, deviation: number): string =>
  `<filter id="f" filterUnits="userSpaceOnUse" x="0" y="0" width="${width}" height="${height}"><feGaussianBlur stdDeviation="${deviation}"/></filter>`;

/** Covers everything with one paint, such as `url(#id)` or a colour. */
export const filled = (paint: string, more = ''): string => `<rect width="100%" height="100%" fill="${paint}" ${more}/>`;
