/** The middle of the sorted values; for latencies and repeated runs. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value < 10 ? 2 : 1);

/** One line: what we do, and what the bare limit of the same run does, with the ratio of the two. */
export function line(name: string, unit: string, ours: number, limit?: { name: string; value: number }): void {
  const measured = `${name.padEnd(58)} ${figure(ours).padStart(10)} ${unit.padEnd(4)}`;
  if (!limit) return print(measured);
  print(`${measured} | ${limit.name}: ${figure(limit.value)} ${unit} | ratio ${(ours / limit.value).toFixed(3)}`);
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

export const perSecond = (count: number, ms: number): number => (count / ms) * 1000;
