import type { NodeCache } from './cache.ts';
import type { Files } from './files.ts';
import type { Frames } from './frames.ts';
import type { Mishap } from './mishap.ts';
import type { Version } from './object-info.ts';
import type { Pace } from './pace.ts';
import type { Develop, Edit } from './pictures.ts';

export type Timing = { steps: number; stepMs: number };

/** What a run needs of the server it runs on. */
export type Bench = {
  readonly version: Version;
  readonly files: Files;
  readonly frames: Frames;
  readonly cache: NodeCache;
  readonly edit: Edit;
  readonly develop: Develop;
  readonly previews: boolean;
  readonly timing: Timing;
  readonly mishap: Mishap;
  readonly pace: Pace;
  /** The node that runs now, told to sockets that reconnect. */
  readonly at: (nodeId: string) => void;
};
