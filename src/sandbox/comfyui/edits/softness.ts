import { curved } from './curves.ts';
import { inOrder, type Look, mixed } from './look.ts';
import { type Picture, type Plane, planeThrough, shortSide, through } from './picture.ts';

/** Wide blurs are made small and enlarged again: nobody sees it, and it takes a tenth of the time. */
const shrinkFor = (sigma: number): number => Math.max(1, Math.floor(sigma / 2.5));

const blurring = ({ width, height }: Picture, sigma: number) => {
  const shrink = shrinkFor(sigma);
  const small = { width: Math.max(2, Math.round(width / shrink)), height: Math.max(2, Math.round(height / shrink)) };
  return { shrink, small: { ...small, fit: 'fill' } as const, whole: { width, height, fit: 'fill', kernel: 'cubic' } as const };
};

const twice = async (picture: Picture, sigma: number, pass: typeof through): Promise<Picture> => {
  if (sigma < 0.3) return picture;
  const { shrink, small, whole } = blurring(picture, sigma);
  // Whole numbers would shift the lightness by a step or two, and lines are found by such differences.
  if (shrink === 1) return pass(picture, image => image.blur({ sigma, precision: 'float' }));
  const soft = await pass(picture, image => image.resize(small));
  const blurred = await pass(soft, image => image.blur(Math.max(0.5, sigma / shrink)));
  return pass(blurred, image => image.resize(whole));
};

/** Out of focus by `sigma` pixels. */
export const blurred = (picture: Picture, sigma: number): Promise<Picture> => twice(picture, sigma, through);
export const blurredPlane = (plane: Plane, sigma: number): Promise<Plane> => twice(plane, sigma, planeThrough);

/** Out of focus by so many hundredths of the shorter side. */
export const soft =
  (hundredths: number): Look =>
  picture =>
    blurred(picture, (hundredths * shortSide(picture)) / 100);

/** Small detail melts, edges stay: a median made at a smaller size. */
export const smooth =
  (size: number, shrink = 2): Look =>
  async picture => {
    const { width, height } = picture;
    const small = { width: Math.ceil(width / shrink), height: Math.ceil(height / shrink), fit: 'fill' } as const;
    // A picture narrower than the median's window has no small detail to lose.
    if (Math.min(small.width, small.height) <= size) return blurred(picture, size / 4);
    const melted = await through(picture, image => image.resize(small));
    const calm = await through(melted, image => image.median(size));
    return through(calm, image => image.resize({ width, height, fit: 'fill', kernel: 'cubic' }));
  };

/** Adds `amount` of what a blur of so many hundredths takes away: a small blur sharpens, a wide one gives depth. */
export const crisp =
  (amount: number, hundredths: number): Look =>
  async picture => {
    const calm = await blurred(picture, (hundredths * shortSide(picture)) / 100);
    const data = new Uint8ClampedArray(picture.data.length);
    for (let at = 0; at < data.length; at += 1) data[at] = picture.data[at]! * (1 + amount) - calm.data[at]! * amount;
    return { ...picture, data };
  };

/** The lights spread over their surroundings. */
export const glow =
  (amount: number, hundredths = 3): Look =>
  async (picture, chance) => {
    const lights = await inOrder(
      curved(value => Math.max(0, value * 1.5 - 0.5)),
      soft(hundredths),
    )(picture, chance);
    const data = new Uint8ClampedArray(picture.data.length);
    for (let at = 0; at < data.length; at += 1) {
      data[at] = 255 - ((255 - picture.data[at]!) * (255 - lights.data[at]! * amount)) / 255;
    }
    return { ...picture, data };
  };

/** Smooth where it is nearly smooth already, as a retoucher's brush leaves skin. */
export const silky =
  (amount: number): Look =>
  async picture => {
    const calm = await blurred(picture, shortSide(picture) * 0.008);
    const mask = new Uint8ClampedArray(picture.width * picture.height);
    for (let pixel = 0, at = 0; pixel < mask.length; pixel += 1, at += 3) {
      const apart = Math.abs(picture.data[at]! - calm.data[at]!) + Math.abs(picture.data[at + 1]! - calm.data[at + 1]!);
      mask[pixel] = 255 * amount - apart * 5;
    }
    return mixed(picture, calm, mask);
  };
