import { z } from 'zod';
import { invalidRequest, noRecurring } from '../api-error.ts';
import { kopeksOf } from '../money.ts';
import { type Amount, methodTypes, type ShopMethod, shopMethods } from '../wire.ts';
import { amountSchema } from './amount.ts';
import { checked } from './checked.ts';
import { metadataSchema } from './metadata.ts';
import { assertReceiptFits, receiptIllegal, receiptSchema } from './receipt.ts';

const kopeksMin = 100;
const cardKopeksMax = 35_000_000;

/** Where a payer may be sent back to. Nothing else: the payment page makes a link of it. */
const returnUrl = z
  .string()
  .max(2048)
  .refine(url => URL.canParse(url) && /^(https?|tg):$/.test(new URL(url).protocol), 'return_url must be an absolute address');

const confirmationSchema = z
  .object({
    type: z.enum(['redirect', 'mobile_application', 'qr', 'embedded', 'external']),
    return_url: returnUrl.optional(),
    enforce: z.boolean().optional(),
    locale: z.enum(['ru_RU', 'en_US']).optional(),
  })
  .refine(needsNoReturn, { path: ['return_url'], message: 'return_url is required' });

function needsNoReturn({ type, return_url }: { type: string; return_url?: string | undefined }): boolean {
  return return_url !== undefined || !['redirect', 'mobile_application'].includes(type);
}

const isShopMethod = (type: string): type is ShopMethod => (shopMethods as readonly string[]).includes(type);

const methodSchema = z.enum(methodTypes).refine(isShopMethod, 'Payment method is not available');

const orderSchema = z.object({
  amount: amountSchema,
  capture: z.boolean().default(false),
  confirmation: confirmationSchema.optional(),
  description: z.string().max(128).optional(),
  metadata: metadataSchema.optional(),
  payment_method_data: z.object({ type: methodSchema }).optional(),
  payment_method_id: z.string().optional(),
  payment_token: z.string().optional(),
  save_payment_method: z.boolean().optional(),
  merchant_customer_id: z.string().max(200).optional(),
  receipt: receiptSchema.optional(),
});

/** What is asked for with `POST /payments`. */
export type PaymentOrder = Omit<z.infer<typeof orderSchema>, 'payment_method_data'> & {
  payment_method_data?: { type: ShopMethod } | undefined;
};

/** Throws YooKassa's refusal for anything that it would not take. */
export const paymentOrderOf = (body: unknown, receiptsRequired: boolean): PaymentOrder => {
  const order = checked(orderSchema, body) as PaymentOrder;
  assertAmountAllowed(order.amount, order.payment_method_data?.type);
  assertNoSavedMethod(order);
  if (order.receipt) assertReceiptFits(order.receipt, order.amount);
  else if (receiptsRequired) throw receiptIllegal();
  return order;
};

/** Only the fast payment system takes more than a card does. */
const assertAmountAllowed = (amount: Amount, method: ShopMethod | undefined): void => {
  const kopeks = kopeksOf(amount);
  if (amount.currency !== 'RUB') return;
  if (kopeks < kopeksMin) throw invalidRequest('amount.value', 'The amount is less than the minimum');
  if (method !== 'sbp' && kopeks > cardKopeksMax) throw invalidRequest('amount.value', 'The amount is more than the maximum');
};

/** As a shop is before YooKassa's people have switched recurring payments on. */
const assertNoSavedMethod = ({
  payment_method_id,
  payment_method_data,
  payment_token,
  save_payment_method,
}: PaymentOrder): void => {
  if (payment_method_id !== undefined && payment_method_data)
    throw invalidRequest('payment_method_id', 'payment_method_id and payment_method_data exclude each other');
  if (payment_method_id !== undefined || save_payment_method) throw noRecurring();
  if (payment_token !== undefined) throw invalidRequest('payment_token', 'This shop takes no payment tokens');
};
