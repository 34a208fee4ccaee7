import { cardOf } from '../cards.ts';
import type { Payer } from '../payer.ts';
import { cancellationReasons, shopMethods } from '../wire.ts';

/** What a pressed button of the page means. */
export type FormAction =
  | { readonly kind: 'close' }
  | { readonly kind: 'settle'; readonly does: (payer: Payer, paymentId: string) => unknown };

/** Undefined for a form that the page does not have. */
export const actionOf = (form: URLSearchParams): FormAction | undefined => {
  if (form.get('action') === 'close') return { kind: 'close' };
  const method = shopMethods.find(one => one === form.get('method'));
  const reason = cancellationReasons.find(one => one === form.get('decline'));
  if (!method) return undefined;
  if (reason) return { kind: 'settle', does: (payer, id) => payer.decline(id, reason, method) };
  const card = form.get('card');
  if (method === 'sbp')
    return form.get('action') === 'pay' ? { kind: 'settle', does: (payer, id) => payer.pay(id, { method }) } : undefined;
  return card !== null && cardOf(card) ? { kind: 'settle', does: (payer, id) => payer.pay(id, { method, card }) } : undefined;
};
