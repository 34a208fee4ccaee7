import { city, hills, sunburst } from '../backdrops.ts';
import { coloured, gains, rgb, saturation, warmth } from '../colour.ts';
import { between, contrast, curved, gamma, joined, toned } from '../curves.ts';
import { halftone, slipped } from '../dots.ts';
import { lamp, leak, slope, vignette } from '../lights.ts';
import { hatched, inked, inkOf, pencilled } from '../lines.ts';
import { inOrder, type Look, mixed, partly } from '../look.ts';
import { glassPieces } from '../mosaic.ts';
import { filled, overlaid } from '../overlay.ts';
import { flat, sheets } from '../palette.ts';
import { before, parted } from '../scene.ts';
import { crisp, glow, smooth, soft } from '../softness.ts';
import { painted } from '../strokes.ts';
import { grain, mottled, paper, weave } from '../texture.ts';
import { rain } from '../weather.ts';
import { cracked, fadedOut, keptReds } from './touches.ts';

export const oilPainting = inOrder(
  coloured(saturation(1.3), warmth(0.18)),
  curved(contrast(0.3)),
  partly(0.88, painted({ broad: 2.8, length: 4.2, layers: 3, stray: 9, relief: 0.3 })),
  weave(5),
);

export const watercolour = inOrder(
  curved(joined(gamma(1.35), between(0.08, 1))),
  coloured(saturation(1.25)),
  partly(0.75, flat(16, 0.6)),
  inked({ breadth: 2.2, black: 0, deaf: 2 }, rgb('#6d675f')),
  mottled(['#c9cfd6', '#ffffff', '#ffffff'], 6, 0.55),
  fadedOut('#fbf8f0'),
  paper(9),
);

export const vintage = inOrder(
  coloured(saturation(0.62), gains(1.1, 1.0, 0.76)),
  curved(joined(contrast(-0.2), between(0.13, 0.93)), joined(contrast(-0.15), between(0.1, 0.92)), between(0.14, 0.82)),
  leak,
  vignette(0.55, '#1c0d00'),
  grain(36),
);

export const modern = inOrder(
  parted({
    behind: inOrder(coloured(saturation(0.12)), curved(joined(gamma(1.5), between(0.42, 0.97))), soft(0.9)),
    subject: inOrder(coloured(saturation(0.82)), curved(contrast(0.35)), crisp(0.8, 0.5)),
  }),
  coloured(gains(0.98, 1, 1.05)),
);

const oldMaster = toned(['#0d0705', '#2d1710', '#4f2a1b', '#714027']);
export const classical = inOrder(
  parted({
    behind: inOrder(soft(2), partly(0.88, oldMaster), vignette(0.75)),
    subject: inOrder(coloured(saturation(0.85), gains(1.08, 0.97, 0.78)), curved(joined(contrast(0.4), between(0, 0.95)))),
  }),
  smooth(5),
  weave(3),
  lamp('#ffca7d', 0.18, 0.1, 0.7, 0.4),
  vignette(0.75, '#140602', 0.35),
);

export const impressionism = inOrder(
  coloured(saturation(1.5)),
  curved(joined(gamma(1.15), between(0.12, 1)), joined(gamma(1.12), between(0.08, 1)), joined(gamma(1.2), between(0.26, 1))),
  painted({ broad: 2.1, length: 2.3, layers: 3, stray: 26, relief: 0.2 }),
  lamp('#ffe9a8', 0.8, 0.1, 0.8, 0.3),
);

export const renaissance = inOrder(
  before(hills, inOrder(smooth(5), coloured(saturation(0.8), gains(1.1, 0.98, 0.72)), curved(contrast(0.25)))),
  glow(0.25, 2.5),
  coloured(gains(1.08, 1, 0.8)),
  cracked(5, 15),
  vignette(0.6, '#2a1503'),
);

export const pencilSketch: Look = async (picture, chance) => {
  const drawing = await inOrder(pencilled(1.6, 2.4), inked({ breadth: 1.6, black: 0, deaf: 2.5 }, rgb('#4a4a4c')))(
    picture,
    chance,
  );
  const shaded = hatched(drawing, picture, 150, chance.between(0.55, 1));
  return inOrder(toned(['#2c2c30', '#8f8c86', '#f7f1e1']), paper(10), fadedOut('#f7f1e1', 0.8))(shaded, chance);
};

