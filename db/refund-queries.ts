import { repaymentId } from '../src/domain/ledger.ts';
import type { Refund } from '../src/domain/refund.ts';
import type { Database, Row } from './database.ts';

/** Reads of refunds, each by an index. */
export const createRefundQueries = (reader: Database) => ({
  /** All refunds of a payment, the oldest first. */
  async refundsOf(paymentId: string): Promise<Refund[]> {
    const rows = await reader.select<RefundColumns>(
      'SELECT * FROM refunds WHERE payment_id = $1 ORDER BY created_at, id',
      paymentId,
    );
    return rows.map(refundOf);
  },

  /**
   * The gateway's payments that were credited for an order, the first one first: each credit has its line in the log, in one
   * transaction.
   */
  async creditedFor(paymentId: string): Promise<string[]> {
    const rows = await reader.select<{ detail: string }>(
      "SELECT detail FROM payment_log WHERE payment_id = $1 AND event = 'credited' ORDER BY at, detail",
      paymentId,
    );
    return rows.map(({ detail }) => detail.slice(0, detail.lastIndexOf(' ')));
  },

  /** Of these refunds of a gateway those that are booked; one that took no point has no line in the ledger. */
  async returned(gateway: string, providerIds: readonly string[]): Promise<string[]> {
    const rows = await reader.select<{ provider_id: string }>(
      `SELECT provider_id FROM refunds
       WHERE gateway = $1 AND state = 'succeeded' AND provider_id IN (SELECT value FROM json_each($2))`,
      ...[gateway, JSON.stringify(providerIds)],
    );
    return rows.map(({ provider_id }) => provider_id);
  },

  /** Those that are not final: ordered, and maybe unknown to the gateway. */
  async openRefunds(): Promise<Refund[]> {
    const rows = await reader.select<RefundColumns>(
      "SELECT * FROM refunds WHERE state IN ('created', 'pending') ORDER BY created_at",
    );
    return rows.map(refundOf);
  },

  /** How many points of a movement went into the debt of the person that it belongs to. */
  async repaidOf(movementId: string): Promise<number> {
    const [row] = await reader.select<{ points: number }>('SELECT points FROM transfers WHERE id = $1', repaymentId(movementId));
    return row?.points ?? 0;
  },

  /**
   * What came back to an account of a gateway and was not undone by a movement `void:<id>`; `debtor` is the account that owed it.
   */
  practiceRefunds: (account: string): Promise<{ id: string; debtor: string; points: number }[]> =>
    reader.select(
      `SELECT id, debit AS debtor, points FROM transfers AS back WHERE credit = $1 AND reason = 'refund' AND NOT EXISTS
       (SELECT 1 FROM transfers WHERE id IN ('void:' || back.id, 'void:' || back.id || ':debt')) ORDER BY at`,
      account,
    ),
});

type RefundColumns = Row & {
  id: string;
  payment_id: string;
  gateway: string;
  amount_minor: number;
  points: number;
  state: Refund['state'];
  provider_id: string | null;
  paid_by: string | null;
  by_id: number | null;
  created_at: number;
};
const refundOf = (row: RefundColumns): Refund => ({
  ...{ id: row.id, paymentId: row.payment_id, gateway: row.gateway, amountMinor: row.amount_minor, points: row.points },
  ...{ state: row.state, providerId: row.provider_id, paidBy: row.paid_by, byId: row.by_id, createdAt: row.created_at },
});
