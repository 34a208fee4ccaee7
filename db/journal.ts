import type { Commit, WriteUnit } from '../src/domain/unit.ts';
import type { Database } from './database.ts';

type StoredEvent = { key: string; sequenceNumber: number; data: unknown; createdAt: number; isDeleted: boolean; tags: string[] };
type StoredSnapshot = { key: string; sequenceNumber: number; data: unknown; createdAt: number };
/** Rows as they stand: what cannot be read fails the recovery of its own key only. */
type JournalRow = { key: string; seq: number; at: number; data: string };
type Recovery = { snapshot: JournalRow | { seq: 0 }; events: JournalRow[] };

/** What nact 7.6 asks of a persistence engine. */
export type JournalEngine = {
  latestSnapshot(key: string): Promise<StoredSnapshot | undefined>;
  events(
    key: string,
    offset: number,
  ): { reduce<T>(step: (previous: T, event: StoredEvent, index: number) => T, initial: T): Promise<T> };
  takeSnapshot(snapshot: StoredSnapshot): Promise<void>;
  persist(event: StoredEvent, unit?: Omit<WriteUnit, 'event'>): Promise<void>;
};

/**
 * nact's persistence over our tables: an event is written in one unit with the rows it causes (the extra argument of
 * `ctx.persist`). Recoveries that begin in the same turn of the event loop are read together, so that thousands of people
 * waking at once cost a few statements.
 */
export function createJournal({ commit, reader }: { commit: Commit; reader: Database }): JournalEngine {
  const recoveries = new Map<string, Promise<Recovery>>();
  const load = groupedLoad(reader);
  return {
    async latestSnapshot(key) {
      const recovery = load(key);
      recoveries.set(key, recovery);
      return snapshotOf(await recovery);
    },
    events(key, offset) {
      const recovery = recoveries.get(key);
      recoveries.delete(key);
      return {
        async reduce(step, initial) {
          const read = await recovery;
          // What was read begins after a snapshot. If that is newer than the one this recovery began with, there would be a gap.
          const rows = read && read.snapshot.seq <= offset ? read.events : await eventsSince(reader, [[key, offset]]);
          return rows
            .filter(({ seq }) => seq > offset)
            .map(eventOf)
            .reduce(step, initial);
        },
      };
    },
    async takeSnapshot({ key, sequenceNumber: seq, data, createdAt: at }) {
      // The state is serialised now: the next message may be on its way already.
      await commit({ writes: [{ do: 'saveSnapshot', key, seq, at, data: JSON.stringify(data) }] });
    },
    async persist({ key, sequenceNumber: seq, data, createdAt: at }, unit = { writes: [] }) {
      const outcome = await commit({ ...unit, event: { key, seq, at, data: JSON.stringify(data) } });
      if (outcome.status !== 'applied') throw new Error(`an event of ${key} was not written: ${outcome.status}`);
    },
  };
}

function groupedLoad(reader: Database): (key: string) => Promise<Recovery> {
  let group: { keys: string[]; loaded: Promise<Map<string, Recovery>> } | undefined;
  const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve));
  return async key => {
    if (!group) {
      const keys: string[] = [];
      const loaded = nextTurn().then(() => {
        group = undefined;
        return loadAll(reader, keys);
      });
      group = { keys, loaded };
    }
    group.keys.push(key);
    return (await group.loaded).get(key)!;
  };
}

async function loadAll(reader: Database, keys: readonly string[]): Promise<Map<string, Recovery>> {
  const found = new Map<string, Recovery>(keys.map(key => [key, { snapshot: { seq: 0 }, events: [] }]));
  const snapshots = await reader.select<JournalRow>(
    'SELECT key, seq, at, data FROM snapshots WHERE key IN (SELECT value FROM json_each($1))',
    JSON.stringify(keys),
  );
  for (const row of snapshots) found.get(row.key)!.snapshot = row;
  const since = [...found].map(([key, { snapshot }]) => [key, snapshot.seq] as const);
  for (const row of await eventsSince(reader, since)) found.get(row.key)!.events.push(row);
  return found;
}

const eventsSince = (reader: Database, since: readonly (readonly [key: string, seq: number])[]): Promise<JournalRow[]> =>
  reader.select(
    `SELECT journal.key, journal.seq, journal.at, journal.data FROM json_each($1) AS since
     JOIN journal ON journal.key = since.value->>0 AND journal.seq > CAST(since.value->>1 AS BIGINT) ORDER BY journal.key, journal.seq`,
    JSON.stringify(since),
  );

const snapshotOf = ({ snapshot }: Recovery): StoredSnapshot | undefined =>
  'data' in snapshot
    ? { key: snapshot.key, sequenceNumber: snapshot.seq, createdAt: snapshot.at, data: JSON.parse(snapshot.data) }
    : undefined;

const eventOf = ({ key, seq, at, data }: JournalRow): StoredEvent => ({
  ...{ key, sequenceNumber: seq, createdAt: at, data: JSON.parse(data), isDeleted: false, tags: [] },
});
