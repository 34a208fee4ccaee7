import sharp from 'sharp';
import type { Develop } from '../pictures.ts';
import { chanceOf } from './chance.ts';
import { mixed } from './look.ts';
import { clouds } from './noise.ts';
import { asSharp, closed, type Picture, through } from './picture.ts';

const small = { width: 256, height: 256, fit: 'inside', withoutEnlargement: true } as const;

/** Coloured noise, as a latent shows before anything is settled. */
const noiseLike = ({ width, height }: Picture, words: string): Picture => {
  const chance = chanceOf(words);
  const planes = [0, 1, 2].map(() => clouds(width, height, width / 8, height / 8, 2, chance).data);
  const data = new Uint8ClampedArray(width * height * 3);
  for (let at = 0; at < data.length; at += 1) data[at] = 128 + (planes[at % 3]![Math.floor(at / 3)]! - 128) * 1.6;
  return { width, height, data };
};

/** The picture in squares of `size` pixels, without sharp borders between them. */
const coarse = (picture: Picture, size: number): Promise<Picture> => {
  const { width, height } = picture;
  if (size < 1.5) return Promise.resolve(picture);
  const tiny = {
    width: Math.max(2, Math.round(width / size)),
    height: Math.max(2, Math.round(height / size)),
    fit: 'fill',
  } as const;
  return through(picture, image => image.resize(tiny)).then(blocks =>
    through(blocks, image => image.resize({ width, height, fit: 'fill', kernel: 'cubic' })),
  );
};

/**
 * Previews as of a sampler at work: step k of n is the finished picture, out of focus and in noise, less so with every step.
 * At most 256 px; the same edit and seed give the same previews.
 */
export const developing: Develop = async (edited, { seed, steps }) => {
  const finished = await closed(
    sharp(await edited)
      .resize(small)
      .removeAlpha()
      .toColourspace('srgb'),
    3,
  );
  const noise = noiseLike(finished, `preview:${seed}`);
  return async step => {
    const left = 1 - Math.min(1, step / Math.max(1, steps));
    const blocks = await coarse(finished, 1 + left * 22);
    const shown = mixed(blocks, noise, left * 0.62);
    return asSharp(shown).jpeg({ quality: 82 }).toBuffer();
  };
};
