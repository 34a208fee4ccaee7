import type { Metadata } from 'sharp';
import { kindOf } from './kind.ts';
import { imageWork } from './limit.ts';
import { headerOf, openUpright, white } from './open.ts';

/** What ComfyUI itself shows at most. A server may be set to send more, and that would be the picture before it is paid for. */
export const maxPreviewSidePx = 256;
/** Whatever is larger was not made as a preview. */
const maxPreviewPixels = 4_000_000;

/**
 * A preview as it may be shown: a picture without metadata, the long side at most 256 px, never enlarged. The small JPEG that
 * ComfyUI sends passes as it is: only its header is read, so that it does not wait for the photos that are being decoded.
 * Undefined for anything that is no whole JPEG or PNG: a preview is not worth an error.
 */
export const fitPreview = async (bytes: Buffer): Promise<Buffer | undefined> => {
  const kind = await kindOf(bytes);
  if (kind !== 'jpeg' && kind !== 'png') return undefined;
  try {
    const header = await headerOf(bytes);
    return passes(header) ? bytes : await imageWork(() => encode(bytes, header));
  } catch {
    return undefined;
  }
};

const passes = ({ format, width, height, exif, icc, iptc, xmp }: Metadata): boolean =>
  format === 'jpeg' && Math.max(width, height) <= maxPreviewSidePx && !(exif || icc || iptc || xmp);

const encode = (bytes: Buffer, header: Metadata): Promise<Buffer> =>
  openUpright(bytes, header, maxPreviewPixels)
    .resize({ width: maxPreviewSidePx, height: maxPreviewSidePx, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: white })
    .jpeg({ quality: 85 })
    .toBuffer();
