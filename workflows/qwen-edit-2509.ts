import { createRequire } from 'node:module';
import { qwenEditSlots } from './qwen-edit.ts';
import { checkTemplate } from './template.ts';

/**
 * Qwen-Image-Edit 2509 without a LoRA: 20 steps, cfg 4, shift 3, for 1 to 3 photos. It was trained without the reference method
 * of 2511 and has no node for it, so a ComfyUI older than 0.5.1 will do.
 */
export const workflow = checkTemplate(createRequire(import.meta.url)('./qwen-edit-2509.json'), qwenEditSlots);
