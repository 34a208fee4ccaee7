import { createHash } from 'node:crypto';
import type { ActOrder, AdminAct, AdminOutcome } from '../src/domain/admin.ts';
import * as unit from '../src/domain/admin-unit.ts';
import type { PromoCode } from '../src/domain/promo.ts';
import { fundPromo } from '../src/domain/promo-unit.ts';
import type { RefundAnswer } from '../src/domain/refund.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import { ask, type Parent, type Ref, spawn, tell } from './nact.ts';
import type { Clock, DeskMessage, LedgerAnswer, LedgerMessage, Observe, PaymentsMessage } from './protocol.ts';
import { essential } from './supervision.ts';

export type DeskDeps = {
  ledger: Ref<LedgerMessage>;
  payments: Ref<PaymentsMessage>;
  clock: Clock;
  observe: Observe;
  /**
   * Whether a person pays nothing, and what was noted of an act, both of one moment. `unlimited` null: there is no such person.
   */
  subject(userId: number, actId: string): Promise<{ unlimited: boolean | null; noted: string | null }>;
  promoBy(code: string, actId: string): Promise<{ promo: PromoCode | undefined; isNoted: boolean }>;
};

type Order<Act extends AdminAct['act']> = ActOrder & { act: Extract<AdminAct, { act: Act }> };

/** Less than the one who asks has. */
const askTimeoutMs = 15_000;

/**
 * Carries out what admins order, one act after the other. An act is known by its admin and the update it came with: ordered
 * again, it changes nothing and is answered the same. Nothing is kept here; what is noted of an act is written together with what
 * it changes.
 */
export const spawnDesk = (parent: Parent, deps: DeskDeps): Ref<DeskMessage> =>
  spawn(
    parent,
    'desk',
    async (_: undefined, { order, replyTo }: DeskMessage) => {
      try {
        tell(replyTo, await carryOut(deps, order));
      } catch (error) {
        tell(replyTo, 'unavailable');
        throw error;
      }
      return undefined;
    },
    {
      initialState: () => undefined,
      onCrash: essential(deps, 'desk'),
    },
  );

async function carryOut(deps: DeskDeps, order: ActOrder): Promise<AdminOutcome | 'unavailable'> {
  const { act } = order;
  deps.observe({ step: `act:${act.act}`, userId: order.byId });
  switch (act.act) {
    case 'grant':
      return grant(deps, { ...order, act });
    case 'switchUnlimited':
      return switchUnlimited(deps, { ...order, act });
    case 'createPromo':
      return createPromo(deps, { ...order, act });
    case 'refund':
      return refund(deps, { ...order, act });
    default:
      return act satisfies never;
  }
}

async function grant(deps: DeskDeps, order: Order<'grant'>): Promise<AdminOutcome | 'unavailable'> {
  const { userId: subjectId, points } = order.act;
  const { unlimited } = await deps.subject(subjectId, order.id);
  if (unlimited === null) return { is: 'noPerson', subjectId };
  const outcome = await settle(deps, unit.grant(order));
  const told = { subjectId, points: Math.abs(points) };
  if (isDone(outcome)) return { is: points > 0 ? 'granted' : 'taken', ...told };
  return outcome.status === 'refused' && outcome.refusal === 'insufficient_points'
    ? { is: 'tooFewPoints', ...told }
    : 'unavailable';
}

/** The other way round than it is, unless this very act did so already. */
async function switchUnlimited(deps: DeskDeps, order: Order<'switchUnlimited'>): Promise<AdminOutcome | 'unavailable'> {
  const { userId: subjectId } = order.act;
  const { unlimited, noted } = await deps.subject(subjectId, order.id);
  if (unlimited === null) return { is: 'noPerson', subjectId };
  if (noted !== null) return { is: 'unlimitedSet', subjectId, ...(JSON.parse(noted) as { unlimited: boolean }) };
  const outcome = await settle(deps, unit.setUnlimited(order, !unlimited));
  return isDone(outcome) ? { is: 'unlimitedSet', subjectId, unlimited: !unlimited } : 'unavailable';
}

/** A code that is there stays as it is, also for one who would make it the same. */
async function createPromo(deps: DeskDeps, order: Order<'createPromo'>): Promise<AdminOutcome | 'unavailable'> {
  const wanted = unit.promoOf(order);
  const outcome = await settle(deps, fundPromo(wanted, unit.notedPromo(order, wanted)));
  if (outcome.status === 'failed') return 'unavailable';
  if (outcome.status === 'applied') return created(wanted);
  const { promo, isNoted } = await deps.promoBy(wanted.code, order.id);
  return promo && isNoted ? created(promo) : { is: 'promoExists', code: wanted.code };
}

const created = ({ code, points, uses, expiresAt }: PromoCode): AdminOutcome => ({
  ...{ is: 'promoCreated', code, points, uses, expiresAt },
});

/** Handed to the payments; the same act is the same refund to them. */
async function refund(deps: DeskDeps, order: Order<'refund'>): Promise<AdminOutcome | 'unavailable'> {
  const { paymentId, amountMinor } = order.act;
  const wish = { refundId: uuidOf(`refund:${order.id}`), paymentId, amountMinor, byId: order.byId };
  const answer: RefundAnswer = await ask(deps.payments, { type: 'refund', wish }, askTimeoutMs);
  if (answer.status === 'ordered' && !isDone(await settle(deps, unit.notedRefund(order, answer.amountMinor))))
    return 'unavailable';
  return { is: 'refund', paymentId, answer };
}

const settle = ({ ledger }: DeskDeps, written: WriteUnit): Promise<LedgerAnswer> =>
  ask(ledger, { type: 'settle', unit: written }, askTimeoutMs);
const isDone = ({ status }: LedgerAnswer): boolean => status === 'applied' || status === 'repeated';

/** The same UUID for the same name, as RFC 9562 makes version 5 of them. */
function uuidOf(name: string): string {
  const hash = createHash('sha1').update(name).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
