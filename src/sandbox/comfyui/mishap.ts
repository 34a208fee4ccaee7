import type { RunFault } from './faults.ts';

/** What was scripted to go wrong with one run. */
export type Mishap = { readonly held: boolean; readonly fault: RunFault | undefined };
