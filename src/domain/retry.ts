/** How one submission of a job ended. */
export type Execution =
  /** ComfyUI made pictures. */
  | 'succeeded'
  /** The request itself is wrong; it would fail everywhere and always. */
  | 'rejected'
  /** It was run and failed, took too long, ended without a picture, or the server forgot it. */
  | 'failed'
  /** No server answered the submission, so it does not count. */
  | 'unavailable';

export type RetryPolicy = {
  /** Retries after the first execution: 3 means 4 executions in all. */
  retriesMax: number;
  /** The pause before each retry; the last repeats. */
  delaysMs: readonly number[];
};

export type Verdict =
  | { next: 'finish' }
  | { next: 'retry'; afterMs: number }
  | { next: 'requeue' }
  | { next: 'fail'; reason: 'rejected' | 'failed' };

/** What follows from `execution`, where `executions` counts all that a server has answered for, this one included. */
export function judge(execution: Execution, executions: number, { retriesMax, delaysMs }: RetryPolicy): Verdict {
  switch (execution) {
    case 'succeeded':
      return { next: 'finish' };
    case 'unavailable':
      return { next: 'requeue' };
    case 'rejected':
      return { next: 'fail', reason: 'rejected' };
    case 'failed':
      if (executions > retriesMax) return { next: 'fail', reason: 'failed' };
      return { next: 'retry', afterMs: delaysMs[Math.min(executions, delaysMs.length) - 1] ?? 0 };
    default:
      return execution satisfies never;
  }
}
