import type { PaymentOrder } from '../../domain/payment.ts';
import type { ReceiptTerms } from '../../domain/receipt.ts';

/** At most, says YooKassa. */
const descriptionLengthMax = 128;

/**
 * The fiscal receipt of an order (54-FZ): one service, paid in full. Nothing where none is made, or where it could go nowhere.
 */
export function receiptOf(
  { email, points }: PaymentOrder,
  amount: { value: string; currency: 'RUB' },
  terms: ReceiptTerms | null,
): { receipt?: object } {
  if (!terms || !email) return {};
  const { vatCode, taxSystemCode } = terms;
  const description = `Пополнение баланса: баллы, ${points} шт.`.slice(0, descriptionLengthMax);
  const item = { description, quantity: 1, amount, vat_code: vatCode, measure: 'piece' };
  return {
    receipt: {
      customer: { email },
      items: [{ ...item, payment_mode: 'full_payment', payment_subject: 'service' }],
      internet: true,
      ...(taxSystemCode !== null && { tax_system_code: taxSystemCode }),
    },
  };
}
