import { many } from '../chance.ts';
import { coloured, gains, rgb, saturation, warmth } from '../colour.ts';
import { between, contrast, curved, gamma, joined, steps } from '../curves.ts';
import { dotted } from '../dots.ts';
import { lamp, vignette } from '../lights.ts';
import { inked } from '../lines.ts';
import { inOrder, type Look, partly } from '../look.ts';
import { clouds } from '../noise.ts';
import { overlaid } from '../overlay.ts';
import { flat } from '../palette.ts';
import { lightness, type Picture, shortSide } from '../picture.ts';
import { parted, refined, sketched } from '../scene.ts';
import { blurredPlane, crisp, glow, smooth, soft } from '../softness.ts';
import { squares } from '../squares.ts';
import { painted } from '../strokes.ts';
import { embossed, paper } from '../texture.ts';
import { leaf, spark } from '../weather.ts';
import { fadedOut } from './touches.ts';

/** A painted summer sky with towering clouds. */
const animeSky = refined(
  sketched('#3d9be9', (width, height, chance) => {
    const puff = (x: number, y: number, size: number) =>
      many(11, () => {
        const [dx, dy] = [chance.between(-1.6, 1.6), chance.between(-0.7, 0.35)];
        return `<circle cx="${x + dx * size}" cy="${y + dy * size}" r="${size * chance.between(0.45, 0.85)}" fill="${dy > 0.05 ? '#cfe6fb' : '#ffffff'}"/>`;
      }).join('');
    const far = `<rect y="${height * 0.45}" width="${width}" height="${height * 0.55}" fill="#9ad4fa"/>`;
    const field = `<path d="M0 ${height * 0.82}Q${width * 0.5} ${height * 0.72} ${width} ${height * 0.82}V${height}H0Z" fill="#74c365"/>`;
    return (
      far +
      puff(width * 0.14, height * 0.4, height * 0.12) +
      puff(width * 0.88, height * 0.34, height * 0.14) +
      puff(width * 0.6, height * 0.12, height * 0.06) +
      field
    );
  }),
  soft(0.35),
);

const celShaded = inOrder(
  smooth(7),
  coloured(saturation(1.45)),
  curved(joined(gamma(1.22), contrast(0.15))),
  partly(0.75, flat(14, 0.6)),
);

export const anime = inOrder(
  celShaded,
  parted({ behind: partlyOver(animeSky) }),
  inked({ breadth: 1.7, black: 26, deaf: 1.6 }, rgb('#3a2230')),
  glow(0.35, 1.6),
  lamp('#fff7c9', 0.85, 0.05, 0.6, 0.4),
);

/** Another scenery, with the photo's own still to be felt in it. */
function partlyOver(backdrop: ReturnType<typeof refined>): Look {
  return partly(0.85, ({ width, height }, chance) => backdrop(width, height, chance));
}

/** Heights that follow lightness, so that shapes swell. */
const swollen =
  (hundredths: number, amount: number): Look =>
  async picture =>
    embossed(picture, await blurredPlane(lightness(picture), (shortSide(picture) * hundredths) / 100), amount);

export const cartoon3d = inOrder(
  smooth(9),
  coloured(saturation(1.4), warmth(0.22)),
  curved(joined(gamma(1.06), contrast(0.3))),
  swollen(1.1, 3.4),
  parted({ behind: inOrder(soft(1.8), coloured(saturation(1.25), gains(0.86, 0.84, 1.12))) }),
  glow(0.35, 2.6),
  lamp('#ffc98a', 0.8, 0.15, 0.6, 0.28),
);

const comicDots: Look = (picture, chance) => dotted(picture, picture, 1.3, 120, rgb('#1b2a5a'), chance.between(0.5, 0.9));
export const comic = inOrder(
  coloured(saturation(1.75)),
  curved(joined(contrast(0.5), gamma(1.18))),
  flat(9, 0.6),
  comicDots,
  inked({ breadth: 3.2, black: 62, deaf: 1 }),
  overlaid((width, height) => {
    const unit = Math.min(width, height) / 100;
    return `<rect width="${width}" height="${height}" fill="none" stroke="#fffdf4" stroke-width="${unit * 6}"/><rect x="${unit * 3}" y="${unit * 3}" width="${width - unit * 6}" height="${height - unit * 6}" fill="none" stroke="#111" stroke-width="${unit * 0.9}"/>`;
  }),
);

