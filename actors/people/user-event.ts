import { randomInt, randomUUID } from 'node:crypto';
import { type AdminOutcome, actIdOf } from '../../src/domain/admin.ts';
import { actOf } from '../../src/domain/admin-talk.ts';
import type { PersonState } from '../../src/domain/dialog.ts';
import type { Job } from '../../src/domain/job.ts';
import { userAccount } from '../../src/domain/ledger.ts';
import type { TopUpTerms } from '../../src/domain/payment.ts';
import type { Cancellation, ChosenPreset, Draft, Input, PersonEvent, Resume, TopUpDraft } from '../../src/domain/person-event.ts';
import type { PromoOutcome } from '../../src/domain/promo.ts';
import { codesTried, promoKeyOf } from '../../src/domain/promo-talk.ts';
import { standingAt } from '../../src/domain/question.ts';
import { isFlood } from '../../src/domain/transition.ts';
import { ask, type Ref } from '../nact.ts';
import type {
  Catalogue,
  Clock,
  DeskMessage,
  JobsMessage,
  LedgerMessage,
  Observe,
  PaymentsMessage,
  UserMessage,
} from '../protocol.ts';
import { type PromoDeps, tryCodes } from './promo-use.ts';

export type UserDeps = PromoDeps & {
  ledger: Ref<LedgerMessage>;
  jobs: Ref<JobsMessage>;
  payments: Ref<PaymentsMessage>;
  desk: Ref<DeskMessage>;
  catalogue: Catalogue;
  clock: Clock;
  observe: Observe;
  /** Rows as they are. */
  job(id: string): Promise<Job | undefined>;
  /** What can be spent of an account. */
  balance(account: string): Promise<number>;
  rules: UserRules;
  /** Whether an admin has set that this person pays nothing. */
  isUnlimited(userId: number): Promise<boolean>;
};

/**
 * Points, pieces per period, milliseconds. `priceFor` is what an edit costs this person; `idleMs` is how long one stays in
 * memory.
 */
export type UserRules = {
  initialPoints: number;
  messagesPerMinute: number;
  openJobs: number;
  jobsPerHour: number;
  jobDeadlineMs: number;
  workflow: string;
  /** Null where nothing is sold. */
  topUp: (TopUpTerms & { openMax: number }) | null;
  priceFor(userId: number, preset: ChosenPreset | null): number;
  isAdmin(userId: number): boolean;
  idleMs: number;
};

const askTimeoutMs = 20_000;
/** What `randomInt` gives at most: exact in JavaScript, and well below ComfyUI's 2^64-1. */
const seedMax = 2 ** 48 - 1;

/** Makes an event of what came in: with its time and new ids, and with the answers to whatever has to be asked first. */
export async function eventOf(
  deps: UserDeps,
  state: PersonState,
  msg: Extract<UserMessage, { type: 'receive' }>,
): Promise<PersonEvent> {
  const { userId, updateId, sender } = msg;
  const { initialPoints, messagesPerMinute } = deps.rules;
  const input = admitted(deps, userId, msg.input);
  const asked = { at: deps.clock.now(), updateId, userId, sender, input, initialPoints, messagesPerMinute };
  const event: PersonEvent = { ...asked, draft: null, cancellation: null };
  if (isFlood(state, event)) return event;
  const resume = await resumeOf(deps, userId, input);
  const draft = mayOrder(state, input) ? await draftOf(deps, state, userId, input, resume) : null;
  const cancellation = await cancelled(deps, userId, input);
  const topUp = await topUpOf(deps, state, userId, input);
  const promo = await promoOf(deps, state, event);
  const admin = await carriedOut(deps, event);
  return {
    ...asked,
    draft,
    cancellation,
    ...(resume && { resume }),
    ...(topUp && { topUp }),
    ...(promo && { promo }),
    ...(admin && { admin }),
  };
}

/** For anyone else an admin's command is one that there is not. */
const admitted = ({ rules }: UserDeps, userId: number, input: Input): Input =>
  input.type === 'admin' && !rules.isAdmin(userId) ? { type: 'unsupported' } : input;

