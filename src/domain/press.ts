import { isPaymentMethod, type PaymentMethod } from './payment.ts';
import type { Language } from './user.ts';
import { isUuid } from './uuid.ts';

/** What an inline button asks for. */
export type Press =
  | { to: 'menu' | 'categories' | 'ownPrompt' | 'languages' | 'topUp' | 'again' | 'history' | 'email' }
  /** `topUp` begins anew, below; `amounts` goes back in the same message. */
  | { to: 'amounts' }
  | { to: 'ownAmount' }
  | { to: 'amount'; rubles: number }
  | { to: 'pay'; rubles: number; method: PaymentMethod }
  | { to: 'category'; category: string; page: number }
  | { to: 'preset'; presetId: number }
  /** A sum that covers what an edit lacks; its ways to pay come below. */
  | { to: 'offer'; rubles: number }
  /** An edit that was refused for want of points, once more. */
  | { to: 'resume'; jobId: string }
  /** `history` begins anew, below; these change the same message. `until` (Unix ms) holds the list still while things happen. */
  | { to: 'historyPage'; page: number; until: number }
  | { to: 'jobCard'; jobId: string; page: number; until: number }
  | { to: 'cancelJob'; jobId: string }
  | { to: 'language'; language: Language };

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
    case 'offer':
      return `offer:${press.rubles}`;
    case 'resume':
      return `resume:${press.jobId}`;
    case 'historyPage':
      return `page:${press.page}:${press.until.toString(36)}`;
    case 'jobCard':
      return `card:${press.jobId}:${press.page}:${press.until.toString(36)}`;
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
  const [name, first = '', second, third, ...rest] = data.split(':');
  if (rest.length > 0 || (third !== undefined && name !== 'card')) return null;
  switch (name) {
    case 'menu':
    case 'categories':
    case 'ownPrompt':
    case 'languages':
    case 'topUp':
    case 'amounts':
    case 'ownAmount':
    case 'again':
    case 'history':
    case 'email':
      return data === name ? { to: name } : null;
    case 'category':
      return /^\w{1,40}$/.test(first) && isCount(second) ? { to: 'category', category: first, page: Number(second) } : null;
    case 'preset':
      return isCount(first) && second === undefined ? { to: 'preset', presetId: Number(first) } : null;
    case 'cancel':
      return isUuid(first) && second === undefined ? { to: 'cancelJob', jobId: first } : null;
    case 'language':
      return (first === 'ru' || first === 'en') && second === undefined ? { to: 'language', language: first } : null;
    case 'amount':
      return isCount(first) && second === undefined ? { to: 'amount', rubles: Number(first) } : null;
    case 'offer':
      return isCount(first) && second === undefined ? { to: 'offer', rubles: Number(first) } : null;
    case 'resume':
      return isUuid(first) && second === undefined ? { to: 'resume', jobId: first } : null;
    case 'page':
      return isCount(first) && isMoment(second) ? { to: 'historyPage', page: Number(first), until: parseInt(second, 36) } : null;
    case 'card':
      return isUuid(first) && isCount(second) && isMoment(third)
        ? { to: 'jobCard', jobId: first, page: Number(second), until: parseInt(third, 36) }
        : null;
    case 'pay':
      return isCount(first) && isPaymentMethod(second) ? { to: 'pay', rubles: Number(first), method: second } : null;
    default:
      return null;
  }
}

/** Unix milliseconds to the base of 36, without zeros before them. */
const isMoment = (text: string | undefined): text is string => text !== undefined && /^(0|[1-9a-z][0-9a-z]{0,8})$/.test(text);
const isCount = (text: string | undefined): boolean => text !== undefined && /^\d{1,9}$/.test(text);
