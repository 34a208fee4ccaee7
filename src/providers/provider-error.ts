/**
 * What went wrong with an outside provider, in the words that decide what happens next.
 *
 * - `rejected`: our request is at fault (workflow, picture); trying again changes nothing
 * - `failed`: the provider tried and failed; another execution may succeed
 * - `unavailable`: it could not be reached, or what answered was not it
 * - `timedOut`: it did not answer in time
 */
export type ProviderErrorKind = 'rejected' | 'failed' | 'unavailable' | 'timedOut';

/** `detail` is for the log of the operator: it may hold node names, never a user's prompt. No person is ever shown it. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly provider: string;
  readonly kind: ProviderErrorKind;
  /**
   * `false` only when it is certain that the provider has nothing of the request: it never reached it (connection refused, name
   * not found), or was refused as a whole.
   */
  readonly mayHaveArrived: boolean;

  constructor(
    provider: string,
    kind: ProviderErrorKind,
    detail: string,
    options: ErrorOptions & { mayHaveArrived?: boolean } = {},
  ) {
    super(`${provider}: ${detail}`, options);
    this.provider = provider;
    this.kind = kind;
    this.mayHaveArrived = options.mayHaveArrived ?? true;
  }
}
