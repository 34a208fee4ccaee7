import { type PaymentMethod, paymentMethods } from './payment.ts';
import type { Language } from './user.ts';

/** What an inline button asks for. */
export type Press =
  | { to: 'menu' | 'categories' | 'ownPrompt' | 'languages' | 'topUp' | 'again' }
  /** `topUp` begins anew, below; `amounts` goes back in the same message. */
  | { to: 'amounts' }
  | { to: 'ownAmount' }
  | { to: 'amount'; rubles: number }
  | { to: 'pay'; rubles: number; method: PaymentMethod }
  | { to: 'category'; category: string; page: number }
  | { to: 'preset'; presetId: number }
  | { to: 'cancelJob'; jobId: string }
  | { to: 'language'; language: Language };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** As `callback_data`: 1–64 bytes, by the Bot API. */
export function encodePress(press: Press): string {
  switch (press.to) {
    case 'category':
      return `category:${press.category}:${press.page}`;
    case 'preset':
      return `preset:${press.presetId}`;
    case 'cancelJob':
      return `cancel:${press.jobId}`;
    case 'language':
      return `language:${press.language}`;
    case 'amount':
      return `amount:${press.rubles}`;
    case 'pay':
      return `pay:${press.rubles}:${press.method}`;
    default:
      return press.to;
  }
}

/** `null` for data that no button of ours carries: anyone can send anything as callback data. */
export function decodePress(data: string): Press | null {
  const [name, first = '', second, ...rest] = data.split(':');
  if (rest.length > 0) return null;
  switch (name) {
    case 'menu':
    case 'categories':
    case 'ownPrompt':
    case 'languages':
    case 'topUp':
    case 'amounts':
    case 'ownAmount':
    case 'again':
      return data === name ? { to: name } : null;
    case 'category':
      return /^\w{1,40}$/.test(first) && isCount(second) ? { to: 'category', category: first, page: Number(second) } : null;
    case 'preset':
      return isCount(first) && second === undefined ? { to: 'preset', presetId: Number(first) } : null;
    case 'cancel':
      return uuid.test(first) && second === undefined ? { to: 'cancelJob', jobId: first } : null;
    case 'language':
      return (first === 'ru' || first === 'en') && second === undefined ? { to: 'language', language: first } : null;
    case 'amount':
      return isCount(first) && second === undefined ? { to: 'amount', rubles: Number(first) } : null;
    case 'pay':
      return isCount(first) && isMethod(second) ? { to: 'pay', rubles: Number(first), method: second } : null;
    default:
      return null;
  }
}

const isMethod = (text: string | undefined): text is PaymentMethod =>
  (paymentMethods as readonly (string | undefined)[]).includes(text);
const isCount = (text: string | undefined): boolean => text !== undefined && /^\d{1,9}$/.test(text);
