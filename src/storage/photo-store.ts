import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { EndReason, FileRef, JobOrder } from '../domain/job.ts';
import { fillsCanvas, sizeOf } from '../images/canvas.ts';
import type { Size } from '../images/frame.ts';
import { PhotoRefused, preparePhoto } from '../images/photo.ts';
import { type NewFile, writeAllDurably } from './durable-file.ts';
import { createResultFiles } from './result-files.ts';

/** Fetches the bytes of a person's file; throws an error with the `reason` of an end when that will never succeed. */
export type Download = (file: FileRef) => Promise<Buffer>;

const downloadsAtOnce = 8;

/**
 * The photos and results of jobs under `folder`: `photos/<job>-1.jpg` as prepared for the model, `photos/<job>-canvas.jpg` as the
 * first of them goes to the server, and `results`. The canvas is named before its photo, so that where the photo is, both are.
 */
export function createPhotoStore({ folder, download }: { folder: string; download: Download }) {
  const limit = pLimit(downloadsAtOnce);
  const photoPath = (jobId: string, n: number): string => join(folder, 'photos', `${jobId}-${n + 1}.jpg`);
  const canvasPath = (jobId: string): string => join(folder, 'photos', `${jobId}-canvas.jpg`);

  const prepareOne = async (jobId: string, file: FileRef, n: number): Promise<void> => {
    const { bytes, canvas } = await preparePhoto(await limit(() => download(file)), { goesOnCanvas: n === 0 });
    const files: NewFile[] = [[photoPath(jobId, n), bytes]];
    if (canvas) files.unshift([canvasPath(jobId), canvas]);
    await writeAllDurably(files);
  };

  /** Photo 1 gives the result its frame, so it goes to the server on a canvas; the others are looked at only. */
  const forServer = async (jobId: string, n: number): Promise<Buffer> => {
    const isWhole = n > 0 || fillsCanvas(await sizeOf(photoPath(jobId, n)));
    return readWhole(isWhole ? photoPath(jobId, n) : canvasPath(jobId));
  };

  /** The photo that lies on the canvas is the one on disk, so nothing else need be remembered of it meanwhile. */
  const photoSize = (jobId: string): Promise<Size | undefined> => sizeOf(photoPath(jobId, 0)).catch(() => undefined);

  const results = createResultFiles(join(folder, 'results'), photoSize);

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
     * deletion) or is not whole is fetched again, and comes to the same bytes.
     */
    read: ({ id, files }: JobOrder): Promise<{ name: string; bytes: Buffer }[]> =>
      Promise.all(
        files.map(async (file, n) => {
          const bytes = await forServer(id, n).catch(() => prepareOne(id, file, n).then(() => forServer(id, n)));
          return { name: `${id}-${n + 1}.jpg`, bytes };
        }),
      ),

    hasResult: results.has,
    saveResult: results.save,
    readResult: results.read,
    readFullResult: results.readFull,

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

/** The server would draw what is missing in grey. A JPEG of ours ends with its end marker. */
async function readWhole(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (bytes.readUInt16BE(bytes.length - 2) !== 0xffd9) throw new Error('the photo ends too early');
  return bytes;
}

/** The folder comes with its first file. */
function none(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

function refusalOf(error: Error): EndReason | undefined {
  if (error instanceof PhotoRefused) return error.code;
  return (error as { reason?: EndReason }).reason;
}
