import { many } from '../chance.ts';
import { coloured, gains, saturation } from '../colour.ts';
import { contrast, curved, gamma } from '../curves.ts';
import { bokeh, lamp, slope, vignette } from '../lights.ts';
import { inOrder, type Look } from '../look.ts';
import { marble, moss, oak } from '../materials.ts';
import { drawn, gradient, laid, overlaid, type Sketch } from '../overlay.ts';
import { type Backdrop, refined, sketched, standing } from '../scene.ts';
import { crisp, soft } from '../softness.ts';

const clean = inOrder(crisp(0.4, 0.4), curved(contrast(0.12)));

/** A table of some material before a wall: the material covers the lower part. */
const table =
  (material: Backdrop, wall: Backdrop, edge: number): Backdrop =>
  async (width, height, chance) => {
    const [top, behind] = [await material(width, height, chance), await wall(width, height, chance)];
    const rows = Math.round(height * edge) * width * 3;
    const data = new Uint8ClampedArray(top.data);
    data.set(behind.data.subarray(0, rows));
    const shade: Sketch = (w, h) =>
      `${gradient('linear', 't', 'x1="0" y1="0" x2="0" y2="1"', [
        [0, '#000', 0.4],
        [1, '#000', 0],
      ])}<rect y="${h * edge}" width="${w}" height="${h * 0.07}" fill="url(#t)"/>`;
    return laid({ width, height, data }, await drawn(shade(width, height, chance), width, height, 0.5));
  };

const seamless = sketched(
  '#ffffff',
  (width, height) => `<rect y="${height * 0.78}" width="${width}" height="${height * 0.22}" fill="#f4f4f3"/>`,
  0.1,
);

export const productWhite = inOrder(
  clean,
  standing(refined(seamless, soft(4)), { size: 0.86, foot: 0.96, shadow: 0.42 }),
  curved(gamma(1.05)),
);

const beige = refined(
  sketched('#e6d6c2', () => ''),
  lamp('#fff6e4', 0.1, 0.1, 0.8, 0.7),
);
export const productMarble = inOrder(
  clean,
  standing(table(marble, beige, 0.62), { size: 0.82, foot: 0.93, shadow: 0.55 }),
  slope(
    [0, 0],
    [0.7, 0.6],
    [
      [0, '#ffffff', 0.28],
      [1, '#ffffff', 0],
    ],
  ),
);

const kitchen = refined(
  sketched(
    '#d6b58a',
    (width, height, chance) => {
      const shelves = many(
        3,
        n => `<rect y="${height * (0.12 + n * 0.16)}" width="${width}" height="${height * 0.02}" fill="#8b6239"/>`,
      );
      const jars = many(14, n => {
        const colour = chance.pick(['#c25b3a', '#f2e6cf', '#7f9a6a', '#e0a84c', '#5f7f8f']);
        return `<rect x="${chance.next() * width}" y="${height * (0.03 + (n % 3) * 0.16)}" width="${width * 0.05}" height="${height * 0.09}" rx="9" fill="${colour}"/>`;
      });
      return shelves.join('') + jars.join('');
    },
    0.25,
  ),
  soft(2.4),
  lamp('#ffe3a6', 0.95, 0.15, 0.7, 0.75),
);
const sprig = overlaid((width, height, chance) => {
  const unit = Math.min(width, height) / 100;
  const leaves = many(
    9,
    n =>
      `<ellipse cx="${n * unit * 2.1}" cy="${(n % 2 ? 1 : -1) * unit * 1.5}" rx="${unit * 2}" ry="${unit}" transform="rotate(${n % 2 ? 30 : -30} ${n * unit * 2.1} 0)" fill="${chance.pick(['#5f8a45', '#79a257', '#4c7338'])}"/>`,
  );
  const napkin = `<path d="M${width * 0.02} ${height * 0.82}l${width * 0.17} ${-height * 0.07} ${width * 0.05} ${height * 0.14} ${-width * 0.17} ${height * 0.08}z" fill="#f3ece0" stroke="#d5c7b0" stroke-width="3"/><path d="M${width * 0.055} ${height * 0.8}l${width * 0.05} ${height * 0.15}" stroke="#b9473c" stroke-width="${unit * 0.7}"/>`;
  return `${napkin}<g transform="translate(${width * 0.78} ${height * 0.9}) rotate(-18)"><path d="M0 0H${unit * 18}" stroke="#4c6b38" stroke-width="${unit * 0.4}"/>${leaves.join('')}</g>`;
});
export const productWood = inOrder(
  clean,
  standing(refined(table(oak, kitchen, 0.64), sprig), { size: 0.8, foot: 0.93, shadow: 0.7 }),
  coloured(gains(1.05, 1, 0.9)),
);

