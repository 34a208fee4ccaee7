import type { Timing } from './bench.ts';
import type { FaultPlan } from './faults.ts';
import type { Files } from './files.ts';
import type { Graph } from './graph.ts';
import type { Version } from './object-info.ts';
import type { Develop, Edit } from './pictures.ts';
import type { ComfyRecord } from './record.ts';

export type Plan = (run: { promptId: string; graph: Graph; n: number }) => Timing;

/** What outlives a restart of the server. */
export type Ground = {
  readonly version: Version;
  readonly files: Files;
  readonly faults: FaultPlan;
  readonly record: ComfyRecord;
  readonly edit: Edit;
  readonly develop: Develop;
  readonly previews: boolean;
  readonly steps: number | undefined;
  readonly stepMs: number;
  readonly settleMs: number;
  readonly plan: Plan | undefined;
  readonly crash: (staysDown: boolean) => void;
};
