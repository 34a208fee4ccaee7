import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';
import { ru } from '../src/bot/words/texts.ru.ts';
import type { EndReason, JobState } from '../src/domain/job.ts';
import type { ChatMessage, Person } from '../src/sandbox/telegram/server.ts';
import { runsOf, type Stage } from './crash-stage.ts';

type JobRow = {
  id: string;
  user_id: number;
  state: JobState;
  reason: EndReason | null;
  price: number;
  executions: number;
  files: string;
};
type TransferRow = { id: string; kind: string; debit: string; credit: string; points: number; reservation: string | null };
type OutboxRow = { id: string; chat_id: number; state: string; tries: number; message_id: number | null };

const initialPoints = 60;

/**
 * What must be true of everyone who ever was on this stage once all is done, whatever was killed in between; `edits`: also of the
 * last edits of what was said.
 */
export async function audit(t: ExecutionContext, stage: Stage, { edits }: { edits: boolean }): Promise<void> {
  await stage.quiet({ edits });
  const jobs = await stage.read<JobRow>(
    'SELECT id, user_id, state, reason, price, executions, files FROM jobs ORDER BY created_at',
  );
  const transfers = await stage.read<TransferRow>('SELECT id, kind, debit, credit, points, reservation FROM transfers');
  const outbox = new Map(
    (await stage.read<OutboxRow>('SELECT id, chat_id, state, tries, message_id FROM outbox')).map(row => [row.id, row]),
  );
  const balances = await auditBooks(t, stage, transfers);
  await auditUpdates(t, stage);
  for (const job of jobs) {
    auditPoints(t, job, transfers);
    auditExecutions(t, stage, job);
    auditLastWord(t, stage, job, outbox);
  }
  for (const { person, files } of stage.people.values()) {
    const theirs = jobs.filter(({ user_id }) => user_id === person.id);
    const photos = theirs.map(job => JSON.parse(job.files).length);
    claim(
      t,
      isDeepStrictEqual(photos, files),
      () => `photos of the jobs of ${person.id}: ${photos}\n${stage.describe(person.id)}`,
    );
    auditChat(t, stage, person, theirs, edits);
    const paid = theirs.filter(({ state }) => state === 'completed').reduce((sum, { price }) => sum + price, 0);
    t.is(balances.get(`user:${person.id}`), initialPoints - paid, `balance of ${person.id}`);
  }
  for (const { maxOutstanding } of stage.comfys)
    t.true(maxOutstanding() <= 1, `${maxOutstanding()} prompts of ours in one ComfyUI`);
}

/** The story is told only where a claim is wrong: it is long. */
function claim(t: ExecutionContext, holds: boolean, otherwise: () => string): void {
  if (holds) t.pass();
  else t.fail(otherwise());
}

/** Double entry: every account is what its lines make it, nothing is set aside any more, and all of it together is nothing. */
async function auditBooks(t: ExecutionContext, stage: Stage, transfers: readonly TransferRow[]): Promise<Map<string, number>> {
  const accounts = await stage.read<{ id: string; posted: number; reserved: number }>(
    'SELECT id, posted, reserved FROM accounts',
  );
  const expected = new Map<string, number>(accounts.map(({ id }) => [id, 0]));
  const add = (id: string, points: number) => expected.set(id, (expected.get(id) ?? 0) + points);
  for (const { kind, debit, credit, points } of transfers)
    if (kind === 'transfer' || kind === 'post') {
      add(debit, -points);
      add(credit, points);
    }
  t.deepEqual(new Map(accounts.map(({ id, posted }) => [id, posted])), expected);
  t.is(
    accounts.reduce((sum, { posted }) => sum + posted, 0),
    0,
  );
  t.deepEqual(
    accounts.filter(({ id, posted, reserved }) => reserved !== 0 || (id.startsWith('user:') && posted < 0)),
    [],
  );
  return expected;
}

/** Each update that was sent is written exactly once, however often it came. */
async function auditUpdates(t: ExecutionContext, stage: Stage): Promise<void> {
  const events = await stage.read<{ id: number; n: number }>(
    "SELECT data->>'updateId' AS id, count(*) AS n FROM journal WHERE data->>'updateId' IS NOT NULL GROUP BY 1",
  );
  t.deepEqual(
    events.filter(({ n }) => n > 1),
    [],
  );
  t.is(events.length, stage.telegram.nextUpdateId - 1000, 'updates written');
}

/** One reservation, one resolution; nothing at all for a job that was never accepted. */
function auditPoints(t: ExecutionContext, { id, state, price, reason }: JobRow, transfers: readonly TransferRow[]): void {
  const lines = transfers.filter(row => row.id === `job:${id}` || row.reservation === `job:${id}`);
  const wasQueued = lines.length > 0;
  const resolution = state === 'completed' ? 'post' : 'void';
  t.true(['completed', 'failed', 'cancelled', 'refused'].includes(state), `${id} is ${state}`);
  t.is(state === 'completed', reason === null, `${id}: ${state}, ${reason}`);
  if (state === 'refused' || (state === 'cancelled' && !wasQueued)) t.deepEqual(lines, []);
  else t.deepEqual(lines.map(({ kind }) => kind).sort(), [resolution, 'reserve'].sort(), `lines of ${id}`);
  t.true(lines.every(({ points }) => points === price));
}

