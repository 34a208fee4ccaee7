import type { Database } from './database.ts';

/**
 * Which of two databases is the house's while it moves. The source lets go of its owner for good before the target is committed:
 * at no moment is there an owner on both. Whoever comes after a move that was cut off in between learns from two rows how it
 * ended: the source's says for which move it was left, the target's whether that one has arrived.
 */
export type Arrival = 'arrived' | 'awaited' | 'unheard of';

/** Tells the target of a move before it begins, so that it is known again as the one that the house was on its way to. */
export async function announce(target: Database, move: string): Promise<void> {
  await target.run('CREATE TABLE IF NOT EXISTS arrivals (id TEXT PRIMARY KEY, arrived BIGINT NOT NULL)');
  await target.run('INSERT INTO arrivals (id, arrived) VALUES ($1, 0)', move);
}

/**
 * Becomes true with the transaction in which it is said. Its locks keep everyone who asks, and every house that is opened on the
 * target, waiting for the end. False where somebody has taken the target meanwhile.
 */
export async function arrive(source: Database, target: Database, move: string): Promise<boolean> {
  const [owner] = await source.select<{ epoch: number; batches: number }>('SELECT epoch, batches FROM owner');
  const taken = await target.select(
    'UPDATE owner SET epoch = $1, batches = $2 WHERE epoch = 0 RETURNING epoch',
    ...[owner!.epoch, owner!.batches],
  );
  await target.run('UPDATE arrivals SET arrived = 1 WHERE id = $1', move);
  return taken.length === 1;
}

/** How a move ended, whoever asks: a transaction of it that has not ended yet is waited for. */
export async function arrivalOf(target: Database, move: string): Promise<Arrival> {
  try {
    const [row] = await target.select<{ arrived: number }>(
      'UPDATE arrivals SET arrived = arrived WHERE id = $1 RETURNING arrived',
      move,
    );
    if (!row) return 'unheard of';
    return row.arrived === 1 ? 'arrived' : 'awaited';
  } catch (error) {
    if (target.faultOf(error) !== 'statement') throw error;
    // It has no such table.
    return 'unheard of';
  }
}

/** Ends the open transaction of the source with nobody owning it: no house opens there any more. */
export async function leave(source: Database, move: string): Promise<void> {
  await source.run('CREATE TABLE departure (id TEXT PRIMARY KEY, epoch BIGINT NOT NULL, batches BIGINT NOT NULL)');
  await source.run('INSERT INTO departure (id, epoch, batches) SELECT $1, epoch, batches FROM owner', move);
  await source.run('DELETE FROM owner');
  await source.run('COMMIT');
}

/** For which move the source was left; undefined for a house that is at home. */
export async function departureOf(source: Database): Promise<string | undefined> {
  const tables = await source.select("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'departure'");
  if (tables.length === 0) return undefined;
  const [departure] = await source.select<{ id: string }>('SELECT id FROM departure');
  return departure?.id;
}

/** Undoes `leave`, unless somebody else has. */
export async function comeBack(source: Database, move: string): Promise<void> {
  await source.run('BEGIN IMMEDIATE');
  if ((await departureOf(source)) === move) for (const statement of comingBack) await source.run(statement);
  await source.run('COMMIT');
}

/** Makes the source a house again. For the operator, too, who knows that what it was left for is lost. */
export const comingBack: readonly string[] = [
  'INSERT INTO owner (id, epoch, batches) SELECT 1, epoch, batches FROM departure',
  'DROP TABLE departure',
];
