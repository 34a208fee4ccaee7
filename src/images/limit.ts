import pLimit from 'p-limit';
import sharp from 'sharp';

/**
 * Two at once: every picture being worked on holds one of libuv's four threads for tens of milliseconds, and the commits of
 * sqlite3 run on the same four. With all of them taken by pictures, bookings would queue up behind JPEGs.
 */
const picturesAtOnce = 2;

// No picture comes twice, so a cache of decoded ones would only hold memory and other people's photos.
sharp.cache(false);
// One thread for each picture on every platform; with more, two pictures would no longer mean two threads.
sharp.concurrency(1);

const limit = pLimit(picturesAtOnce);

/** Runs one piece of image work as soon as fewer than two are running. Never call it from within itself: it would wait for itself. */
export const imageWork = <T>(work: () => Promise<T>): Promise<T> => limit(work);
