import { rgb } from './colour.ts';
import type { Look } from './look.ts';

/** What a value from 0 to 1 becomes. */
export type Curve = (value: number) => number;

const tableOf = (curve: Curve): Uint8ClampedArray =>
  Uint8ClampedArray.from({ length: 256 }, (_, value) => 255 * curve(value / 255));

/** Every channel by its own curve; one curve goes for all three. */
export const curved = (red: Curve, green: Curve = red, blue: Curve = green): Look => {
  const tables = [red, green, blue].map(tableOf) as [Uint8ClampedArray, Uint8ClampedArray, Uint8ClampedArray];
  return ({ width, height, data }) => {
    const out = new Uint8ClampedArray(data.length);
    for (let at = 0; at < data.length; at += 3) {
      out[at] = tables[0][data[at]!]!;
      out[at + 1] = tables[1][data[at + 1]!]!;
      out[at + 2] = tables[2][data[at + 2]!]!;
    }
    return { width, height, data: out };
  };
};

/** Above 1 lifts the middle, below 1 presses it down; black and white stay. */
export const gamma =
  (amount: number): Curve =>
  value =>
    value ** (1 / amount);

/** An S through the middle; 0 leaves as is, 1 is strong. */
export const contrast =
  (amount: number): Curve =>
  value =>
    value + amount * (value - 0.5) * 4 * value * (1 - value) * 0.9;

/** Black becomes `black`, white becomes `white`. */
export const between =
  (black: number, white: number): Curve =>
  value =>
    black + (white - black) * value;

export const joined =
  (...curves: readonly Curve[]): Curve =>
  value =>
    curves.reduce((now, curve) => Math.min(1, Math.max(0, curve(now))), value);

/** Only so many steps from black to white. */
export const steps =
  (count: number): Curve =>
  value =>
    Math.round(value * (count - 1)) / (count - 1);

/** Lightness painted with colours from the darkest to the lightest, evenly spread. */
export const toned = (stops: readonly string[], curve: Curve = value => value): Look => {
  const colours = stops.map(rgb);
  const channel = (index: number): Curve => {
    return value => {
      const place = Math.min(1, Math.max(0, curve(value))) * (colours.length - 1);
      const from = Math.min(colours.length - 2, Math.floor(place));
      const [low, high] = [colours[from]![index]!, colours[from + 1]![index]!];
      return (low + (high - low) * (place - from)) / 255;
    };
  };
  const [red, green, blue] = [0, 1, 2].map(index => tableOf(channel(index)));
  return ({ width, height, data }) => {
    const out = new Uint8ClampedArray(data.length);
    for (let at = 0; at < data.length; at += 3) {
      const value = Math.round(data[at]! * 0.299 + data[at + 1]! * 0.587 + data[at + 2]! * 0.114);
      out[at] = red![value]!;
      out[at + 1] = green![value]!;
      out[at + 2] = blue![value]!;
    }
    return { width, height, data: out };
  };
};
