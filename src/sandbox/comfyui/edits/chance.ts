import { createHash } from 'node:crypto';

/** Chance that repeats itself: the same words give the same numbers in the same order. */
export type Chance = {
  /** From 0 up to, but not including, 1. */
  next(): number;
  between(least: number, most: number): number;
  pick<T>(choices: readonly T[]): T;
};

/** Mulberry32: short, quick, and even enough for snow flakes. */
export const chanceOf = (words: string): Chance => {
  let state = createHash('sha256').update(words).digest().readUInt32BE();
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    between: (least, most) => least + (most - least) * next(),
    pick: choices => choices[Math.floor(next() * choices.length)]!,
  };
};

/** `count` things, each made with its number. */
export const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: Math.round(count) }, (_, n) => make(n));
