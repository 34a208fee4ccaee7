import type { RunFault } from './faults.ts';

/** What was scripted to go wrong with one run, and where it is held until it is released. */
export type Mishap = { readonly held: 'atBegin' | 'halfWay' | undefined; readonly fault: RunFault | undefined };
