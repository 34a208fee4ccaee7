import { z } from 'zod';
import { invalidRequest } from '../api-error.ts';
import { kopeksOf } from '../money.ts';
import type { Amount } from '../wire.ts';
import { amountSchema } from './amount.ts';
import { checked } from './checked.ts';
import { assertReceiptFits, receiptSchema } from './receipt.ts';

const captureSchema = z.object({ amount: amountSchema.optional(), receipt: receiptSchema.optional() });

/** How much of the authorised sum is to be taken: all of it, unless the body asks for less. */
export const captureAmountOf = (body: unknown, authorised: Amount): Amount => {
  const { amount = authorised, receipt } = checked(captureSchema, body);
  if (amount.currency !== authorised.currency)
    throw invalidRequest('amount.currency', 'The currency differs from that of the payment');
  if (kopeksOf(amount) > kopeksOf(authorised)) throw invalidRequest('amount.value', 'The amount is more than was authorised');
  if (receipt) assertReceiptFits(receipt, amount);
  return amount;
};
