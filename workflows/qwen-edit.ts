import type { Slots } from './template.ts';

/**
 * The slots that all our graphs of Qwen-Image-Edit have in common: they differ in models, steps and cfg, their node ids do not.
 *
 * Photo 1 goes through FluxKontextImageScale, which scales it to one of its own sizes of about a megapixel, and gives the size of
 * the result. It cuts nothing off, because photo 1 comes on a canvas of those proportions (`src/images/frame.ts`). Photos 2 and 3
 * go straight into the encoder, which scales them itself.
 */
export const qwenEditSlots: Slots = {
  prompt: { node: '20', input: 'prompt' },
  seed: { node: '31', input: 'seed' },
  filenamePrefix: { node: '33', input: 'filename_prefix' },
  photos: [
    { node: '10', input: 'image' },
    { node: '11', input: 'image' },
    { node: '12', input: 'image' },
  ],
};
