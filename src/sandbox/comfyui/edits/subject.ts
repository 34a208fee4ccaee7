import { type Picture, type Plane, planeThrough, through } from './picture.ts';
import { blurredPlane } from './softness.ts';

/** Where the photo's subject is: 255 is subject, 0 is background. */
export type Mask = Plane;

const bins = 18;
const binAt = (data: Uint8ClampedArray, at: number): number =>
  (((data[at]! * bins) >> 8) * bins + ((data[at + 1]! * bins) >> 8)) * bins + ((data[at + 2]! * bins) >> 8);

/** Subjects stand in the middle and reach down to the lower edge: a guess before anything is seen. */
const guess = (width: number, height: number): Float32Array => {
  const belief = new Float32Array(width * height);
  for (let y = 0, pixel = 0; y < height; y += 1) {
    const v = y / height;
    const reach = 0.2 + 0.15 * v;
    const down = v < 0.55 ? (v - 0.55) / 0.42 : (v - 0.55) / 0.8;
    for (let x = 0; x < width; x += 1, pixel += 1) {
      const across = (x / width - 0.5) / reach;
      belief[pixel] = 0.9 * Math.exp(-1.2 * (across ** 4 + down ** 4)) + 0.03;
    }
  }
  return belief;
};

/** How much more often each colour is met in the subject than behind it, as a logarithm; neighbouring colours count too. */
const weighed = (data: Uint8ClampedArray, belief: Float32Array): Float32Array => {
  const inside = new Float32Array(bins ** 3).fill(0.6);
  const behind = new Float32Array(bins ** 3).fill(0.6);
  let share = 0;
  for (let pixel = 0; pixel < belief.length; pixel += 1) {
    const bin = binAt(data, pixel * 3);
    inside[bin] = inside[bin]! + belief[pixel]!;
    behind[bin] = behind[bin]! + 1 - belief[pixel]!;
    share += belief[pixel]!;
  }
  const even = Math.log((belief.length - share) / share);
  return inside.map((count, bin) => Math.log(count / behind[bin]!) + even);
};

/** Each value becomes the least (or greatest) of its square: rows first, then columns. */
const reduced = (values: Float32Array, width: number, height: number, radius: number, choose: 'min' | 'max'): Float32Array => {
  const line = (from: Float32Array, stride: number, length: number): Float32Array =>
    from.map((own, pixel) => {
      const place = Math.floor(pixel / stride) % length;
      let found = own;
      for (let step = -Math.min(radius, place); step <= radius && place + step < length; step += 1) {
        const other = from[pixel + step * stride]!;
        if (choose === 'min' ? other < found : other > found) found = other;
      }
      return found;
    });
  return line(line(values, 1, width), width, height);
};

/** Without what is thinner than a neck: wisps of background that happen to have the subject's colours. */
const stout = (belief: Float32Array, width: number, height: number): Float32Array =>
  reduced(reduced(belief, width, height, 3, 'min'), width, height, 3, 'max');

const boxed = (values: Float32Array, width: number, height: number, radius: number): Float32Array => {
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let [sum, count] = [0, 0];
      for (let py = Math.max(0, y - radius); py <= Math.min(height - 1, y + radius); py += 1) {
        for (let px = Math.max(0, x - radius); px <= Math.min(width - 1, x + radius); px += 1) {
          sum += values[py * width + px]!;
          count += 1;
        }
      }
      out[y * width + x] = sum / count;
    }
  }
  return out;
};

const logit = (share: number): number => Math.log(share / (1 - share));
const believed = (evidence: number): number => Math.min(0.985, Math.max(0.015, 1 / (1 + Math.exp(-evidence))));

type Belief = { readonly belief: Float32Array; readonly weights: Float32Array };

