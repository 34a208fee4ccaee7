import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file to be, and its content, which may still be on its way. */
export type NewFile = readonly [path: string, bytes: Buffer | Promise<Buffer>];

/**
 * Writes files of one folder so that after a crash each is there whole or not at all: temporary file, fsync, rename, fsync of the
 * folder. They are whole under temporary names first, then named in their order: where the last one is, all are.
 */
export async function writeAllDurably(files: readonly NewFile[]): Promise<void> {
  const folder = dirname(files[0]![0]);
  // Content that fails before it is waited for is told when it is.
  for (const [, bytes] of files) Promise.resolve(bytes).catch(() => {});
  await mkdir(folder, { recursive: true });
  const written = files.map(([path, bytes]) => ({ path, bytes, temporary: `${path}.${randomUUID()}.tmp` }));
  try {
    const synced = await Promise.allSettled(written.map(async ({ temporary, bytes }) => writeSynced(temporary, await bytes)));
    for (const one of synced) if (one.status === 'rejected') throw one.reason;
    for (const { path, temporary } of written) await rename(temporary, path);
  } catch (error) {
    await Promise.all(written.map(({ temporary }) => rm(temporary, { force: true })));
    throw error;
  }
  await syncFolder(folder);
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  // People's pictures are nobody else's on this machine.
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name of a file is durable once its folder is. Windows cannot open folders, and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
