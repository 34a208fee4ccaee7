import type { Rgb } from './colour.ts';
import type { Look } from './look.ts';
import { lightness, type Picture, shortSide } from './picture.ts';

/** Printed dots in a slanted grid over `picture`, the larger the darker `photo` is; none where it is lighter than `upTo`. */
export const dotted = (picture: Picture, photo: Picture, pitch: number, upTo: number, colour: Rgb, turn = 0.6): Picture => {
  const { width, height } = picture;
  const light = lightness(photo).data;
  const size = Math.max(4, (pitch * shortSide(picture)) / 100);
  const [cos, sin] = [Math.cos(turn) / size, Math.sin(turn) / size];
  const data = new Uint8ClampedArray(picture.data);
  for (let y = 0, pixel = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, pixel += 1) {
      const dark = 1 - light[pixel]! / upTo;
      if (dark <= 0) continue;
      const [u, v] = [x * cos + y * sin, y * cos - x * sin];
      const away = Math.sqrt((u - Math.floor(u) - 0.5) ** 2 + (v - Math.floor(v) - 0.5) ** 2);
      const share = Math.max(0, Math.min(1, (Math.sqrt(dark) * 0.62 - away) * size * 0.8));
      for (let channel = 0, at = pixel * 3; channel < 3; channel += 1, at += 1) {
        data[at] = data[at]! + (colour[channel]! - data[at]!) * share;
      }
    }
  }
  return { width, height, data };
};

export const halftone =
  (pitch: number, upTo: number, colour: Rgb): Look =>
  (picture, chance) =>
    dotted(picture, picture, pitch, upTo, colour, chance.between(0.45, 0.8));

/** The colours of a print that slipped: red to one side, blue to the other. */
export const slipped =
  (hundredths: number): Look =>
  picture => {
    const { width, height, data } = picture;
    const shift = Math.max(1, Math.round((hundredths * shortSide(picture)) / 100));
    const out = new Uint8ClampedArray(data);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const at = (y * width + x) * 3;
        out[at] = data[(y * width + Math.max(0, x - shift)) * 3]!;
        out[at + 2] = data[(y * width + Math.min(width - 1, x + shift)) * 3 + 2]!;
      }
    }
    return { width, height, data: out };
  };
