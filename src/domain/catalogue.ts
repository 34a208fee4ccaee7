import type { Category } from './categories.ts';
import type { ChosenPreset } from './person-event.ts';
import type { Language } from './user.ts';

/** A preset as its row has it. `workflow` and `price` (points) are null where the house's own apply. */
export type Preset = {
  id: number;
  category: string;
  name: Record<Language, string>;
  description: Record<Language, string>;
  prompt: string;
  workflow: string | null;
  price: number | null;
};

/** What is on offer: categories in their order, and their active presets in theirs. */
export type Catalogue = {
  categories: readonly Category[];
  presets: readonly Preset[];
};

export const presetsOf = ({ presets }: Catalogue, category: string): readonly Preset[] =>
  presets.filter(preset => preset.category === category);

/** The preset with the house's workflow and price filled in; undefined when it does not exist or is switched off. */
export function chosenPreset(
  { presets }: Catalogue,
  id: number,
  house: { workflow: string; price: number },
): ChosenPreset | undefined {
  const preset = presets.find(one => one.id === id);
  if (!preset) return undefined;
  const { category, prompt, workflow, price } = preset;
  return { id, category, prompt, workflow: workflow ?? house.workflow, price: price ?? house.price };
}
