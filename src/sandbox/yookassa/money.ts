import type { Amount, Currency, ShopMethod } from './wire.ts';

/** Hundredths of any currency, as a whole number: sums are never made of fractions. */
export const kopeksOf = ({ value }: Amount): number => Number(value.replace('.', ''));

export const amountOf = (kopeks: number, currency: Currency): Amount => ({ value: (kopeks / 100).toFixed(2), currency });

/** YooKassa's share in tenths of a percent; since 2026 the shop pays 22 % VAT on top of it. */
const feeTenths: Readonly<Record<ShopMethod, number>> = { bank_card: 35, sbp: 7 };
const vatPercent = 22;

export const incomeKopeks = (kopeks: number, method: ShopMethod): number => {
  const fee = Math.round((kopeks * feeTenths[method]) / 1000);
  return kopeks - fee - Math.round((fee * vatPercent) / 100);
};
