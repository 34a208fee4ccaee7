import type { Answer } from './answers.ts';
import { invalidRequest } from './api-error.ts';
import type { ApiCall } from './call.ts';

type Kept = { readonly request: string; readonly answer: Answer; readonly at: number };

const keepMs = 24 * 60 * 60_000;

/** 64 characters of this range, as the specification writes it. */
const keyPattern = /^[0-9a-zA-Z+-_.]+$/;
const keyMax = 64;

/** What was done under which key. A request that was refused has done nothing, and leaves its key free. */
export class Idempotence {
  readonly #kept = new Map<string, Kept>();

  /** The answer of the first request with this key, whatever has happened since; `work` is done for a new key only. */
  once(call: ApiCall, work: () => Answer): Answer {
    const key = keyOf(call);
    const request = `${call.method} ${call.path} ${canonical(call.body)}`;
    this.#forgetUntil(call.at - keepMs);
    const kept = this.#kept.get(key);
    if (kept && kept.request !== request) throw invalidRequest('Idempotence-Key', 'Idempotence key duplicated');
    if (kept) return kept.answer;
    const answer = work();
    this.#kept.set(key, { request, answer, at: call.at });
    return answer;
  }

  /** The oldest stand first. */
  #forgetUntil(at: number): void {
    for (const [key, kept] of this.#kept) {
      if (kept.at > at) return;
      this.#kept.delete(key);
    }
  }
}

const keyOf = ({ idempotenceKey: key }: ApiCall): string => {
  if (key === undefined) throw invalidRequest('Idempotence-Key', 'Idempotence key is empty');
  const tooLong = 'Idempotence key is too long. Send the value in accordance with the documentation';
  if (key.length > keyMax) throw invalidRequest('Idempotence-Key', tooLong);
  if (!keyPattern.test(key)) throw invalidRequest('Idempotence-Key', 'Idempotence key has characters that are not allowed');
  return key;
};

/** The same for the same JSON, in whatever order its keys come. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? '';
