import { type Chance, many } from './chance.ts';
import { bokeh, lamp, slope, vignette } from './lights.ts';
import { gradient, type Sketch } from './overlay.ts';
import { type Backdrop, refined, sketched } from './scene.ts';
import { soft } from './softness.ts';

const whole = (paint: string) => `<rect width="100%" height="100%" fill="${paint}"/>`;

const sheer =
  (light: string, dark: string, x = 0.5, y = 0.4): Sketch =>
  () =>
    gradient('radial', 'g', `cx="${x}" cy="${y}" r="0.85"`, [
      [0, light],
      [1, dark],
    ]) + whole('url(#g)');

/** A studio's paper background, lighter in the middle. */
export const studio = (light: string, dark: string, x = 0.5, y = 0.4): Backdrop => sketched(dark, sheer(light, dark, x, y), 0.2);

/** An office far out of focus: windows, a plant, a wall. */
export const office: Backdrop = refined(
  sketched(
    '#a3adb8',
    (width, height, chance) => {
      const panes = many(6, n => {
        const x = (n / 6) * width + chance.between(0, 0.03) * width;
        const tone = chance.pick(['#e8f0f7', '#d3dfe9', '#f4f8fb', '#c2ceda']);
        return `<rect x="${x}" y="${height * 0.06}" width="${width * 0.12}" height="${height * 0.52}" fill="${tone}"/>`;
      });
      const desk = `<rect y="${height * 0.72}" width="${width}" height="${height * 0.3}" fill="#77818c"/>`;
      const plant = `<ellipse cx="${width * chance.pick([0.08, 0.93])}" cy="${height * 0.6}" rx="${width * 0.07}" ry="${height * 0.16}" fill="#5d7f66"/>`;
      return panes.join('') + desk + plant;
    },
    0.25,
  ),
  soft(3.2),
);

/** A hall with chandeliers. */
export const hall: Backdrop = refined(
  sketched('#1a0f12', sheer('#5a3420', '#120a0e', 0.5, 0.2), 0.25),
  bokeh({ colours: ['#ffcf7a', '#ffb14d', '#ffe6b0'], count: 60, size: 0.05, from: 0, to: 0.5, strength: 0.75 }),
  lamp('#ffb35c', 0.5, 0.05, 0.6, 0.55),
  vignette(0.7),
);

/** A summer park through a fast lens. */
export const park: Backdrop = refined(
  sketched(
    '#5f9140',
    (width, height, chance) => {
      const leaves = many(70, () => {
        const colour = chance.pick(['#3f6f2a', '#79a84a', '#a8cf6a', '#2f5a24', '#c6e08a']);
        return `<circle cx="${chance.next() * width}" cy="${chance.next() * height * 0.75}" r="${width * chance.between(0.03, 0.11)}" fill="${colour}" fill-opacity="0.8"/>`;
      });
      const path = `<path d="M${width * 0.3} ${height}Q${width * 0.55} ${height * 0.8} ${width * 0.5} ${height * 0.62}L${width * 0.56} ${height * 0.62}Q${width * 0.75} ${height * 0.8} ${width * 0.8} ${height}Z" fill="#e3d2a4"/>`;
      return `${leaves.join('')}<rect y="${height * 0.66}" width="${width}" height="${height * 0.34}" fill="#7fae4a"/>${path}`;
    },
    0.25,
  ),
  soft(3),
  bokeh({ colours: ['#f6ffd0', '#e6ffb0', '#fffbe0'], count: 46, size: 0.045, from: 0, to: 0.6, strength: 0.5 }),
  slope(
    [1, 0],
    [0.3, 0.7],
    [
      [0, '#fff3b0', 0.55],
      [1, '#fff3b0', 0],
    ],
  ),
);

const fold = (x: number, breadth: number, height: number, dark: string, light: string, id: string): string =>
  `${gradient('linear', id, 'x1="0" y1="0" x2="1" y2="0"', [
    [0, dark],
    [0.45, light],
    [1, dark],
  ])}<rect x="${x}" width="${breadth}" height="${height}" fill="url(#${id})"/>`;

const folds = (from: number, to: number, height: number, chance: Chance, side: string): string => {
  const breadth = (to - from) / 5;
  return many(5, n =>
    fold(from + n * breadth, breadth + 1, height, '#3d0613', chance.pick(['#a31832', '#8e1029', '#b8203c']), `${side}${n}`),
  ).join('');
};

