export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error' | 'rate_limit_error';

/**
 * An answer other than 200. The words are this stand-in's own; statuses, types and codes are those of docs.stripe.com/api/errors.
 */
export class StripeError extends Error {
  override readonly name = 'StripeError';
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string | undefined;
  readonly param: string | undefined;

  constructor(status: number, type: ErrorType, message: string, { code, param }: { code?: string; param?: string } = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
  }
}

export const invalid = (param: string, message: string, code = 'parameter_invalid'): StripeError =>
  new StripeError(400, 'invalid_request_error', message, { code, param });

export const missing = (param: string): StripeError =>
  new StripeError(404, 'invalid_request_error', 'There is no such object', { code: 'resource_missing', param });

export const errorBody = ({ type, code, message, param }: StripeError): object => ({
  error: { type, message, ...(code && { code }), ...(param && { param }) },
});
