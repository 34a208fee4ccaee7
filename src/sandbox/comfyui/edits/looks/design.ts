import { studio } from '../backdrops.ts';
import { type Chance, many } from '../chance.ts';
import { coloured, gains, saturation, sepia, warmth } from '../colour.ts';
import { between, contrast, curved, joined } from '../curves.ts';
import { lamp, slope, vignette } from '../lights.ts';
import { inOrder } from '../look.ts';
import { darkWood, paleWood, raised, wall } from '../materials.ts';
import { type Box, boxed, mounted } from '../mounts.ts';
import { gradient, overlaid, type Sketch } from '../overlay.ts';
import { before, refined, sketched } from '../scene.ts';
import { crisp, glow, silky } from '../softness.ts';
import { grain, paper } from '../texture.ts';
import { garland } from './garland.ts';

const shadow =
  (box: Box, grow: number, opacity: number): Sketch =>
  (width, height) =>
    `<g transform="translate(${width * 0.008} ${height * 0.014})">${many(9, n => boxed(box, width, height, `fill="#000" fill-opacity="${opacity / 6}" rx="${width * 0.01}"`, grow + 0.03 - n * 0.006)).join('')}</g>`;

const both =
  (...sketches: readonly Sketch[]): Sketch =>
  (width, height, chance) =>
    sketches.map(one => one(width, height, chance)).join('');

/** Nested outlines of a moulding, from the outside in: how far out, how broad, which paint. */
const moulding =
  (box: Box, rings: readonly (readonly [out: number, breadth: number, paint: string])[]): Sketch =>
  (width, height) => {
    const unit = Math.min(width, height);
    return rings
      .map(([out, breadth, paint]) =>
        boxed(box, width, height, `fill="none" stroke="${paint}" stroke-width="${breadth * unit}"`, out),
      )
      .join('');
  };

const gold: Sketch = () =>
  gradient('linear', 'gold', 'x1="0" y1="0" x2="1" y2="1"', [
    [0, '#fff0b0'],
    [0.25, '#c9952f'],
    [0.5, '#f6d77a'],
    [0.75, '#8d5f14'],
    [1, '#e6bd55'],
  ]);

/** Carved beads along a frame. */
const beads =
  (box: Box, out: number, size: number, paint: string): Sketch =>
  (width, height) => {
    const unit = Math.min(width, height);
    const [left, top] = [box.x * width - out * unit, box.y * height - out * unit];
    const [w, h] = [box.width * width + 2 * out * unit, box.height * height + 2 * out * unit];
    const along = (length: number) => Math.round(length / (unit * size * 2.6));
    const row = (count: number, place: (share: number) => readonly [number, number]) =>
      many(count, n => {
        const [x, y] = place(n / count);
        return `<circle cx="${x}" cy="${y}" r="${unit * size}" fill="${paint}" stroke="#5d3c0c" stroke-width="${unit * size * 0.25}"/>`;
      }).join('');
    return (
      row(along(w), share => [left + share * w, top]) +
      row(along(w), share => [left + w - share * w, top + h]) +
      row(along(h), share => [left + w, top + share * h]) +
      row(along(h), share => [left, top + h - share * h])
    );
  };

const antique: Box = { x: 0.15, y: 0.16, width: 0.7, height: 0.68 };
export const vintageFrame = inOrder(
  sepia,
  curved(joined(contrast(-0.1), between(0.08, 0.94))),
  vignette(0.45, '#3a220c'),
  mounted({
    ground: refined(darkWood, raised(0.6)),
    box: antique,
    under: both(
      (width, height) => boxed(antique, width, height, 'fill="#efe3c6"', 0.055),
      (width, height) => boxed(antique, width, height, 'fill="none" stroke="#cbb88e" stroke-width="3"', 0.012),
    ),
    over: both(
      gold,
      moulding(antique, [
        [0.06, 0.012, 'url(#gold)'],
        [0.135, 0.012, 'url(#gold)'],
        [0.07, 0.006, '#1a0c05'],
      ]),
      beads(antique, 0.099, 0.011, 'url(#gold)'),
    ),
  }),
  grain(12),
);

const hung: Box = { x: 0.16, y: 0.19, width: 0.68, height: 0.66 };
export const museumFrame = mounted({
  ground: refined(wall('#16321f', '#2a5236'), lamp('#ffdf9a', 0.5, 0, 0.8, 0.75, 0.02), vignette(0.6)),
  box: hung,
  under: shadow(hung, 0.085, 0.75),
  over: both(
    gold,
    moulding(hung, [
      [0.042, 0.09, 'url(#gold)'],
      [0.078, 0.01, '#7a5413'],
      [0.084, 0.008, '#ffe9a3'],
      [0.05, 0.006, '#a67a22'],
      [0.014, 0.012, '#fff0b8'],
      [0.004, 0.008, '#4a300a'],
    ]),
    beads(hung, 0.064, 0.009, '#f3d67c'),
    (width, height) =>
      `<rect x="${width * 0.4}" y="${height * 0.055}" width="${width * 0.2}" height="${height * 0.022}" rx="${height * 0.011}" fill="#b98b33"/><rect x="${width * 0.493}" y="${height * 0.07}" width="${width * 0.014}" height="${height * 0.04}" fill="#8d6520"/>`,
  ),
});

