import type { CancellationDetails, CancellationParty, CancellationReason } from './wire.ts';

/** A card of YooKassa's test shop. */
export type TestCard = {
  readonly number: string;
  readonly threeDSecure: boolean;
  /** What every payment with this card ends with; a card without it pays. */
  readonly declines?: CancellationDetails;
};

const prefix = '555555555555';

const declining = (last4: string, reason: CancellationReason, party: CancellationParty = 'payment_network'): TestCard => ({
  number: prefix + last4,
  threeDSecure: false,
  declines: { party, reason },
});

export const payingCards: readonly TestCard[] = [
  { number: `${prefix}4477`, threeDSecure: true },
  { number: `${prefix}4444`, threeDSecure: false },
  { number: '4111111111111111', threeDSecure: false },
  { number: '2200000000000004', threeDSecure: true },
  { number: '2202474301322987', threeDSecure: false },
];

export const decliningCards: readonly TestCard[] = [
  declining('4600', 'insufficient_funds'),
  declining('4527', 'general_decline'),
  declining('4592', '3d_secure_failed'),
  declining('4535', 'call_issuer'),
  declining('4543', 'card_expired'),
  declining('4618', 'invalid_card_number'),
  declining('4626', 'invalid_csc'),
  declining('4501', 'issuer_unavailable'),
  declining('4576', 'payment_method_limit_exceeded'),
  declining('4550', 'payment_method_restricted'),
  declining('4568', 'fraud_suspected'),
  declining('4634', 'fraud_suspected', 'yoo_money'),
  declining('4584', 'country_forbidden', 'yoo_money'),
];

export const usualCard: TestCard = payingCards[0]!;

/** Spaces in the number do not matter; undefined for a card that the test shop does not know. */
export const cardOf = (number: string): TestCard | undefined => {
  const digits = number.replace(/\s/g, '');
  return [...payingCards, ...decliningCards].find(card => card.number === digits);
};

export const cardDeclining = (reason: CancellationReason): TestCard | undefined =>
  decliningCards.find(({ declines }) => declines?.reason === reason);
