import { cardDeclining, cardOf, type TestCard, usualCard } from './cards.ts';
import { cardMeans, plainMethod, sbpMeans } from './means.ts';
import type { Shop } from './shop.ts';
import type { CancellationDetails, CancellationParty, CancellationReason, Payment, ShopMethod } from './wire.ts';

export type PayHow = { readonly method?: ShopMethod; readonly card?: string };

/** What a payer does with a payment that waits for them. Throws an Error for any other payment. */
export class Payer {
  readonly #shop: Shop;

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  /** A declining card declines. */
  pay(id: string, how: PayHow = {}): Payment {
    const payment = this.#pending(id);
    const method = this.#method(id, how.method);
    if (method === 'sbp') return this.#shop.authorise(payment, sbpMeans(id));
    const card = how.card === undefined ? usualCard : knownCard(how.card);
    const means = cardMeans(id, card);
    return card.declines ? this.#shop.cancel(payment, card.declines, means.method) : this.#shop.authorise(payment, means);
  }

  decline(id: string, reason: CancellationReason = 'general_decline', wanted?: ShopMethod): Payment {
    const payment = this.#pending(id);
    const card = this.#method(id, wanted) === 'sbp' ? undefined : (cardDeclining(reason) ?? usualCard);
    const details: CancellationDetails = card?.declines?.reason === reason ? card.declines : { party: partyOf(reason), reason };
    return this.#shop.cancel(payment, details, card ? cardMeans(id, card).method : plainMethod(id, 'sbp'));
  }

  /** The payer never came. */
  expire(id: string): Payment {
    return this.#shop.cancel(this.#pending(id), { party: 'yoo_money', reason: 'expired_on_confirmation' });
  }

  #pending(id: string): Payment {
    const payment = this.#shop.payment(id);
    if (!payment) throw new Error(`there is no payment ${id}`);
    if (payment.status !== 'pending') throw new Error(`payment ${id} is ${payment.status}, no longer pending`);
    return payment;
  }

  /** The shop may have chosen; otherwise the payer does. */
  #method(id: string, wanted?: ShopMethod): ShopMethod {
    const chosen = this.#shop.order(id)?.payment_method_data?.type;
    if (chosen && wanted && chosen !== wanted) throw new Error(`payment ${id} can only be paid with ${chosen}`);
    return chosen ?? wanted ?? 'bank_card';
  }
}

const knownCard = (number: string): TestCard => {
  const card = cardOf(number);
  if (!card) throw new Error('the test shop knows no such card');
  return card;
};

const parties: Partial<Record<CancellationReason, CancellationParty>> = {
  canceled_by_merchant: 'merchant',
  ...({ expired_on_capture: 'yoo_money', expired_on_confirmation: 'yoo_money', internal_timeout: 'yoo_money' } as const),
  ...({ country_forbidden: 'yoo_money', deal_expired: 'yoo_money', identification_required: 'yoo_money' } as const),
};
const partyOf = (reason: CancellationReason): CancellationParty => parties[reason] ?? 'payment_network';
