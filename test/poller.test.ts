import test, { type ExecutionContext } from 'ava';
import { openWriter } from '../db/database.ts';
import { type BotCall, startTelegram } from '../src/sandbox/telegram/server.ts';
import { fastClock } from './fast-clock.ts';
import { until } from './probe.ts';
import { openStudio, type Studio, token } from './studio.ts';

const open = (t: ExecutionContext): Promise<Studio> => openStudio(t, { clock: fastClock() });
const personOf = ({ telegram }: Pick<Studio, 'telegram'>, id = 1001) => telegram.person(id, { firstName: `Анна ${id}` });
const welcome = /Добро пожаловать/;

const isPoll = ({ method }: BotCall): boolean => method === 'getUpdates';
const polls = ({ telegram }: Studio): BotCall[] => telegram.calls.filter(isPoll);
const offsets = (studio: Studio): number[] => polls(studio).flatMap(({ params }) => Number(params['offset'] ?? 0));

/** Until the returned function is called, nothing of this person can be written. */
async function hold({ folder }: Studio, userId: number): Promise<() => Promise<void>> {
  const database = await openWriter(`${folder}/bot.db`);
  await database.run(
    `CREATE TRIGGER fault BEFORE INSERT ON journal WHEN NEW.key = 'user-${userId}' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`,
  );
  return async () => {
    await database.run('DROP TRIGGER fault');
    await database.close();
  };
}

/** Stops the house for good, or until it is opened again. */
async function close(studio: Studio): Promise<void> {
  await studio.house.stop();
  studio.house = { ...studio.house, stop: async () => {} };
}

test('the offset moves past an update only once that is durable', async t => {
  const studio = await open(t);
  const [anna, boris] = [personOf(studio), personOf(studio, 1002)];
  const release = await hold(studio, anna.id);
  const { updateId } = anna.sendText('/start');
  boris.sendText('/start');
  await boris.waitFor(welcome);
  await studio.step('update:unwritten');
  await studio.step('update:unwritten', studio.observed.findIndex(({ step }) => step === 'update:unwritten') + 1);
  t.true(Math.max(...offsets(studio)) <= updateId);
  t.is(studio.telegram.pendingUpdates(), 2);
  await release();
  await anna.waitFor(welcome);
  await until(() => offsets(studio).at(-1) === updateId + 2, 'both confirmed');
  t.is(boris.messages.filter(({ text }) => welcome.test(text ?? '')).length, 1, 'what was durable already is not done again');
  const journal = await studio.read<{ key: string; n: number }>(
    'SELECT key, COUNT(*) AS n FROM journal GROUP BY key ORDER BY key',
  );
  t.deepEqual(journal, [
    { key: 'user-1001', n: 1 },
    { key: 'user-1002', n: 1 },
  ]);
});

test('a batch is confirmed up to the first update that could not be written', async t => {
  const studio = await open(t);
  const [anna, boris] = [personOf(studio), personOf(studio, 1002)];
  const release = await hold(studio, boris.id);
  const { updateId } = anna.sendText('/start');
  const held = boris.sendText('/start').updateId;
  anna.sendText('/help');
  await anna.waitFor(/Как это работает/);
  await studio.step('update:unwritten');
  await studio.telegram.waitForCall(call => isPoll(call) && Number(call.params['offset']) === updateId + 1);
  t.true(Math.max(...offsets(studio)) <= held);
  await release();
  await boris.waitFor(welcome);
  t.is(anna.messages.filter(({ text }) => /Как это работает/.test(text ?? '')).length, 1);
});

