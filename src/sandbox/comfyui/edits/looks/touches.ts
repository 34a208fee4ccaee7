import { rgb } from '../colour.ts';
import { type Look, mixed } from '../look.ts';
import { cracks } from '../mosaic.ts';
import { clouds } from '../noise.ts';
import { type Picture, planeThrough } from '../picture.ts';
import { shaded } from '../texture.ts';

const plain = ({ width, height }: Picture, colour: string): Picture => {
  const [red, green, blue] = rgb(colour);
  const data = new Uint8ClampedArray(width * height * 3);
  for (let at = 0; at < data.length; at += 3) {
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
  }
  return { width, height, data };
};

/** Dissolves towards the edges into bare paper, unevenly, as a painter stops. */
export const fadedOut =
  (colour: string, amount = 1): Look =>
  (picture, chance) => {
    const { width, height } = picture;
    const uneven = clouds(width, height, 7, 6, 2, chance).data;
    const mask = new Uint8ClampedArray(width * height);
    for (let y = 0, pixel = 0; y < height; y += 1) {
      const v = Math.abs(y / height - 0.5) * 2;
      for (let x = 0; x < width; x += 1, pixel += 1) {
        const u = Math.abs(x / width - 0.5) * 2;
        const edge = Math.max(u, v, Math.sqrt(u * u + v * v) * 0.86);
        mask[pixel] = amount * ((edge - 1) * 1100 + 150 + uneven[pixel]!);
      }
    }
    return mixed(picture, plain(picture, colour), mask);
  };

/** Where `photo` is truly red, a muted red stays in the drawing. */
export const keptReds = (drawing: Picture, photo: Picture): Picture => {
  const data = new Uint8ClampedArray(drawing.data);
  for (let at = 0; at < data.length; at += 3) {
    const [red, green, blue] = [photo.data[at]!, photo.data[at + 1]!, photo.data[at + 2]!];
    const share = Math.max(0, Math.min(0.75, (red - Math.max(green, blue) * 1.55 - 12) / 55));
    if (share === 0) continue;
    const tone = (data[at]! + 90) / 300;
    data[at] = data[at]! + (200 * tone + 30 - data[at]!) * share;
    data[at + 1] = data[at + 1]! + (52 * tone - data[at + 1]!) * share;
    data[at + 2] = data[at + 2]! + (44 * tone - data[at + 2]!) * share;
  }
  return { ...drawing, data };
};

/** The cracks of old varnish. */
export const cracked =
  (hundredths: number, amount: number): Look =>
  async (picture, chance) => {
    const { width, height } = picture;
    const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2), data: picture.data };
    const small = cracks(half, hundredths * 0.5, chance);
    const net = (await planeThrough(small, image => image.resize({ width, height, fit: 'fill' }))).data;
    const uneven = clouds(width, height, 5, 5, 2, chance).data;
    return shaded(picture, pixel => (net[pixel]! > 0 ? (-amount * net[pixel]! * uneven[pixel]!) / 32000 : 0));
  };