export const inkWash: Look = async (picture, chance) => {
  const wash = inOrder(
    smooth(5),
    toned(['#14161a', '#4b5057', '#9ba0a3', '#ddd8ca', '#f3ecdb', '#f3ecdb'], joined(gamma(1.25), contrast(0.35))),
    inked({ breadth: 4.6, black: 40, deaf: 3.4 }),
    mottled(['#b9b4a6', '#fffdf6', '#fffdf6'], 5, 0.5),
    fadedOut('#f1e9d6', 1.15),
    paper(8),
  );
  return keptReds(await wash(picture, chance), picture);
};

const popGrounds = ['#ffd400', '#ff4fa0', '#15c5e8', '#ff6a2b'];
export const popArt: Look = async (picture, chance) => {
  const ground = chance.pick(popGrounds);
  const look = inOrder(
    parted({
      behind: overlaid(() => filled(ground)),
      subject: inOrder(coloured(saturation(2.3)), curved(contrast(0.7)), flat(8, 0.5), coloured(saturation(1.5))),
    }),
    halftone(1.9, 105, rgb('#e3126e')),
    inked({ breadth: 3.6, black: 48, deaf: 1.5 }),
    slipped(0.45),
  );
  return look(picture, chance);
};

export const artDeco = inOrder(
  before(
    sunburst(['#0e2f2a', '#c9a24a'], 0.6, 44),
    inOrder(smooth(5), toned(['#0b0d0c', '#12493f', '#1f7a64', '#d3ab54', '#f6ecd2', '#fff8e4']), flat(6, 0.7)),
  ),
  inked({ breadth: 3, black: 0, deaf: 2 }, rgb('#0b0d0c')),
  overlaid((width, height) => {
    const unit = Math.min(width, height) / 100;
    const line = (inset: number, breadth: number) =>
      `<rect x="${unit * inset}" y="${unit * inset}" width="${width - 2 * unit * inset}" height="${height - 2 * unit * inset}" fill="none" stroke="#d9b45c" stroke-width="${unit * breadth}"/>`;
    return `<rect width="${width}" height="${height}" fill="none" stroke="#0b0d0c" stroke-width="${unit * 8}"/>${line(5, 0.9)}${line(7, 0.35)}`;
  }),
);

export const stainedGlass = inOrder(
  coloured(saturation(2.1)),
  curved(joined(contrast(0.35), gamma(1.15))),
  partly(0.74, glassPieces(3.5, 0.3)),
  inked({ breadth: 4, black: 0, deaf: 3 }),
  lamp('#fff2c0', 0.5, 0.35, 0.75, 0.35),
  glow(0.4, 2),
);

/** Loud while the sheets are cut, so that skin and clouds are not cut from the same one. */
export const paperCut = inOrder(coloured(saturation(2)), curved(gamma(1.1)), sheets(10), coloured(saturation(0.6)), paper(7));

export const neonCity = inOrder(
  before(
    city,
    inOrder(
      curved(joined(contrast(0.4), between(0, 0.82))),
      partly(0.62, toned(['#08051c', '#2a1268', '#b62a9a', '#ff8fd8', '#e8fbff'])),
    ),
  ),
  slope(
    [0, 0],
    [0.55, 0.2],
    [
      [0, '#ff2fb3', 0.5],
      [1, '#ff2fb3', 0],
    ],
  ),
  slope(
    [1, 0],
    [0.45, 0.2],
    [
      [0, '#12d8ff', 0.5],
      [1, '#12d8ff', 0],
    ],
  ),
  glow(0.8, 2.2),
  rain,
);

/** Ink alone on white: for words of one's own. */
export const penDrawing: Look = async (picture, chance) => {
  const ink = await inkOf(picture, { breadth: 2, black: 50, deaf: 1 });
  const white = new Uint8ClampedArray(picture.data.length).fill(250);
  const black = new Uint8ClampedArray(picture.data.length).fill(24);
  const drawing = mixed({ ...picture, data: black }, { ...picture, data: white }, ink.data);
  return hatched(drawing, picture, 110, chance.between(0.5, 1));
};
