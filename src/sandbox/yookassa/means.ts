import { randomBytes } from 'node:crypto';
import type { TestCard } from './cards.ts';
import { randomDigits } from './ids.ts';
import type { AuthorizationDetails, Card, PaymentMethod } from './wire.ts';

/** What a payment is made with, as the Payment object shows it. */
export type Means = { readonly method: PaymentMethod; readonly authorization?: AuthorizationDetails };

const expiryYear = String(new Date().getUTCFullYear() + 4);

const cardTypes: readonly (readonly [start: RegExp, type: Card['card_type']])[] = [
  [/^220[0-4]/, 'Mir'],
  [/^4/, 'Visa'],
];

const shownCard = ({ number }: TestCard): Card => ({
  first6: number.slice(0, 6),
  last4: number.slice(-4),
  expiry_month: '07',
  expiry_year: expiryYear,
  card_type: cardTypes.find(([start]) => start.test(number))?.[1] ?? 'MasterCard',
  issuer_country: 'RU',
});

/** The id of a method that is not saved is that of its payment. */
const unsaved = (paymentId: string) => ({ id: paymentId, saved: false, status: 'inactive' }) as const;

/** A method that the shop has chosen, before anybody has paid with it. */
export const plainMethod = (paymentId: string, type: PaymentMethod['type']): PaymentMethod => ({ type, ...unsaved(paymentId) });

export const cardMeans = (paymentId: string, testCard: TestCard): Means => {
  const card = shownCard(testCard);
  return {
    method: { ...plainMethod(paymentId, 'bank_card'), title: `Bank card *${card.last4}`, card },
    authorization: {
      rrn: randomDigits(12),
      auth_code: randomDigits(6),
      three_d_secure: { applied: testCard.threeDSecure },
    },
  };
};

export const sbpMeans = (paymentId: string): Means => ({
  method: {
    ...plainMethod(paymentId, 'sbp'),
    sbp_operation_id: randomBytes(16).toString('hex').toUpperCase(),
    payer_bank_details: { bank_id: '100000000111', bic: '044525225' },
  },
});
