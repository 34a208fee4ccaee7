import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type superagent from 'superagent';
import { GatewayError } from './gateway-error.ts';

/** No gateway needs so many bytes to speak of one thing. */
const answerBytesMax = 1024 * 1024;

/** Keeps connections to one gateway open: a payer waits for the second question no longer than for the first. */
export const keepAliveAgent = (protocol: string): Agent =>
  new (protocol === 'https:' ? SecureAgent : Agent)({ keepAlive: true, timeout: 30_000 });

/**
 * Resolves for any complete answer, whatever its status; rejects with an unclear GatewayError for everything else: a connection
 * that broke says nothing of what was done. `what` is for the operator's log: host, method and route.
 */
export async function answered(request: superagent.Request, what: string, timeoutMs: number): Promise<superagent.Response> {
  try {
    return await request
      .timeout({ deadline: timeoutMs })
      .redirects(0)
      .maxResponseSize(answerBytesMax)
      .ok(() => true);
  } catch (error) {
    const { code } = error as { code?: string };
    throw new GatewayError('unclear', `${what} was not answered${code ? ` (${code})` : ''}`, { cause: error });
  }
}
