import type { Look } from './look.ts';

/** What red, green and blue become: four numbers for each, the fourth is added (0 to 255). */
export type Matrix = readonly (readonly [number, number, number, number])[];
export type Rgb = readonly [number, number, number];

/** '#rrggbb' as numbers. */
export const rgb = (hex: string): Rgb => [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;

const light: Rgb = [0.299, 0.587, 0.114];

/** 0 is grey, 1 leaves as is, 2 is loud. */
export const saturation = (amount: number): Matrix =>
  [0, 1, 2].map(row => {
    const [red, green, blue] = [0, 1, 2].map(column => light[column]! * (1 - amount) + (row === column ? amount : 0));
    return [red!, green!, blue!, 0] as const;
  });

/** Multiplies the channels: more than 1 brings a colour forward. */
export const gains = (red: number, green: number, blue: number): Matrix => [
  [red, 0, 0, 0],
  [0, green, 0, 0],
  [0, 0, blue, 0],
];

/** Above 0 the light of a candle, below 0 the light of snow. */
export const warmth = (amount: number): Matrix => gains(1 + 0.28 * amount, 1 + 0.06 * amount, 1 - 0.3 * amount);

/** Turns all colours round the wheel; lightness stays. */
export const hueTurn = (degrees: number): Matrix => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [
    [0.299 + 0.701 * cos + 0.168 * sin, 0.587 - 0.587 * cos + 0.33 * sin, 0.114 - 0.114 * cos - 0.497 * sin, 0],
    [0.299 - 0.299 * cos - 0.328 * sin, 0.587 + 0.413 * cos + 0.035 * sin, 0.114 - 0.114 * cos + 0.292 * sin, 0],
    [0.299 - 0.3 * cos + 1.25 * sin, 0.587 - 0.588 * cos - 1.05 * sin, 0.114 + 0.886 * cos - 0.203 * sin, 0],
  ];
};

const after = (first: Matrix, second: Matrix): Matrix =>
  second.map(([red, green, blue, more]) => {
    const row = [0, 1, 2, 3].map(at => red * first[0]![at]! + green * first[1]![at]! + blue * first[2]![at]!);
    return [row[0]!, row[1]!, row[2]!, row[3]! + more] as const;
  });

/** Colours changed by matrices, one after the other. */
export const coloured = (...matrices: readonly Matrix[]): Look => {
  const [red, green, blue] = matrices.reduce(after).map(row => [...row]) as [number[], number[], number[]];
  return ({ width, height, data }) => {
    const out = new Uint8ClampedArray(data.length);
    for (let at = 0; at < data.length; at += 3) {
      const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
      out[at] = red[0]! * r + red[1]! * g + red[2]! * b + red[3]!;
      out[at + 1] = green[0]! * r + green[1]! * g + green[2]! * b + green[3]!;
      out[at + 2] = blue[0]! * r + blue[1]! * g + blue[2]! * b + blue[3]!;
    }
    return { width, height, data: out };
  };
};

export const grey = coloured(saturation(0));
export const sepia = coloured(saturation(0.12), [
  [1.06, 0.04, 0, 14],
  [0.02, 0.94, 0, 4],
  [0, 0.02, 0.7, -6],
]);
