import { many } from './chance.ts';
import { curved } from './curves.ts';
import { slope } from './lights.ts';
import { inOrder, type Look, mixed } from './look.ts';
import { clouds } from './noise.ts';
import { blurFilter, filled, gradient, overlaid } from './overlay.ts';

/** Flakes near and far, and snow that gathered below. */
export const snow: Look = inOrder(
  overlaid((width, height, chance) => {
    const unit = Math.min(width, height) / 100;
    const flake = (size: number, opacity: number) => () =>
      `<circle cx="${chance.next() * width}" cy="${chance.next() * height}" r="${unit * size * chance.between(0.5, 1.2)}" fill-opacity="${opacity * chance.between(0.6, 1)}"/>`;
    const drift = `<path d="M0 ${height}V${height * 0.93}Q${width * 0.25} ${height * 0.86} ${width * 0.5} ${height * 0.94}T${width} ${height * 0.91}V${height}Z"/>`;
    return `<g fill="#fff">${many(260, flake(0.3, 0.8)).join('')}${many(110, flake(0.62, 0.9)).join('')}${drift}</g>`;
  }),
  overlaid(
    (width, height, chance) => {
      const unit = Math.min(width, height) / 100;
      const near = () =>
        `<circle cx="${chance.next() * width}" cy="${chance.next() * height}" r="${unit * chance.between(1.2, 2.6)}" fill-opacity="${chance.between(0.5, 0.9)}"/>`;
      return `${blurFilter(width, height, unit * 0.5)}<g fill="#fff" filter="url(#f)">${many(34, near).join('')}</g>`;
    },
    { detail: 0.4 },
  ),
);

export const rain: Look = inOrder(
  overlaid(
    (width, height, chance) => {
      const slant = chance.between(0.12, 0.3);
      const drop = () => {
        const [x, y, long] = [chance.between(-0.1, 1.1) * width, chance.next() * height, height * chance.between(0.04, 0.13)];
        return `<path d="M${x} ${y}l${-long * slant} ${long}" stroke-width="${height * chance.between(0.001, 0.0034)}" stroke-opacity="${chance.between(0.25, 0.8)}"/>`;
      };
      return `<g stroke="#dcebfa" stroke-linecap="round">${many(330, drop).join('')}</g>`;
    },
    { blend: 'screen' },
  ),
  slope(
    [0, 1],
    [0, 0.6],
    [
      [0, '#9fb4c6', 0.4],
      [1, '#9fb4c6', 0],
    ],
  ),
);

/** Fog, thicker below, in drifts. */
export const fog =
  (colour: string, amount = 1): Look =>
  async (picture, chance) => {
    const { width, height } = picture;
    const drifts = clouds(width, height, 3, 7, 3, chance).data;
    const mask = new Uint8ClampedArray(width * height);
    for (let pixel = 0; pixel < mask.length; pixel += 1) {
      const v = Math.floor(pixel / width) / height;
      mask[pixel] = amount * (drifts[pixel]! * 0.75 + 150 * v - 10);
    }
    const white = await overlaid(() => filled(colour), { detail: 0.1 })(picture, chance);
    return mixed(picture, white, mask);
  };

export type Falling = { shape: string; colours: readonly string[]; count: number; size: number; opacity?: number };

/** Small things in the air: an SVG path drawn around 0,0 within −1 to 1. */
export const falling = ({ shape, colours, count, size, opacity = 0.95 }: Falling): Look =>
  overlaid((width, height, chance) => {
    const unit = (Math.min(width, height) * size) / 100;
    return many(count, () => {
      const place = `translate(${chance.next() * width} ${chance.next() * height}) rotate(${chance.between(-70, 70)}) scale(${unit * chance.between(0.45, 1.25)})`;
      return `<path d="${shape}" transform="${place}" fill="${chance.pick(colours)}" fill-opacity="${opacity * chance.between(0.7, 1)}"/>`;
    }).join('');
  });

export const heart = 'M0 .9C-1.3 -.1-.9-.95-.4-.95-.1-.95 0-.7 0-.5 0-.7.1-.95.4-.95.9-.95 1.3-.1 0 .9Z';
export const leaf = 'M0 1C-.75.5-.7-.4 0-1 .7-.4.75.5 0 1ZM-.04 1h.08v.5h-.08Z';
export const petal = 'M0 1C-1 .3-.7-.9-.12-.8L0-.6.12-.8C.7-.9 1 .3 0 1Z';
export const spark = 'M0-1Q.08-.08 1 0 .08.08 0 1-.08.08-1 0-.08-.08 0-1Z';
export const slip = 'M-.3-.6h.6v1.2h-.6Z';

/** A rainbow across the sky. */
export const rainbow: Look = overlaid(
  (width, height, chance) => {
    const colours = ['#ff3b30', '#ff9500', '#ffe14d', '#34c759', '#32ade6', '#5856d6', '#af52de'];
    const x = width * chance.between(0.4, 0.6);
    const arc = (colour: string, n: number) =>
      `<circle cx="${x}" cy="${height * 0.98}" r="${height * (0.88 - n * 0.022)}" fill="none" stroke="${colour}" stroke-width="${height * 0.024}"/>`;
    return `<g opacity="0.7">${colours.map(arc).join('')}</g>`;
  },
  { detail: 0.4 },
);

/** Flames from the lower edge. */
export const fire: Look = inOrder(
  overlaid(
    (width, height, chance) => {
      const tongue = (tall: number, colour: string) => () => {
        const [x, up, half] = [chance.next() * width, height * tall * chance.between(0.5, 1), width * chance.between(0.03, 0.07)];
        return `<path d="M${x - half} ${height}C${x - half * 1.4} ${height - up * 0.5} ${x + half * 0.3} ${height - up * 0.55} ${x + half * chance.between(-0.6, 0.6)} ${height - up}C${x + half * 0.9} ${height - up * 0.6} ${x + half * 1.6} ${height - up * 0.4} ${x + half} ${height}Z" fill="${colour}"/>`;
      };
      const flames =
        many(26, tongue(0.5, '#ff3d00')).join('') +
        many(26, tongue(0.36, '#ff9500')).join('') +
        many(24, tongue(0.2, '#ffe36a')).join('');
      return `${blurFilter(width, height, width * 0.006)}<g filter="url(#f)" opacity="0.9">${flames}</g>`;
    },
    { detail: 0.4, blend: 'screen' },
  ),
  curved(
    value => value * 1.1,
    value => value * 0.92,
    value => value * 0.72,
  ),
);

/** Light as it comes through water, and bubbles. */
export const water: Look = overlaid((width, height, chance) => {
  const unit = Math.min(width, height) / 100;
  const depth = gradient('linear', 'd', 'x1="0" y1="0" x2="0" y2="1"', [
    [0, '#35d0e6', 0.35],
    [1, '#03205a', 0.75],
  ]);
  const bubble = () => {
    const [x, y, radius] = [chance.next() * width, chance.next() * height, unit * chance.between(0.6, 3)];
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="#fff" fill-opacity="0.12" stroke="#e8ffff" stroke-opacity="0.8" stroke-width="${unit * 0.2}"/><circle cx="${x - radius * 0.35}" cy="${y - radius * 0.35}" r="${radius * 0.2}" fill="#fff"/>`;
  };
  return depth + filled('url(#d)') + many(46, bubble).join('');
});
