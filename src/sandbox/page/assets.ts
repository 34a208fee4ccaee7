import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Context } from 'koa';
import { Refusal } from './refusal.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** No part begins with a dot or holds anything that leads elsewhere. */
const plainPath = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

/**
 * A file of the page, always fresh: 404 for whatever is not there, is of no known type or has a name that could lead out of the
 * folder.
 */
export async function giveAsset(ctx: Context, folder: string, path: string): Promise<void> {
  const type = types[extname(path)];
  const bytes = type && plainPath.test(path) ? await readFile(join(folder, path)).catch(() => undefined) : undefined;
  if (!type || !bytes) throw new Refusal(404, 'Здесь ничего нет.', 'There is nothing here.');
  ctx.set('Content-Type', type);
  ctx.set('Cache-Control', 'no-cache');
  ctx.body = bytes;
}
