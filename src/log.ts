import { type Logger, pino } from 'pino';
import type { Observe } from '../actors/protocol.ts';
import { withoutSecrets } from './domain/secrets.ts';

export type { Logger } from 'pino';

/**
 * JSON lines on stdout. A line names people, jobs and servers by their ids; of an error only its name and message are kept, with
 * anything that looks like a bot token or a login in an address cut out: statements, requests and stacks can hold prompts and
 * keys.
 */
export const createLog = (level: string): Logger =>
  // Written at once: a destination that buffers tries again for ever when stdout is gone, and a process that is to end would not.
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 1, sync: true }));

/** Logs what the house takes note of: what went wrong as a warning, the rest for those who look closely. */
export const observeToLog =
  (log: Logger): Observe =>
  ({ step, jobId, paymentId, userId, server, outboxId, error }) => {
    const fields = {
      step,
      ...(jobId && { job_id: jobId }),
      ...(paymentId && { payment_id: paymentId }),
      ...(userId && { user_id: userId }),
      ...(server && { server: withoutSecrets(server) }),
      ...(outboxId && { outbox_id: outboxId }),
    };
    if (error) log.warn({ ...fields, error: describe(error) }, step);
    else if (/^(job|payment|refund):|^bonus:done$/.test(step)) log.info(fields, step);
    else log.debug(fields, step);
  };

export const describe = ({ name, message }: Error): string => `${name}: ${withoutSecrets(message)}`;
