import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old a signed notification may be; Stripe signs anew whenever it sends one again. */
const ageSecondsMax = 300;

/**
 * Whether Stripe signed these very bytes with our secret, and of late: the header is `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`,
 * each the HMAC-SHA256 of `<t>.<body>`. While a secret is being changed there are several, and any that fits will do. Only the
 * past side is checked: whoever signs has the secret, and their clock may run ahead.
 */
export function isStripeSignature(header: string, body: Buffer, secret: string, nowMs: number): boolean {
  const parts = header.split(',').map(part => part.trim());
  const signedAt = parts.find(part => part.startsWith('t='))?.slice('t='.length) ?? '';
  if (!/^\d{1,12}$/.test(signedAt) || Math.floor(nowMs / 1000) - Number(signedAt) > ageSecondsMax) return false;
  const expected = createHmac('sha256', secret).update(`${signedAt}.`).update(body).digest();
  return parts.filter(part => part.startsWith('v1=')).some(part => isSame(part.slice('v1='.length), expected));
}

function isSame(hex: string, expected: Buffer): boolean {
  const given = /^[0-9a-f]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : Buffer.alloc(0);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
