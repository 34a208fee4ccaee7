import { fileTypeFromBuffer } from 'file-type';

/**
 * What some bytes are, by their content and never by a name or a header of a request.
 *
 * - `jpeg`, `png`, `webp`: what we take, unless it moves
 * - `gif`, `apng`: pictures that may move
 * - `other_picture`: a picture or a page that a person would call one (HEIC, AVIF, TIFF, BMP, SVG, PDF, …)
 * - `no_picture`: anything else
 */
export type PictureKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'apng' | 'other_picture' | 'no_picture';

const kindOfMime: Readonly<Record<string, PictureKind>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/apng': 'apng',
  'application/pdf': 'other_picture',
  'application/eps': 'other_picture',
};

/** SVG is plain text without a signature. HTML with a drawing in it is no drawing, so the first word counts. */
const looksLikeSvg = (bytes: Buffer): boolean => {
  const head = bytes.toString('utf8', 0, 4096).trimStart().toLowerCase();
  const first = ['<svg', '<?xml', '<!--', '<!doctype svg'].some(start => head.startsWith(start));
  return first && head.includes('<svg') && !head.includes('<html');
};

/** Looks at signatures only and decodes nothing. */
export const kindOf = async (bytes: Buffer): Promise<PictureKind> => {
  if (looksLikeSvg(bytes)) return 'other_picture';
  const mime = (await fileTypeFromBuffer(bytes))?.mime ?? '';
  return kindOfMime[mime] ?? (mime.startsWith('image/') ? 'other_picture' : 'no_picture');
};
