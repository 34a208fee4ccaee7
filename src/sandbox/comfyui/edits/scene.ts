import type { Chance } from './chance.ts';
import { inOrder, type Look, mixed } from './look.ts';
import { drawn, laid, type Sketch } from './overlay.ts';
import { asSharp, closed, type Picture } from './picture.ts';
import { blurredPlane } from './softness.ts';
import { type Mask, subjectOf } from './subject.ts';

/** Makes what stands behind a subject, as large as asked. */
export type Backdrop = (width: number, height: number, chance: Chance) => Promise<Picture>;

/** Only what is behind the subject changes, or only the subject, or each in its own way. */
export const parted =
  ({ subject, behind }: { subject?: Look; behind?: Look }): Look =>
  async (picture, chance) => {
    const mask = await subjectOf(picture);
    const back = behind ? await behind(picture, chance) : picture;
    const front = subject ? await subject(picture, chance) : picture;
    return mixed(back, front, mask.data);
  };

/** The subject before another backdrop, in its place. */
export const before = (backdrop: Backdrop, subject: Look = picture => picture): Look =>
  parted({ subject, behind: ({ width, height }, chance) => backdrop(width, height, chance) });

/** A backdrop drawn as SVG on one colour. */
export const sketched =
  (colour: string, sketch: Sketch, detail = 1): Backdrop =>
  async (width, height, chance) => {
    const blank = { width, height, data: new Uint8ClampedArray(width * height * 3) };
    const body = `<rect width="${width}" height="${height}" fill="${colour}"/>${sketch(width, height, chance)}`;
    return laid(blank, await drawn(body, width, height, detail));
  };

/** A backdrop changed by looks: blurred, lit, dimmed. */
export const refined =
  (backdrop: Backdrop, ...looks: readonly Look[]): Backdrop =>
  async (width, height, chance) =>
    inOrder(...looks)(await backdrop(width, height, chance), chance);

export type Standing = {
  /** How large the subject is, compared with the photo. */
  readonly size: number;
  /** Where the photo's lower edge comes to lie, as a part of the height. */
  readonly foot: number;
  /** How dark its shadow on the ground is, 0 to 1. */
  readonly shadow: number;
};

const cutOut = async (picture: Picture, mask: Mask, size: number): Promise<Picture> => {
  const data = new Uint8ClampedArray(picture.width * picture.height * 4);
  for (let pixel = 0; pixel < mask.data.length; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) data[pixel * 4 + channel] = picture.data[pixel * 3 + channel]!;
    data[pixel * 4 + 3] = mask.data[pixel]!;
  }
  const width = Math.max(1, Math.round(picture.width * size));
  return closed(asSharp({ ...picture, data }, 4).resize({ width }), 4);
};

/** The lower edge of a cut-out softened, so that it stands instead of ending. */
const rounded = (cut: Picture): Picture => {
  const { width, height, data } = cut;
  const out = new Uint8ClampedArray(data);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const v = Math.floor(pixel / width) / height;
    const edge = Math.min(1, (1 - v) / 0.06, (pixel % width) / width / 0.05, (1 - (pixel % width) / width) / 0.05);
    out[pixel * 4 + 3] = data[pixel * 4 + 3]! * edge;
  }
  return { width, height, data: out };
};

/** The subject, smaller, standing in a scene with a shadow at its foot. */
export const standing =
  (backdrop: Backdrop, { size, foot, shadow }: Standing): Look =>
  async (picture, chance) => {
    const { width, height } = picture;
    const cut = rounded(await cutOut(picture, await subjectOf(picture), size));
    const [left, top] = [Math.round((width - cut.width) / 2), Math.round(height * foot - cut.height)];
    const scene = await backdrop(width, height, chance);
    const layer = { width, height, data: new Uint8ClampedArray(width * height * 4) };
    const dark = { width, height, data: new Uint8ClampedArray(width * height) };
    for (let y = Math.max(0, -top); y < cut.height && y + top < height; y += 1) {
      const to = (y + top) * width + left;
      layer.data.set(cut.data.subarray(y * cut.width * 4, (y + 1) * cut.width * 4), to * 4);
      for (let x = 0; x < cut.width; x += 1) dark.data[to + x] = cut.data[(y * cut.width + x) * 4 + 3]! * (y / cut.height) ** 2;
    }
    const shade = await blurredPlane(dark, Math.min(width, height) * 0.035);
    const shift = Math.round(width * 0.02) + Math.round(height * 0.012) * width;
    const shaded = scene.data.map((value, at) => value * (1 - ((shade.data[Math.floor(at / 3) - shift] ?? 0) / 255) * shadow));
    return laid({ width, height, data: shaded }, layer);
  };
