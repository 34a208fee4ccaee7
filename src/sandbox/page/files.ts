import type { Context } from 'koa';
import type { StoredFile } from '../telegram/server.ts';

/** What a browser may show by itself; anything else is only handed over. */
const pictures: readonly { readonly type: string; readonly fits: (bytes: Buffer) => boolean }[] = [
  { type: 'image/jpeg', fits: bytes => bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) },
  { type: 'image/png', fits: bytes => bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')) },
  { type: 'image/webp', fits: bytes => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP' },
];

/** A file of a chat. Its type is what its bytes say, whatever its sender claimed; its address never holds other bytes. */
export function giveFile(ctx: Context, { bytes, fileName }: StoredFile): void {
  const picture = pictures.find(({ fits }) => fits(bytes));
  ctx.attachment(fileName || undefined, { type: picture ? 'inline' : 'attachment' });
  ctx.type = picture?.type ?? 'application/octet-stream';
  ctx.set('Cache-Control', 'private, max-age=31536000, immutable');
  ctx.set('Content-Security-Policy', "default-src 'none'; sandbox");
  ctx.body = bytes;
}
