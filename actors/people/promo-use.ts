import { isExpired, type PromoCode, type PromoOutcome } from '../../src/domain/promo.ts';
import { type PromoUse, usePromo } from '../../src/domain/promo-unit.ts';
import { ask, type Ref } from '../nact.ts';
import type { LedgerMessage } from '../protocol.ts';

export type PromoDeps = {
  ledger: Ref<LedgerMessage>;
  /** A code as it is for one person. `isMine`: this very act has brought its points; `isUsed`: this or another has. */
  promoFor(code: string, use: PromoUse): Promise<{ promo: PromoCode; isUsed: boolean; isMine: boolean } | undefined>;
};

const askTimeoutMs = 20_000;

/**
 * Tries codes one after the other until there is one. A use that is asked for again after a crash is answered as it was: the
 * words of success, which came with the points, bear the name of the act. Rejects when nothing is known to be written.
 */
export async function tryCodes(deps: PromoDeps, codes: readonly string[], use: PromoUse): Promise<PromoOutcome> {
  for (const code of codes) {
    const outcome = await tryCode(deps, code, use);
    if (outcome.is !== 'unknown') return outcome;
  }
  return { is: 'unknown' };
}

async function tryCode({ ledger, promoFor }: PromoDeps, code: string, use: PromoUse): Promise<PromoOutcome> {
  const found = await promoFor(code, use);
  if (!found) return { is: 'unknown' };
  const { promo, isUsed, isMine } = found;
  const applied = { is: 'applied', points: promo.points } as const;
  if (isMine) return applied;
  if (isUsed) return { is: 'alreadyUsed' };
  if (isExpired(promo, use.at)) return { is: 'expired' };
  const { status } = await ask(ledger, { type: 'settle', unit: usePromo(promo, use) }, askTimeoutMs);
  if (status === 'applied') return applied;
  if (status === 'refused') return { is: 'usedUp' };
  if (status !== 'repeated') throw new Error('the code could not be used');
  // It was written since it was looked at: by an earlier try of this act whose answer was lost, or by another.
  return (await promoFor(code, use))?.isMine ? applied : { is: 'alreadyUsed' };
}
