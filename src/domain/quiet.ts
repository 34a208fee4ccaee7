/**
 * A server that was heard of within this time needs no question: its connection is pinged more often, and a request costs a
 * tunnel's way.
 */
export const quietMs = 30_000;

/**
 * Whether a server should be asked if it is there before it gets a job. One that is at work is looked at anyway; one that was
 * heard of a moment ago would only answer later for being asked.
 */
export const isQuiet = ({ isBusy, heardAt, now }: { isBusy: boolean; heardAt: number; now: number }): boolean =>
  !isBusy && now - heardAt > quietMs;
