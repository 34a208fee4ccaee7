import { toned } from './curves.ts';
import type { Look } from './look.ts';
import { clouds } from './noise.ts';
import { type Picture, type Plane, through } from './picture.ts';
import type { Backdrop } from './scene.ts';
import { embossed } from './texture.ts';

const greyOf = ({ width, height, data: plane }: Plane): Picture => {
  const data = new Uint8ClampedArray(plane.length * 3);
  for (let pixel = 0; pixel < plane.length; pixel += 1) data.fill(plane[pixel]!, pixel * 3, pixel * 3 + 3);
  return { width, height, data };
};

/** Stuff made of clouds: `columns` × `rows` of its largest spots, its heights painted with `stops`. */
export const stuff =
  (
    stops: readonly string[],
    columns: number,
    rows: number,
    octaves = 3,
    shape: (height: number) => number = one => one,
  ): Backdrop =>
  async (width, height, chance) => {
    const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
    const plane = clouds(w, h, columns, rows, octaves, chance);
    const shaped = { ...plane, data: plane.data.map(one => 255 * shape(one / 255)) };
    const small = await toned(stops)(greyOf(shaped), chance);
    return through(small, image => image.resize({ width, height, fit: 'fill', kernel: 'cubic' }));
  };

const ridge = (height: number): number => Math.min(1, Math.abs(height - 0.5) * 7);

export const marble = stuff(['#8d8a88', '#d9d6d2', '#efedea', '#f8f7f5', '#fbfaf8'], 4, 5, 4, ridge);
export const oak = stuff(['#6b3f1e', '#95602f', '#b57a41', '#8f5a2c', '#c68d52'], 2, 46, 3);
export const paleWood = stuff(['#bfa07a', '#dcc3a0', '#ead6b8', '#d2b48c', '#f0dfc6'], 2, 40, 3);
export const darkWood = stuff(['#1d0f08', '#3a2013', '#4f2d1a', '#2c180d', '#5d3821'], 2, 60, 3);
export const moss = stuff(['#0f1f0c', '#244417', '#4c7a25', '#6f9c36', '#a5c455'], 26, 20, 4);
export const wall = (dark: string, light: string): Backdrop => stuff([dark, light], 7, 6, 4);

/** Planks, felt or clay catch the light: the material's own spots taken for heights. */
export const raised =
  (amount: number): Look =>
  (picture, chance) => {
    const { width, height } = picture;
    return embossed(picture, clouds(width, height, width / 26, height / 26, 2, chance), amount);
  };
