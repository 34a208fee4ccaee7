import { posix } from 'node:path';
import type { ImageRef } from './graph.ts';

export type Folder = ImageRef['type'];
export const folders = ['input', 'output', 'temp'] as const satisfies readonly Folder[];
export const isFolder = (value: unknown): value is Folder => folders.some(folder => folder === value);

/** ComfyUI's input, output and temp folders, in memory. Paths are relative to the folder. */
export type Files = {
  read(folder: Folder, path: string): Buffer | undefined;
  write(folder: Folder, path: string, bytes: Buffer): void;
  remove(folder: Folder, path: string): boolean;
  list(folder: Folder): string[];
  wipe(folder: Folder): void;
};

export const createFiles = (): Files => {
  const stored: Record<Folder, Map<string, Buffer>> = { input: new Map(), output: new Map(), temp: new Map() };
  return {
    read: (folder, path) => stored[folder].get(posix.normalize(path)),
    write: (folder, path, bytes) => stored[folder].set(posix.normalize(path), bytes),
    remove: (folder, path) => stored[folder].delete(posix.normalize(path)),
    list: folder => [...stored[folder].keys()].sort(),
    wipe: folder => stored[folder].clear(),
  };
};

/** Top-level input files: what LoadImage's list shows. */
export const uploadedNames = (files: Files): string[] => files.list('input').filter(name => !name.includes('/'));

/** The path within the folder, or undefined when it leads out of it. */
export const within = (...parts: string[]): string | undefined => {
  const inside = posix.resolve('/folder', ...parts);
  if (inside === '/folder') return '';
  return inside.startsWith('/folder/') ? inside.slice('/folder/'.length) : undefined;
};

/** "name.png [output]" → the name and the folder it is in. */
export const annotated = (name: string): { path: string; folder: Folder | undefined } => {
  const [, path, folder] = /^(.*) ?\[(input|output|temp)\]$/.exec(name) ?? [];
  return path !== undefined && isFolder(folder) ? { path: path.trimEnd(), folder } : { path: name, folder: undefined };
};

/** The file a LoadImage value means; `strict` (0.33.0) refuses what leads out of its folder. */
export const findPhoto = (files: Files, value: string, strict: boolean): Buffer | undefined => {
  const { path, folder = 'input' } = annotated(value);
  const inside = within(path);
  if (inside !== undefined) return files.read(folder, inside);
  if (strict) return undefined;
  const [, other, rest] = /^\.\.\/(input|output|temp)\/(.+)$/.exec(path) ?? [];
  return isFolder(other) && rest ? files.read(other, rest) : undefined;
};

/** ComfyUI's counter: the highest number in the folder after that prefix, plus one, so deleted names come back. */
const nextCounter = (names: readonly string[], prefix: string): number => {
  const numbers = names.flatMap(name => {
    const digits = name.startsWith(`${prefix}_`) ? Number.parseInt(name.slice(prefix.length + 1), 10) : 0;
    return Number.isNaN(digits) ? [] : [digits];
  });
  return Math.max(0, ...numbers) + 1;
};

/** Where SaveImage puts a picture: "sub/dir/name" → sub/dir, name_00001_.png. Undefined: outside the folder. */
export const saveName = (files: Files, folder: Folder, prefix: string): ImageRef | undefined => {
  const path = within(prefix);
  if (path === undefined) return undefined;
  const subfolder = posix.dirname(path) === '.' ? '' : posix.dirname(path);
  const base = posix.basename(path);
  const siblings = files
    .list(folder)
    .filter(name => (posix.dirname(name) === '.' ? '' : posix.dirname(name)) === subfolder)
    .map(name => posix.basename(name));
  const counter = String(nextCounter(siblings, base)).padStart(5, '0');
  return { filename: `${base}_${counter}_.png`, subfolder, type: folder };
};
