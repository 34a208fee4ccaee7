import { existsSync } from 'node:fs';
import { openReader, openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createQueries, type Queries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { ConfigError } from './config.ts';
import { houseAccount } from './domain/ledger.ts';
import { providerAccount } from './domain/payment-saga.ts';
import type { WriteUnit } from './domain/unit.ts';

const practiceAccount = providerAccount('sandbox');

/**
 * Points of the practice shop were sold for nothing. A real shop does not open on a database that holds such points, and the practice
 * shop does not open where real money has been taken: there it would sell for nothing. Throws ConfigError.
 */
export async function assertShopMatches(
  { posted }: Pick<Queries, 'posted'>,
  gateway: 'sandbox' | 'yookassa' | null,
): Promise<void> {
  if (gateway === 'yookassa' && (await posted(practiceAccount)) !== 0)
    throw new ConfigError(
      'DATABASE_URL holds points that the practice shop sold for nothing (provider:sandbox); void them with `npm run void-practice-points`, or start on a new database',
    );
  if (gateway === 'sandbox' && (await posted(providerAccount('yookassa'))) !== 0)
    throw new ConfigError(
      'YUKASSA_SHOP_ID is not set, and DATABASE_URL holds real payments (provider:yookassa): the practice shop would sell points for nothing; set YUKASSA_SHOP_ID, or PAYMENTS_ENABLED=false',
    );
}

/**
 * Takes all practice points back: from whoever bought them as far as they are there, what they have spent from the house that got it.
 * Resolves with how many. May be repeated; the house must not run meanwhile. Throws ConfigError where there is no database: one that
 * is made here would hold none.
 */
export async function voidPracticePoints(path: string): Promise<number> {
  if (!existsSync(path)) throw new ConfigError(`DATABASE_URL leads to ${JSON.stringify(path)}; there is no database`);
  const database = await openWriter(path);
  await migrate(database);
  const reader = await openReader(path);
  const { practiceCredits, balance } = createQueries(reader);
  const { commit } = await createWriter(database);
  let voided = 0;
  for (const { id, account, points } of await practiceCredits(practiceAccount)) {
    const there = Math.min(points, Math.max(0, await balance(account)));
    // Handed in together, they are one transaction.
    await Promise.all([
      ...(there > 0 ? [commit(backFrom(account, `void:${id}`, there))] : []),
      ...(there < points ? [commit(backFrom(houseAccount, `void:${id}:spent`, points - there))] : []),
    ]);
    voided += points;
  }
  await Promise.all([database.close(), reader.close()]);
  return voided;
}

const backFrom = (from: string, id: string, points: number): WriteUnit => ({
  movement: { kind: 'transfer', id, from, to: practiceAccount, points, reason: 'practice' },
  writes: [],
});
