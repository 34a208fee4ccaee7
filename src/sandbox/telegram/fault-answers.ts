import { STATUS_CODES } from 'node:http';
import { type Answer, errorAnswer } from './answers.ts';
import { BotApiError, OTHER_POLL } from './errors.ts';
import type { CallFault } from './faults.ts';

type StatusFault = Extract<CallFault, { kind: 'status' }>;

const RETRY_AFTER_SECONDS = 1;

/** Telegram's own words for the usual errors, so that a test only has to name the status. */
const words = ({ status, description, retryAfter }: StatusFault): string => {
  if (description !== undefined) return description;
  if (status === 403) return 'Forbidden: bot was blocked by the user';
  if (status === 409) return `Conflict: ${OTHER_POLL}`;
  if (status === 429) return `Too Many Requests: retry after ${retryAfter ?? RETRY_AFTER_SECONDS}`;
  return STATUS_CODES[status] ?? 'Unknown error';
};

export const faultAnswer = (fault: StatusFault): Answer => {
  if (fault.rawBody !== undefined) return { status: fault.status, body: fault.rawBody, raw: true };
  const retryAfter = fault.retryAfter ?? (fault.status === 429 ? RETRY_AFTER_SECONDS : undefined);
  return errorAnswer(
    new BotApiError(fault.status, words(fault), retryAfter === undefined ? undefined : { retry_after: retryAfter }),
  );
};

/** Does not keep the process alive once the server is closed. */
const delay = (ms: number) => new Promise<void>(resolve => void setTimeout(resolve, ms).unref());

/** The delays of a call, before or after it is carried out. */
export const pause = async (met: readonly CallFault[], at: 'before' | 'after'): Promise<void> => {
  for (const fault of met) {
    if (fault.kind === 'slow' && (fault.at ?? 'before') === at) await delay(fault.delayMs);
  }
};
