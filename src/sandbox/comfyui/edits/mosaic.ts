import type { Chance } from './chance.ts';
import type { Rgb } from './colour.ts';
import type { Look } from './look.ts';
import { lightness, type Picture, type Plane, shortSide } from './picture.ts';
import { blurred } from './softness.ts';

type Cells = {
  readonly columns: number;
  readonly rows: number;
  readonly size: number;
  readonly xs: Float32Array;
  readonly ys: Float32Array;
};

const scattered = ({ width, height }: Picture, size: number, chance: Chance): Cells => {
  const [columns, rows] = [Math.ceil(width / size) + 2, Math.ceil(height / size) + 2];
  const xs = new Float32Array(columns * rows);
  const ys = new Float32Array(columns * rows);
  for (let cell = 0; cell < xs.length; cell += 1) {
    xs[cell] = ((cell % columns) - 1 + chance.between(0.1, 0.9)) * size;
    ys[cell] = (Math.floor(cell / columns) - 1 + chance.between(0.1, 0.9)) * size;
  }
  return { columns, rows, size, xs, ys };
};

/** To every pixel its cell, and how far it is from the border with the next one. */
const divided = (picture: Picture, cells: Cells): { owner: Int32Array; border: Float32Array } => {
  const { width, height } = picture;
  const { columns, rows, size, xs, ys } = cells;
  const owner = new Int32Array(width * height);
  const border = new Float32Array(width * height);
  for (let y = 0, pixel = 0; y < height; y += 1) {
    const row = Math.floor(y / size) + 1;
    for (let x = 0; x < width; x += 1, pixel += 1) {
      const column = Math.floor(x / size) + 1;
      let [first, second, mine] = [1e9, 1e9, 0];
      for (let r = Math.max(0, row - 1); r <= row + 1 && r < rows; r += 1) {
        for (let c = column - 1; c <= column + 1 && c < columns; c += 1) {
          const cell = r * columns + c;
          const distance = (xs[cell]! - x) ** 2 + (ys[cell]! - y) ** 2;
          if (distance < first) {
            second = first;
            first = distance;
            mine = cell;
          } else if (distance < second) second = distance;
        }
      }
      owner[pixel] = mine;
      border[pixel] = Math.sqrt(second) - Math.sqrt(first);
    }
  }
  return { owner, border };
};

const coloursOf = (picture: Picture, { xs, ys }: Cells): Rgb[] => {
  const { width, height, data } = picture;
  return Array.from(xs, (x, cell) => {
    const px = Math.max(0, Math.min(width - 1, Math.round(x)));
    const at = (Math.max(0, Math.min(height - 1, Math.round(ys[cell]!))) * width + px) * 3;
    return [data[at]!, data[at + 1]!, data[at + 2]!];
  });
};

/** Pieces of glass, `hundredths` of the shorter side wide, in leads; light plays in every piece. */
export const glassPieces =
  (hundredths: number, lead: number): Look =>
  async (picture, chance) => {
    const unit = shortSide(picture) / 100;
    const cells = scattered(picture, Math.max(6, hundredths * unit), chance);
    const calm = await blurred(picture, hundredths * unit * 0.22);
    const colours = coloursOf(calm, cells);
    const play = colours.map(() => chance.between(0.86, 1.16));
    const { owner, border } = divided(picture, cells);
    const light = lightness(picture).data;
    const data = new Uint8ClampedArray(picture.data.length);
    for (let pixel = 0, at = 0; pixel < owner.length; pixel += 1) {
      const colour = colours[owner[pixel]!]!;
      const inside = Math.max(0, Math.min(1, (border[pixel]! - lead * unit) / (unit * 0.35)));
      const shine = play[owner[pixel]!]! + (light[pixel]! - 128) / 460;
      for (let channel = 0; channel < 3; channel += 1, at += 1) data[at] = 22 + (colour[channel]! * shine - 22) * inside;
    }
    return { ...picture, data };
  };

/** The fine net of cracks in old varnish: 255 where there is one. */
export const cracks = (picture: Picture, hundredths: number, chance: Chance): Plane => {
  const cells = scattered(picture, Math.max(5, (hundredths * shortSide(picture)) / 100), chance);
  const { border } = divided(picture, cells);
  return { width: picture.width, height: picture.height, data: Uint8ClampedArray.from(border, gap => 255 - gap * 150) };
};
