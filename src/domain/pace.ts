import type { Rank } from './notice.ts';

/**
 * How fast Telegram may be spoken to: a chat takes a burst of 5 and then one message a second; a bot about 30 a second over all
 * chats (Bots FAQ; no figure is guaranteed, so a 429 with its `retry_after` rules over all of this).
 */
export type Rate = { burst: number; perSecond: number };
export const chatRate: Rate = { burst: 5, perSecond: 1 };
export const botRate: Rate = { burst: 30, perSecond: 30 };

/** What matters less leaves so many sends to what matters more: of a chat's burst, and of the bot's. */
type Reserve = Readonly<Record<Rank, number>>;
export const chatReserve: Reserve = { result: 0, hint: 0, edit: 3, news: 3 };
export const botReserve: Reserve = { result: 0, hint: 0, edit: 3, news: 15 };

/** A bucket of sends: `left` of them at `at` (Unix ms), refilled at its rate, and closed before `pausedUntil`. */
export type Bucket = { left: number; at: number; pausedUntil: number };

export const fullBucket = ({ burst }: Rate, at: number): Bucket => ({ left: burst, at, pausedUntil: 0 });

/** The bucket under a clock that was set back: its times move along, or it would stay as it is until the clock has caught up. */
export const setBack = (bucket: Bucket, now: number): Bucket =>
  bucket.at <= now ? bucket : { ...bucket, at: now, pausedUntil: bucket.pausedUntil - (bucket.at - now) };

/** The bucket as it is for one who leaves a reserve. */
export const leaving = (reserve: number, bucket: Bucket): Bucket => ({ ...bucket, left: bucket.left - reserve });

const refilled = ({ left, at }: Bucket, { burst, perSecond }: Rate, now: number): number =>
  Math.min(burst, left + (Math.max(0, now - at) / 1000) * perSecond);

/** How long until the next send is allowed; 0 when it is now. */
export function waitMs(bucket: Bucket, rate: Rate, now: number): number {
  const left = refilled(bucket, rate, now);
  const refillMs = left >= 1 ? 0 : Math.ceil(((1 - left) / rate.perSecond) * 1000);
  return Math.max(0, bucket.pausedUntil - now, refillMs);
}

/** The bucket after one send. */
export const take = (bucket: Bucket, rate: Rate, now: number): Bucket => ({
  ...bucket,
  left: refilled(bucket, rate, now) - 1,
  at: now,
});

export const pause = (bucket: Bucket, untilMs: number): Bucket => ({
  ...bucket,
  pausedUntil: Math.max(bucket.pausedUntil, untilMs),
});

/** Three chats told to wait at once mean that the bot is: then everything pauses until the last of them may go on. */
export function pauseAllUntil(pausedChats: Iterable<Bucket>, now: number): number | undefined {
  const paused = [...pausedChats].filter(({ pausedUntil }) => pausedUntil > now);
  return paused.length >= 3 ? Math.max(...paused.map(({ pausedUntil }) => pausedUntil)) : undefined;
}
