import type { Chance } from './chance.ts';
import type { Look } from './look.ts';
import { lightness, type Picture, type Plane, shortSide } from './picture.ts';
import { blurred, blurredPlane } from './softness.ts';
import { embossed } from './texture.ts';

export type Brush = {
  /** In hundredths of the shorter side: the broadest stroke; each next layer is half as broad. */
  readonly broad: number;
  /** How many times longer than broad. */
  readonly length: number;
  readonly layers: number;
  /** How far a stroke's colour strays from the photo's, in 0 to 255. */
  readonly stray: number;
  /** How high the paint stands. */
  readonly relief: number;
};

type Easel = {
  readonly paint: Uint8ClampedArray;
  readonly heights: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
};
type Stroke = { x: number; y: number; angle: number; length: number; breadth: number; colour: readonly [number, number, number] };

/** One straight stroke, with the furrows of its bristles. */
const dab = (
  { paint, heights, width, height }: Easel,
  { x, y, angle, length, breadth, colour }: Stroke,
  chance: Chance,
): void => {
  const [along, across] = [Math.cos(angle), Math.sin(angle)];
  const [half, side] = [length / 2, breadth / 2];
  for (let s = -side; s <= side; s += 0.95) {
    const edge = s / side;
    const bristle = (chance.next() - 0.5) * 14;
    const reach = half * (0.72 + 0.28 * Math.sqrt(1 - edge * edge)) - chance.next() * breadth * 0.3;
    for (let t = -reach; t <= reach; t += 0.95) {
      const px = (x + t * along - s * across) | 0;
      const py = (y + t * across + s * along) | 0;
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const pixel = py * width + px;
      paint[pixel * 3] = colour[0] + bristle;
      paint[pixel * 3 + 1] = colour[1] + bristle;
      paint[pixel * 3 + 2] = colour[2] + bristle;
      heights[pixel] = 120 + bristle * 4 + (1 - edge * edge) * 50;
    }
  }
};

/** The way a stroke lies: along the edges of what is painted, and where there are none, as the hand likes. */
const angleAt = ({ data, width, height }: Plane, x: number, y: number, idle: number): number => {
  const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
  const [up, down] = [Math.max(0, y - 1), Math.min(height - 1, y + 1)];
  const dx = data[y * width + right]! - data[y * width + left]!;
  const dy = data[down * width + x]! - data[up * width + x]!;
  return Math.abs(dx) + Math.abs(dy) < 2 ? idle : Math.atan2(dy, dx) + Math.PI / 2;
};

const layer = (
  easel: Easel,
  photo: Picture,
  ways: Plane,
  breadth: number,
  brush: Brush,
  first: boolean,
  chance: Chance,
): void => {
  const { width, height, paint } = easel;
  const gap = Math.max(2, breadth * 0.62);
  const idle = chance.between(-1.2, 0.2);
  const places = Array.from({ length: Math.ceil(width / gap) * Math.ceil(height / gap) }, (_, n) => n);
  for (let n = places.length - 1; n > 0; n -= 1) {
    const other = Math.floor(chance.next() * (n + 1));
    [places[n], places[other]] = [places[other]!, places[n]!];
  }
  for (const place of places) {
    const x = Math.min(width - 1, ((place % Math.ceil(width / gap)) + chance.next()) * gap) | 0;
    const y = Math.min(height - 1, (Math.floor(place / Math.ceil(width / gap)) + chance.next()) * gap) | 0;
    const at = (y * width + x) * 3;
    const apart =
      Math.abs(paint[at]! - photo.data[at]!) +
      Math.abs(paint[at + 1]! - photo.data[at + 1]!) +
      Math.abs(paint[at + 2]! - photo.data[at + 2]!);
    if (!first && apart < 26 + brush.stray * 0.7) continue;
    const stray = () => (chance.next() - 0.5) * 2 * brush.stray;
    const lift = stray() * 0.6;
    const colour = [0, 1, 2].map(channel => photo.data[at + channel]! + lift + stray()) as [number, number, number];
    const angle = angleAt(ways, x, y, idle) + chance.between(-0.25, 0.25);
    dab(easel, { x, y, angle, length: breadth * brush.length, breadth, colour }, chance);
  }
};

/** Painted anew with a brush: broad strokes first, finer ones where they are not true enough yet. */
export const painted =
  (brush: Brush): Look =>
  async (picture, chance) => {
    const { width, height } = picture;
    const broad = Math.max(3, (shortSide(picture) * brush.broad) / 100);
    const ways = await blurredPlane(lightness(picture), broad * 0.5);
    const ground = await blurred(picture, broad);
    const easel = { width, height, paint: new Uint8ClampedArray(ground.data), heights: new Uint8ClampedArray(width * height) };
    for (let n = 0; n < brush.layers; n += 1) {
      const breadth = Math.max(2.2, broad / 2 ** n);
      layer(easel, await blurred(picture, breadth * 0.22), ways, breadth, brush, n === 0, chance);
    }
    return embossed({ width, height, data: easel.paint }, { width, height, data: easel.heights }, brush.relief);
  };
