import { STATUS_CODES } from 'node:http';
import { type Answer, errorAnswer } from './answers.ts';
import { ApiError, invalidCredentials } from './api-error.ts';
import type { CallFault } from './faults.ts';

/** What YooKassa asks for in its samples. */
const retryAfterMs = 1800;

const codes: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'invalid_credentials',
  403: 'forbidden',
  404: 'not_found',
  429: 'too_many_requests',
};

type Spoken = Extract<CallFault, { kind: 'status' | 'html' | 'processing' }>;

/** The answer that a fault puts in place of the right one. */
export const faultAnswer = (fault: Spoken): Answer => {
  if (fault.kind === 'html') {
    const status = fault.status ?? 502;
    const title = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
    return { status, text: `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`, type: 'text/html' };
  }
  if (fault.kind === 'processing') {
    const description = 'Request accepted, but not processed yet';
    return { status: 202, json: { type: 'processing', description, retry_after: fault.retryAfterMs ?? retryAfterMs } };
  }
  return errorAnswer(errorOf(fault));
};

const errorOf = (fault: Extract<CallFault, { kind: 'status' }>): ApiError => {
  const { status, code = codes[status] ?? 'internal_server_error', description } = fault;
  if (status === 401 && description === undefined) return invalidCredentials();
  const waitMs = fault.retryAfterMs ?? (status === 429 ? retryAfterMs : undefined);
  const words = description ?? STATUS_CODES[status] ?? 'Unknown error';
  return new ApiError(status, code, words, waitMs === undefined ? {} : { retryAfterMs: waitMs });
};

/** The delays of a call, before or after it is carried out. They do not keep the process alive once the server is closed. */
export const pause = async (met: readonly CallFault[], at: 'before' | 'after'): Promise<void> => {
  for (const fault of met) {
    if (fault.kind !== 'slow' || (fault.at ?? 'before') !== at) continue;
    await new Promise<void>(resolve => void setTimeout(resolve, fault.ms).unref());
  }
};
