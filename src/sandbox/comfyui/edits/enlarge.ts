import type { Picture } from './picture.ts';

/** Colours weighed by their alpha, so that clear pixels lend no colour to their neighbours. */
const weighedByAlpha = ({ data }: Picture): Float32Array => {
  const weighed = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3]!;
    for (let channel = 0; channel < 3; channel += 1) weighed[at + channel] = (data[at + channel]! * alpha) / 255;
    weighed[at + 3] = alpha;
  }
  return weighed;
};

const placesAlong = (length: number, cells: number): { low: Int32Array; share: Float32Array } => {
  const low = new Int32Array(length);
  const share = new Float32Array(length);
  for (let n = 0; n < length; n += 1) {
    const place = Math.min(cells - 1, Math.max(0, ((n + 0.5) * cells) / length - 0.5));
    low[n] = Math.min(Math.floor(place), Math.max(0, cells - 2));
    share[n] = place - low[n]!;
  }
  return { low, share };
};

/** Two rows of a small layer mixed into one. */
const between = (small: Float32Array, row: number, share: number, stride: number, into: Float32Array): void => {
  const next = (row + 1) * stride < small.length ? stride : 0;
  for (let n = 0, at = row * stride; n < stride; n += 1, at += 1) into[n] = small[at]! + (small[at + next]! - small[at]!) * share;
};

/** A small layer (red, green, blue, alpha) as large as asked, smooth between its pixels. */
export const enlarged = (layer: Picture, width: number, height: number): Picture => {
  if (layer.width === width && layer.height === height) return layer;
  const small = weighedByAlpha(layer);
  const stride = layer.width * 4;
  const [across, down] = [placesAlong(width, layer.width), placesAlong(height, layer.height)];
  const line = new Float32Array(stride);
  const data = new Uint8ClampedArray(width * height * 4);
  const step = layer.width > 1 ? 4 : 0;
  for (let y = 0, at = 0; y < height; y += 1) {
    between(small, down.low[y]!, down.share[y]!, stride, line);
    for (let x = 0; x < width; x += 1, at += 4) {
      const from = across.low[x]! * 4;
      const share = across.share[x]!;
      const alpha = line[from + 3]! + (line[from + step + 3]! - line[from + 3]!) * share;
      if (alpha <= 0) continue;
      const scale = 255 / alpha;
      data[at] = (line[from]! + (line[from + step]! - line[from]!) * share) * scale;
      data[at + 1] = (line[from + 1]! + (line[from + step + 1]! - line[from + 1]!) * share) * scale;
      data[at + 2] = (line[from + 2]! + (line[from + step + 2]! - line[from + 2]!) * share) * scale;
      data[at + 3] = alpha;
    }
  }
  return { width, height, data };
};
