import { posix } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import busboy from 'busboy';
import type { Context } from 'koa';
import { bare, serverError, text } from './body.ts';
import { type Files, type Folder, isFolder, within } from './files.ts';
import type { House } from './house.ts';

type Upload = { readonly filename: string; readonly bytes: Buffer };
type Place = { readonly folder: Folder; readonly subfolder: string };
type Form = { readonly image?: Upload; readonly fields: Readonly<Record<string, string>> };

const maxUploadBytes = 104_857_600;

const readForm = ({ req }: Context): Promise<Form> =>
  new Promise((resolve, reject) => {
    const fields: Record<string, string> = {};
    let image: Upload | undefined;
    const form = busboy({ headers: req.headers, defParamCharset: 'utf8', preservePath: true });
    form.on('field', (name, value) => {
      fields[name] = value;
    });
    form.on('file', (name, stream, { filename }) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('close', () => {
        if (name === 'image') image = { filename: filename ?? '', bytes: Buffer.concat(chunks) };
      });
    });
    form.on('close', () => resolve({ fields, ...(image && { image }) }));
    form.on('error', reject);
    req.on('aborted', () => reject(new Error('The upload was cut off')));
    req.pipe(form);
  });

/** The name to store under: the same bytes keep their name, other bytes become "name (1).png". */
const freeName = (files: Files, folder: Folder, subfolder: string, { filename, bytes }: Upload): string => {
  const { name: stem, ext } = posix.parse(filename);
  for (let n = 0; ; n += 1) {
    const name = n === 0 ? filename : `${stem} (${n})${ext}`;
    const taken = files.read(folder, posix.join(subfolder, name));
    if (!taken || taken.equals(bytes)) return name;
  }
};

/** Where an upload would go, or the status it is refused with. */
const placeOf = (image: Upload, { subfolder = '', type: folder = 'input' }: Form['fields']): Place | 400 | 500 => {
  if (!isFolder(folder) || image.filename === '') return 500;
  if (within(subfolder, image.filename) === undefined) return 400;
  // The real server makes the subfolder, but no folder named in the file name.
  return image.filename.includes('/') ? 500 : { folder, subfolder };
};

const store = ({ files }: House, image: Upload, { folder, subfolder }: Place, overwrite: string | undefined): string => {
  const replace = overwrite === 'true' || overwrite === '1';
  const name = replace ? image.filename : freeName(files, folder, subfolder, image);
  files.write(folder, posix.join(subfolder, name), image.bytes);
  return name;
};

const take = async (ctx: Context, house: House): Promise<void> => {
  const { image, fields } = await readForm(ctx);
  const fault = house.faults.take('uploadFails', 'uploadSlow');
  if (fault?.kind === 'uploadFails') return serverError(ctx);
  if (fault?.kind === 'uploadSlow') await pause(fault.ms, undefined, { ref: false });
  // A file part with an empty name reads as a plain field.
  if (!image) return 'image' in fields ? serverError(ctx) : bare(ctx, 400);
  const place = placeOf(image, fields);
  if (place === 500) return serverError(ctx);
  if (place === 400) return bare(ctx, 400);
  const { folder: type, subfolder } = place;
  const { overwrite } = fields;
  ctx.body = { name: store(house, image, place, overwrite), subfolder, type };
};

/** POST /upload/image: any bytes are taken, pictures or not. */
export const postUpload =
  (house: House) =>
  async (ctx: Context): Promise<void> => {
    const bytes = Number(ctx.get('Content-Length'));
    if (bytes > maxUploadBytes) {
      text(ctx, 413, `Maximum request body size ${maxUploadBytes} exceeded, actual body size ${bytes}`);
      return;
    }
    if (!ctx.is('multipart/form-data')) return bare(ctx, 400);
    return take(ctx, house);
  };
