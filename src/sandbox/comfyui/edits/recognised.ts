import { seedPresets } from '../../../domain/seed-presets.ts';

/** The words of a prompt, without their order. */
const wordsOf = (prompt: string): Set<string> => new Set(prompt.toLowerCase().match(/\p{L}{3,}/gu) ?? []);

const known = seedPresets.map(({ slug, prompt }) => ({ slug, prompt: prompt.trim(), words: wordsOf(prompt) }));

/** How much two sets have in common: 0 nothing, 1 everything. */
const likeness = (one: ReadonlySet<string>, other: ReadonlySet<string>): number => {
  const shared = [...one].filter(word => other.has(word)).length;
  return shared / (one.size + other.size - shared || 1);
};

/** Prompts of different presets share less than 0.3 of their words; an operator's changes leave more than half. */
const enough = 0.5;

/** The preset a prompt comes from: word for word, or with some words changed by an operator. Nothing for words of one's own. */
export const recognised = (prompt: string): string | undefined => {
  const asked = prompt.trim();
  const exact = known.find(preset => preset.prompt === asked);
  if (exact) return exact.slug;
  const words = wordsOf(asked);
  const ranked = known.map(({ slug, words: its }) => ({ slug, share: likeness(words, its) }));
  const best = ranked.reduce((top, one) => (one.share > top.share ? one : top));
  return best.share >= enough ? best.slug : undefined;
};
