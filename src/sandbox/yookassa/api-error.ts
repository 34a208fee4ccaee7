import { randomUUID } from 'node:crypto';

/** An answer other than 200. The texts are YooKassa's own wherever they are known. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly parameter: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, description: string, more: { parameter?: string; retryAfterMs?: number } = {}) {
    super(description);
    this.status = status;
    this.code = code;
    this.parameter = more.parameter;
    this.retryAfterMs = more.retryAfterMs;
  }
}

export const invalidRequest = (parameter: string, description: string): ApiError =>
  new ApiError(400, 'invalid_request', description, { parameter });

export const invalidCredentials = (): ApiError =>
  new ApiError(
    401,
    'invalid_credentials',
    'Error in shopId or secret key. Check their validity. You can reissue the key in the Merchant Profile',
    { parameter: 'Authorization' },
  );

export const noRecurring = (): ApiError =>
  new ApiError(403, 'forbidden', "This store can't make recurring payments. Contact the YooMoney manager to learn more");

export const notFound = (parameter?: string): ApiError =>
  new ApiError(404, 'not_found', 'It does not exist, or access to it is denied', parameter === undefined ? {} : { parameter });

export type ErrorBody = {
  readonly type: 'error';
  readonly id: string;
  readonly code: string;
  readonly description: string;
  readonly parameter?: string;
  readonly retry_after?: number;
};

export const errorBody = ({ code, message, parameter, retryAfterMs }: ApiError): ErrorBody => ({
  type: 'error',
  id: randomUUID(),
  code,
  description: message,
  ...(parameter !== undefined && { parameter }),
  ...(retryAfterMs !== undefined && { retry_after: retryAfterMs }),
});
