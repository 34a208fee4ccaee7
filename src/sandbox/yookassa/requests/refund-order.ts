import { z } from 'zod';
import { amountSchema } from './amount.ts';
import { checked } from './checked.ts';
import { metadataSchema } from './metadata.ts';
import { assertReceiptFits, receiptSchema } from './receipt.ts';

const refundSchema = z.object({
  payment_id: z.string().length(36),
  amount: amountSchema,
  description: z.string().max(250).optional(),
  metadata: metadataSchema.optional(),
  receipt: receiptSchema.optional(),
});

/** What is asked for with `POST /refunds`. */
export type RefundOrder = z.infer<typeof refundSchema>;

export const refundOrderOf = (body: unknown): RefundOrder => {
  const order = checked(refundSchema, body);
  if (order.receipt) assertReceiptFits(order.receipt, order.amount);
  return order;
};
