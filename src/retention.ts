import { schedule } from 'node-cron';
import type { Commit, Observe } from '../actors/protocol.ts';
import type { Queries } from '../db/queries.ts';
import type { PhotoStore } from './storage/photo-store.ts';

type RetentionDeps = {
  commit: Commit;
  queries: Pick<Queries, 'finishedBefore'>;
  photos: Pick<PhotoStore, 'sweep'>;
  observe: Observe;
  now: () => number;
  photoRetentionMs: number;
  resultRetentionMs: number;
};

/**
 * Deletes photos, results and settled messages whose time is over; the rows of jobs and points stay. What is there is looked at,
 * so that nothing is missed however long the house was closed.
 */
export async function sweep({ commit, queries, photos, now, photoRetentionMs, resultRetentionMs }: RetentionDeps): Promise<void> {
  await photos.sweep('photos', jobIds => queries.finishedBefore(jobIds, now() - photoRetentionMs));
  await photos.sweep('results', jobIds => queries.finishedBefore(jobIds, now() - resultRetentionMs));
  await commit({ writes: [{ do: 'forgetSettled', before: now() - resultRetentionMs }] });
}

/** Sweeps each hour. The returned function ends it. */
export function scheduleRetention(deps: RetentionDeps): () => void {
  const task = schedule('17 * * * *', () =>
    sweep(deps).catch((error: Error) => deps.observe({ step: 'retention:failed', error })),
  );
  return () => void task.destroy();
}
