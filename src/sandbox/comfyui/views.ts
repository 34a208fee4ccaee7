import { posix } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from 'koa';
import { bare, serverError } from './body.ts';
import { annotated, isFolder, within } from './files.ts';
import type { House } from './house.ts';
import { reencoded } from './pictures.ts';

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

const send = async (ctx: Context, name: string, image: Buffer): Promise<void> => {
  const { preview: asked, channel } = ctx.query;
  const preview = first(asked);
  if (preview !== undefined) {
    const [wanted, quality] = preview.split(';');
    const format = wanted === 'jpeg' ? 'jpeg' : 'webp';
    ctx.body = await reencoded(image, format, Number(quality) || 90);
    ctx.type = `image/${format}`;
  } else if (first(channel) === 'rgb') {
    ctx.body = await reencoded(image, 'png', 100);
    ctx.type = 'image/png';
  } else {
    ctx.body = image;
    ctx.type = posix.extname(name) || 'application/octet-stream';
  }
  ctx.set('Content-Disposition', `filename="${encodeURI(name)}"`);
};

const look = async (ctx: Context, { files }: House): Promise<void> => {
  const { filename, type, subfolder: inside } = ctx.query;
  const given = first(filename);
  if (given === undefined) return bare(ctx, 404);
  const { path, folder: named } = annotated(given);
  if (path === '' || path.startsWith('/') || path.includes('..')) return bare(ctx, 400);
  const folder = named ?? first(type) ?? 'output';
  if (!isFolder(folder)) return bare(ctx, 400);
  const subfolder = within(first(inside) ?? '');
  if (subfolder === undefined) return bare(ctx, 403);
  // Only the last part of the name counts: a subfolder in it is lost, and the file not found.
  const name = posix.basename(path);
  const image = files.read(folder, posix.join(subfolder, name));
  return image ? send(ctx, name, image) : bare(ctx, 404);
};

/** GET /view */
export const getView =
  (house: House) =>
  async (ctx: Context): Promise<void> => {
    const fault = house.faults.take('viewFails', 'viewSlow');
    if (fault?.kind === 'viewFails') return serverError(ctx);
    if (fault?.kind === 'viewSlow') await pause(fault.ms, undefined, { ref: false });
    return look(ctx, house);
  };
