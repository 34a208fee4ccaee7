import type { Rgb } from './colour.ts';
import type { Look } from './look.ts';
import { type Picture, type Plane, shortSide, through } from './picture.ts';
import { blurred, blurredPlane } from './softness.ts';
import { shaded } from './texture.ts';

/** How different two colours look: tint counts for more than light, so that skin does not fall in with clouds. */
const apart = (data: Uint8ClampedArray, at: number, colour: Rgb): number => {
  const r = data[at]! - colour[0];
  const g = data[at + 1]! - colour[1];
  const b = data[at + 2]! - colour[2];
  const light = r * 0.3 + g * 0.59 + b * 0.11;
  return light * light * 0.8 + (r - g) ** 2 * 0.7 + (b - light) ** 2 * 0.6;
};

const nearest = (data: Uint8ClampedArray, at: number, colours: readonly Rgb[]): number => {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < colours.length; n += 1) {
    const distance = apart(data, at, colours[n]!);
    if (distance < least) [best, least] = [n, distance];
  }
  return best;
};

/** The means of what belongs to each colour; a colour nothing belongs to stays. */
const moved = (data: Uint8ClampedArray, colours: readonly Rgb[]): Rgb[] => {
  const sums = colours.map(() => [0, 0, 0, 0]);
  for (let at = 0; at < data.length; at += 3) {
    const sum = sums[nearest(data, at, colours)]!;
    for (let channel = 0; channel < 3; channel += 1) sum[channel] = sum[channel]! + data[at + channel]!;
    sum[3] = sum[3]! + 1;
  }
  return sums.map(([red, green, blue, count], n) => (count ? [red! / count, green! / count, blue! / count] : colours[n]!));
};

/** The colours the picture is mostly made of, the darkest first. Each new one is what the others describe worst. */
export const paletteOf = async (picture: Picture, count: number): Promise<Rgb[]> => {
  const { data } = await through(picture, image => image.resize(40, 40, { fit: 'fill' }));
  let colours: Rgb[] = [[data[0]!, data[1]!, data[2]!]];
  while (colours.length < count) {
    let [worst, most] = [0, -1];
    for (let at = 0; at < data.length; at += 3) {
      const distance = Math.min(...colours.map(colour => apart(data, at, colour)));
      if (distance > most) [worst, most] = [at, distance];
    }
    colours.push([data[worst]!, data[worst + 1]!, data[worst + 2]!]);
  }
  for (let round = 0; round < 4; round += 1) colours = moved(data, colours);
  const lightOf = ([red, green, blue]: Rgb) => red * 0.299 + green * 0.587 + blue * 0.114;
  return colours.sort((one, other) => lightOf(one) - lightOf(other));
};

/** For each pixel the number of its colour; asked once for 32 steps of each channel. */
export const labelled = ({ width, height, data }: Picture, colours: readonly Rgb[]): Plane => {
  const known = new Int8Array(32768).fill(-1);
  const labels = new Uint8ClampedArray(width * height);
  for (let pixel = 0, at = 0; pixel < labels.length; pixel += 1, at += 3) {
    const key = ((data[at]! >> 3) << 10) | ((data[at + 1]! >> 3) << 5) | (data[at + 2]! >> 3);
    if (known[key]! < 0) known[key] = nearest(data, at, colours);
    labels[pixel] = known[key]!;
  }
  return { width, height, data: labels };
};

const filledIn = ({ width, height, data: labels }: Plane, colours: readonly Rgb[]): Picture => {
  const data = new Uint8ClampedArray(labels.length * 3);
  for (let pixel = 0, at = 0; pixel < labels.length; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1, at += 1) data[at] = colours[labels[pixel]!]![channel]!;
  }
  return { width, height, data };
};

/** Flat areas of so many colours taken from the picture itself; `calm` hundredths of blur make the areas larger. */
export const flat =
  (count: number, calm = 0.8): Look =>
  async picture => {
    const colours = await paletteOf(picture, count);
    const smoothed = await blurred(picture, (calm * shortSide(picture)) / 100);
    return filledIn(labelled(smoothed, colours), colours);
  };

/** Sheets of coloured paper, the lighter on top, each casting a shadow down and to the right. */
export const sheets =
  (count: number): Look =>
  async picture => {
    const unit = shortSide(picture) / 100;
    const colours = await paletteOf(picture, count);
    const labels = labelled(await blurred(picture, unit * 1.3), colours);
    const heights = { ...labels, data: labels.data.map(label => (label * 255) / (count - 1)) };
    const shadows = (await blurredPlane(heights, unit * 0.9)).data;
    const { width } = picture;
    const shift = Math.round(unit * 0.9) * (width + 1);
    return shaded(filledIn(labels, colours), pixel => {
      const above = (shadows[Math.max(0, pixel - shift)] ?? 0) - heights.data[pixel]!;
      const rim = heights.data[pixel]! > (heights.data[Math.max(0, pixel - width - 1)] ?? 0) ? 22 : 0;
      return rim - Math.max(0, Math.min(75, above * 0.75));
    });
  };