const pastels = [
  ['#f7c9d4', '#eda3b6', '#fbe4ea'],
  ['#bfe3dc', '#8cc8bd', '#e2f4f0'],
  ['#d5cdf2', '#b0a2e0', '#ebe6fa'],
  ['#fde0b4', '#f5c27c', '#fff0d8'],
] as const;
const podium: Backdrop = (width, height, chance) => {
  const [ground, deep, pale] = chance.pick(pastels);
  const unit = Math.min(width, height) / 100;
  const shapes: Sketch = (w, h) => `
    <circle cx="${w * 0.22}" cy="${h * 0.34}" r="${unit * 17}" fill="${pale}"/>
    <path d="M${w * 0.68} ${h * 0.78}V${h * 0.36}a${unit * 13} ${unit * 13} 0 0 1 ${unit * 26} 0V${h * 0.78}Z" fill="${deep}"/>
    <path d="M${w * 0.08} ${h * 0.8}L${w * 0.19} ${h * 0.52} ${w * 0.3} ${h * 0.8}Z" fill="${deep}"/>
    <rect y="${h * 0.78}" width="${w}" height="${h * 0.22}" fill="${pale}"/>
    <ellipse cx="${w * 0.6}" cy="${h * 0.95}" rx="${w * 0.36}" ry="${h * 0.06}" fill="#000" fill-opacity="0.12"/>
    <path d="M${w * 0.2} ${h * 0.84}V${h * 0.93}A${w * 0.3} ${h * 0.06} 0 0 0 ${w * 0.8} ${h * 0.93}V${h * 0.84}Z" fill="${deep}"/>
    <ellipse cx="${w * 0.5}" cy="${h * 0.84}" rx="${w * 0.3}" ry="${h * 0.06}" fill="#ffffff"/>`;
  return sketched(ground, shapes)(width, height, chance);
};
export const productPodium = inOrder(
  clean,
  standing(podium, { size: 0.72, foot: 0.87, shadow: 0.4 }),
  lamp('#ffffff', 0.15, 0.05, 0.7, 0.25),
);

