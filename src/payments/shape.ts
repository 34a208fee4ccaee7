import { z } from 'zod';

/** What money is not known by must not keep it from being known: any other shape counts as absent. */
export const orAbsent = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** What we have told a gateway of our order, as it shows it; what we have not told may be anything. */
export const metadata = orAbsent(z.record(z.string(), z.unknown()));
/** A word of ours in it; null where it is not there. */
export const toldIn = (told: z.infer<typeof metadata>, name: 'order_id' | 'refund_id'): string | null => {
  const value = told?.[name];
  return typeof value === 'string' ? value : null;
};
