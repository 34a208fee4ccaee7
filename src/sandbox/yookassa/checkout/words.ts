import type { CancellationReason, ShopMethod } from '../wire.ts';

/** All that a payer can read. */
export type Words = {
  readonly language: 'ru' | 'en';
  readonly practice: string;
  readonly payment: string;
  readonly shop: string;
  readonly amount: string;
  readonly methods: string;
  readonly method: Readonly<Record<ShopMethod, string>>;
  readonly card: string;
  readonly sbpHint: string;
  readonly pay: string;
  readonly decline: string;
  readonly declineHint: string;
  readonly close: string;
  readonly back: string;
  readonly canClose: string;
  readonly succeeded: string;
  readonly refunded: string;
  readonly held: string;
  readonly heldHint: string;
  readonly canceled: string;
  readonly noMoney: string;
  readonly unknown: string;
  readonly unknownHint: string;
  readonly refused: string;
  readonly refusedHint: string;
  readonly reasons: Readonly<Record<CancellationReason, string>>;
};
