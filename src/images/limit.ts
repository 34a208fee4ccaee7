import { availableParallelism } from 'node:os';
import sharp from 'sharp';

/**
 * Two at once: every picture being worked on holds one of libuv's four threads for tens of milliseconds, and the commits of
 * sqlite3 run on the same four. With all of them taken by pictures, bookings would queue up behind JPEGs.
 */
const picturesAtOnce = 2;

// No picture comes twice, so a cache of decoded ones would only hold memory and other people's photos.
sharp.cache(false);
// Threads of libvips' own within one picture, not libuv's: a picture that is alone is done in little more than half the time.
sharp.concurrency(Math.min(2, availableParallelism()));

type Line = (() => void)[];
const [waitedFor, intake]: [Line, Line] = [[], []];
let running = 0;

const beginNext = (): void => {
  const begin = running < picturesAtOnce ? (waitedFor.shift() ?? intake.shift()) : undefined;
  if (begin) running++;
  begin?.();
};

const inLine = async <T>(line: Line, work: () => Promise<T>): Promise<T> => {
  await new Promise<void>(begin => {
    line.push(begin);
    beginNext();
  });
  try {
    return await work();
  } finally {
    running--;
    // Whoever waited for this piece asks first for what follows on it, which may be more urgent than what stands in line.
    setImmediate(beginNext);
  }
};

/**
 * Runs one piece of image work that somebody waits for, be it a server, a finished picture or a person, as soon as fewer than two
 * pieces are running. Never call it from within itself: it would wait for itself.
 */
export const imageWork = <T>(work: () => Promise<T>): Promise<T> => inLine(waitedFor, work);

/**
 * The same for a photo that has just come: many of them at once must not keep a GPU waiting, so they begin when nothing else
 * waits.
 */
export const intakeWork = <T>(work: () => Promise<T>): Promise<T> => inLine(intake, work);
