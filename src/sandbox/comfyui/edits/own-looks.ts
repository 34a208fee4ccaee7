import { chanceOf } from './chance.ts';
import { coloured, gains, grey, hueTurn, saturation, sepia, warmth } from './colour.ts';
import { between, contrast, curved, gamma, joined, toned } from './curves.ts';
import { bokeh, lamp, moonAndStars, slope, vignette } from './lights.ts';
import { inOrder, type Look, mixed, partly } from './look.ts';
import { cartoon } from './looks/animation.ts';
import { crowned } from './looks/portraits.ts';
import { penDrawing } from './looks/styles.ts';
import { filled, overlaid } from './overlay.ts';
import { asSharp, closed, type Picture, through } from './picture.ts';
import { presetLooks } from './preset-looks.ts';
import { parted } from './scene.ts';
import { blurred, crisp, glow, soft } from './softness.ts';
import { squares } from './squares.ts';
import { subjectOf } from './subject.ts';
import { grain } from './texture.ts';
import { falling, fire, fog, heart, leaf, petal, rain, rainbow, slip, snow, spark, water } from './weather.ts';

const preset = (slug: string): Look => presetLooks[slug]!;

const frost = inOrder(coloured(saturation(0.6), warmth(-0.5)), curved(joined(gamma(1.2), between(0.06, 1))));

/** Turned a quarter, whole, before its own blurred self: the frame of the picture stays. */
const quarterTurn =
  (degrees: 90 | 270): Look =>
  async picture => {
    const { width, height } = picture;
    const back = await blurred(picture, Math.min(width, height) * 0.05);
    const whole = { width, height, fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } } as const;
    const turned = await closed(asSharp(picture).rotate(degrees), 3);
    const front = await closed(asSharp(turned).ensureAlpha().resize(whole), 4);
    const alpha = new Uint8ClampedArray(width * height).map((_, pixel) => front.data[pixel * 4 + 3]!);
    const data = new Uint8ClampedArray(picture.data.length).map((_, at) => front.data[Math.floor(at / 3) * 4 + (at % 3)]!);
    return mixed(back, { width, height, data }, alpha);
  };

/** Bent until blue and green are warm, as leaves in October. */
const rusty = inOrder(
  coloured([
    [0.9, 0.42, -0.12, 0],
    [0.16, 0.68, 0.06, 0],
    [0.04, 0.1, 0.62, 0],
  ]),
  coloured(saturation(1.25), warmth(0.3)),
);

/** Only one hue is left of all colours. */
export const oneColour = (hex: string): Look =>
  partly(
    0.82,
    toned(['#0b0a10', hex, '#fffdf8'], value => value * 0.94),
  );

/** The subject before one plain colour. */
export const plainGround = (hex: string): Look => parted({ behind: overlaid(() => filled(hex)) });

const cutOut: Look = async (picture: Picture, chance) => {
  const mask = await subjectOf(picture);
  const white = { ...picture, data: new Uint8ClampedArray(picture.data.length).fill(252) };
  return inOrder(coloured(saturation(1.08)))(mixed(white, picture, mask.data), chance);
};

