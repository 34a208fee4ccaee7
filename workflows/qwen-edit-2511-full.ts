import { createRequire } from 'node:module';
import { qwenEditSlots } from './qwen-edit.ts';
import { checkTemplate } from './template.ts';

/**
 * Qwen-Image-Edit 2511 without a LoRA: 30 steps, cfg 4, shift 3.1, for 1 to 3 photos.
 *
 * cfg above 1 runs the model twice a step: 60 passes, where Lightning needs 4. The model's authors use 40 steps, ComfyUI's own
 * templates 20. Within COMFYUI_TIMEOUT's 300 s a GPU may take 10 s for a step at 30 steps, at 40 only 7.5 s. Needs
 * `index_timestep_zero` as Lightning does.
 */
export const workflow = checkTemplate(createRequire(import.meta.url)('./qwen-edit-2511-full.json'), qwenEditSlots);