for (const [what, fault] of [
  ['a conflict with another poll', { kind: 'status', status: 409 }],
  ['a busy Telegram', { kind: 'status', status: 429, retryAfter: 2 }],
  ['a broken Telegram', { kind: 'status', status: 500 }],
  ['a gateway that answers with HTML', { kind: 'status', status: 502, rawBody: '<html>Bad Gateway</html>' }],
  ['an answer that is no JSON', { kind: 'status', status: 200, rawBody: 'Welcome' }],
  ['a connection that breaks off', { kind: 'dropBeforeDoing' }],
  ['an answer that is lost', { kind: 'dropAfterDoing' }],
] as const)
  test(`polling goes on after ${what}`, async t => {
    const studio = await open(t);
    await studio.step(/^open/);
    const anna = personOf(studio);
    for (let n = 0; n < 3; n++) studio.telegram.faults.next({ ...fault, method: 'getUpdates' });
    anna.sendText('/start');
    await anna.waitFor(welcome);
    anna.sendText('/balance');
    await anna.waitFor(/Баланс: 60 баллов/);
    t.true(studio.observed.filter(({ step }) => step === 'poll:failed').length >= 2);
    t.is(anna.messages.filter(({ from }) => from === 'bot').length, 2);
  });

test('polling goes on once Telegram is back', async t => {
  const studio = await open(t);
  await studio.step(/^open/);
  await studio.telegram.close();
  await studio.step('poll:failed');
  const again = await startTelegram({ token, port: Number(new URL(studio.telegram.url).port) });
  t.teardown(() => again.close());
  const anna = personOf({ telegram: again });
  anna.sendText('/start');
  await anna.waitFor(welcome);
  t.pass();
});

test('a failing Telegram is asked less and less often', async t => {
  const studio = await open(t);
  await studio.step(/^open/);
  const from = polls(studio).length;
  const heal = studio.telegram.faults.always({ kind: 'status', status: 500, method: 'getUpdates' });
  personOf(studio).sendText('/start');
  await studio.step(() => studio.observed.filter(({ step }) => step === 'poll:failed').length === 5);
  heal();
  await personOf(studio).waitFor(welcome);
  const times = polls(studio)
    .slice(from)
    .map(({ at }) => at);
  // 0.4, 0.8, 1.6, 3.2 and 6.4 s of a time that runs twenty times as fast.
  t.true(times[4]! - times[3]! > times[1]! - times[0]!);
});

test('the kinds of updates are named with every question, and what waits is never thrown away', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  anna.sendText('/start');
  await anna.waitFor(welcome);
  await close(studio);
  t.true(polls(studio).length >= 2);
  for (const { params } of polls(studio))
    t.deepEqual(params['allowed_updates'], ['message', 'callback_query', 'my_chat_member', 'pre_checkout_query']);
  t.false(studio.telegram.calls.some(({ params }) => params['drop_pending_updates'] === true));
  t.true(studio.telegram.calls.every(({ params }) => Number(params['offset'] ?? 0) >= 0));
});

test('what was sent while the house was closed is answered when it opens', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  anna.sendText('/start');
  await anna.waitFor(welcome);
  await close(studio);
  anna.sendText('/balance');
  await studio.reopen();
  await anna.waitFor(/Баланс: 60 баллов/);
  t.is(anna.messages.filter(({ text }) => welcome.test(text ?? '')).length, 1);
});

test('a stop hangs up on a question that Telegram still holds, at once', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  anna.sendText('/start');
  await anna.waitFor(welcome);
  const asked = polls(studio).at(-1)!;
  const from = Date.now();
  await close(studio);
  t.true(Date.now() - from < 20_000);
  await studio.telegram.waitForCall(call => call === asked);
  t.not(asked.answered, 'waiting');
  t.is(polls(studio).at(-1), asked, 'nothing more is asked after a stop');
});

test('an update that cannot be written for its person is kept as it came, and holds up nobody behind it for ever', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  const release = await hold(studio, anna.id);
  const { updateId } = anna.sendText('/start');
  await studio.step('update:kept');
  await until(() => studio.telegram.pendingUpdates() === 0);
  const rows = await studio.read<{ update_id: number; data: string }>('SELECT update_id, data FROM dead_updates');
  t.deepEqual(
    rows.map(({ update_id }) => update_id),
    [updateId],
  );
  t.regex(rows[0]!.data, /"text":"\/start"/);
  await release();
  anna.sendText('/start');
  await anna.waitFor(welcome);
});
