import { growingMs } from './growing-pause.ts';

/**
 * How a server has done of late. `failures`: how many jobs in a row failed on it; the same job once more counts no second time,
 * for the fault may be the job's. `restUntil`: until then it gets nothing while there is another to be trusted.
 */
export type Trust = { failures: number; lastJob: string; restUntil: number };

const failuresTrusted = 1;
const rest = { minMs: 5_000, maxMs: 60_000 };

export const isTrusted = (trust: Trust | undefined): boolean => (trust?.failures ?? 0) <= failuresTrusted;

/** One failure is bad luck; from the second on it rests, each time for longer. */
export const restMs = (failures: number): number => growingMs(failures - failuresTrusted, rest);

export function afterFailure(trust: Trust | undefined, jobId: string, now: number): Trust {
  const failures = (trust?.failures ?? 0) + (trust?.lastJob === jobId ? 0 : 1);
  return { failures, lastJob: jobId, restUntil: now + restMs(failures) };
}
