import { WAIT_MS, type Waits } from '../../src/sandbox/waits.ts';
import type { SeenCall } from './api.ts';
import type { SentEvent } from './courier.ts';

export type Seen = { readonly request: SeenCall; readonly notification: SentEvent };

export type StripeRecord = {
  readonly past: { readonly [What in keyof Seen]: readonly Seen[What][] };
  add<What extends keyof Seen>(what: What, one: Seen[What]): void;
  /** The first that fits, past ones included. Rejects after 10 s. */
  waitFor<What extends keyof Seen>(what: What, match: (one: Seen[What]) => boolean): Promise<Seen[What]>;
};

/** What has happened, for whoever watches. */
export function createRecord(waits: Waits): StripeRecord {
  const past: { readonly [What in keyof Seen]: Seen[What][] } = { request: [], notification: [] };
  const listeners = new Set<(what: keyof Seen, one: Seen[keyof Seen]) => void>();
  return {
    past,
    add<What extends keyof Seen>(what: What, one: Seen[What]): void {
      past[what].push(one);
      for (const listener of [...listeners]) listener(what, one);
    },
    waitFor<What extends keyof Seen>(what: What, match: (one: Seen[What]) => boolean): Promise<Seen[What]> {
      const found = past[what].find(match);
      if (found) return Promise.resolve(found);
      return waits.until<Seen[What]>({
        timeoutMs: WAIT_MS,
        listen: settle => {
          const listener = (of: keyof Seen, one: Seen[keyof Seen]) => {
            if (of === what && match(one as Seen[What])) settle(one as Seen[What]);
          };
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        why: () => `Stripe saw no such ${what}`,
      });
    },
  };
}
