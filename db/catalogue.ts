import type { Catalogue, Preset } from '../src/domain/catalogue.ts';
import { type Category, categories } from '../src/domain/categories.ts';
import { seedPresets } from '../src/domain/seed-presets.ts';
import type { Database, Row } from './database.ts';
import { type Columns, insertRows } from './rows.ts';

/** Puts in what a new studio starts with. What is there already stays as it is: an operator's edit is never overwritten. */
export async function seedCatalogue(database: Database, at: number): Promise<void> {
  const categoryRows = categories.map(({ id, emoji, name }, position) => ({
    id,
    position,
    emoji,
    name_ru: name.ru,
    name_en: name.en,
  }));
  await database.run(
    insertRows(
      'categories',
      { id: 'TEXT', position: 'BIGINT', emoji: 'TEXT', name_ru: 'TEXT', name_en: 'TEXT' },
      'ON CONFLICT (id) DO NOTHING',
    ),
    JSON.stringify(categoryRows),
  );
  const there = new Set((await database.select<{ slug: string | null }>('SELECT slug FROM presets')).map(({ slug }) => slug));
  const presetRows = seedPresets.map(({ slug, category, name, description, prompt }, position) => ({
    ...{
      slug,
      category,
      position,
      name_ru: name.ru,
      name_en: name.en,
      description_ru: description.ru,
      description_en: description.en,
    },
    ...{ prompt, is_active: 1, created_at: at },
  }));
  // A row that is refused as being there would use up an id all the same.
  const missing = presetRows.filter(({ slug }) => !there.has(slug));
  await database.run(insertRows('presets', presetColumns, 'ON CONFLICT (slug) DO NOTHING'), JSON.stringify(missing));
}

const presetColumns: Columns = {
  ...{ slug: 'TEXT', category: 'TEXT', position: 'BIGINT', name_ru: 'TEXT', name_en: 'TEXT', description_ru: 'TEXT' },
  ...{ description_en: 'TEXT', prompt: 'TEXT', is_active: 'BIGINT', created_at: 'BIGINT' },
};

/**
 * What is on offer now. Throws an Error that names the preset for a price that could never be paid, and for a workflow that is
 * none of `workflows`: better at the start than with a photo.
 */
export async function loadCatalogue(database: Database, workflows: readonly string[]): Promise<Catalogue> {
  const categoryRows = await database.select<CategoryRow>('SELECT * FROM categories ORDER BY position, id');
  const presetRows = await database.select<PresetRow>('SELECT * FROM presets WHERE is_active = 1 ORDER BY position, id');
  return { categories: categoryRows.map(categoryOf), presets: presetRows.map(row => presetOf(row, workflows)) };
}

type Names = { name_ru: string; name_en: string };
type CategoryRow = Row & Names & { id: string; emoji: string };
type PresetRow = Row &
  Names & {
    id: number;
    category: string;
    description_ru: string;
    description_en: string;
    prompt: string;
    workflow: string | null;
    price: number | null;
  };

const categoryOf = ({ id, emoji, name_ru: ru, name_en: en }: CategoryRow): Category => ({ id, emoji, name: { ru, en } });

function presetOf({ id, category, prompt, price, ...row }: PresetRow, workflows: readonly string[]): Preset {
  // A cell that an operator has emptied may hold an empty text.
  const workflow = row.workflow || null;
  if (workflow !== null && !workflows.includes(workflow))
    throw new Error(
      `preset ${id} (${row.name_en}) has the workflow ${JSON.stringify(workflow)}; it should be empty or one of ${workflows.join(', ')}`,
    );
  if (price !== null && !(Number.isSafeInteger(price) && price >= 0))
    throw new Error(`preset ${id} (${row.name_en}) has the price ${price}; it should be empty or a whole number from 0`);
  return {
    ...{ id, category, prompt, workflow, price },
    name: { ru: row.name_ru, en: row.name_en },
    description: { ru: row.description_ru, en: row.description_en },
  };
}
