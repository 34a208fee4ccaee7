import type { z } from 'zod';
import { invalidRequest } from '../api-error.ts';

/** The body as its schema reads it, or YooKassa's 400 that names the first parameter that is wrong. */
export const checked = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw invalidRequest(parameterOf(issue?.path ?? []), issue?.message ?? 'Invalid request');
};

/** `receipt.items[0].vat_code` */
const parameterOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '') || 'body';
