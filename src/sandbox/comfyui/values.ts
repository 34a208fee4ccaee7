export type Converted = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

const asNumber = (value: unknown): number | undefined => {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
};

const toInt = (value: unknown): Converted => {
  const number = asNumber(value);
  const literal = `invalid literal for int() with base 10: '${value}'`;
  if (number === undefined || (typeof value === 'string' && !Number.isInteger(number))) return { ok: false, reason: literal };
  return { ok: true, value: Math.trunc(number) };
};

const toFloat = (value: unknown): Converted => {
  const number = asNumber(value);
  return number === undefined
    ? { ok: false, reason: `could not convert string to float: '${value}'` }
    : { ok: true, value: number };
};

/** Coerces as Python's int(), float(), str() and bool() do: "64" and 64.9 are good integers. */
export const toDeclaredType = (type: string, value: unknown): Converted => {
  if (type === 'INT') return toInt(value);
  if (type === 'FLOAT') return toFloat(value);
  if (type === 'STRING') return { ok: true, value: String(value) };
  if (type === 'BOOLEAN') return { ok: true, value: Boolean(value) };
  return { ok: true, value };
};
