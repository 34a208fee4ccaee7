import { type Chance, many } from '../chance.ts';
import type { Sketch } from '../overlay.ts';

type Spot = { x: number; y: number; size: number };

const peony = ({ x, y, size }: Spot, chance: Chance): string => {
  const [outer, inner] = chance.pick([
    ['#f2a7b5', '#d9637c'],
    ['#f8cdd3', '#e58a9c'],
    ['#f7b79a', '#e07a5c'],
  ] as const);
  const turn = chance.next() * 60;
  const ring = (count: number, away: number, radius: number, paint: string) =>
    many(count, n => {
      const angle = ((turn + (n * 360) / count) * Math.PI) / 180;
      return `<circle cx="${x + Math.cos(angle) * size * away}" cy="${y + Math.sin(angle) * size * away}" r="${size * radius}" fill="${paint}" stroke="#ffffff" stroke-opacity="0.45" stroke-width="${size * 0.04}"/>`;
    }).join('');
  return `${ring(8, 0.62, 0.42, outer)}${ring(6, 0.36, 0.34, inner)}<circle cx="${x}" cy="${y}" r="${size * 0.24}" fill="#fbe3a0"/>`;
};

const sprig = ({ x, y, size }: Spot, degrees: number, chance: Chance): string => {
  const green = chance.pick(['#8fae8b', '#6f9473', '#a9c1a0']);
  const leaves = many(7, n => {
    const [along, side] = [n * size * 0.36, n % 2 ? 1 : -1];
    return `<ellipse cx="${along}" cy="${side * size * 0.24}" rx="${size * 0.27}" ry="${size * 0.15}" transform="rotate(${side * 32} ${along} ${side * size * 0.24})" fill="${green}"/>`;
  });
  return `<g transform="translate(${x} ${y}) rotate(${degrees})"><path d="M0 0H${size * 2.6}" stroke="#7a9070" stroke-width="${size * 0.06}"/>${leaves.join('')}</g>`;
};

const berries = ({ x, y, size }: Spot, chance: Chance): string =>
  many(
    5,
    () =>
      `<circle cx="${x + chance.between(-1, 1) * size}" cy="${y + chance.between(-1, 1) * size}" r="${size * 0.16}" fill="#d8ab45"/>`,
  ).join('');

/** Places along the border, closer to each other in the corners. */
const border = (width: number, height: number, chance: Chance): { x: number; y: number; degrees: number }[] => {
  const inset = Math.min(width, height) * 0.075;
  const across = many(9, n => inset + ((width - 2 * inset) * n) / 8);
  const down = many(5, n => inset + ((height - 2 * inset) * (n + 1)) / 6);
  return [
    ...across.map(x => ({ x, y: inset, degrees: chance.between(-15, 15) })),
    ...down.map(y => ({ x: width - inset, y, degrees: 90 + chance.between(-15, 15) })),
    ...across.map(x => ({ x, y: height - inset, degrees: 180 + chance.between(-15, 15) })),
    ...down.map(y => ({ x: inset, y, degrees: 270 + chance.between(-15, 15) })),
  ];
};

/** A garland of peonies, eucalyptus and golden berries along the edge. */
export const garland: Sketch = (width, height, chance) => {
  const size = Math.min(width, height) * 0.05;
  const places = border(width, height, chance);
  const greens = places.map(({ x, y, degrees }) => sprig({ x, y, size }, degrees, chance));
  const fruits = places.map(({ x, y }) => berries({ x, y, size: size * 1.4 }, chance));
  const corners = [0, 8, 14, 22].map(n => places[n]!).map(({ x, y }) => peony({ x, y, size: size * 1.25 }, chance));
  const flowers = places
    .filter((_, n) => n % 3 === 1)
    .map(({ x, y }) => peony({ x, y, size: size * chance.between(0.65, 0.95) }, chance));
  return [...greens, ...fruits, ...flowers, ...corners].join('');
};
