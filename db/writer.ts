import { type Plan, plan } from '../src/domain/plan.ts';
import type { Commit, UnitOutcome, Write, WriteUnit } from '../src/domain/unit.ts';
import { type Database, DatabaseUnusable } from './database.ts';
import { loadFacts } from './facts.ts';
import { writePlan } from './plan-writer.ts';

/** The owner's epoch has moved on: another process owns the database now, and nothing of ours may be written any more. */
export class OwnershipLost extends Error {
  override readonly name = 'OwnershipLost';
}

export type WriterOptions = {
  /** Told of the rows of every batch, in order, once they are durable; what had been said before is left out. Must not throw. */
  onCommitted?: (writes: readonly Write[]) => void;
  /** Told once when another process has taken the database over. */
  onOwnershipLost?: (error: OwnershipLost) => void;
  now?: () => number;
};

export type Writer = {
  commit: Commit;
  /** Resolves when all that was handed in is durable or has failed. */
  settled(): Promise<void>;
};

type Written = Pick<Plan, 'outcomes'> & { writes: readonly Write[] };
type Waiting = { unit: WriteUnit; resolve: (outcome: UnitOutcome) => void; reject: (error: unknown) => void };

/** Larger batches cost latency and gain nothing more. */
const batchMax = 1_000;
/** `seq` numbers what is said across restarts: the epoch counts starts, and no start says this much. */
const seqPerEpoch = 2 ** 32;

/**
 * The one writer of the database. Whatever is handed in while a batch is being written becomes the next batch: one
 * transaction, one fsync, an outcome for each unit. Takes the database over: an earlier owner finds its epoch gone and stops.
 */
export async function createWriter(database: Database, options: WriterOptions = {}): Promise<Writer> {
  const { onCommitted = () => {}, onOwnershipLost = () => {}, now = Date.now } = options;
  const epoch = await takeOver(database);
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let lost: OwnershipLost | undefined;
  let said = 0;
  const nextSeq = () => epoch * seqPerEpoch + said++;

  async function writeBatch(units: readonly WriteUnit[]): Promise<Written> {
    await database.run('BEGIN IMMEDIATE');
    try {
      const batch = await beginBatch(database, epoch);
      const planned = plan(units, await loadFacts(database, units));
      const writes = await writePlan(database, planned, nextSeq, now());
      await commitBatch(database, epoch, batch);
      return { outcomes: planned.outcomes, writes };
    } catch (error) {
      // SQLite may have rolled back by itself (a full disk does that); what went wrong first is what is told.
      await database.run('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  async function settle(batch: readonly Waiting[]): Promise<void> {
    let written: Written;
    try {
      if (lost) throw lost;
      written = await writeBatch(batch.map(({ unit }) => unit));
    } catch (error) {
      if (error instanceof OwnershipLost && !lost) onOwnershipLost((lost = error));
      // A full disk or a lost connection is no unit's fault: trying each on its own would only take longer to say so.
      if (batch.length === 1 || lost || database.faultOf(error) !== 'statement') for (const { reject } of batch) reject(error);
      // One bad unit must not take the others with it: each is tried on its own.
      else for (const one of batch) await settle([one]);
      return;
    }
    batch.forEach(({ resolve }, n) => {
      resolve(written.outcomes[n]!);
    });
    onCommitted(written.writes);
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax);
      waiting = waiting.slice(batchMax);
      await settle(batch);
    }
    running = undefined;
  }

  const commit: Commit = unit =>
    new Promise((resolve, reject) => {
      waiting.push({ unit, resolve, reject });
      running ??= Promise.resolve().then(drain);
    });

  return { commit, settled: async () => running };
}

async function takeOver(database: Database): Promise<number> {
  const [owner] = await database.select<{ epoch: number }>('UPDATE owner SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch');
  if (!owner)
    throw new DatabaseUnusable(
      'it has been moved to PostgreSQL, or was on its way there: npm run migrate-to-postgres says which',
    );
  return owner.epoch;
}

/** Locks the owner's row until the end of the transaction, and counts the batch. */
async function beginBatch(database: Database, epoch: number): Promise<number> {
  return countedBy(await database.select(`UPDATE owner SET batches = batches + 1 ${ofOwner}`, epoch));
}

/**
 * Where the connection is lost over a COMMIT, nobody has said whether it was carried out, and neither answer may be guessed: the
 * count of batches that the owner's row holds knows. Its lock keeps the question waiting until the lost transaction has ended
 * either way.
 */
async function commitBatch(database: Database, epoch: number, batch: number): Promise<void> {
  try {
    await database.run('COMMIT');
  } catch (error) {
    if (database.faultOf(error) !== 'connection' || (await durableBatches(database, epoch)) < batch) throw error;
  }
}

/** Asks until the database answers: whoever waits for the batch waits on. */
async function durableBatches(database: Database, epoch: number): Promise<number> {
  for (;;) {
    try {
      return countedBy(await database.select(`UPDATE owner SET batches = batches ${ofOwner}`, epoch));
    } catch (error) {
      if (error instanceof OwnershipLost || database.faultOf(error) === 'statement') throw error;
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

const ofOwner = 'WHERE epoch = $1 RETURNING batches';

function countedBy([owner]: { batches?: number }[]): number {
  if (owner?.batches === undefined) throw new OwnershipLost('another process owns the database');
  return owner.batches;
}