/** Thumbs left their marks: curved furrows that come and go. */
const fingerprints: Look = (picture, chance) => {
  const { width, height } = picture;
  const unit = shortSide(picture) / 100;
  const bend = clouds(width, height, 7, 6, 1, chance).data;
  const patches = clouds(width, height, 11, 9, 1, chance).data;
  const furrows: Picture = {
    width,
    height,
    data: bend.map((value, pixel) => {
      const x = pixel % width;
      const y = (pixel - x) / width;
      const wave = Math.sin((x * 0.5 + y * 0.9) / (unit * 0.26) + value / 7);
      return 128 + wave * Math.max(0, patches[pixel]! - 128) * 1.1;
    }),
  };
  return embossed(picture, furrows, 0.09);
};

export const clayFigure = inOrder(
  smooth(9),
  coloured(saturation(1.3)),
  curved(joined(gamma(1.15), between(0.08, 0.96))),
  partly(0.85, flat(16, 0.8)),
  swollen(0.7, 3.4),
  fingerprints,
  vignette(0.4, '#2b1a10'),
);

const whimsy = overlaid(
  (width, height, chance) => {
    const unit = Math.min(width, height) / 100;
    const plant = (x: number, side: number) => {
      const tall = unit * chance.between(16, 34);
      const colour = chance.pick(['#6f8f4e', '#8fa65a', '#587a4d', '#b98a4a']);
      const leaves = many(
        5,
        n =>
          `<path d="${leaf}" transform="translate(${x + side * (n % 2 ? 4 : -3) * unit} ${height - (tall * (n + 1)) / 5}) rotate(${n % 2 ? 50 : -50}) scale(${unit * 4.6})" fill="${colour}"/>`,
      );
      const bloom = `<circle cx="${x}" cy="${height - tall}" r="${unit * 2.2}" fill="${chance.pick(['#e8836b', '#f1c15a', '#c77fa8'])}"/><circle cx="${x}" cy="${height - tall}" r="${unit * 0.9}" fill="#fff3cf"/>`;
      return `<path d="M${x} ${height}V${height - tall}" stroke="#5f7a45" stroke-width="${unit * 0.8}"/>${leaves.join('')}${bloom}`;
    };
    const bird = (x: number, y: number) =>
      `<g transform="translate(${x} ${y}) scale(${unit * 0.5})"><path d="M9-5L15-3 9-1Q6 8-4 6L-15 10-8 2Q-6-4 2-6Q7-8 9-5Z" fill="${chance.pick(['#d9634c', '#4f86a8', '#e0a83c'])}"/><circle cx="7" cy="-3" r="1.1" fill="#222"/></g>`;
    const plants = many(6, n => plant(n < 3 ? width * (0.02 + n * 0.06) : width * (0.86 + (n - 3) * 0.06), n < 3 ? 1 : -1));
    const stars = many(
      7,
      () =>
        `<path d="${spark}" transform="translate(${width * chance.next()} ${height * chance.between(0.04, 0.3)}) scale(${unit * chance.between(0.8, 1.8)})" fill="#f6d77a"/>`,
    );
    return (
      plants.join('') +
      stars.join('') +
      bird(width * chance.between(0.1, 0.25), height * 0.2) +
      bird(width * chance.between(0.75, 0.9), height * 0.28)
    );
  },
  { detail: 0.6 },
);

export const storybook = inOrder(
  smooth(5, 3),
  coloured(saturation(1.15), warmth(0.32)),
  curved(joined(gamma(1.25), between(0.14, 0.98))),
  partly(0.45, painted({ broad: 2.2, length: 3.4, layers: 1, stray: 7, relief: 0.05 })),
  partly(0.5, inked({ breadth: 2, black: 0, deaf: 1.6 }, rgb('#5d4433'))),
  whimsy,
  fadedOut('#fbf2dd', 0.8),
  paper(9),
);

export const pixelArt = inOrder(coloured(saturation(1.4)), curved(contrast(0.3)), squares(112, 32));

/** Softer cousins for words of one's own. */
export const cartoon = inOrder(
  smooth(7),
  coloured(saturation(1.7)),
  curved(joined(gamma(1.2), steps(9))),
  flat(10, 0.8),
  inked({ breadth: 3, black: 40, deaf: 1.4 }),
  crisp(0.2, 0.3),
);
