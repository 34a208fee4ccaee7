import { createRequire } from 'node:module';
import { qwenEditSlots } from './qwen-edit.ts';
import { checkTemplate } from './template.ts';

/**
 * Qwen-Image-Edit 2511 with the Lightning LoRA: 4 steps, cfg 1, shift 3.1, for 1 to 3 photos.
 *
 * `index_timestep_zero` needs a ComfyUI that offers it (0.5.1 or newer): older ones accept the graph and then condition the
 * model wrongly, so every server is asked what it lacks when it is there.
 */
export const workflow = checkTemplate(createRequire(import.meta.url)('./qwen-edit-2511.json'), qwenEditSlots);
