/** What can go wrong with `POST /prompt`; faults of one group take effect one request after another. */
export type PromptFault =
  | { kind: 'rejectPrompt' }
  | { kind: 'partlyRejected' }
  | { kind: 'dropBeforeAccept' }
  | { kind: 'dropAfterAccept' }
  | { kind: 'error500' }
  | { kind: 'html' }
  | { kind: 'slow'; ms: number }
  /** As in a proxy that holds it; whoever hangs up meanwhile has not submitted anything. */
  | { kind: 'slowBeforeAccept'; ms: number };

/** How a run ends otherwise than well, half-way through its steps; `hang` heeds no interrupt unless it is said to. */
export type RunFault =
  | { kind: 'executionError'; exceptionType: string; message: string }
  | { kind: 'outOfMemory' }
  | { kind: 'hang'; interruptible?: boolean }
  | { kind: 'emptySuccess' }
  | { kind: 'missingFile' }
  | { kind: 'crash'; staysDown?: boolean };

/**
 * `hold` and `silentWebSocket` go together with each other and with any RunFault; a run is held before its steps, or half-way
 * through them.
 */
export type ComfyFault =
  | PromptFault
  | RunFault
  | { kind: 'hold'; halfWay?: boolean }
  | { kind: 'silentWebSocket' }
  | { kind: 'uploadFails' }
  | { kind: 'uploadSlow'; ms: number }
  | { kind: 'viewFails' }
  | { kind: 'viewSlow'; ms: number }
  | { kind: 'refuseWebSocket' };

type FaultKind = ComfyFault['kind'];
type FaultOf<K extends FaultKind> = Extract<ComfyFault, { kind: K }>;
/** Kinds that need no more said may be given by name. */
type BareKind = { [K in FaultKind]: { kind: K } extends FaultOf<K> ? K : never }[FaultKind];

export type ComfyFaults = {
  /** The next request or run it applies to, once. */
  next(fault: ComfyFault | BareKind): void;
  /** Every one from now on; the answer ends it. One-shot faults go first. */
  always(fault: ComfyFault | BareKind): () => void;
  clear(): void;
  /** Cuts every open WebSocket (1006); runs go on. */
  closeWebSockets(): void;
};

export type FaultPlan = ComfyFaults & {
  /** Takes the first fault among `kinds`, a one-shot one for good. */
  take<K extends FaultKind>(...kinds: K[]): FaultOf<K> | undefined;
};

export const promptFaultKinds = [
  'rejectPrompt',
  'partlyRejected',
  'dropBeforeAccept',
  'dropAfterAccept',
  'error500',
  'html',
  'slow',
  'slowBeforeAccept',
] as const;

const named = (fault: ComfyFault | BareKind): ComfyFault => (typeof fault === 'string' ? { kind: fault } : fault);

export const createFaults = (closeWebSockets: () => void): FaultPlan => {
  let once: ComfyFault[] = [];
  let standing: ComfyFault[] = [];
  const take = <K extends FaultKind>(...kinds: K[]): FaultOf<K> | undefined => {
    const applies = (fault: ComfyFault): fault is FaultOf<K> => kinds.some(kind => kind === fault.kind);
    const found = once.find(applies);
    if (!found) return standing.find(applies);
    once = once.filter(fault => fault !== found);
    return found;
  };
  return {
    take,
    next: fault => {
      once = [...once, { ...named(fault) }];
    },
    always: given => {
      const fault = { ...named(given) };
      standing = [...standing, fault];
      return () => {
        standing = standing.filter(one => one !== fault);
      };
    },
    clear: () => {
      once = [];
      standing = [];
    },
    closeWebSockets,
  };
};
