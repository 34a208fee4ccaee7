/**
 * Why a gateway gave no payment.
 *
 * - `rejected`: it has understood and refuses; asking again changes nothing
 * - `unclear`: no answer, or none that says anything; the work may have been done, so only the same question may be asked again
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly kind: 'rejected' | 'unclear';

  /** `detail` is for the operator's log: host, method, route, status and the gateway's own code; never a key or a card. */
  constructor(kind: GatewayError['kind'], detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.kind = kind;
  }
}