const snap: Box = { x: 0.23, y: 0.1, width: 0.54, height: 0.62 };
export const instantPhoto = inOrder(
  coloured(saturation(0.85), warmth(0.12)),
  curved(joined(contrast(-0.15), between(0.06, 0.96))),
  mounted({
    ground: refined(
      paleWood,
      slope(
        [0, 0],
        [1, 1],
        [
          [0, '#fff6e0', 0.5],
          [1, '#fff6e0', 0],
        ],
      ),
    ),
    box: snap,
    tilt: 7,
    under: (width, height) => {
      const unit = Math.min(width, height);
      const card = `x="${snap.x * width - unit * 0.045}" y="${snap.y * height - unit * 0.045}" width="${snap.width * width + unit * 0.09}" height="${snap.height * height + unit * 0.21}" rx="${unit * 0.008}"`;
      return `${many(8, n => `<rect ${card} fill="none" stroke="#3a2410" stroke-opacity="0.09" stroke-width="${unit * 0.008 * (n + 1)}" transform="translate(${unit * 0.009} ${unit * 0.016})"/>`).join('')}<rect ${card} fill="#fbfaf6"/>`;
    },
    over: both(
      () =>
        gradient('linear', 'gl', 'x1="0" y1="0" x2="1" y2="1"', [
          [0, '#fff', 0.34],
          [0.4, '#fff', 0.05],
          [0.41, '#fff', 0],
        ]),
      (width, height) => boxed(snap, width, height, 'fill="url(#gl)" stroke="#00000030" stroke-width="2"'),
    ),
  }),
);

const card: Box = { x: 0.15, y: 0.16, width: 0.7, height: 0.68 };
export const postcard = inOrder(
  coloured(saturation(1.1)),
  mounted({
    ground: refined(
      sketched('#fbf4e2', () => ''),
      paper(5),
    ),
    box: card,
    corner: 0.05,
    under: shadow(card, 0, 0.25),
    over: garland,
  }),
);

const film: Box = { x: 0.1, y: 0.15, width: 0.8, height: 0.7 };
const holes: Sketch = (width, height) => {
  const size = width / 22;
  const hole = (n: number) =>
    [0.035, 0.895]
      .map(
        y =>
          `<rect x="${(n + 0.25) * (width / 13)}" y="${height * y}" width="${size * 0.95}" height="${height * 0.07}" rx="${size * 0.16}" fill="#f3efe4"/>`,
      )
      .join('');
  return many(13, hole).join('');
};
const neighbours: Sketch = (width, height) =>
  [-0.72, 0.92]
    .map(
      x => `<rect x="${x * width}" y="${height * 0.15}" width="${width * 0.8}" height="${height * 0.7}" rx="6" fill="#26211f"/>`,
    )
    .join('');
const scratches: Sketch = (width, height, chance: Chance) =>
  many(16, () => {
    const x = chance.next() * width;
    return `<path d="M${x} ${height * chance.pick([0, 0.86])}q${chance.between(-6, 6)} 30 0 ${height * 0.14}" stroke="#fff" stroke-opacity="${chance.between(0.1, 0.4)}" fill="none"/>`;
  }).join('');
export const filmStrip = inOrder(
  curved(contrast(0.3)),
  curved(
    joined(contrast(0.35), between(0.0, 1)),
    value => value * 0.94 + 0.03,
    value => 0.16 + value * 0.66,
  ),
  mounted({ ground: sketched('#0d0b0a', both(neighbours, holes)), box: film, corner: 0.012, over: scratches }),
);

const coverInks = [
  ['#ff7d8f', '#c2304f'],
  ['#6fc7d8', '#1f6f8f'],
  ['#f7c95c', '#d17f22'],
  ['#b79be6', '#5f3fa3'],
] as const;
const glossy = overlaid((width, height) => {
  const shine = gradient('linear', 'sn', 'x1="0" y1="0" x2="1" y2="0"', [
    [0, '#000', 0.5],
    [0.025, '#000', 0.12],
    [0.035, '#fff', 0.4],
    [0.09, '#fff', 0],
    [0.6, '#fff', 0],
    [0.8, '#fff', 0.22],
    [1, '#fff', 0],
  ]);
  const curl = `<path d="M${width} ${height * 0.86}L${width * 0.9} ${height}H${width}Z" fill="#e9e6e2"/><path d="M${width} ${height * 0.86}Q${width * 0.93} ${height * 0.9} ${width * 0.9} ${height}L${width * 0.915} ${height * 0.915}Z" fill="#fff"/>`;
  const unit = Math.min(width, height) / 100;
  const line = `<rect x="${unit * 4}" y="${unit * 4}" width="${width - unit * 8}" height="${height - unit * 8}" fill="none" stroke="#fff" stroke-width="${unit * 0.7}" stroke-opacity="0.85"/>`;
  return `${line}${shine}<rect width="${width}" height="${height}" fill="url(#sn)"/>${curl}`;
});
export const magazineCover = inOrder(
  (picture, chance) => {
    const [light, dark] = chance.pick(coverInks);
    const subject = inOrder(silky(0.9), curved(contrast(0.3)), coloured(saturation(1.25), gains(1.03, 1, 0.99)), crisp(0.4, 0.4));
    return before(studio(light, dark, 0.5, 0.3), subject)(picture, chance);
  },
  glow(0.3, 2),
  glossy,
);