const forest = refined(
  moss,
  overlaid(
    (width, height, chance) => {
      const trunks = many(
        9,
        () =>
          `<rect x="${chance.next() * width}" width="${width * chance.between(0.02, 0.06)}" height="${height * 0.62}" fill="#1d2a17" fill-opacity="0.8"/>`,
      );
      return `<rect width="${width}" height="${height * 0.6}" fill="#6f9a5a" fill-opacity="0.75"/>${trunks.join('')}`;
    },
    { detail: 0.25 },
  ),
  soft(2.2),
  bokeh({ colours: ['#f0ffc0', '#d5f5a0'], count: 40, size: 0.035, from: 0, to: 0.55, strength: 0.6 }),
);
const stoneAndFern = overlaid((width, height, chance) => {
  const stone = `<path d="M${width * 0.1} ${height * 0.9}Q${width * 0.16} ${height * 0.8} ${width * 0.5} ${height * 0.8}T${width * 0.9} ${height * 0.9}Q${width * 0.8} ${height} ${width * 0.5} ${height}T${width * 0.1} ${height * 0.9}Z" fill="#3c4143"/><path d="M${width * 0.16} ${height * 0.88}Q${width * 0.24} ${height * 0.82} ${width * 0.5} ${height * 0.82}T${width * 0.84} ${height * 0.88}Q${width * 0.6} ${height * 0.93} ${width * 0.16} ${height * 0.88}Z" fill="#565d5f"/>`;
  const fern = (x: number, y: number, turn: number) => {
    const fronds = many(
      14,
      n =>
        `<path d="M${n * 13} 0q10 -${34 - n * 2} 26 -${38 - n * 2}q-2 22 -26 ${38 - n * 2}M${n * 13} 0q10 ${34 - n * 2} 26 ${38 - n * 2}q-2 -22 -26 -${38 - n * 2}"/>`,
    );
    return `<g transform="translate(${x} ${y}) rotate(${turn + chance.between(-8, 8)}) scale(${width / 1024})" fill="${chance.pick(['#4f8a35', '#66a644', '#3f7530'])}">${fronds.join('')}</g>`;
  };
  const ferns = [
    fern(-10, height * 0.95, -50),
    fern(0, height * 1.02, -22),
    fern(width * 1.01, height * 0.95, -130),
    fern(width, height * 1.02, -158),
  ];
  return stone + ferns.join('');
});
const dew = overlaid((width, height, chance) =>
  many(60, () => {
    const [x, y, radius] = [chance.next() * width, height * chance.between(0.72, 1), width * chance.between(0.002, 0.006)];
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="#eaffef" fill-opacity="0.55" stroke="#fff" stroke-width="1"/><circle cx="${x - radius / 3}" cy="${y - radius / 3}" r="${radius / 3}" fill="#fff"/>`;
  }).join(''),
);
export const productNature = inOrder(
  clean,
  standing(refined(forest, stoneAndFern), { size: 0.78, foot: 0.9, shadow: 0.7 }),
  dew,
  lamp('#f6ffd0', 0.5, 0, 0.6, 0.45),
);

const deep: Backdrop = refined(
  sketched('#06205c', () => ''),
  lamp('#3fb4ff', 0.5, 0.5, 0.6, 0.95),
  vignette(0.5, '#01082a'),
);
/** A crown of water round the foot, and drops flung up. */
const splash: Look = overlaid((width, height, chance) => {
  const unit = Math.min(width, height) / 100;
  const paint = gradient('linear', 'w', 'x1="0" y1="0" x2="0" y2="1"', [
    [0, '#ffffff', 0.85],
    [0.4, '#8fdcff', 0.6],
    [1, '#1b78d8', 0.55],
  ]);
  const jet = (n: number) => {
    const share = n / 12;
    const [x, foot] = [width * (0.14 + 0.72 * share), height * (0.99 - 0.03 * Math.sin(share * Math.PI))];
    const lean = (share - 0.5) * width * 0.3;
    const tall = height * (0.1 + 0.26 * Math.abs(share - 0.5) * 2) * chance.between(0.7, 1.25);
    const [half, tip] = [unit * chance.between(3, 5), unit * chance.between(0.9, 1.9)];
    const [tx, ty] = [x + lean, foot - tall];
    return `<path d="M${x - half} ${foot}C${x - half * 0.3} ${foot - tall * 0.25} ${tx - tip - lean * 0.4} ${foot - tall * 0.5} ${tx - tip} ${ty}A${tip} ${tip} 0 0 1 ${tx + tip} ${ty}C${tx + tip - lean * 0.3} ${foot - tall * 0.45} ${x + half * 0.4} ${foot - tall * 0.25} ${x + half} ${foot}Z" fill="url(#w)" stroke="#e8f8ff" stroke-opacity="0.7" stroke-width="${unit * 0.22}"/><circle cx="${tx + lean * 0.14}" cy="${ty - unit * 4}" r="${tip * 0.8}" fill="#dff5ff" fill-opacity="0.9"/>`;
  };
  const drop = () => {
    const [x, y, radius] = [width * chance.next(), height * chance.between(0.2, 0.9), unit * chance.between(0.25, 1.3)];
    return `<ellipse cx="${x}" cy="${y}" rx="${radius}" ry="${radius * chance.between(1, 1.6)}" fill="#bfeaff" fill-opacity="0.75" stroke="#fff" stroke-width="${unit * 0.12}"/><circle cx="${x - radius * 0.3}" cy="${y - radius * 0.4}" r="${radius * 0.25}" fill="#fff"/>`;
  };
  const pool = `<ellipse cx="${width / 2}" cy="${height * 0.98}" rx="${width * 0.5}" ry="${height * 0.07}" fill="url(#w)"/>`;
  return paint + pool + many(13, jet).join('') + many(70, drop).join('');
});
export const productSplash = inOrder(
  clean,
  coloured(gains(0.94, 1, 1.1), saturation(1.1)),
  standing(deep, { size: 0.8, foot: 0.96, shadow: 0.3 }),
  splash,
);
