import { chanceOf } from '../chance.ts';
import { coloured, gains, saturation } from '../colour.ts';
import { between, contrast, curved, gamma, joined, toned } from '../curves.ts';
import { slope } from '../lights.ts';
import { inOrder, type Look, mixed, partly } from '../look.ts';
import { parted, sketched, standing } from '../scene.ts';
import { crisp, silky, smooth, soft } from '../softness.ts';

/** From black to white, whatever the photo left unused. */
const stretched: Look = picture => {
  const counts = new Uint32Array(256);
  for (const value of picture.data) counts[value] = counts[value]! + 1;
  const reach = (from: number, by: number): number => {
    let [seen, level] = [0, from];
    for (; seen < picture.data.length * 0.01 && level >= 0 && level < 256; level += by) seen += counts[level]!;
    return level / 255;
  };
  const [low, high] = [reach(0, 1), reach(255, -1)];
  return curved(value => (value - low) / Math.max(0.2, high - low))(picture, chanceOf(''));
};

/** A clean print from an old negative: full tones, a breath of warmth, no colour that was not sure. */
export const restoreOldPhoto = inOrder(
  silky(0.8),
  stretched,
  crisp(0.3, 4),
  coloured(saturation(0.4)),
  partly(0.45, toned(['#1a1512', '#6f6256', '#c9bca8', '#fbf6ea'])),
  crisp(0.5, 0.5),
);

/** A tint that leaves lightness nearly as it is: strongest in the middle tones. */
const tinted = (red: number, green: number, blue: number): Look => {
  const middle = (value: number) => 1.25 - Math.abs(value - 0.55) * 1.5;
  return curved(
    value => value + red * middle(value),
    value => value + green * middle(value),
    value => value + blue * middle(value),
  );
};

/** One look above, another below, with a soft passage at a part of the height. */
const stacked =
  (upper: Look, lower: Look, at: number): Look =>
  async (picture, chance) => {
    const { width, height } = picture;
    const mask = new Uint8ClampedArray(width * height);
    for (let y = 0; y < height; y += 1) mask.fill(((y / height - at) / 0.16 + 0.5) * 255, y * width, (y + 1) * width);
    return mixed(await upper(picture, chance), await lower(picture, chance), mask);
  };

/** Sky above and grass below behind people, skin above and cloth below on them: what grey most likely was. */
const greyPrint = inOrder(coloured(saturation(0)), curved(joined(contrast(0.15), between(0.05, 0.98))));
export const colourise = parted({
  behind: inOrder(greyPrint, stacked(tinted(-0.12, 0.0, 0.16), tinted(-0.03, 0.07, -0.12), 0.56)),
  subject: (picture, chance) => {
    const cloth = chance.pick([tinted(0.2, -0.09, -0.06), tinted(-0.14, 0.04, 0.1), tinted(0.05, -0.1, 0.14)]);
    return inOrder(greyPrint, stacked(tinted(0.15, 0.02, -0.09), cloth, 0.74))(picture, chance);
  },
});

export const sharpen = inOrder(stretched, crisp(0.75, 5), crisp(1.3, 0.3));

export const brighten = inOrder(curved(joined(gamma(1.75), between(0.03, 1))), coloured(saturation(1.12)));

/** What is behind melts into what is around it. */
export const declutter = parted({
  behind: inOrder(smooth(9, 6), soft(4.5), coloured(saturation(0.72)), curved(joined(gamma(1.25), between(0.14, 0.95)))),
});

export const vividColours = inOrder(
  coloured(saturation(1.6)),
  curved(contrast(0.4)),
  crisp(0.35, 3),
  slope(
    [0, 0],
    [0, 0.6],
    [
      [0, '#7fb4ff', 0.9],
      [1, '#ffffff', 0.5],
    ],
    'softLight',
  ),
);

const lightGrey = sketched('#ececec', () => '');
export const removeBackground = inOrder(
  standing(lightGrey, { size: 1, foot: 1, shadow: 0.22 }),
  coloured(gains(1.01, 1.01, 1.01)),
);
