import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Size } from '../images/frame.ts';
import { forChat, inFull, openResult, ResultDamaged } from '../images/result.ts';
import { type NewFile, writeAllDurably } from './durable-file.ts';

/**
 * The results of jobs: `<job>.jpg` for the chat, in the frame of the photo that was edited; `<job>.full` as the server sent it;
 * and `<job>.frame.json`, the size of that photo, which is not kept for as long. The JPEG is named last: where it is, the result
 * is whole.
 */
export function createResultFiles(folder: string, photoSize: (jobId: string) => Promise<Size | undefined>) {
  const pathOf = (jobId: string, kind: 'frame.json' | 'full' | 'jpg'): string => join(folder, `${jobId}.${kind}`);

  const frameOf = async (jobId: string): Promise<Size | undefined> => {
    const text = await readFile(pathOf(jobId, 'frame.json'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : JSON.parse(text);
  };

  return {
    /** Resolves when the result is durable. */
    async save(jobId: string, bytes: Buffer): Promise<'saved' | 'damaged'> {
      const frame = await photoSize(jobId);
      const files: NewFile[] = [
        [pathOf(jobId, 'full'), bytes],
        [pathOf(jobId, 'jpg'), openResult(bytes, frame).then(forChat)],
      ];
      if (frame) files.unshift([pathOf(jobId, 'frame.json'), Buffer.from(JSON.stringify(frame))]);
      try {
        await writeAllDurably(files);
        return 'saved';
      } catch (error) {
        if (error instanceof ResultDamaged) return 'damaged';
        throw error;
      }
    },

    has: (jobId: string): Promise<boolean> =>
      stat(pathOf(jobId, 'jpg')).then(
        () => true,
        () => false,
      ),

    /** For the chat; undefined when it is no longer kept. */
    read: (jobId: string): Promise<Buffer | undefined> => readFile(pathOf(jobId, 'jpg')).catch(() => undefined),

    /**
     * Every pixel in the photo's frame, as a PNG without anything else in it; made anew each time. Undefined when it is no longer
     * kept.
     */
    async readFull(jobId: string): Promise<Buffer | undefined> {
      const bytes = await readFile(pathOf(jobId, 'full')).catch(() => undefined);
      return bytes && inFull(await openResult(bytes, await frameOf(jobId)));
    },
  };
}
