import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createWriter } from '../db/writer.ts';
import type { Write } from '../src/domain/unit.ts';
import { sweep } from '../src/retention.ts';
import { createPhotoStore } from '../src/storage/photo-store.ts';
import { noon } from './probe.ts';

const dayMs = 86_400_000;
const ids = { open: '1'.repeat(36), ended: '2'.repeat(36), lately: '3'.repeat(36) };
const endedAt = new Map([
  [ids.ended, noon - 400 * dayMs],
  [ids.lately, noon - 2 * dayMs],
]);

test('files are deleted once their time is over, however long the house was closed, and what a crash left half written with them', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'retention-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = (kind: string, name: string) => {
    mkdirSync(join(folder, kind), { recursive: true });
    writeFileSync(join(folder, kind, name), 'x');
    return () => existsSync(join(folder, kind, name));
  };
  const gone = [
    file('photos', `${ids.ended}-1.jpg`),
    file('photos', `${ids.ended}-3.jpg.5f0c.tmp`),
    file('photos', `${ids.lately}-2.jpg`),
    file('results', `${ids.ended}.png`),
    file('results', `${ids.ended}.jpg.77aa.tmp`),
  ];
  const kept = [
    file('photos', `${ids.open}-1.jpg`),
    file('photos', `${ids.open}-2.jpg.0000.tmp`),
    file('results', `${ids.lately}.png`),
    file('results', `${ids.lately}.jpg`),
  ];
  await sweep({
    commit: async () => ({ status: 'applied' }),
    queries: { finishedBefore: async (jobIds, before) => jobIds.filter(id => (endedAt.get(id) ?? noon) < before) },
    photos: createPhotoStore({ folder, download: () => Promise.reject(new Error('nothing is fetched')) }),
    ...{ observe: () => {}, now: () => noon, photoRetentionMs: dayMs, resultRetentionMs: 30 * dayMs },
  });
  t.deepEqual(
    gone.map(exists => exists()),
    gone.map(() => false),
  );
  t.true(kept.every(exists => exists()));
});

test('a house without a single photo has nothing to sweep', async t => {
  const store = createPhotoStore({ folder: join(tmpdir(), 'no-such-folder'), download: () => Promise.reject(new Error()) });
  await t.notThrowsAsync(store.sweep('photos', async () => []));
});

test('messages that were settled long ago are forgotten; those of late, and those not sent yet, are kept', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'retention-'));
  const database = await openWriter(join(folder, 'bot.db'));
  t.teardown(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await migrate(database);
  const { commit } = await createWriter(database);
  const said = (id: string, at: number): Write => ({
    do: 'say',
    row: { id, chatId: 1, rank: 'hint', notice: { type: 'menu' }, edits: null, at },
  });
  const settled = (id: string, at: number): Write => ({ do: 'setOutbox', id, at, state: 'sent' });
  const [long, lately] = [noon - 40 * dayMs, noon - dayMs];
  await commit({ writes: [said('old', long), said('new', lately), said('waiting', long)] });
  await commit({ writes: [settled('old', long), settled('new', lately)] });
  await commit({ writes: [{ do: 'forgetSettled', before: noon - 30 * dayMs }] });
  const left = await database.select<{ id: string }>('SELECT id FROM outbox ORDER BY id');
  t.deepEqual(
    left.map(({ id }) => id),
    ['new', 'waiting'],
  );
});
