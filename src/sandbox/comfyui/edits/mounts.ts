import type { Chance } from './chance.ts';
import type { Look } from './look.ts';
import { drawn, laid, type Sketch } from './overlay.ts';
import { asSharp, closed, type Picture } from './picture.ts';
import type { Backdrop } from './scene.ts';

/** A place for the photo, as parts of the picture. */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type Mount = {
  readonly ground: Backdrop;
  readonly box: Box;
  /** What lies between the ground and the photo, and what lies over all. */
  readonly under?: Sketch;
  readonly over?: Sketch;
  /** Turns photo, `under` and `over` round the middle, by so many degrees at most. */
  readonly tilt?: number;
  /** Keeps the middle of the photo instead of squeezing it. */
  readonly corner?: number;
};

const cut = async (picture: Picture, width: number, height: number): Promise<Picture> =>
  closed(asSharp(picture).resize({ width, height, fit: 'cover' }).ensureAlpha(), 4);

const sheet = (width: number, height: number): Picture => ({ width, height, data: new Uint8ClampedArray(width * height * 4) });

/** The photo on an empty layer, with round corners if asked. */
const placed = (photo: Picture, width: number, height: number, left: number, top: number, corner: number): Picture => {
  const layer = sheet(width, height);
  for (let y = 0; y < photo.height; y += 1) {
    layer.data.set(photo.data.subarray(y * photo.width * 4, (y + 1) * photo.width * 4), ((y + top) * width + left) * 4);
    for (let x = 0; corner > 0 && x < photo.width; x += 1) {
      const dx = Math.max(0, corner - x, x - (photo.width - corner));
      const dy = Math.max(0, corner - y, y - (photo.height - corner));
      const inside = Math.min(1, corner - Math.hypot(dx, dy) + 0.5);
      if (inside < 1) layer.data[((y + top) * width + left + x) * 4 + 3] = 255 * Math.max(0, inside);
    }
  }
  return layer;
};

/** A layer turned round its middle; what leaves the frame is lost. */
export const turned = async (layer: Picture, degrees: number): Promise<Picture> => {
  const { width, height } = layer;
  const clear = { r: 0, g: 0, b: 0, alpha: 0 };
  const wide = await closed(asSharp(layer, 4).rotate(degrees, { background: clear }), 4);
  // A narrow layer turned is a little less high than it was: the rest of the frame stays clear.
  const [across, down] = [Math.max(0, width - wide.width), Math.max(0, height - wide.height)];
  const margins = { top: down >> 1, bottom: down - (down >> 1), left: across >> 1, right: across - (across >> 1) };
  const whole = across + down > 0 ? await closed(asSharp(wide, 4).extend({ ...margins, background: clear }), 4) : wide;
  const [left, top] = [(whole.width - width) >> 1, (whole.height - height) >> 1];
  return closed(asSharp(whole, 4).extract({ left, top, width, height }), 4);
};

const stacked = (under: Picture, over: Picture): Picture => {
  const data = new Uint8ClampedArray(under.data);
  for (let at = 0; at < data.length; at += 4) {
    const [low, high] = [data[at + 3]! / 255, over.data[at + 3]! / 255];
    const share = high + low * (1 - high);
    if (high === 0) continue;
    for (let channel = at; channel < at + 3; channel += 1) {
      data[channel] = (over.data[channel]! * high + data[channel]! * low * (1 - high)) / share;
    }
    data[at + 3] = 255 * share;
  }
  return { ...under, data };
};

/** The photo, whole or nearly, as a thing among things: framed, printed, lying on a table. */
export const mounted =
  ({ ground, box, under, over, tilt = 0, corner = 0 }: Mount): Look =>
  async (picture, chance: Chance) => {
    const { width, height } = picture;
    const [w, h] = [Math.max(1, Math.round(box.width * width)), Math.max(1, Math.round(box.height * height))];
    const [left, top] = [Math.round(box.x * width), Math.round(box.y * height)];
    const photo = placed(await cut(picture, w, h), width, height, left, top, corner * Math.min(width, height));
    const base = await ground(width, height, chance);
    const below = under ? await drawn(under(width, height, chance), width, height) : sheet(width, height);
    const above = over ? await drawn(over(width, height, chance), width, height) : sheet(width, height);
    if (!tilt) return laid(laid(laid(base, below), photo), above);
    const angle = chance.pick([-1, 1]) * chance.between(0.4, 1) * tilt;
    return laid(base, await turned(stacked(stacked(below, photo), above), angle));
  };

/** A rectangle of a box, in pixels, as SVG. */
export const boxed = (box: Box, width: number, height: number, more: string, grow = 0): string => {
  const unit = Math.min(width, height) * grow;
  return `<rect x="${box.x * width - unit}" y="${box.y * height - unit}" width="${box.width * width + 2 * unit}" height="${box.height * height + 2 * unit}" ${more}/>`;
};
