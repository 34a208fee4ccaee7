import { ProviderError, type ProviderErrorKind } from '../provider-error.ts';

/**
 * An error of this provider. `detail` is made only of our own words, routes, node classes and error types:
 * ComfyUI's messages echo what was sent, a person's prompt included, and so does the request inside a superagent error,
 * therefore neither is attached.
 */
export const comfyError = (kind: ProviderErrorKind, detail: string, options: { mayHaveArrived?: boolean } = {}): ProviderError =>
  new ProviderError('comfyui', kind, detail, options);

/**
 * What a request or a socket that broke off means: `timedOut` for superagent's own deadline, otherwise `unavailable`.
 * Only an error of name resolution or of connect(2) is certain not to have reached the server; a reset connection is not.
 */
export const brokenOff = (what: string, error: unknown): ProviderError => {
  const { timeout, code } = traitsOf(error);
  if (typeof timeout === 'number') return comfyError('timedOut', `${what}: no complete answer in ${timeout} ms`);
  const reason = typeof code === 'string' ? code : 'connection lost';
  return comfyError('unavailable', `${what}: ${reason}`, { mayHaveArrived: !neverConnected(error) });
};

/** `timeout` is superagent's, in ms; `code` and `syscall` are Node's. */
type Traits = { timeout?: unknown; code?: unknown; syscall?: unknown };

const traitsOf = (error: unknown): Traits => (typeof error === 'object' && error !== null ? error : {});

/** With several addresses to try (`localhost`), Node reports one AggregateError over all of them. */
const neverConnected = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverConnected);
  const { syscall } = traitsOf(error);
  return syscall === 'connect' || syscall === 'getaddrinfo';
};
