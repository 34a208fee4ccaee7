import { createRequire } from 'node:module';
import { qwenEditSlots } from './qwen-edit.ts';
import { checkTemplate } from './template.ts';

/**
 * Qwen-Image-Edit 2509 with its Lightning LoRA: 4 steps, cfg 1, shift 3, for 1 to 3 photos; like 2509, also for an older ComfyUI.
 */
export const workflow = checkTemplate(createRequire(import.meta.url)('./qwen-edit-2509-lightning.json'), qwenEditSlots);
