import type { Commit, WriteUnit } from '../src/domain/unit.ts';
import type { Database } from './database.ts';

type StoredEvent = { key: string; sequenceNumber: number; data: unknown; createdAt: number; isDeleted: boolean; tags: string[] };
type StoredSnapshot = { key: string; sequenceNumber: number; data: unknown; createdAt: number };
type Recovery = { snapshot: StoredSnapshot | undefined; events: StoredEvent[] };

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
      return (await recovery).snapshot;
    },
    events(key, offset) {
      const recovery = recoveries.get(key) ?? load(key);
      recoveries.delete(key);
      return {
        reduce: async (step, initial) =>
          (await recovery).events.filter(event => event.sequenceNumber > offset).reduce(step, initial),
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
  const found = new Map<string, Recovery>(keys.map(key => [key, { snapshot: undefined, events: [] }]));
  const snapshots = await reader.select<{ key: string; seq: number; at: number; data: string }>(
    'SELECT key, seq, at, data FROM snapshots WHERE key IN (SELECT value FROM json_each($1))',
    JSON.stringify(keys),
  );
  for (const { key, seq, at, data } of snapshots)
    found.get(key)!.snapshot = { key, sequenceNumber: seq, createdAt: at, data: JSON.parse(data) };
  const since = [...found].map(([key, { snapshot }]) => [key, snapshot?.sequenceNumber ?? 0]);
  const events = await reader.select<{ key: string; seq: number; at: number; data: string }>(
    `SELECT journal.key, journal.seq, journal.at, journal.data FROM json_each($1) AS since
     JOIN journal ON journal.key = since.value->>0 AND journal.seq > since.value->>1 ORDER BY journal.key, journal.seq`,
    JSON.stringify(since),
  );
  for (const { key, seq, at, data } of events)
    found.get(key)!.events.push({ key, sequenceNumber: seq, createdAt: at, data: JSON.parse(data), isDeleted: false, tags: [] });
  return found;
}
