import { schedule } from 'node-cron';
import type { Observe } from '../actors/protocol.ts';
import type { Queries } from '../db/queries.ts';
import type { PhotoStore } from './storage/photo-store.ts';

type RetentionDeps = {
  queries: Queries;
  photos: PhotoStore;
  observe: Observe;
  now: () => number;
  photoRetentionMs: number;
  resultRetentionMs: number;
};

/** Jobs that ended longer ago than this were swept by earlier runs. */
const sweptMs = 7 * 24 * 3_600_000;

/** Deletes photos and results whose time is over; the rows stay. */
export async function sweepFiles({ queries, photos, now, photoRetentionMs, resultRetentionMs }: RetentionDeps): Promise<void> {
  const endedBefore = (age: number) => queries.finishedBetween(now() - age - sweptMs, now() - age);
  for (const jobId of await endedBefore(photoRetentionMs)) await photos.deletePhotos(jobId);
  for (const jobId of await endedBefore(resultRetentionMs)) await photos.deleteResult(jobId);
}

/** Sweeps each hour. The returned function ends it. */
export function scheduleRetention(deps: RetentionDeps): () => void {
  const task = schedule('17 * * * *', () =>
    sweepFiles(deps).catch((error: Error) => deps.observe({ step: 'retention:failed', error })),
  );
  return () => void task.destroy();
}
