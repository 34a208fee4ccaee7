import type { Rgb } from './colour.ts';
import type { Look } from './look.ts';
import { lightness, type Picture, type Plane, shortSide } from './picture.ts';
import { blurredPlane } from './softness.ts';
import { shaded } from './texture.ts';

export type Pen = {
  /** Breadth of a line, in thousandths of the shorter side. */
  readonly breadth: number;
  /** What is darker than this (0 to 255) is filled with ink; 0 for none. */
  readonly black: number;
  /** How faint an edge may be and still get a line: 1 hears much, 4 only the loud ones. */
  readonly deaf: number;
};

/** Where ink goes: 255 is paper, 0 is ink. Two blurs of the lightness, one taken from the other, leave its edges. */
export const inkOf = async (picture: Picture, { breadth, black, deaf }: Pen): Promise<Plane> => {
  const sigma = Math.max(0.6, (shortSide(picture) * breadth) / 1000);
  const light = lightness(picture);
  const [near, far] = [await blurredPlane(light, sigma), await blurredPlane(light, sigma * 1.8)];
  const data = new Uint8ClampedArray(light.data.length);
  for (let at = 0; at < data.length; at += 1) {
    const edge = far.data[at]! - near.data[at]! - deaf;
    const spot = black > near.data[at]! ? (black - near.data[at]!) * 12 : 0;
    data[at] = 255 - Math.max(edge > 0 ? edge * 34 : 0, spot);
  }
  return { width: light.width, height: light.height, data };
};

/** Ink drawn over a picture. */
export const inked =
  (pen: Pen, colour: Rgb = [18, 14, 20]): Look =>
  async picture => {
    const ink = (await inkOf(picture, pen)).data;
    const data = new Uint8ClampedArray(picture.data.length);
    for (let pixel = 0, at = 0; pixel < ink.length; pixel += 1) {
      const share = ink[pixel]! / 255;
      for (let channel = 0; channel < 3; channel += 1, at += 1) {
        data[at] = colour[channel]! + (picture.data[at]! - colour[channel]!) * share;
      }
    }
    return { ...picture, data };
  };

/** Graphite: lightness divided by its own blur leaves soft lines on white paper. */
export const pencilled =
  (hundredths: number, strength: number): Look =>
  async picture => {
    const light = lightness(picture);
    const calm = await blurredPlane(light, (shortSide(picture) * hundredths) / 100);
    const data = new Uint8ClampedArray(picture.data.length);
    for (let pixel = 0, at = 0; pixel < light.data.length; pixel += 1) {
      const dodge = Math.min(1, (light.data[pixel]! + 1) / (calm.data[pixel]! + 1));
      const tone = 255 * dodge ** strength;
      for (let channel = 0; channel < 3; channel += 1, at += 1) data[at] = tone;
    }
    return { ...picture, data };
  };

/** Slanted pencil strokes over what is dark in `photo`: one direction for half-shadows, a second for shadows. */
export const hatched = (picture: Picture, photo: Picture, amount: number, turn: number): Picture => {
  const light = lightness(photo).data;
  const pitch = (Math.PI * 2) / Math.max(3, shortSide(photo) / 130);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return shaded(picture, (pixel, x, y) => {
    const dark = 1 - light[pixel]! / 255;
    const wobble = Math.sin(x * 0.021 + y * 0.017) * 1.3;
    const one = Math.max(0, Math.sin((x * cos + y * sin) * pitch + wobble)) * Math.max(0, dark - 0.28);
    const other = Math.max(0, Math.sin((x * sin - y * cos) * pitch - wobble)) * Math.max(0, dark - 0.58);
    return -amount * (one + other * 1.4);
  });
};
