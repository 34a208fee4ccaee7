import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { EndReason, FileRef, JobOrder } from '../domain/job.ts';
import { putOnCanvas, sizeOf } from '../images/canvas.ts';
import { PhotoRefused, preparePhoto } from '../images/photo.ts';
import { beginResult, ResultDamaged } from '../images/result.ts';
import { writeAllDurably, writeDurably } from './durable-file.ts';

/** Fetches the bytes of a person's file; throws an error with the `reason` of an end when that will never succeed. */
export type Download = (file: FileRef) => Promise<Buffer>;

const downloadsAtOnce = 8;

/**
 * The photos and results of jobs under `folder`: `photos/<job>-1.jpg` as prepared for the model, `results/<job>.png` in full
 * quality and `results/<job>.jpg` for the chat. The PNG is written last: where it is, the result is whole.
 */
export function createPhotoStore({ folder, download }: { folder: string; download: Download }) {
  const limit = pLimit(downloadsAtOnce);
  const photoPath = (jobId: string, n: number): string => join(folder, 'photos', `${jobId}-${n + 1}.jpg`);
  const resultPath = (jobId: string, kind: 'png' | 'jpg'): string => join(folder, 'results', `${jobId}.${kind}`);

  const prepareOne = async (jobId: string, file: FileRef, n: number): Promise<void> =>
    writeDurably(photoPath(jobId, n), (await preparePhoto(await limit(() => download(file)))).bytes);

  /** Photo 1 gives the result its frame, so it goes to the server on a canvas; the others are looked at only. */
  const forServer = async (jobId: string, n: number): Promise<Buffer> => {
    const bytes = await readFile(photoPath(jobId, n));
    return n === 0 ? putOnCanvas(bytes) : bytes;
  };

  /** The photo that lies on the canvas is the one on disk, so nothing else need be remembered of it. */
  const framed = (jobId: string) =>
    readFile(photoPath(jobId, 0))
      .then(sizeOf)
      .catch(() => undefined);

  return {
    async prepare({ id, files }: JobOrder): Promise<{ status: 'ready' } | { status: 'refused'; reason: EndReason }> {
      const prepared = await Promise.allSettled(files.map((file, n) => prepareOne(id, file, n)));
      const errors = prepared.flatMap(one => (one.status === 'rejected' ? [one.reason as Error] : []));
      const reason = errors.map(refusalOf).find(found => found !== undefined);
      if (reason) return { status: 'refused', reason };
      if (errors[0]) throw errors[0];
      return { status: 'ready' };
    },

    /**
     * The photos of a job as a server gets them: the first on its canvas. One that is not there any more (a lost disk, an early
     * deletion) or cannot be read is fetched again.
     */
    read: ({ id, files }: JobOrder): Promise<{ name: string; bytes: Buffer }[]> =>
      Promise.all(
        files.map(async (file, n) => {
          const bytes = await forServer(id, n).catch(() => prepareOne(id, file, n).then(() => forServer(id, n)));
          return { name: `${id}-${n + 1}.jpg`, bytes };
        }),
      ),

    hasResult: (jobId: string): Promise<boolean> =>
      stat(resultPath(jobId, 'png')).then(
        () => true,
        () => false,
      ),

    /** Keeps the result in the frame of the job's first photo: what the canvas had around it is cut away. */
    async saveResult(jobId: string, bytes: Buffer): Promise<'saved' | 'damaged'> {
      try {
        const { png, jpeg } = await beginResult(bytes, await framed(jobId));
        await writeAllDurably([
          [resultPath(jobId, 'jpg'), jpeg],
          [resultPath(jobId, 'png'), png],
        ]);
        return 'saved';
      } catch (error) {
        if (error instanceof ResultDamaged) return 'damaged';
        throw error;
      }
    },

    /** The result for the chat; undefined when it is no longer kept. */
    readResult: (jobId: string): Promise<Buffer | undefined> => readFile(resultPath(jobId, 'jpg')).catch(() => undefined),

    /** Deletes the photos, or the results, of those jobs with files that `over` names; also what a crash left half written. */
    async sweep(kind: 'photos' | 'results', over: (jobIds: string[]) => Promise<string[]>): Promise<void> {
      const names = await readdir(join(folder, kind)).catch(none);
      const jobIds = new Set(await over([...new Set(names.map(jobOf))]));
      for (const name of names) if (jobIds.has(jobOf(name))) await rm(join(folder, kind, name), { force: true });
    },
  };
}

export type PhotoStore = ReturnType<typeof createPhotoStore>;

/** The name of every file begins with the id of its job. */
const jobOf = (name: string): string => name.slice(0, 36);

/** The folder comes with its first file. */
function none(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

function refusalOf(error: Error): EndReason | undefined {
  if (error instanceof PhotoRefused) return error.code;
  return (error as { reason?: EndReason }).reason;
}
