import { z } from 'zod';

const keysMax = 16;

/** Strings only: numbers, also Telegram ids, have to be written as text. */
export const metadataSchema = z
  .record(z.string().min(1).max(32), z.string().max(512))
  .refine(metadata => Object.keys(metadata).length <= keysMax, `Metadata may have ${keysMax} keys at most`);
