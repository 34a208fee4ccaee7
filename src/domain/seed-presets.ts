import type { SeedPreset } from './seed-preset.ts';
import { designPresets, lightingPresets, stylePresets } from './seed-presets-looks.ts';
import { animationPresets, enhancementPresets, portraitPresets, productPresets } from './seed-presets-subjects.ts';

/** In the order in which people see them. */
export const seedPresets: readonly SeedPreset[] = [
  ...stylePresets,
  ...lightingPresets,
  ...designPresets,
  ...portraitPresets,
  ...productPresets,
  ...animationPresets,
  ...enhancementPresets,
];