/** What words of one's own can ask for. */
export const ownLooks = {
  blackWhite: inOrder(grey, curved(contrast(0.5)), grain(12)),
  sepia: inOrder(sepia, vignette(0.4, '#2a1503')),
  vintage: preset('vintage'),
  snow: inOrder(frost, snow),
  cold: frost,
  warm: inOrder(coloured(warmth(0.75), saturation(1.1)), lamp('#ffb84d', 0.85, 0.1, 0.8, 0.35)),
  summer: inOrder(coloured(saturation(1.45), warmth(0.3)), curved(gamma(1.2)), lamp('#fff2a0', 0.85, 0.08, 0.7, 0.75)),
  autumn: inOrder(
    rusty,
    falling({ shape: leaf, colours: ['#c8471b', '#e08a1e', '#f0b429', '#8f2d14', '#d65f2a'], count: 46, size: 3.4 }),
  ),
  spring: inOrder(
    coloured(saturation(1.2), gains(1.06, 1, 1.02)),
    curved(gamma(1.2)),
    falling({ shape: petal, colours: ['#ffd1dc', '#ffb3c6', '#ffe3ea', '#ff9fb8'], count: 60, size: 2.4 }),
  ),
  flowers: preset('postcard'),
  night: preset('moonlight'),
  stars: inOrder(
    curved(joined(gamma(0.75), between(0, 0.8))),
    moonAndStars,
    falling({ shape: spark, colours: ['#ffffff', '#dfe9ff'], count: 40, size: 1.4 }),
  ),
  sunset: inOrder(
    coloured(warmth(0.7), saturation(1.2)),
    slope(
      [0.5, 0],
      [0.5, 1],
      [
        [0, '#6a3fa0', 0.9],
        [0.45, '#ff7a4d', 0.85],
        [1, '#ffc46b', 0.7],
      ],
      'softLight',
    ),
    lamp('#ff9a3c', 0.5, 0.42, 0.7, 0.7),
    vignette(0.5, '#2a0a2a'),
  ),
  rain: inOrder(coloured(saturation(0.55), gains(0.86, 0.93, 1.02)), rain),
  fog: inOrder(coloured(saturation(0.6)), fog('#dfe4e8', 1.05)),
  bright: inOrder(curved(joined(gamma(1.6), between(0.03, 1))), coloured(saturation(1.15))),
  dark: inOrder(curved(joined(gamma(0.62), between(0, 0.86))), vignette(0.6)),
  vivid: preset('vivid-colours'),
  pastel: inOrder(coloured(saturation(0.55)), curved(between(0.3, 1)), glow(0.3, 2)),
  contrast: inOrder(curved(contrast(1)), crisp(0.4, 3)),
  blurBackground: parted({
    behind: inOrder(
      soft(2.8),
      bokeh({ colours: ['#ffffff', '#fff0c8'], count: 24, size: 0.035, from: 0, to: 0.6, strength: 0.35 }),
    ),
  }),
  removeBackground: cutOut,
  blur: soft(1.8),
  sharp: inOrder(crisp(1.5, 0.35), crisp(0.7, 3)),
  sketch: penDrawing,
  pencil: preset('pencil-sketch'),
  cartoon,
  cartoon3d: preset('cartoon-3d'),
  anime: preset('anime'),
  comic: preset('comic'),
  watercolour: preset('watercolour'),
  oil: preset('oil-painting'),
  popArt: preset('pop-art'),
  mosaic: preset('stained-glass'),
  paperCut: preset('paper-cut'),
  clay: preset('clay-figure'),
  book: preset('storybook'),
  pixels: preset('pixel-art'),
  bigPixels: squares(56, 20),
  neon: preset('neon-light'),
  cyberpunk: preset('neon-city'),
  frame: preset('museum-frame'),
  instant: preset('instant-photo'),
  film: preset('film-strip'),
  cover: preset('magazine-cover'),
  crown: crowned,
  royal: preset('royal-portrait'),
  business: preset('business-portrait'),
  golden: preset('golden-hour'),
  restore: preset('restore-old-photo'),
  colourise: preset('colourise'),
  retouch: preset('gentle-retouch'),
  park: preset('park-portrait'),
  marble: preset('product-marble'),
  mirror: (picture: Picture) => through(picture, image => image.flop()),
  upsideDown: (picture: Picture) => through(picture, image => image.rotate(180)),
  turnRight: quarterTurn(90),
  turnLeft: quarterTurn(270),
  hearts: inOrder(
    coloured(gains(1.06, 0.96, 1)),
    glow(0.3, 2),
    falling({ shape: heart, colours: ['#ff3b6b', '#ff7aa2', '#e0164b', '#ffb3c9'], count: 34, size: 4 }),
  ),
  party: falling({
    shape: slip,
    colours: ['#ff3b6b', '#ffd23f', '#3bceac', '#5b8cff', '#b26bff', '#ff8a3c'],
    count: 150,
    size: 2,
  }),
  christmas: inOrder(
    frost,
    bokeh({ colours: ['#ff4d4d', '#ffd23f', '#4dff88', '#5b8cff'], count: 50, size: 0.035, from: 0, to: 1, strength: 0.8 }),
    snow,
  ),
  glitter: inOrder(glow(0.5, 2), falling({ shape: spark, colours: ['#ffffff', '#fff3b0', '#ffd86b'], count: 90, size: 2.2 })),
  space: inOrder(
    parted({
      behind: inOrder(
        toned(['#030014', '#1c0f4a', '#6a2fa8', '#e08fd8']),
        falling({ shape: spark, colours: ['#ffffff', '#cfe2ff', '#ffe9b0'], count: 130, size: 0.9 }),
      ),
    }),
    lamp('#a06bff', 0.15, 0.2, 0.6, 0.6),
  ),
  fire,
  water: inOrder(coloured(saturation(0.8), gains(0.72, 1, 1.1)), water),
  rainbow,
  invert: curved(value => 1 - value),
  hue: inOrder(coloured(hueTurn(120))),
} satisfies Record<string, Look>;

export type OwnLook = keyof typeof ownLooks;

const duotones = [
  ['#1b1464', '#ff5f6d', '#ffe29a'],
  ['#0b3d3a', '#1fb59a', '#f7ffd8'],
  ['#3a0ca3', '#f72585', '#ffd6e8'],
  ['#14213d', '#fca311', '#fff6e0'],
  ['#22092c', '#be3144', '#f8e0c0'],
  ['#03256c', '#2ec4f1', '#fdfcdc'],
] as const;

/** For words nobody foresaw: two inks, chosen by the words and the seed, so that all see that something was done. */
export const duotone = (words: string): Look => {
  const inks = chanceOf(words).pick(duotones);
  return inOrder(toned([...inks], contrast(0.5)), grain(10), vignette(0.3));
};
