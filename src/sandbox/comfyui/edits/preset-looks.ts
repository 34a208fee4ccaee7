import type { Look } from './look.ts';
import * as animation from './looks/animation.ts';
import * as design from './looks/design.ts';
import * as enhancement from './looks/enhancement.ts';
import * as lighting from './looks/lighting.ts';
import * as portraits from './looks/portraits.ts';
import * as products from './looks/products.ts';
import * as styles from './looks/styles.ts';

/** The look of every preset a studio starts with, by its slug. */
export const presetLooks: Readonly<Record<string, Look>> = {
  'oil-painting': styles.oilPainting,
  watercolour: styles.watercolour,
  vintage: styles.vintage,
  modern: styles.modern,
  classical: styles.classical,
  impressionism: styles.impressionism,
  renaissance: styles.renaissance,
  'pencil-sketch': styles.pencilSketch,
  'ink-wash': styles.inkWash,
  'pop-art': styles.popArt,
  'art-deco': styles.artDeco,
  'stained-glass': styles.stainedGlass,
  'paper-cut': styles.paperCut,
  'neon-city': styles.neonCity,
  'golden-hour': lighting.goldenHour,
  'studio-light': lighting.studioLight,
  'window-light': lighting.windowLight,
  'blue-hour': lighting.blueHour,
  'neon-light': lighting.neonLight,
  'dramatic-light': lighting.dramaticLight,
  moonlight: lighting.moonlight,
  'vintage-frame': design.vintageFrame,
  'museum-frame': design.museumFrame,
  'instant-photo': design.instantPhoto,
  postcard: design.postcard,
  'film-strip': design.filmStrip,
  'magazine-cover': design.magazineCover,
  'business-portrait': portraits.businessPortrait,
  'black-white-portrait': portraits.blackWhitePortrait,
  'gentle-retouch': portraits.gentleRetouch,
  'evening-look': portraits.eveningLook,
  'park-portrait': portraits.parkPortrait,
  'royal-portrait': portraits.royalPortrait,
  'product-white': products.productWhite,
  'product-marble': products.productMarble,
  'product-wood': products.productWood,
  'product-podium': products.productPodium,
  'product-nature': products.productNature,
  'product-splash': products.productSplash,
  anime: animation.anime,
  'cartoon-3d': animation.cartoon3d,
  comic: animation.comic,
  'clay-figure': animation.clayFigure,
  storybook: animation.storybook,
  'pixel-art': animation.pixelArt,
  'restore-old-photo': enhancement.restoreOldPhoto,
  colourise: enhancement.colourise,
  sharpen: enhancement.sharpen,
  brighten: enhancement.brighten,
  declutter: enhancement.declutter,
  'vivid-colours': enhancement.vividColours,
  'remove-background': enhancement.removeBackground,
};