/** Believes, looks at the colours, believes again: what has the colours of the middle is the subject. */
const settled = ({ width, height, data }: Picture): Belief => {
  const prior = guess(width, height);
  let belief = prior;
  let weights = weighed(data, belief);
  for (let round = 0; round < 6; round += 1) {
    weights = weighed(data, belief);
    const seen = belief.map((_, pixel) => believed(0.8 * logit(prior[pixel]!) + 2.2 * weights[binAt(data, pixel * 3)]!));
    belief = boxed(seen, width, height, 1);
  }
  return { belief, weights };
};

/** Only what hangs together with the middle: a red roof far off is not the red coat. */
const connected = (belief: Float32Array, width: number, height: number): Float32Array => {
  const reached = new Float32Array(belief.length).fill(0.015);
  const rows = Array.from({ length: Math.ceil(height * 0.3) }, (_, n) => Math.floor(height * 0.4) + n);
  const open = rows.map(row => row * width + (width >> 1)).filter(pixel => belief[pixel]! > 0.5);
  for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
    if (reached[pixel] !== Math.fround(0.015)) continue;
    reached[pixel] = belief[pixel]!;
    const x = pixel % width;
    for (const next of [x > 0 ? pixel - 1 : -1, x < width - 1 ? pixel + 1 : -1, pixel - width, pixel + width]) {
      if (belief[next] !== undefined && belief[next] > 0.35) open.push(next);
    }
  }
  return reached;
};

/** A mask that is nearly nothing or nearly all would be a mistake: then the guess alone has to do. */
const trusted = (belief: Float32Array, width: number, height: number): Float32Array => {
  const share = belief.reduce((sum, one) => sum + one, 0) / belief.length;
  if (share > 0.1 && share < 0.66) return belief;
  const prior = guess(width, height);
  return belief.map((one, pixel) => 0.2 * one + 0.8 * prior[pixel]!);
};

/** Along the border of the mask the colours of the large picture decide. */
const refined = (wide: Plane, { data }: Picture, weights: Float32Array): Plane => ({
  ...wide,
  data: wide.data.map((value, pixel) => {
    if (value < 12 || value > 243) return value < 12 ? 0 : 255;
    return 255 * believed(1.6 * logit(value / 255) + 0.9 * weights[binAt(data, pixel * 3)]!);
  }),
});

/** Finds what the photo is of, by place and colour alone: good with plain backgrounds, an oval with crowded ones. */
export const subjectOf = async (picture: Picture): Promise<Mask> => {
  const { width, height } = picture;
  const small = await through(picture, image => image.resize(112, 112, { fit: 'inside' }).blur(0.8));
  const { belief, weights } = settled(small);
  const [w, h] = [small.width, small.height];
  const whole = boxed(trusted(connected(stout(belief, w, h), w, h), w, h), w, h, 1);
  const plane = { width: w, height: h, data: Uint8ClampedArray.from(whole, one => 255 * one) };
  const wide = await planeThrough(plane, image => image.resize({ width, height, fit: 'fill', kernel: 'cubic' }));
  const calm = await blurredPlane(refined(wide, picture, weights), Math.min(width, height) * 0.0025);
  return { width, height, data: calm.data.map(value => (value - 100) * 2.6) };
};

/** The highest point of the subject near the middle, as parts of width and height: where a hat would sit. */
export const crownOf = ({ width, height, data }: Mask): { x: number; y: number; breadth: number } => {
  const [from, to] = [Math.floor(width * 0.2), Math.ceil(width * 0.8)];
  for (let y = Math.floor(height * 0.03); y < height * 0.5; y += 1) {
    const below = Math.min(height - 1, y + Math.round(height * 0.05));
    let [first, last, top] = [-1, -1, 0];
    for (let x = from; x < to; x += 1) {
      if (data[y * width + x]! > 128) top += 1;
      if (data[below * width + x]! <= 128) continue;
      if (first < 0) first = x;
      last = x;
    }
    if (top < width * 0.06) continue;
    return { x: (first + last) / 2 / width, y: y / height, breadth: Math.min(0.42, Math.max(0.16, (last - first) / width)) };
  }
  return { x: 0.5, y: 0.16, breadth: 0.26 };
};
