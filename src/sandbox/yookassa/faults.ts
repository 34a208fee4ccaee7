import type { ApiCall } from './call.ts';
import type { NotificationBody, NotificationEvent } from './wire.ts';

/** Which calls a fault meets; everything left out fits every call. A path that is text fits as a whole: `/payments`. */
export type CallMatch = { method?: string; path?: string | RegExp; match?: (call: ApiCall) => boolean };

export type CallFault = CallMatch &
  (
    | {
        kind: 'status';
        status: number;
        /** For 429. */
        retryAfterMs?: number;
        code?: string;
        description?: string;
        /** The call is carried out all the same; only its answer is an error. */
        done?: boolean;
      }
    /** A page of a proxy in place of JSON: 502, unless another status is named. */
    | { kind: 'html'; status?: number; done?: boolean }
    /** 202: the call is carried out, and the same key gives its result. */
    | { kind: 'processing'; retryAfterMs?: number }
    | { kind: 'slow'; ms: number; at?: 'before' | 'after' }
    | { kind: 'dropBeforeDoing' }
    | { kind: 'dropAfterDoing' }
    /** The connection is cut: with `always`, nobody can be reached. */
    | { kind: 'down' }
  );

export type NotificationMatch = { event?: NotificationEvent; match?: (notification: NotificationBody) => boolean };

export type NotificationFault = NotificationMatch &
  /** It is never sent. */
  (
    | { kind: 'lost' }
    /** It is delivered so many times in all, at once, each until it is answered with 200. */
    | { kind: 'repeated'; times: number }
    | { kind: 'delayed'; ms: number }
    /** It waits until another notification has been sent. */
    | { kind: 'reordered' }
  );

export type YooKassaFault = CallFault | NotificationFault;
type FaultKind = YooKassaFault['kind'];
/** Kinds that need no more said may be given by name. */
type BareKind = { [K in FaultKind]: { kind: K } extends Extract<YooKassaFault, { kind: K }> ? K : never }[FaultKind];

const notificationKinds: readonly FaultKind[] = ['lost', 'repeated', 'delayed', 'reordered'];
const isNotificationFault = (fault: YooKassaFault): fault is NotificationFault => notificationKinds.includes(fault.kind);

const fitsCall = ({ method, path, match }: CallMatch, call: ApiCall): boolean =>
  (method === undefined || method.toUpperCase() === call.method) &&
  (path === undefined || (typeof path === 'string' ? path === call.path : path.test(call.path))) &&
  (match === undefined || match(call));

const fitsNotification = ({ event, match }: NotificationMatch, notification: NotificationBody): boolean =>
  (event === undefined || event === notification.event) && (match === undefined || match(notification));

const isPause = ({ kind }: YooKassaFault): boolean => kind === 'slow' || kind === 'delayed';

/** What goes wrong on purpose. One-shot faults go first; a call or a notification meets every pause and one other fault. */
export class YooKassaFaults {
  #once: readonly YooKassaFault[] = [];
  #standing: readonly YooKassaFault[] = [];

  /** For the next call or notification that fits, once. Returns how to take it back. */
  next(fault: YooKassaFault): () => void;
  next(kind: BareKind): () => void;
  next(given: YooKassaFault | BareKind): () => void {
    const fault = named(given);
    this.#once = [...this.#once, fault];
    return () => {
      this.#once = this.#once.filter(one => one !== fault);
    };
  }

  /** For all that fit, until the returned function is called. */
  always(fault: YooKassaFault): () => void;
  always(kind: BareKind): () => void;
  always(given: YooKassaFault | BareKind): () => void {
    const fault = named(given);
    this.#standing = [...this.#standing, fault];
    return () => {
      this.#standing = this.#standing.filter(one => one !== fault);
    };
  }

  clear(): void {
    this.#once = [];
    this.#standing = [];
  }

  /** The faults that this call meets, one-shot ones used up. */
  meetingCall(call: ApiCall): readonly CallFault[] {
    return this.#meeting((fault): fault is CallFault => !isNotificationFault(fault) && fitsCall(fault, call));
  }

  meetingNotification(notification: NotificationBody): readonly NotificationFault[] {
    return this.#meeting(
      (fault): fault is NotificationFault => isNotificationFault(fault) && fitsNotification(fault, notification),
    );
  }

  #meeting<F extends YooKassaFault>(fits: (fault: YooKassaFault) => fault is F): readonly F[] {
    const met: F[] = [];
    for (const fault of [...this.#once, ...this.#standing]) {
      if (!fits(fault) || (!isPause(fault) && met.some(other => !isPause(other)))) continue;
      met.push(fault);
    }
    this.#once = this.#once.filter(fault => !met.some(one => one === fault));
    return met;
  }
}

const named = (given: YooKassaFault | BareKind): YooKassaFault => (typeof given === 'string' ? { kind: given } : { ...given });
