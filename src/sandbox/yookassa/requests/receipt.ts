import { z } from 'zod';
import { invalidRequest } from '../api-error.ts';
import { kopeksOf } from '../money.ts';
import type { Amount } from '../wire.ts';
import { amountSchema } from './amount.ts';

/** Only the thousandth part of a thing can be sold. */
const isWholeThousandths = (quantity: number): boolean => Math.abs(quantity * 1000 - Math.round(quantity * 1000)) < 1e-6;

const paymentModes = [
  ...(['full_prepayment', 'partial_prepayment', 'advance', 'full_payment'] as const),
  ...(['partial_payment', 'credit', 'credit_payment'] as const),
] as const;

const itemSchema = z.object({
  description: z.string().min(1).max(128),
  quantity: z.number().positive().max(99_999.999).refine(isWholeThousandths, 'A quantity has three decimals at most'),
  /** Of one piece. */
  amount: amountSchema,
  vat_code: z.int().min(1).max(12),
  payment_mode: z.enum(paymentModes).optional(),
  payment_subject: z
    .string()
    .regex(/^[a-z_]{1,64}$/)
    .optional(),
  measure: z
    .string()
    .regex(/^[a-z_]{1,64}$/)
    .optional(),
});

const customerSchema = z
  .object({
    email: z.email().max(254).optional(),
    phone: z
      .string()
      .regex(/^\d{4,15}$/, 'A phone is digits only, without a plus')
      .optional(),
    full_name: z.string().max(256).optional(),
    inn: z
      .string()
      .regex(/^(\d{10}|\d{12})$/)
      .optional(),
  })
  .refine(({ email, phone }) => email !== undefined || phone !== undefined, 'The customer needs an e-mail or a phone');

/** A receipt as 54-FZ wants it. */
export const receiptSchema = z.object({
  customer: customerSchema,
  items: z.array(itemSchema).min(1).max(80),
  internet: z.boolean().optional(),
  tax_system_code: z.int().min(1).max(6).optional(),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** Refuses a receipt that does not come to the sum that is paid. */
export const assertReceiptFits = ({ items }: Receipt, paid: Amount): void => {
  const sum = items.reduce((kopeks, { amount, quantity }) => kopeks + lineKopeks(kopeksOf(amount), quantity), 0);
  const isOneCurrency = items.every(({ amount }) => amount.currency === paid.currency);
  if (!isOneCurrency || sum !== kopeksOf(paid)) throw receiptIllegal();
};

const lineKopeks = (unitKopeks: number, quantity: number): number =>
  Math.round((unitKopeks * Math.round(quantity * 1000)) / 1000);

export const receiptIllegal = () => invalidRequest('receipt', 'Receipt is missing or illegal');
