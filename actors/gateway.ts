import type { Payment, PaymentOrder, ProviderPayment } from '../src/domain/payment.ts';
import type { ProviderRefund, RefundOrder } from '../src/domain/refund.ts';

/**
 * A gateway that takes money. `LinkGateway`: it is asked for a page to pay on; `InvoiceGateway`: the bill stands in the chat.
 * Requests reject with an error of `kind`: `rejected` when asking again changes nothing, otherwise the outcome is unclear.
 */
export type Gateway = LinkGateway | InvoiceGateway;

type AnyGateway = {
  /** As it stands in our rows; its account in the ledger is made of it. */
  readonly name: string;
  /** Gives money back; the same refund asked again is the same refund. */
  refund(refund: RefundOrder, payment: Payment): Promise<ProviderRefund>;
  /** All refunds of one of its payments, by whomever they were made. */
  refundsOf(providerId: string): Promise<readonly ProviderRefund[]>;
};

/** A refund that has been made, and the payment it belongs to, as the gateway calls them. */
export type ReturnedMoney = { refundId: string; providerId: string };

export type LinkGateway = AnyGateway & {
  readonly invoice?: false;
  /**
   * What it is asked for an order, as text that is kept before the first try, so that every repeat reads the same; undefined
   * while it cannot be said yet.
   */
  request(order: PaymentOrder): string | undefined;
  /** Orders a payment; the same id and request asked again is the same payment. */
  create(id: string, request: string): Promise<ProviderPayment>;
  /** `isAwaited`: somebody waits for the answer, so that it goes before what is only looked after. */
  read(providerId: string, isAwaited: boolean): Promise<ProviderPayment>;
  /** Takes money that is only held. */
  capture(providerId: string): Promise<ProviderPayment>;
  /** What has gone back since, by whomever it was ordered; left out by a gateway that tells of it until it is heard. */
  returned?(since: number): Promise<readonly ReturnedMoney[]>;
};

export type InvoiceGateway = AnyGateway & {
  readonly invoice: true;
  /** What was paid of late, whether we were told or not. */
  recent(): Promise<readonly ProviderPayment[]>;
};
