import test from 'ava';
import { type CategoryId, categories } from '../src/domain/categories.ts';
import type { SeedPreset } from '../src/domain/seed-preset.ts';
import { seedPresets } from '../src/domain/seed-presets.ts';

const languages = ['ru', 'en'] as const;

const repeated = (values: readonly string[]) => values.filter((value, i) => values.indexOf(value) !== i);
const of = (category: CategoryId) => seedPresets.filter(preset => preset.category === category);
const slugsWhere = (broken: (preset: SeedPreset) => boolean) => seedPresets.filter(broken).map(preset => preset.slug);

test('the seven categories stand in the order of the contract, each with its own emoji and names', t => {
  const ids = ['Styles', 'Lighting', 'Design', 'Portraits', 'Products', 'Animation', 'Enhancement'];
  t.deepEqual(
    categories.map(({ id }) => id),
    ids as CategoryId[],
  );
  t.is(new Set(categories.map(({ emoji }) => emoji)).size, 7);
  for (const language of languages) t.is(new Set(categories.map(({ name }) => name[language])).size, 7);
});

test('no category takes an emoji of the main menu for something else', t => {
  const taken = ['🎨', '✍️', '💰', '➕', 'ℹ️', '👤', '🔙', '🏠', '🔄', '✏️', '📄', '↔️', '📜', '❌'];
  t.deepEqual(
    categories.filter(({ emoji }) => taken.includes(emoji)),
    [],
  );
});

test('there are presets enough in every category', t => {
  t.true(seedPresets.length >= 36);
  t.true(of('Styles').length >= 10);
  t.true(of('Lighting').length >= 5);
  for (const { id } of categories) t.true(of(id).length >= 4, id);
});

test('the styles begin with the ones people know by name', t => {
  const known = ['Стиль маслом', 'Акварель', 'Винтаж', 'Современный', 'Классический', 'Импрессионизм', 'Ренессанс'];
  t.deepEqual(
    of('Styles')
      .slice(0, known.length)
      .map(preset => preset.name.ru),
    known,
  );
  t.true(of('Lighting').some(preset => preset.name.ru === 'Золотой час'));
  t.true(of('Design').some(preset => preset.name.ru === 'Винтажная рамка'));
});

test('slugs, names and prompts are never used twice', t => {
  t.deepEqual(repeated(seedPresets.map(preset => preset.slug)), []);
  t.deepEqual(repeated(seedPresets.map(preset => preset.prompt)), []);
  for (const language of languages) t.deepEqual(repeated(seedPresets.map(preset => preset.name[language].toLowerCase())), []);
});

test('slugs are plain kebab case', t => {
  t.deepEqual(
    slugsWhere(preset => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(preset.slug)),
    [],
  );
});

test('names fit on a button and descriptions in one line', t => {
  for (const language of languages) {
    t.deepEqual(
      slugsWhere(({ name }) => name[language].length < 1 || name[language].length > 24),
      [],
    );
    t.deepEqual(
      slugsWhere(({ description }) => description[language].length > 120 || !/^[^.!?]+[.!]$/.test(description[language])),
      [],
    );
  }
});

test('Russian texts are Russian, English texts and prompts hold no Cyrillic', t => {
  const cyrillic = /\p{Script=Cyrillic}/u;
  t.deepEqual(
    slugsWhere(({ name, description }) => !cyrillic.test(name.ru) || !cyrillic.test(description.ru)),
    [],
  );
  t.deepEqual(
    slugsWhere(({ name, description, prompt }) => cyrillic.test(name.en + description.en + prompt)),
    [],
  );
});

test('every prompt is an instruction of 150 to 450 characters that says what to keep', t => {
  t.deepEqual(
    slugsWhere(({ prompt }) => prompt.length < 150 || prompt.length > 450),
    [],
  );
  t.deepEqual(
    slugsWhere(({ prompt }) => !/\bkeep\b/i.test(prompt)),
    [],
  );
});

test('no brand, studio or artist is named', t => {
  const forbidden =
    /disney|pixar|ghibli|miyazaki|dreamworks|marvel|simpsons|barbie|lego|minecraft|nintendo|pokemon|polaroid|instax|kodak|fuji|leica|canon|nikon|photoshop|instagram|vogue|playmobil|warhol|lichtenstein|picasso|banksy|monet|van gogh|hockney|murakami|koons|hirst|leibovitz|диснее?й|пиксар|гибли|полароид|кодак|лего/i;
  t.deepEqual(
    slugsWhere(({ name, description, prompt }) => forbidden.test(JSON.stringify([name, description, prompt]))),
    [],
  );
});
