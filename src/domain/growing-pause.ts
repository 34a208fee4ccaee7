/** How long to wait before the next try of what keeps failing. */
export type GrowingPause = { minMs: number; maxMs: number };

/** After the first failure in a row `minMs`, then twice as long each time, never more than `maxMs`; without a failure nothing. */
export const growingMs = (failures: number, { minMs, maxMs }: GrowingPause): number =>
  failures < 1 ? 0 : Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 40));
