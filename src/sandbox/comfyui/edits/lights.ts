import { many } from './chance.ts';
import type { Look } from './look.ts';
import { blurFilter, filled, gradient, overlaid } from './overlay.ts';

/** Corners darker, or of another colour. */
export const vignette = (strength: number, colour = '#000', clear = 0.45): Look =>
  overlaid(
    () =>
      gradient('radial', 'v', 'cx="0.5" cy="0.5" r="0.72"', [
        [clear, colour, 0],
        [1, colour, strength],
      ]) + filled('url(#v)'),
    { detail: 0.25 },
  );

/** A round light: place and reach as parts of the picture. */
export const lamp = (colour: string, x: number, y: number, reach: number, strength: number, drift = 0.04): Look =>
  overlaid(
    (_w, _h, chance) => {
      const place = `cx="${x + chance.between(-drift, drift)}" cy="${y + chance.between(-drift, drift)}" r="${reach}"`;
      const stops = [
        [0, colour, strength],
        [0.35, colour, strength * 0.55],
        [1, colour, 0],
      ] as const;
      return gradient('radial', 'l', place, stops) + filled('url(#l)');
    },
    { blend: 'screen', detail: 0.2 },
  );

/** Light or shade that falls off in one direction; `from` and `to` are corners such as `0 0` and `1 1`. */
export const slope = (
  from: readonly [number, number],
  to: readonly [number, number],
  stops: readonly (readonly [number, string, number?])[],
  blend: 'screen' | 'multiply' | 'overlay' | 'softLight' | 'normal' = 'screen',
): Look =>
  overlaid(
    () => gradient('linear', 's', `x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}"`, stops) + filled('url(#s)'),
    { blend, detail: 0.2 },
  );

export type Bokeh = { colours: readonly string[]; count: number; size: number; from: number; to: number; strength: number };

/** Round lights out of focus, in a band of the height. */
export const bokeh = ({ colours, count, size, from, to, strength }: Bokeh): Look =>
  overlaid(
    (width, height, chance) =>
      many(count, () => {
        const radius = Math.min(width, height) * size * chance.between(0.35, 1);
        const [x, y] = [chance.next() * width, height * chance.between(from, to)];
        const colour = chance.pick(colours);
        const opacity = strength * chance.between(0.35, 1);
        return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${colour}" fill-opacity="${opacity * 0.7}" stroke="${colour}" stroke-opacity="${opacity}" stroke-width="${radius * 0.12}"/>`;
      }).join(''),
    { blend: 'screen', detail: 0.5 },
  );

/** Beams from a point: `x`, `y` as parts of the picture, angles in degrees. */
export const beams = (
  colour: string,
  x: number,
  y: number,
  angles: readonly [number, number],
  count: number,
  strength: number,
): Look =>
  overlaid(
    (width, height, chance) => {
      const reach = Math.hypot(width, height) * 1.3;
      const [cx, cy] = [x * width, y * height];
      const at = (degrees: number) =>
        `${cx + Math.cos((degrees * Math.PI) / 180) * reach},${cy + Math.sin((degrees * Math.PI) / 180) * reach}`;
      const rays = many(count, n => {
        const middle = angles[0] + ((angles[1] - angles[0]) * (n + chance.between(0.2, 0.8))) / count;
        const half = ((angles[1] - angles[0]) / count) * chance.between(0.14, 0.34);
        return `<polygon points="${cx},${cy} ${at(middle - half)} ${at(middle + half)}" fill="url(#b)" fill-opacity="${chance.between(0.5, 1)}"/>`;
      });
      const place = `gradientUnits="userSpaceOnUse" cx="${cx}" cy="${cy}" r="${reach * 0.8}"`;
      const stops = [
        [0, colour, strength],
        [1, colour, 0],
      ] as const;
      return `${gradient('radial', 'b', place, stops)}${blurFilter(width, height, width / 90)}<g filter="url(#f)">${rays.join('')}</g>`;
    },
    { blend: 'screen', detail: 0.2 },
  );

/** The warm stain that light leaves on film where the camera lets it in. */
export const leak: Look = (picture, chance) => {
  const left = chance.next() < 0.5;
  const far = chance.between(0.28, 0.45);
  return slope(left ? [0, 0.3] : [1, 0.3], left ? [far, 0.55] : [1 - far, 0.55], [
    [0, '#ff5a1e', 0.85],
    [0.45, '#ff9a3c', 0.5],
    [1, '#ffb45a', 0],
  ])(picture, chance);
};

/** A moon and its stars in the upper part. */
export const moonAndStars: Look = overlaid(
  (width, height, chance) => {
    const unit = Math.min(width, height) / 100;
    const stars = many(90, () => {
      const y = chance.next() ** 1.6 * height * 0.55;
      return `<circle cx="${chance.next() * width}" cy="${y}" r="${unit * chance.between(0.1, 0.36)}" fill="#fff" fill-opacity="${chance.between(0.4, 1)}"/>`;
    });
    const [x, y] = [width * chance.pick([0.14, 0.84]), height * chance.between(0.12, 0.18)];
    const halo = gradient('radial', 'h', '', [
      [0, '#dfe9ff', 0.8],
      [0.3, '#aac4ff', 0.35],
      [1, '#7fa0ff', 0],
    ]);
    const moon = `<circle cx="${x}" cy="${y}" r="${unit * 26}" fill="url(#h)"/><circle cx="${x}" cy="${y}" r="${unit * 6.5}" fill="#f7f6ea"/>`;
    const seas = `<g fill="#d9dbd8"><circle cx="${x - unit * 2}" cy="${y - unit}" r="${unit * 1.6}"/><circle cx="${x + unit * 2.2}" cy="${y + unit * 1.4}" r="${unit * 1.1}"/><circle cx="${x + unit}" cy="${y - unit * 3}" r="${unit * 0.8}"/></g>`;
    return halo + stars.join('') + moon + seas;
  },
  { blend: 'screen' },
);
