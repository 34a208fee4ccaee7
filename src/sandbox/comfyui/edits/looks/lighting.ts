import { many } from '../chance.ts';
import { coloured, gains, saturation, warmth } from '../colour.ts';
import { between, contrast, curved, gamma, joined, toned } from '../curves.ts';
import { beams, bokeh, lamp, moonAndStars, slope, vignette } from '../lights.ts';
import { inOrder, partly } from '../look.ts';
import { blurFilter, overlaid } from '../overlay.ts';
import { parted } from '../scene.ts';
import { glow, soft } from '../softness.ts';
import { fog } from '../weather.ts';

export const goldenHour = inOrder(
  coloured(saturation(1.12), warmth(0.6)),
  curved(contrast(0.15)),
  slope(
    [0, 1],
    [0.8, 0.1],
    [
      [0, '#5a2a10', 1],
      [0.6, '#ffffff', 0],
    ],
    'multiply',
  ),
  lamp('#ffae42', 0.88, 0.3, 0.85, 0.85),
  lamp('#fff3c4', 0.88, 0.3, 0.22, 0.95, 0.01),
  beams('#ffcf70', 0.9, 0.28, [110, 215], 7, 0.4),
  glow(0.35, 2),
);

export const studioLight = inOrder(
  parted({
    behind: inOrder(soft(1.6), coloured(saturation(0.35)), curved(joined(gamma(0.7), between(0.02, 0.42)))),
    subject: inOrder(curved(joined(contrast(0.25), gamma(1.12))), coloured(saturation(0.98))),
  }),
  lamp('#fff6ea', 0.22, 0.18, 0.55, 0.42),
  slope(
    [1, 0.5],
    [0.6, 0.5],
    [
      [0, '#9db4d6', 0.28],
      [1, '#9db4d6', 0],
    ],
  ),
  vignette(0.5),
);

/** The panes of a window, thrown on the scene by a low sun. */
const panes = overlaid(
  (width, height, chance) => {
    const [x, y] = [width * chance.between(0.16, 0.26), height * chance.between(0.1, 0.2)];
    const pane = (n: number) => {
      const [px, py] = [x + (n % 2) * width * 0.25, y + Math.floor(n / 2) * height * 0.27];
      return `<path d="M${px} ${py}l${width * 0.22} ${height * 0.07}v${height * 0.24}l${-width * 0.22} ${-height * 0.07}z"/>`;
    };
    return `${blurFilter(width, height, width / 130)}<g fill="#fff4da" opacity="0.62" filter="url(#f)">${many(6, pane).join('')}</g>`;
  },
  { blend: 'softLight', detail: 0.3 },
);

export const windowLight = inOrder(
  coloured(saturation(0.72), gains(0.97, 1, 1.05)),
  slope(
    [0, 0.4],
    [1, 0.6],
    [
      [0, '#ffffff', 1],
      [0.35, '#d5dbe4', 1],
      [1, '#2d3440', 1],
    ],
    'multiply',
  ),
  panes,
  panes,
  slope(
    [0, 0.3],
    [0.45, 0.5],
    [
      [0, '#f4f8ff', 0.75],
      [1, '#f4f8ff', 0],
    ],
  ),
);

export const blueHour = inOrder(
  coloured(saturation(0.72), gains(0.56, 0.7, 1.06)),
  curved(joined(contrast(0.35), between(0.01, 0.84)), joined(contrast(0.3), between(0.03, 0.86)), between(0.15, 0.95)),
  slope(
    [0, 1],
    [0, 0.45],
    [
      [0, '#ff9d5c', 0.4],
      [1, '#ff9d5c', 0],
    ],
  ),
  parted({
    behind: bokeh({ colours: ['#ffb14d', '#ffcf80', '#ff8a3c'], count: 42, size: 0.04, from: 0.45, to: 0.95, strength: 0.85 }),
  }),
  vignette(0.45, '#020a2a'),
);

export const neonLight = inOrder(
  partly(0.72, toned(['#05030c', '#1b1426', '#4a4358', '#b9b4c4', '#ffffff'], joined(gamma(0.72), contrast(0.35)))),
  slope(
    [0, 0.4],
    [0.62, 0.5],
    [
      [0, '#ff1f9e', 1],
      [0.5, '#ff1f9e', 0.55],
      [1, '#ff1f9e', 0],
    ],
    'overlay',
  ),
  slope(
    [1, 0.4],
    [0.38, 0.5],
    [
      [0, '#00d5ff', 1],
      [0.5, '#00d5ff', 0.55],
      [1, '#00d5ff', 0],
    ],
    'overlay',
  ),
  slope(
    [0, 0.4],
    [0.3, 0.5],
    [
      [0, '#ff1f9e', 0.6],
      [1, '#ff1f9e', 0],
    ],
  ),
  slope(
    [1, 0.4],
    [0.7, 0.5],
    [
      [0, '#00d5ff', 0.6],
      [1, '#00d5ff', 0],
    ],
  ),
  glow(0.5, 2),
);

export const dramaticLight = inOrder(
  coloured(saturation(0.7)),
  curved(joined(contrast(0.75), gamma(0.6), between(0, 0.62))),
  overlaid(
    (width, height, chance) => {
      const tilt = width * chance.between(-0.04, 0.08);
      return `${blurFilter(width, height, width / 36)}<polygon filter="url(#f)" points="${width * 0.78 + tilt},${-height * 0.1} ${width * 0.95 + tilt},${-height * 0.1} ${width * 0.72},${height * 1.1} ${width * 0.14},${height * 1.1}" fill="#ffd79a" fill-opacity="0.72"/>`;
    },
    { blend: 'overlay', detail: 0.2 },
  ),
  beams('#ffd79a', 0.9, -0.15, [100, 138], 4, 0.5),
  vignette(0.92, '#000', 0.3),
);

export const moonlight = inOrder(
  coloured(saturation(0.25), gains(0.74, 0.86, 1.06)),
  curved(
    joined(contrast(0.7), gamma(0.72), between(0, 0.74)),
    joined(contrast(0.7), gamma(0.74), between(0.01, 0.79)),
    joined(contrast(0.6), gamma(0.8), between(0.05, 0.88)),
  ),
  parted({ behind: inOrder(curved(between(0, 0.72)), moonAndStars) }),
  slope(
    [0.5, 0],
    [0.5, 0.8],
    [
      [0, '#a9c6ff', 0.25],
      [1, '#a9c6ff', 0],
    ],
  ),
  partly(0.22, fog('#8fa9d6', 0.8)),
  vignette(0.55, '#00040f'),
);
