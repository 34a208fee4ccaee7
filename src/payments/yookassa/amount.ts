import { z } from 'zod';

/** Kopeks of an amount as YooKassa writes it, without a floating point: "100.50" is 10050. */
export const kopeks = z
  .string()
  .regex(/^\d{1,12}\.\d{2}$/)
  .transform(text => Number(text.replace('.', '')));

/** YooKassa's amount: a string with a dot and two digits. */
export const amountOf = (amountKopeks: number): { value: string; currency: 'RUB' } => ({
  value: `${Math.floor(amountKopeks / 100)}.${String(amountKopeks % 100).padStart(2, '0')}`,
  currency: 'RUB',
});
