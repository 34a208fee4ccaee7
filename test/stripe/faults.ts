import type { StripeCall } from './call.ts';
import type { StripeEvent } from './wire.ts';

/** Which calls a fault meets; everything left out fits every call. A path that is text fits as a whole: `/refunds`. */
type CallMatch = { method?: 'GET' | 'POST'; path?: string | RegExp };

export type CallFault = CallMatch &
  /**
   * `done`: the call is carried out all the same; `kept`: its key gives this answer from now on, as a failure within Stripe does.
   */
  (
    | { kind: 'status'; status: number; done?: boolean; kept?: boolean }
    | { kind: 'slow'; ms: number }
    | { kind: 'dropBeforeDoing' }
    | { kind: 'dropAfterDoing' }
  );

/** It is never sent, or so many times at once, each until it is answered with 2xx. */
export type EventFault = { event?: StripeEvent['type'] } & ({ kind: 'lost' } | { kind: 'repeated'; times: number });

export type StripeFault = CallFault | EventFault;

const isEventFault = (fault: StripeFault): fault is EventFault => fault.kind === 'lost' || fault.kind === 'repeated';

const fitsCall = ({ method, path }: CallMatch, call: StripeCall): boolean =>
  (method === undefined || method === call.method) &&
  (path === undefined || (typeof path === 'string' ? path === call.path : path.test(call.path)));

/** What goes wrong on purpose. One-shot faults go first; a call meets every pause and one other fault, an event one fault. */
export class StripeFaults {
  #once: readonly StripeFault[] = [];
  #standing: readonly StripeFault[] = [];

  /** For the next call or event that fits, once. */
  next(fault: StripeFault): void {
    this.#once = [...this.#once, { ...fault }];
  }

  /** For all that fit, until the returned function is called. */
  always(given: StripeFault): () => void {
    const fault = { ...given };
    this.#standing = [...this.#standing, fault];
    return () => {
      this.#standing = this.#standing.filter(one => one !== fault);
    };
  }

  clear(): void {
    this.#once = [];
    this.#standing = [];
  }

  meetingCall(call: StripeCall): { pauseMs: number; fault: Exclude<CallFault, { kind: 'slow' }> | undefined } {
    const met = [...this.#once, ...this.#standing].filter(one => !isEventFault(one)).filter(one => fitsCall(one, call));
    const fault = met.find(one => one.kind !== 'slow');
    const pauses = met.filter(one => one.kind === 'slow');
    this.#use([...pauses, ...(fault ? [fault] : [])]);
    return { pauseMs: pauses.reduce((ms, one) => ms + one.ms, 0), fault };
  }

  meetingEvent({ type }: StripeEvent): EventFault | undefined {
    const fault = [...this.#once, ...this.#standing].filter(isEventFault).find(({ event }) => !event || event === type);
    if (fault) this.#use([fault]);
    return fault;
  }

  #use(met: readonly StripeFault[]): void {
    this.#once = this.#once.filter(fault => !met.includes(fault));
  }
}
