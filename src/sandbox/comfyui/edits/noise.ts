import type { Chance } from './chance.ts';
import type { Plane } from './picture.ts';

type Steps = { readonly low: Int32Array; readonly share: Float32Array };

/** For each of `length` pixels: the grid line before it, and how far it is on the way to the next. */
const stepsAlong = (length: number, cells: number): Steps => {
  const low = new Int32Array(length);
  const share = new Float32Array(length);
  for (let n = 0; n < length; n += 1) {
    const place = (n / length) * cells;
    low[n] = Math.floor(place);
    const rest = place - low[n]!;
    share[n] = rest * rest * (3 - 2 * rest);
  }
  return { low, share };
};

const addOctave = (
  sum: Float32Array,
  width: number,
  height: number,
  columns: number,
  rows: number,
  weight: number,
  chance: Chance,
) => {
  const [cols, lines] = [Math.max(1, Math.round(columns)), Math.max(1, Math.round(rows))];
  const grid = Float32Array.from({ length: (cols + 2) * (lines + 2) }, () => chance.next() * weight);
  const [across, down] = [stepsAlong(width, cols), stepsAlong(height, lines)];
  for (let y = 0, at = 0; y < height; y += 1) {
    const top = down.low[y]! * (cols + 2);
    const dy = down.share[y]!;
    for (let x = 0; x < width; x += 1, at += 1) {
      const corner = top + across.low[x]!;
      const below = corner + cols + 2;
      const dx = across.share[x]!;
      const upper = grid[corner]! + (grid[corner + 1]! - grid[corner]!) * dx;
      const lower = grid[below]! + (grid[below + 1]! - grid[below]!) * dx;
      sum[at] = sum[at]! + upper + (lower - upper) * dy;
    }
  }
};

/**
 * Clouds: hills and valleys from 0 to 255, `columns` × `rows` of the widest, each of `octaves` twice as fine and half as high
 * as the one before. Many more rows than columns make the grain of wood.
 */
export const clouds = (width: number, height: number, columns: number, rows: number, octaves: number, chance: Chance): Plane => {
  const sum = new Float32Array(width * height);
  let total = 0;
  for (let octave = 0; octave < octaves; octave += 1) {
    const weight = 255 / 2 ** octave;
    total += weight;
    addOctave(sum, width, height, columns * 2 ** octave, rows * 2 ** octave, weight, chance);
  }
  const data = new Uint8ClampedArray(sum.length);
  for (let at = 0; at < data.length; at += 1) data[at] = (sum[at]! * 255) / total;
  return { width, height, data };
};
