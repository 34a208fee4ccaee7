/** How a layer meets what lies under it; both from 0 to 255. */
export type Blend = 'normal' | 'screen' | 'multiply' | 'add' | 'softLight' | 'overlay';

type Meet = (under: number, over: number) => number;

const overlay: Meet = (under, over) => (under < 128 ? (2 * under * over) / 255 : 255 - (2 * (255 - under) * (255 - over)) / 255);

export const meets: Record<Blend, Meet> = {
  normal: (_, over) => over,
  screen: (under, over) => 255 - ((255 - under) * (255 - over)) / 255,
  multiply: (under, over) => (under * over) / 255,
  add: (under, over) => under + over,
  softLight: (under, over) => under + ((2 * over - 255) * under * (255 - under)) / 65025,
  overlay,
};
