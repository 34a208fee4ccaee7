import type { NewsRow, PendingRow } from '../actors/protocol.ts';
import type { OutboxRow, OutboxState } from '../src/domain/notice.ts';
import type { Database, Row } from './database.ts';

const isOpen = "state IN ('pending', 'sending')";

export const createOutboxQueries = (reader: Database) => ({
  /** All that waits or is in doubt, but for news: of these there may be one for everybody. */
  async pendingOutbox(): Promise<PendingRow[]> {
    const rows = await reader.select<OutboxColumns>(`SELECT * FROM outbox WHERE ${isOpen} AND rank <> 'news' ORDER BY seq`);
    return rows.map(outboxOf);
  },

  /** The first `limit` of the news that wait or are in doubt, past the one numbered `after`. */
  async pendingNews(after: number, limit: number): Promise<NewsRow[]> {
    const rows = await reader.select<OutboxColumns & { seq: number }>(
      `SELECT * FROM outbox WHERE ${isOpen} AND rank = 'news' AND seq > $1 ORDER BY seq LIMIT $2`,
      ...[after, limit],
    );
    return rows.map(row => ({ ...outboxOf(row), seq: row.seq }));
  },

  /** Telegram's id of the message that an outbox row became; undefined while it is not sent. */
  async sentMessageId(outboxId: string): Promise<number | undefined> {
    const [row] = await reader.select<{ message_id: number | null }>('SELECT message_id FROM outbox WHERE id = $1', outboxId);
    return row?.message_id ?? undefined;
  },
});

type OutboxColumns = Row & {
  id: string;
  chat_id: number;
  rank: OutboxRow['rank'];
  notice: string;
  edits: string | null;
  state: OutboxState;
  tries: number;
  at: number;
};
const outboxOf = ({ id, chat_id, rank, notice, edits, state, tries, at }: OutboxColumns): PendingRow => ({
  ...{ id, chatId: chat_id, rank, notice: JSON.parse(notice) as OutboxRow['notice'], state, tries, at },
  edits: edits !== null && /^\d+$/.test(edits) ? Number(edits) : edits,
});
