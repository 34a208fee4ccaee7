import type { CategoryId } from './categories.ts';

/**
 * A preset that a new studio starts with.
 *
 * `slug` never changes, so that a preset is recognised after an operator renamed it. `name` is a button's text (at most
 * 24 characters), `description` one sentence (at most 120), `prompt` an English instruction for Qwen-Image-Edit that says
 * what to change and what to keep (150–450).
 */
export type SeedPreset = {
  slug: string;
  category: CategoryId;
  name: { ru: string; en: string };
  description: { ru: string; en: string };
  prompt: string;
};