/**
 * Nothing is made again once it is on disk. Before that a server is asked what became of a prompt, so that a job costs exactly
 * what its row counts: a death of the house alone makes no server work twice. Only a server that forgets, by a restart, may have
 * to make a picture again.
 */
function auditExecutions(t: ExecutionContext, stage: Stage, job: JobRow): void {
  const runs = runsOf(stage.comfys, job.id).sort((one, other) => one.startedAt - other.startedAt);
  const made = runs.length;
  const { restarts } = stage.people.get(job.user_id)!;
  const story = () => `${made} executions of ${job.id} (${job.state})\n${stage.describe(job.user_id, job.id)}`;
  if (restarts > 0 || job.state === 'cancelled') claim(t, made <= 1 + restarts, story);
  else claim(t, made === job.executions, story);
  const unfailed = runs.filter(({ outcome }) => outcome !== 'error').length;
  claim(t, unfailed <= 1 + restarts, () => `adopted, not repeated: ${story()}`);
  const isAlone = runs.every(({ startedAt }, n) => n === 0 || startedAt >= (runs[n - 1]!.endedAt ?? Number.POSITIVE_INFINITY));
  claim(t, isAlone, () => `never on two servers at a time: ${story()}`);
  for (const { pictures } of stage.remains)
    claim(t, (pictures.get(job.id) ?? made) === made, () => `made again although its picture was on disk: ${story()}`);
  const kept = ['full', 'frame.json', 'jpg'].every(kind => existsSync(join(stage.folder, 'results', `${job.id}.${kind}`)));
  if (job.state === 'completed') t.true(kept, `the picture of ${job.id}`);
}

/** The picture, or the word why there is none, has arrived; and it was sent again only when a death had left that in doubt. */
function auditLastWord(t: ExecutionContext, stage: Stage, { id, state }: JobRow, outbox: ReadonlyMap<string, OutboxRow>): void {
  const row = outbox.get(`job:${id}:${state === 'completed' ? 'result' : 'ended'}`);
  t.is(row?.state, 'sent', `the last word on ${id} (${state})`);
  t.false(outbox.has(`job:${id}:${state === 'completed' ? 'ended' : 'result'}`));
  const { person } = stage.people.get(row!.chat_id)!;
  const message = person.messages.find(one => one.id === row!.message_id);
  const story = () => `${row!.id}, message ${row!.message_id}, sent ${row!.tries} times\n${stage.describe(person.id, id)}`;
  claim(t, Boolean(message?.photo) === (state === 'completed'), story);
  claim(t, row!.tries <= 1 + doubtsOf(stage, row!.id), story);
}

const doubtsOf = ({ remains }: Stage, outboxId: string): number => remains.filter(({ inDoubt }) => inDoubt.has(outboxId)).length;

/** As the person sees it: a message a job, doubts aside; no word twice. */
function auditChat(t: ExecutionContext, stage: Stage, person: Person, jobs: readonly JobRow[], edits: boolean): void {
  const said = person.messages.filter(({ from }) => from === 'bot');
  const story = () => stage.describe(person.id, ...jobs.map(({ id }) => id));
  const completed = jobs.filter(({ state }) => state === 'completed');
  const ended = jobs.filter(({ state }) => state !== 'completed');
  const once = (what: string, of: readonly JobRow[], seen: number) => {
    const doubts = of.reduce((sum, { id }) => sum + doubtsOf(stage, `job:${id}:${what}`), 0);
    const holds = seen >= of.length && seen <= of.length + doubts;
    claim(t, holds, () => `${seen} × ${what} for ${of.length} jobs and ${doubts} doubts\n${story()}`);
  };
  const isEnding = (message: ChatMessage) => !isStatus(message) && ended.some(({ reason }) => tellsOf(message, reason!));
  once('result', completed, said.filter(isResult).length);
  once('ended', ended, said.filter(isEnding).length);
  claim(t, said.filter(({ text }) => text?.includes('Добро пожаловать')).length <= 1, story);
  for (const { id, state, reason } of jobs) {
    const statuses = said.filter(message => message.text?.includes(id));
    claim(t, statuses.length <= 1, () => `status messages of ${id}\n${story()}`);
    // Its arrival was in doubt: the house does not know its number, and cannot change it any more.
    if (!edits || doubtsOf(stage, `job:${id}:status`) > 0) continue;
    const words = ru.status[reason === 'insufficient_points' ? 'lacking' : (state as keyof typeof ru.status)] as string;
    const isLast = statuses.every(status => says(status, words) && status.buttons.length === 0);
    claim(t, isLast, () => `the status of ${id} does not say that it is ${state}\n${story()}`);
  }
}

export const isResult = (message: ChatMessage): boolean =>
  Boolean(message.photo && message.caption?.includes('Обработка завершена'));
/** What is lacking is told as it is when it is told: points may have come back meanwhile. */
const tellsOf = (message: ChatMessage, reason: EndReason): boolean =>
  reason === 'insufficient_points'
    ? /^(💸 Не хватает|💳 Теперь баллов хватает)/u.test(message.text ?? '')
    : says(message, ru.ended(reason));
const says = ({ text }: ChatMessage, words: string): boolean => text?.startsWith(words) ?? false;
const isStatus = ({ text }: ChatMessage): boolean => text?.includes('ID задачи') ?? false;
