import type { Payment } from '../src/domain/payment.ts';
import type { Language } from '../src/domain/user.ts';
import type { Database, Row } from './database.ts';

/** Reads of payments, each by an index. */
export const createPaymentQueries = (reader: Database) => ({
  async payment(id: string): Promise<Payment | undefined> {
    const [row] = await reader.select<PaymentColumns>('SELECT * FROM payments WHERE id = $1', id);
    return row && paymentOf(row);
  },

  /** The order that a gateway's payment belongs to: by the gateway's id, else by the id that it was given of our order. */
  async paymentOf(gateway: string, providerId: string, orderId: string | null): Promise<Payment | undefined> {
    const rows = await reader.select<PaymentColumns>(
      'SELECT * FROM payments WHERE (gateway = $1 AND provider_id = $2) OR id = $3',
      ...[gateway, providerId, orderId],
    );
    const row = rows.find(one => one.provider_id === providerId) ?? rows.find(one => one.gateway === gateway);
    return row && paymentOf(row);
  },

  /** With the language that each payer reads. */
  async openPayments(): Promise<Payment[]> {
    const rows = await reader.select<PaymentColumns & { language: Language | null }>(
      `SELECT payments.*, users.language FROM payments LEFT JOIN users ON users.id = payments.user_id
       WHERE payments.state IN ('created', 'pending') ORDER BY payments.created_at`,
    );
    return rows.map(row => ({ ...paymentOf(row), ...(row.language && { language: row.language }) }));
  },

  /** Of these ids of the ledger those that there are. */
  async booked(ids: readonly string[]): Promise<string[]> {
    const rows = await reader.select<{ id: string }>(
      'SELECT id FROM transfers WHERE id IN (SELECT value FROM json_each($1))',
      JSON.stringify(ids),
    );
    return rows.map(({ id }) => id);
  },

  /** The ids of a person's last orders, those that were paid before all others, and the newest first. */
  async lastPayments(userId: number, limit: number): Promise<string[]> {
    const rows = await reader.select<{ id: string }>(
      `SELECT id FROM payments WHERE user_id = $1
       ORDER BY CASE state WHEN 'succeeded' THEN 0 ELSE 1 END, created_at DESC, id DESC LIMIT $2`,
      ...[userId, limit],
    );
    return rows.map(({ id }) => id);
  },
});

type PaymentColumns = Row & {
  currency: Payment['currency'];
  email: string | null;
  request: string | null;
  id: string;
  user_id: number;
  gateway: string;
  method: Payment['method'];
  amount_minor: number;
  points: number;
  state: Payment['state'];
  provider_id: string | null;
  confirmation_url: string | null;
  reason: Payment['reason'];
  created_at: number;
};
const paymentOf = (row: PaymentColumns): Payment => ({
  ...{ id: row.id, userId: row.user_id, gateway: row.gateway, method: row.method, amountMinor: row.amount_minor },
  ...{ currency: row.currency, points: row.points, email: row.email, request: row.request },
  ...{ createdAt: row.created_at, state: row.state, reason: row.reason },
  ...{ providerId: row.provider_id, confirmationUrl: row.confirmation_url },
});
