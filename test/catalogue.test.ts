import { dirname } from 'node:path';
import test from 'ava';
import { loadCatalogue, seedCatalogue } from '../db/catalogue.ts';
import type { Database } from '../db/database.ts';
import { readConfig } from '../src/config.ts';
import { presetsOf } from '../src/domain/catalogue.ts';
import { startHouse } from '../src/house.ts';
import { startTelegram } from '../src/sandbox/telegram/server.ts';
import { workflowNames } from '../workflows/index.ts';
import { noon, openRows } from './probe.ts';
import { environment, token } from './studio.ts';

const load = (reader: Database) => loadCatalogue(reader, workflowNames);

test('a new studio has seven categories, at least 30 presets, and something in each category', async t => {
  const { database, reader } = await openRows(t);
  await seedCatalogue(database, noon);
  const catalogue = await load(reader);
  const ids = ['Styles', 'Lighting', 'Design', 'Portraits', 'Products', 'Animation', 'Enhancement'];
  t.deepEqual(
    catalogue.categories.map(({ id }) => id),
    ids,
  );
  t.true(catalogue.presets.length >= 30);
  for (const id of ids) t.true(presetsOf(catalogue, id).length > 0, id);
});

test('presets stand in their order and take the price and the workflow of the house', async t => {
  const { database, reader } = await openRows(t);
  await seedCatalogue(database, noon);
  const { presets } = await load(reader);
  t.is(presets[0]?.name.ru, 'Стиль маслом');
  t.true(presets.every(({ price, workflow }) => price === null && workflow === null));
});

test('a start overwrites nothing that an operator has changed, and brings nothing back', async t => {
  const { database, reader } = await openRows(t);
  await seedCatalogue(database, noon);
  await database.run("UPDATE presets SET name_ru = 'Моё масло', price = 45, prompt = 'Paint it' WHERE id = 1");
  await database.run('UPDATE presets SET is_active = 0 WHERE id = 2');
  await database.run("UPDATE categories SET name_ru = 'Мои стили', position = 99 WHERE id = 'Styles'");
  await database.run("INSERT INTO categories VALUES ('Mine', 7, '🐈', 'Коты', 'Cats')");
  const edited = await load(reader);
  await seedCatalogue(database, noon + 1);
  t.deepEqual(await load(reader), edited);
  const oil = edited.presets.find(({ id }) => id === 1);
  t.deepEqual([oil?.name.ru, oil?.price, oil?.prompt], ['Моё масло', 45, 'Paint it']);
  t.is(
    edited.presets.find(({ id }) => id === 2),
    undefined,
  );
  t.deepEqual(edited.categories.at(-1)?.name.ru, 'Мои стили');
});

test('what a newer version adds comes in beside what is there', async t => {
  const { database, reader } = await openRows(t);
  await seedCatalogue(database, noon);
  const all = await load(reader);
  await database.run('DELETE FROM presets WHERE id = 3');
  await seedCatalogue(database, noon);
  t.is((await load(reader)).presets.length, all.presets.length);
});

test('a preset of the operator’s own, with quotes and a price, is on offer like any other', async t => {
  const { database, reader } = await openRows(t);
  await seedCatalogue(database, noon);
  await database.run(
    `INSERT INTO presets (category, position, name_ru, name_en, description_ru, description_en, prompt, workflow, price, is_active, created_at)
     VALUES ('Styles', 0, $1, 'Cats', 'x', 'x', 'Add a cat', 'qwen-edit-2511', 0, 1, 0)`,
    "Кот 'Мурзик' <b>",
  );
  const added = (await load(reader)).presets.find(({ name }) => name.en === 'Cats');
  t.is(added?.name.ru, "Кот 'Мурзик' <b>");
  t.is(added?.price, 0);
});

for (const price of ['10.5', "'many'", '-1'])
  test(`a preset at ${price} points stops the start, by its name`, async t => {
    const { database, reader } = await openRows(t);
    await seedCatalogue(database, noon);
    await database.run(`UPDATE presets SET price = ${price} WHERE id = 1`);
    await t.throwsAsync(load(reader), { message: /^preset 1 \(.+\) has the price .*whole number/ });
  });

const known = workflowNames.join(', ');

test('a preset with a workflow that nobody knows stops the start, and the line says which are known', async t => {
  const { database, reader } = await openRows(t);
  await seedCatalogue(database, noon);
  await database.run("UPDATE presets SET workflow = 'qwen-edit-3000' WHERE id = 1");
  await t.throwsAsync(load(reader), {
    message: `preset 1 (Oil painting) has the workflow "qwen-edit-3000"; it should be empty or one of ${known}`,
  });
});

test('an emptied workflow is none, and one that is switched off may name what it wants', async t => {
  const { database, reader } = await openRows(t);
  await seedCatalogue(database, noon);
  await database.run("UPDATE presets SET workflow = '' WHERE id = 1");
  await database.run("UPDATE presets SET workflow = 'qwen-edit-3000', is_active = 0 WHERE id = 2");
  await database.run("UPDATE presets SET workflow = 'qwen-edit-2511-full' WHERE id = 3");
  const { presets } = await load(reader);
  t.deepEqual(
    presets.slice(0, 2).map(({ id, workflow }) => [id, workflow]),
    [
      [1, null],
      [3, 'qwen-edit-2511-full'],
    ],
  );
});

test('a house does not open over a preset with an unknown workflow, and says so in one line', async t => {
  const { database, url: path } = await openRows(t);
  await seedCatalogue(database, noon);
  await database.run("UPDATE presets SET workflow = 'qwen-edit-3000' WHERE id = 1");
  const telegram = await startTelegram({ token });
  t.teardown(() => telegram.close());
  const env = { ...environment(dirname(path), telegram.url, ['http://127.0.0.1:9']), DATABASE_URL: `sqlite:${path}` };
  const error = await t.throwsAsync(startHouse(readConfig(env), { observe: () => {} }));
  t.regex(error?.message ?? '', /^preset 1 \(.+\) has the workflow "qwen-edit-3000"; [^\n]+$/);
});