/** A palace: velvet to both sides, a dark room with candles. */
export const palace: Backdrop = refined(
  sketched(
    '#21130c',
    (width, height, chance) => {
      const room = sheer('#7a4d22', '#1b0d09', 0.5, 0.35)(width, height, chance);
      const curtains = folds(0, width * 0.26, height, chance, 'a') + folds(width * 0.74, width, height, chance, 'b');
      const valance = many(6, n => {
        const x = (n * width) / 6;
        return `<path d="M${x} 0h${width / 6}q${-width / 12} ${height * 0.16} ${-width / 6} 0z" fill="#8e1029" stroke="#d9a441" stroke-width="${height * 0.007}"/>`;
      });
      return `${room}${curtains}${valance.join('')}`;
    },
    0.5,
  ),
  bokeh({ colours: ['#ffcf7a', '#ffdf9a'], count: 16, size: 0.03, from: 0.2, to: 0.55, strength: 0.8 }),
);

/** Towers of a city by night, their windows lit. */
export const city: Backdrop = sketched(
  '#0b0a24',
  (width, height, chance) => {
    const sky = gradient('linear', 'k', 'x1="0" y1="0" x2="0" y2="1"', [
      [0, '#0a0722'],
      [0.55, '#47156b'],
      [0.8, '#d02a8a'],
      [1, '#1b0b3a'],
    ]);
    const tower = (row: number) => () => {
      const [breadth, tall] = [width * chance.between(0.06, 0.13), height * chance.between(0.35, 0.8) * (row ? 0.8 : 1)];
      const [x, y] = [chance.between(-0.05, 1) * width, height - tall];
      const lit = chance.pick(['#33e1ff', '#ff4fc3', '#ffd36a', '#9a7bff']);
      const windows = many(26, () => {
        const [wx, wy] = [x + breadth * chance.between(0.08, 0.86), y + tall * chance.between(0.03, 0.9)];
        return `<rect x="${wx}" y="${wy}" width="${width * 0.006}" height="${width * 0.008}" fill="${lit}" fill-opacity="${chance.between(0.4, 1)}"/>`;
      });
      const sign = `<rect x="${x + breadth * 0.8}" y="${y + tall * 0.15}" width="${width * 0.008}" height="${tall * 0.3}" fill="${lit}"/>`;
      return `<rect x="${x}" y="${y}" width="${breadth}" height="${tall}" fill="${row ? '#120a30' : '#24124f'}"/>${windows.join('')}${sign}`;
    };
    return `${sky}${whole('url(#k)')}${many(9, tower(0)).join('')}${many(9, tower(1)).join('')}`;
  },
  0.5,
);

/** Rays from behind the subject, in two colours. */
export const sunburst = (colours: readonly [string, string], y = 0.55, rays = 36): Backdrop =>
  sketched(colours[0], (width, height, chance) => {
    const reach = Math.hypot(width, height);
    const turn = chance.next() * 6;
    const corner = (degrees: number) => {
      const angle = ((degrees + turn) * Math.PI) / 180;
      return `${width / 2 + Math.cos(angle) * reach},${height * y + Math.sin(angle) * reach}`;
    };
    const step = 360 / rays;
    return many(
      rays / 2,
      n =>
        `<polygon points="${width / 2},${height * y} ${corner(n * 2 * step)} ${corner((n * 2 + 1) * step)}" fill="${colours[1]}"/>`,
    ).join('');
  });

/** Hills and cypresses in haze, as painters put behind their sitters. */
export const hills: Backdrop = refined(
  sketched(
    '#cfc7a0',
    (width, height, chance) => {
      const sky = gradient('linear', 'k', 'x1="0" y1="0" x2="0" y2="1"', [
        [0, '#7fa0a8'],
        [0.5, '#e8d6a0'],
        [1, '#8a7a45'],
      ]);
      const ridge = (y: number, colour: string) => {
        const points = many(9, n => `${(n / 8) * width},${height * (y + chance.between(-0.06, 0.06))}`);
        return `<polygon points="0,${height} ${points.join(' ')} ${width},${height}" fill="${colour}"/>`;
      };
      const cypress = () => {
        const x = chance.pick([chance.between(0.02, 0.28), chance.between(0.72, 0.98)]) * width;
        const [y, tall] = [height * chance.between(0.6, 0.75), height * chance.between(0.1, 0.2)];
        return `<ellipse cx="${x}" cy="${y - tall / 2}" rx="${tall * 0.13}" ry="${tall / 2}" fill="#3b4522"/>`;
      };
      return `${sky}${whole('url(#k)')}${ridge(0.45, '#9fae9a')}${ridge(0.56, '#8a9468')}${ridge(0.68, '#6f6f38')}${many(9, cypress).join('')}`;
    },
    0.5,
  ),
  soft(0.7),
);
