import { z } from 'zod';
import { paymentOfBill } from '../domain/invoice.ts';
import type { Payment, ProviderPayment } from '../domain/payment.ts';
import type { ProviderRefund, RefundOrder } from '../domain/refund.ts';
import { GatewayError } from './gateway-error.ts';

/** Calls a method of the Bot API; rejects with what holds Telegram's `response` where it has answered. */
type Call = <Result>(method: string, params: Record<string, string | number>) => Promise<Result>;

const partner = z.object({
  type: z.string(),
  user: z.object({ id: z.int() }).optional().catch(undefined),
  invoice_payload: z.string().optional().catch(undefined),
});
const transaction = z.object({
  id: z.string(),
  amount: z.int().nonnegative(),
  source: partner.optional().catch(undefined),
  receiver: partner.optional().catch(undefined),
});
const page = z.object({ transactions: z.array(transaction) });
type Transaction = z.infer<typeof transaction>;

const pageSize = 100;
/** How many of the last pages are looked through for payments that we were not told of, and for the refund of one. */
const pagesMax = { recent: 20, refund: 200 } as const;

/**
 * Telegram Stars. The bill stands in the chat, and Telegram itself tells of the money (`successful_payment`), under an id
 * (`telegram_payment_charge_id`) by which it also lists it. A payment goes back as a whole or not at all. Rejects with a
 * GatewayError.
 */
export function createStars({ name, call }: { name: string; call: Call }) {
  let known = 0;

  const pageAt = async (offset: number, limit = pageSize): Promise<readonly Transaction[]> => {
    const answer = await call('getStarTransactions', { offset, limit }).catch(error => {
      throw refusalOf(error, 'getStarTransactions', []);
    });
    const read = page.safeParse(answer);
    if (!read.success) throw new GatewayError('unclear', 'getStarTransactions answered in an unknown shape');
    return read.data.transactions;
  };

  /**
   * How many transactions there are. Telegram lists the oldest first and does not say: the end is looked for, from where it was
   * last.
   */
  async function total(): Promise<number> {
    let [first, step] = [known, pageSize];
    while ((await pageAt(first + step - 1, 1)).length > 0) {
      first += step;
      step *= 2;
    }
    let beyond = first + step;
    while (beyond - first > pageSize) {
      const middle = Math.floor((first + beyond) / 2);
      if ((await pageAt(middle - 1, 1)).length > 0) first = middle;
      else beyond = middle;
    }
    known = first + (await pageAt(first)).length;
    return known;
  }

  /** The last transactions, the newest page first, until `isEnough`. */
  async function last(most: number, isEnough: (found: readonly Transaction[]) => boolean): Promise<Transaction[]> {
    const found: Transaction[] = [];
    let end = await total();
    for (let pages = 0; end > 0 && pages < most && !isEnough(found); pages++) {
      const start = Math.max(0, end - pageSize);
      found.unshift(...(await pageAt(start, end - start)));
      end = start;
    }
    return found;
  }

  return {
    name,
    invoice: true as const,
    refund: async (order: RefundOrder, { userId, providerId }: Payment): Promise<ProviderRefund> => {
      if (providerId === null) throw new GatewayError('rejected', 'there is no charge that could go back');
      const params = { user_id: userId, telegram_payment_charge_id: providerId };
      await call('refundStarPayment', params).catch(error => {
        // Told once more, or ordered by somebody else: it is the only refund that there can be.
        if (!isRefunded(error)) throw refusalOf(error, 'refundStarPayment', [400, 403]);
      });
      return { providerId, status: 'succeeded', amountMinor: order.amountMinor, refundId: order.id };
    },
    /** Looks through the list from its end; one that is not found in a long list is unclear. */
    refundsOf: async (providerId: string): Promise<readonly ProviderRefund[]> => {
      const isIt = ({ id, source }: Transaction) => id === providerId && source !== undefined;
      const listed = await last(pagesMax.refund, found => found.some(isIt));
      const back = listed.find(({ id, receiver }) => id === providerId && receiver !== undefined);
      if (back) return [{ providerId, status: 'succeeded', amountMinor: back.amount, refundId: null }];
      if (!listed.some(isIt) && listed.length >= pagesMax.refund * pageSize)
        throw new GatewayError('unclear', 'getStarTransactions is too long to find a payment in');
      return [];
    },
    recent: async (): Promise<readonly ProviderPayment[]> => paymentsIn(await last(pagesMax.recent, () => false)),
  };
}

/** Bills that were paid, of whatever the bot sold. Their refunds bear the same id, and follow them. */
function paymentsIn(listed: readonly Transaction[]): ProviderPayment[] {
  const back = new Map(listed.flatMap(({ id, receiver, amount }) => (receiver ? [[id, amount]] : [])));
  return listed.flatMap(({ id, amount, source }) =>
    source?.user && source.invoice_payload !== undefined
      ? [
          paymentOfBill({
            ...{ chargeId: id, payload: source.invoice_payload, payerId: source.user.id },
            ...{ currency: 'XTR', amount, refunded: back.get(id) ?? 0 },
          }),
        ]
      : [],
  );
}

type TelegramAnswer = { error_code: number; description?: string };
const answerIn = (error: unknown): TelegramAnswer | undefined => (error as { response?: TelegramAnswer }).response;

const isRefunded = (error: unknown): boolean => /CHARGE_ALREADY_REFUNDED/.test(answerIn(error)?.description ?? '');

function refusalOf(error: unknown, what: string, refused: readonly number[]): GatewayError {
  const { error_code: code } = answerIn(error) ?? {};
  const kind = code !== undefined && refused.includes(code) ? 'rejected' : 'unclear';
  return new GatewayError(kind, `${what} ${code === undefined ? 'was not answered' : `answered ${code}`}`, { cause: error });
}
