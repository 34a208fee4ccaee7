import { randomBytes } from 'node:crypto';

/** Letters and digits, as Stripe writes its ids. */
const letters = (count: number): string => {
  const text = randomBytes(count * 2)
    .toString('base64')
    .replace(/[^0-9A-Za-z]/g, '');
  return text.slice(0, count).padEnd(count, '0');
};

export const newSessionId = (): string => `cs_test_a1${letters(56)}`;
export const newId = (kind: 'pi' | 'ch' | 're' | 'evt' | 'req'): string => `${kind}_${letters(24)}`;
