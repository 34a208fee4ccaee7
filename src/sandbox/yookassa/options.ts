export type YooKassaOptions = {
  readonly shopId: string;
  readonly apiKey: string;
  readonly host?: string;
  /** 0 or left out: any free port. */
  readonly port?: number;
  /** Where notifications are posted; without it none is sent. */
  readonly notifyUrl?: string | undefined;
  /** What `confirmation_url` begins with; this server's own origin when left out. */
  readonly checkoutUrl?: string;
  /** Pauses between the deliveries of a notification that was not answered with 200; the last one repeats. */
  readonly resendDelaysMs?: readonly number[];
  /** From the order to `expired_on_confirmation`. */
  readonly confirmWithinMs?: number;
  /** From the authorisation to `expired_on_capture`. */
  readonly captureWithinMs?: number;
  /** As YooKassa does for shops with a cash desk: an order without a receipt is refused. */
  readonly receiptsRequired?: boolean;
  /** On the payment page. */
  readonly shopName?: string;
  /** The time, for keys and notifications that live for a day. */
  readonly now?: () => number;
};
