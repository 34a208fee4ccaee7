import type { FaultPlan } from './faults.ts';
import type { Files } from './files.ts';
import type { Life } from './life.ts';
import type { Version } from './object-info.ts';

/** What the routes work on; `life()` is the present one, another after each restart. */
export type House = {
  readonly version: Version;
  readonly files: Files;
  readonly faults: FaultPlan;
  readonly life: () => Life;
};
