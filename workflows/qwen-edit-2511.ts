import { createRequire } from 'node:module';
import { checkTemplate } from './template.ts';

/**
 * Qwen-Image-Edit 2511 with the Lightning LoRA: 4 steps, cfg 1, shift 3.1, for 1 to 3 photos.
 *
 * Photo 1 is scaled to about a megapixel (FluxKontextImageScale) and gives the size of the result; photos 2 and 3 go straight
 * into the encoder, which scales them itself. `index_timestep_zero` needs a ComfyUI that offers it (0.5.1 or newer): older
 * ones accept the graph and then condition the model wrongly, so ask the server what it lacks before the first job.
 */
export const qwenEdit2511 = checkTemplate(createRequire(import.meta.url)('./qwen-edit-2511.json'), {
  prompt: { node: '20', input: 'prompt' },
  seed: { node: '31', input: 'seed' },
  filenamePrefix: { node: '33', input: 'filename_prefix' },
  photos: [
    { node: '10', input: 'image' },
    { node: '11', input: 'image' },
    { node: '12', input: 'image' },
  ],
});
