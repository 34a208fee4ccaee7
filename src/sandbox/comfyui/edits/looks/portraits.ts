import { hall, office, palace, park } from '../backdrops.ts';
import { many } from '../chance.ts';
import { coloured, gains, grey, saturation } from '../colour.ts';
import { between, contrast, curved, gamma, joined, toned } from '../curves.ts';
import { lamp, slope, vignette } from '../lights.ts';
import { inOrder, type Look } from '../look.ts';
import { overlaid } from '../overlay.ts';
import { before, parted } from '../scene.ts';
import { crisp, glow, silky, soft } from '../softness.ts';
import { crownOf, subjectOf } from '../subject.ts';
import { grain } from '../texture.ts';

/** What someone wears is below; cloth of one colour, its folds kept. */
const dressed =
  (stops: readonly string[], from = 0.6): Look =>
  async (picture, chance) => {
    const cloth = await toned(stops)(picture, chance);
    const { width, height } = picture;
    const data = new Uint8ClampedArray(picture.data);
    for (let pixel = 0, at = 0; pixel < width * height; pixel += 1) {
      const share = Math.max(0, Math.min(1, (Math.floor(pixel / width) / height - from) / 0.17));
      for (const end = at + 3; at < end; at += 1) data[at] = data[at]! + (cloth.data[at]! - data[at]!) * share;
    }
    return { width, height, data };
  };

export const businessPortrait = inOrder(
  before(
    office,
    inOrder(
      dressed(['#060b18', '#16284d', '#2c4877', '#dfe6f0'], 0.68),
      curved(contrast(0.2)),
      coloured(saturation(0.88)),
      crisp(0.4, 0.4),
    ),
  ),
  lamp('#ffffff', 0.3, 0.12, 0.6, 0.22),
);

export const blackWhitePortrait = inOrder(
  parted({
    behind: inOrder(grey, soft(2.5), curved(joined(gamma(0.55), between(0, 0.38)))),
    subject: inOrder(grey, curved(joined(gamma(1.3), contrast(0.6)))),
  }),
  slope(
    [0, 0.4],
    [1, 0.6],
    [
      [0, '#ffffff', 1],
      [0.5, '#e2e2e2', 1],
      [1, '#707070', 1],
    ],
    'multiply',
  ),
  crisp(0.6, 0.5),
  vignette(0.6),
  grain(22),
);

export const gentleRetouch = inOrder(
  silky(1),
  curved(
    joined(gamma(1.14), between(0.05, 1)),
    joined(gamma(1.09), between(0.035, 0.99)),
    joined(gamma(1.08), between(0.05, 0.98)),
  ),
  coloured(saturation(0.93), gains(1.02, 1, 0.985)),
  glow(0.5, 2.4),
  lamp('#ffe9e0', 0.5, 0.42, 0.5, 0.22),
);

export const eveningLook = inOrder(
  before(
    hall,
    inOrder(dressed(['#050307', '#1c0e22', '#3d1a3f', '#a8798f'], 0.66), coloured(gains(1.08, 0.94, 0.8)), curved(contrast(0.2))),
  ),
  lamp('#ffb866', 0.5, 0.05, 0.7, 0.35),
  glow(0.4, 2),
);

export const parkPortrait = inOrder(
  before(park, inOrder(coloured(saturation(1.08), gains(1.02, 1.03, 0.94)), curved(gamma(1.06)))),
  slope(
    [1, 0],
    [0.3, 0.8],
    [
      [0, '#fff2b0', 0.35],
      [1, '#fff2b0', 0],
    ],
  ),
  glow(0.3, 2),
);

/** A crown, 200 wide and 120 high, its foot at 0,0. */
const crown = `<g stroke="#7a4d0c" stroke-width="3" stroke-linejoin="round"><path d="M-100 0L-112-92-58-44-34-112 0-52 34-112 58-44 112-92 100 0Z" fill="url(#cg)"/><rect x="-102" y="-16" width="204" height="26" rx="8" fill="url(#cg)"/></g>
<g fill="#fff6cf" stroke="#7a4d0c" stroke-width="2"><circle cx="-112" cy="-94" r="9"/><circle cx="-34" cy="-114" r="10"/><circle cx="34" cy="-114" r="10"/><circle cx="112" cy="-94" r="9"/></g>
<g fill="#c21531" stroke="#5d0715" stroke-width="2"><circle cy="-3" r="11"/><circle cx="-52" cy="-3" r="8"/><circle cx="52" cy="-3" r="8"/><path d="M0-44l11 14-11 12-11-12z"/></g><g fill="#2b6fb5"><circle cx="-78" cy="-3" r="5"/><circle cx="78" cy="-3" r="5"/><circle cx="-26" cy="-3" r="5"/><circle cx="26" cy="-3" r="5"/></g>`;

/** A golden crown where the head should be. */
export const crowned: Look = async (picture, chance) => {
  const { x, y, breadth } = crownOf(await subjectOf(picture));
  return overlaid((width, height) => {
    const scale = (breadth * width * 0.8) / 200;
    const foot = Math.max(scale * 124, y * height + scale * 44);
    const gold = `<linearGradient id="cg" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff1a8"/><stop offset="0.4" stop-color="#e5b53a"/><stop offset="0.7" stop-color="#b97f17"/><stop offset="1" stop-color="#f8da79"/></linearGradient>`;
    return `${gold}<g transform="translate(${x * width} ${foot}) rotate(${chance.between(-3, 3)}) scale(${scale})">${crown}</g>`;
  })(picture, chance);
};

/** A collar of ermine along the lower edge. */
const ermine = overlaid(
  (width, height, chance) => {
    const tails = many(34, n => {
      const share = (n + 0.5) / 34;
      const y = height * (0.97 - 0.2 * (2 * share - 1) ** 2 + chance.between(-0.025, 0.04));
      return `<path d="M${share * width} ${y}q${width * 0.008} ${height * 0.03} 0 ${height * 0.042}q${-width * 0.008} ${-height * 0.012} 0 ${-height * 0.042}z" fill="#1d1a1a"/>`;
    });
    return `<path d="M0 ${height * 0.76}Q${width * 0.5} ${height * 1.13} ${width} ${height * 0.76}V${height}H0Z" fill="#f7f2e8" stroke="#d8cbb0" stroke-width="${height * 0.006}"/>${tails.join('')}`;
  },
  { detail: 0.6 },
);

export const royalPortrait = inOrder(
  before(palace, inOrder(dressed(['#1a0308', '#5d0b1d', '#a3162f', '#f0b0a0'], 0.6), coloured(gains(1.06, 0.97, 0.84)))),
  ermine,
  vignette(0.5, '#120404'),
  crowned,
);
