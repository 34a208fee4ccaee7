import { openReader, openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createQueries, type Queries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import { ConfigError } from './config-error.ts';
import { assertHouse } from './database-url.ts';
import { houseAccount } from './domain/ledger.ts';
import { providerAccount } from './domain/payment-saga.ts';
import type { Commit, WriteUnit } from './domain/unit.ts';

const practiceAccount = providerAccount('sandbox');

/**
 * Points of the practice shop were sold for nothing. A real shop does not open on a database that holds such points, and the
 * practice shop does not open where one of the `realShops` has taken money: there it would sell for nothing. Throws ConfigError.
 */
export async function assertShopMatches(
  { posted }: Pick<Queries, 'posted'>,
  shop: { name: 'sandbox' | 'yookassa'; isTest: boolean } | null,
  realShops: readonly string[],
): Promise<void> {
  if (shop?.name === 'yookassa' && (await posted(practiceAccount)) !== 0)
    throw new ConfigError(
      'DATABASE_URL holds points that the practice shop sold for nothing (provider:sandbox); void them with `npm run void-practice-points`, or start on a new database',
    );
  if (shop?.name !== 'sandbox') return;
  for (const account of realShops.map(providerAccount))
    if ((await posted(account)) !== 0)
      throw new ConfigError(
        `${shop.isTest ? 'YUKASSA_API_KEY holds a test key' : 'YUKASSA_SHOP_ID is not set'}, and DATABASE_URL holds real payments (${account}): the practice shop would sell points for nothing; set ${shop.isTest ? 'the live key' : 'YUKASSA_SHOP_ID'}, or PAYMENTS_ENABLED=false`,
      );
}

/**
 * Takes all practice points back: from whoever bought them as far as they are there, what they have spent from the house that got
 * it. Resolves with how many. May be repeated; the house must not run meanwhile. Throws ConfigError where there is no database:
 * one that is made here would hold none.
 */
export async function voidPracticePoints(url: string): Promise<number> {
  await assertHouse(url);
  const database = await openWriter(url);
  await migrate(database);
  const reader = await openReader(url);
  const queries = createQueries(reader);
  const { commit } = await createWriter(database);
  const undone = await undoRefunds(queries, commit);
  const voided = await voidCredits(queries, commit);
  await Promise.all([database.close(), reader.close()]);
  return voided - undone;
}

/** What the practice shop gave back is undone first: then all that it sold can be taken back as if nothing had been. */
async function undoRefunds({ practiceRefunds, balance }: Queries, commit: Commit): Promise<number> {
  let undone = 0;
  for (const { id, debtor, points } of await practiceRefunds(practiceAccount)) {
    const due = Math.min(points, Math.max(0, -(await balance(debtor))));
    const payer = debtor.replace(/^debt:/, 'user:');
    // Handed in together, they are one transaction.
    await Promise.all([
      ...(due > 0 ? [commit(moved(practiceAccount, debtor, `void:${id}:debt`, due))] : []),
      ...(due < points ? [commit(moved(practiceAccount, payer, `void:${id}`, points - due))] : []),
    ]);
    undone += points;
  }
  return undone;
}

async function voidCredits({ practiceCredits, balance }: Queries, commit: Commit): Promise<number> {
  let voided = 0;
  for (const { id, account, points } of await practiceCredits(practiceAccount)) {
    const there = Math.min(points, Math.max(0, await balance(account)));
    await Promise.all([
      ...(there > 0 ? [commit(moved(account, practiceAccount, `void:${id}`, there))] : []),
      ...(there < points ? [commit(moved(houseAccount, practiceAccount, `void:${id}:spent`, points - there))] : []),
    ]);
    voided += points;
  }
  return voided;
}

const moved = (from: string, to: string, id: string, points: number): WriteUnit => ({
  movement: { kind: 'transfer', id, from, to, points, reason: 'practice' },
  writes: [],
});
