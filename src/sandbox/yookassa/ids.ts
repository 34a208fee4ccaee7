import { randomBytes } from 'node:crypto';

/** YooKassa counts the seconds of its ids from the year 2000. */
const epochSeconds = 946_684_800;

const newId = (kind: string, at: number): string => {
  const seconds = Math.max(0, Math.floor(at / 1000) - epochSeconds);
  return `${seconds.toString(16).padStart(8, '0').slice(-8)}-${kind}-${randomBytes(6).toString('hex')}`;
};

/** 36 characters, like a UUID. */
export const newPaymentId = (at: number): string => newId('000f-5000-8000', at);
export const newRefundId = (at: number): string => newId('0016-5000-b000', at);

export const randomDigits = (count: number): string => {
  const digits = BigInt(`0x${randomBytes(count).toString('hex')}`) % 10n ** BigInt(count);
  return digits.toString().padStart(count, '0');
};
