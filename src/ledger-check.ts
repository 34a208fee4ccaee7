import { type Database, openReader } from '../db/database.ts';
import { type Counts, createProof, proofRowsMax } from '../db/proof.ts';
import { assertHouse } from './database-url.ts';
import {
  flawsOfAccount,
  flawsOfJob,
  flawsOfPayment,
  flawsOfRefund,
  flawsOfResolution,
  flawsOfStray,
  flawsOfTotal,
} from './domain/ledger-check.ts';

/** What was looked at, and what is wrong with it: one sentence for each broken row. */
export type Verdict = { counts: Counts; flaws: readonly string[] };

/**
 * Proves the ledger of a house against its own lines, its jobs and its payments: one state of the database, read only, while the
 * house runs or not. Throws ConfigError where there is no database.
 */
export async function checkLedger(url: string): Promise<Verdict> {
  await assertHouse(url);
  const reader = await openReader(url, { patient: true });
  try {
    await reader.run('BEGIN');
    return await prove(reader);
  } finally {
    await reader.run('COMMIT').catch(() => {});
    await reader.close();
  }
}

async function prove(reader: Database): Promise<Verdict> {
  const proof = createProof(reader);
  const counts = await proof.counts();
  const flaws = [
    flawsOfTotal(await proof.total()),
    capped((await proof.accounts()).flatMap(flawsOfAccount)),
    capped((await proof.resolutions()).flatMap(flawsOfResolution)),
    capped((await proof.jobs()).flatMap(flawsOfJob)),
    capped((await proof.payments()).flatMap(flawsOfPayment)),
    capped((await proof.refunds()).flatMap(flawsOfRefund)),
    capped((await proof.strayCredits()).flatMap(id => flawsOfStray(id, 'payment'))),
    capped((await proof.strayRefunds()).flatMap(id => flawsOfStray(id, 'refund'))),
  ];
  return { counts, flaws: flaws.flat() };
}

const capped = (flaws: string[]): string[] =>
  flaws.length < proofRowsMax ? flaws : [...flaws.slice(0, proofRowsMax), `and more of these than ${proofRowsMax}`];

/** For the operator: one line when all is well, else one for each flaw. */
export const verdictLines = ({ counts: { accounts, transfers, jobs, payments }, flaws }: Verdict): string[] =>
  flaws.length > 0
    ? [...flaws]
    : [`The ledger is whole: ${accounts} accounts, ${transfers} transfers, ${jobs} jobs, ${payments} payments agree.`];
