import type { Context, Middleware } from 'koa';
import { errorAnswer } from '../answers.ts';
import { readText } from '../call.ts';
import type { Payer } from '../payer.ts';
import type { Shop } from '../shop.ts';
import { type ShopMethod, shopMethods } from '../wire.ts';
import { isFromElsewhere, sendTo, showPage } from './answers.ts';
import type { Bill } from './bill.ts';
import { actionOf } from './form.ts';
import { notice } from './frame.ts';
import { wordsFor } from './language.ts';
import { payPage } from './pay-page.ts';
import { resultPage } from './result-page.ts';
import type { Words } from './words.ts';

export type CheckoutOptions = {
  readonly shop: Shop;
  readonly payer: Payer;
  /** What stands at the top of the page. */
  readonly shopName: (words: Words) => string;
};

type Visit = { readonly ctx: Context; readonly words: Words; readonly bill: Bill; readonly asked: string | null };

const pagePath = '/checkout/payments/v2/contract';

/** The payment page and everything below `/checkout/`; every other path goes on to whoever comes next. */
export const checkout =
  (options: CheckoutOptions): Middleware =>
  async (ctx, next) => {
    if (!ctx.path.startsWith('/checkout/')) return next();
    const words = wordsFor(ctx.get('Accept-Language'));
    const query = new URLSearchParams(ctx.querystring);
    const bill = ctx.path === pagePath ? billOf(options, words, query.get('orderId') ?? '') : undefined;
    if (!bill) return showPage(ctx, 404, notice(words, words.unknown, words.unknownHint));
    const visit = { ctx, words, bill, asked: query.get('method') };
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return look(options, visit);
    if (ctx.method !== 'POST') return refuse(visit, 405);
    return isFromElsewhere(ctx) ? refuse(visit, 403) : act(options, visit);
  };

const billOf = ({ shop, shopName }: CheckoutOptions, words: Words, id: string): Bill | undefined => {
  const payment = shop.payment(id);
  return payment && { payment, shopName: shopName(words), returnUrl: shop.order(id)?.confirmation?.return_url };
};

const look = ({ shop }: CheckoutOptions, { ctx, words, bill, asked }: Visit): void => {
  if (bill.payment.status !== 'pending') return showPage(ctx, 200, resultPage(words, bill));
  const chosen = shop.order(bill.payment.id)?.payment_method_data?.type;
  const methods: readonly ShopMethod[] = chosen ? [chosen] : shopMethods;
  const method = methods.find(one => one === asked) ?? methods[0] ?? 'bank_card';
  showPage(ctx, 200, payPage(words, bill, methods, method));
};

/** Whoever presses a button of a page that is out of date is shown what became of the payment meanwhile. */
const act = async ({ payer }: CheckoutOptions, visit: Visit): Promise<void> => {
  const { ctx, bill } = visit;
  const { id } = bill.payment;
  const form = await readText(ctx).catch(errorAnswer);
  const action = typeof form === 'string' ? actionOf(new URLSearchParams(form)) : undefined;
  if (!action || !ctx.is('urlencoded')) return refuse(visit, 400);
  const ownPage = `?${new URLSearchParams({ orderId: id })}`;
  if (action.kind === 'close') return sendTo(ctx, bill.returnUrl ?? ownPage);
  if (bill.payment.status === 'pending' && !isDone(() => action.does(payer, id))) return refuse(visit, 400);
  sendTo(ctx, ownPage);
};

const isDone = (does: () => unknown): boolean => {
  try {
    does();
    return true;
  } catch {
    return false;
  }
};

const refuse = ({ ctx, words }: Visit, status: number): void =>
  showPage(ctx, status, notice(words, words.refused, words.refusedHint));
