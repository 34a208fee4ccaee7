import type { Look } from './look.ts';
import { labelled, paletteOf } from './palette.ts';
import { type Picture, through } from './picture.ts';

/** Thresholds of ordered dithering, 4 × 4. */
const thresholds = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

const dithered = ({ width, height, data }: Picture, amount: number): Picture => ({
  width,
  height,
  data: data.map((value, at) => {
    const pixel = Math.floor(at / 3);
    const threshold = thresholds[(Math.floor(pixel / width) % 4) * 4 + ((pixel % width) % 4)]!;
    return value + (threshold / 15 - 0.5) * amount;
  }),
});

/** Large square pixels, `across` of them along the longer side, in so many colours of the picture's own. */
export const squares =
  (across: number, colours: number, dither = 22): Look =>
  async picture => {
    const { width, height } = picture;
    const size = { width: across, height: across, fit: 'inside', withoutEnlargement: true } as const;
    const small = dithered(await through(picture, image => image.resize(size)), dither);
    const palette = await paletteOf(small, colours);
    const { data: labels } = labelled(small, palette);
    const data = Uint8ClampedArray.from({ length: labels.length * 3 }, (_, at) => palette[labels[Math.floor(at / 3)]!]![at % 3]!);
    return through({ ...small, data }, image => image.resize({ width, height, fit: 'fill', kernel: 'nearest' }));
  };
