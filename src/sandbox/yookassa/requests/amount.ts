import { z } from 'zod';
import { currencies } from '../wire.ts';

/** A string with a dot and two digits, more than nothing. */
export const amountSchema = z.object({
  value: z
    .string()
    .regex(/^(0|[1-9]\d{0,9})\.\d{2}$/, 'The amount is a string with a dot and two decimals')
    .refine(value => Number(value) > 0, 'The amount must be more than zero'),
  currency: z.enum(currencies),
});