const mayOrder = ({ photos }: PersonState, input: Input): boolean =>
  (input.type === 'photo' && !input.group) ||
  input.type === 'albumDue' ||
  (input.type === 'press' && ['preset', 'again', 'resume'].includes(input.press?.to ?? '')) ||
  (input.type === 'text' && photos !== null);

async function draftOf(
  { jobs, catalogue, clock, rules, isUnlimited }: UserDeps,
  state: PersonState,
  userId: number,
  input: Input,
  resume: Resume | undefined,
): Promise<Draft> {
  const pressed = input.type === 'press' && input.press?.to === 'preset' ? input.press.presetId : undefined;
  const dialog = standingAt(state);
  const presetId = resume
    ? resume.presetId
    : (pressed ?? (dialog.at === 'awaiting_image_for_preset' ? dialog.presetId : undefined));
  const preset = presetId == null ? undefined : catalogue.preset(presetId);
  const isFree = await isUnlimited(userId);
  const priceOf = (one: ChosenPreset | null) => (isFree ? 0 : rules.priceFor(userId, one));
  return {
    jobId: randomUUID(),
    seed: randomInt(seedMax),
    deadlineAt: clock.now() + rules.jobDeadlineMs,
    preset: preset ? { ...preset, price: priceOf(preset) } : null,
    custom: { workflow: rules.workflow, price: priceOf(null) },
    openJobs: await ask(jobs, { type: 'openJobs', userId }, askTimeoutMs),
    limits: { openJobs: rules.openJobs, jobsPerHour: rules.jobsPerHour },
  };
}

const mayPay = ({ dialog }: PersonState, input: Input): boolean =>
  (input.type === 'press' && ['ownAmount', 'amount', 'offer', 'pay'].includes(input.press?.to ?? '')) ||
  (input.type === 'text' && (dialog.at === 'awaiting_payment' || dialog.at === 'awaiting_email'));

async function topUpOf(
  { payments, rules }: UserDeps,
  state: PersonState,
  userId: number,
  input: Input,
): Promise<TopUpDraft | null> {
  if (!rules.topUp || !mayPay(state, input)) return null;
  const openPayments = await ask(payments, { type: 'openPayments', userId }, askTimeoutMs);
  return { ...rules.topUp, paymentId: randomUUID(), openPayments };
}

/** An edit of theirs that was refused for want of points, and what they can spend now. */
async function resumeOf({ job, balance }: UserDeps, userId: number, input: Input): Promise<Resume | undefined> {
  if (input.type !== 'press' || input.press?.to !== 'resume') return undefined;
  const found = await job(input.press.jobId);
  if (found?.userId !== userId || found.state !== 'refused' || found.reason !== 'insufficient_points') return undefined;
  const { id: jobId, presetId, prompt, files } = found;
  return { jobId, presetId, prompt, files, balance: await balance(userAccount(userId)) };
}

/** The cancel itself is durable before the press is acknowledged; a repeated press finds it done. */
async function cancelled({ jobs }: UserDeps, userId: number, input: Input): Promise<Cancellation | null> {
  if (input.type !== 'press' || input.press?.to !== 'cancelJob') return null;
  return ask(jobs, { type: 'cancel', jobId: input.press.jobId, userId }, askTimeoutMs);
}

/** Points and the words of success are durable before the event is: a repeated update finds them, and is told the same. */
async function promoOf(deps: UserDeps, state: PersonState, event: PersonEvent): Promise<PromoOutcome | null> {
  const codes = codesTried(state, event);
  const { userId, at, input } = event;
  // What follows a welcome is not to overtake it.
  const rank = input.type === 'promoDue' ? 'hint' : 'result';
  return codes && tryCodes(deps, codes, { userId, at, rank, key: promoKeyOf(event) });
}

/** An act is durable before its answer is; a repeated update finds it done. */
async function carriedOut({ desk }: UserDeps, { userId, updateId, at, input }: PersonEvent): Promise<AdminOutcome | null> {
  const act = updateId === null ? undefined : actOf(input);
  if (!act || updateId === null) return null;
  const order = { act, id: actIdOf(userId, updateId), byId: userId, at };
  const outcome = await ask(desk, { type: 'act', order }, askTimeoutMs);
  if (outcome === 'unavailable') throw new Error('the act could not be carried out');
  return outcome;
}
