import test, { type ExecutionContext } from 'ava';
import { ask, tell } from '../actors/nact.ts';
import { spawnOutbox } from '../actors/outbox/outbox.ts';
import type { Delivery, NewsRow, Observed, PendingRow } from '../actors/protocol.ts';
import { openWriter } from '../db/database.ts';
import type { OutboxRow } from '../src/domain/notice.ts';
import type { Write } from '../src/domain/unit.ts';
import { startTelegram, type TelegramStandIn } from '../src/sandbox/telegram/server.ts';
import { fastClock } from './fast-clock.ts';
import { actorSystem, type FakeClock, fakeClock, idle, noon, until } from './probe.ts';
import { openStudio, phonePhoto, type Studio, type StudioOptions, token } from './studio.ts';

const photo = await phonePhoto(1, 320, 240);

// — the outbox alone: time passes by hand, and what Telegram says is what the test says —

const sent: Delivery = { kind: 'sent', messageId: 1 };
const rowOf = (id: string, over: Partial<OutboxRow> = {}): OutboxRow => ({
  ...{ id, chatId: 1, rank: 'hint', notice: { type: 'menu' }, edits: null, at: noon },
  ...over,
});
const result = (id: string, over: Partial<OutboxRow> = {}) => rowOf(id, { rank: 'result', ...over });
const edit = (id: string, over: Partial<OutboxRow> = {}) => rowOf(id, { rank: 'edit', edits: 'status', ...over });

type AloneOptions = {
  pending?: () => Promise<PendingRow[]>;
  news?: (after: number, limit: number) => Promise<NewsRow[]>;
  /** What becomes of a row at its try number `n`, counted from 1. */
  deliver?: (row: OutboxRow, n: number) => Delivery | Promise<Delivery>;
  commit?: (writes: readonly Write[]) => void;
  clock?: FakeClock;
};

function outboxAlone(
  t: ExecutionContext,
  {
    pending = async () => [],
    news = async () => [],
    deliver = () => sent,
    commit = () => {},
    clock = fakeClock(),
  }: AloneOptions = {},
) {
  const tried: { id: string; ms: number }[] = [];
  const shown: { part: number | null; ms: number }[] = [];
  const writes: Write[] = [];
  const observed: Observed[] = [];
  const outbox = spawnOutbox(actorSystem(t), {
    clock,
    commit: async unit => {
      commit(unit.writes);
      writes.push(...unit.writes);
      return { status: 'applied' };
    },
    observe: seen => observed.push(seen),
    pendingOutbox: pending,
    pendingNews: news,
    async deliver(row) {
      tried.push({ id: row.id, ms: clock.now() - noon });
      return deliver(row, tried.filter(({ id }) => id === row.id).length);
    },
    async show({ part }) {
      shown.push({ part, ms: clock.now() - noon });
      return sent;
    },
  });
  return {
    ...{ outbox, tried, shown, writes, observed },
    say: (...rows: OutboxRow[]) => tell(outbox, { type: 'queued', rows }),
    live: (part: number) =>
      tell(outbox, { type: 'live', chatId: 1, edits: 'status', job: { jobId: 'job', place: null, part, preview: null } }),
    /** Lets so much time pass, a tenth of a second at a time. */
    async pass(ms: number) {
      for (await idle(); ms > 0; ms -= 100) {
        clock.advance(100);
        await idle(12);
      }
    },
    ids: () => tried.map(({ id }) => id),
    times: (...ids: string[]) => tried.filter(({ id }) => ids.includes(id)).map(({ ms }) => ms),
    /** The last state written of a row. */
    stateOf: (id: string) => writes.findLast(write => write.do === 'setOutbox' && write.id === id),
  };
}

test('a chat takes five messages at once and then one a second, in order', async t => {
  const { say, pass, tried } = outboxAlone(t);
  say(...[1, 2, 3, 4, 5, 6, 7, 8].map(n => rowOf(`${n}`)));
  await pass(4_000);
  t.deepEqual(
    tried,
    [0, 0, 0, 0, 0, 1_000, 2_000, 3_000].map((ms, n) => ({ id: `${n + 1}`, ms })),
  );
});

test('all chats together take thirty messages at once and then thirty a second', async t => {
  const { say, pass, tried } = outboxAlone(t);
  say(...Array.from({ length: 50 }, (_, n) => rowOf(`${n}`, { chatId: n + 1 })));
  await idle(60);
  t.is(tried.length, 30);
  await pass(1_000);
  t.is(tried.length, 50);
});

test('results go before hints, and hints before edits', async t => {
  const { say, pass, ids } = outboxAlone(t);
  say(...[1, 2, 3, 4, 5].map(n => rowOf(`first ${n}`)));
  await pass(100);
  say(edit('edit'), rowOf('hint 1'), result('result 1'), rowOf('hint 2'), result('result 2'));
  await pass(20_000);
  t.deepEqual(ids().slice(5), ['result 1', 'result 2', 'hint 1', 'hint 2', 'edit']);
});

test('a newer edit of a message takes the place of an older one', async t => {
  const { say, pass, ids, stateOf } = outboxAlone(t);
  say(...[1, 2, 3, 4, 5].map(n => rowOf(`first ${n}`)));
  await pass(100);
  say(edit('old'), edit('other', { edits: 'another message' }), edit('newer'), edit('newest'));
  await pass(20_000);
  t.deepEqual(ids().slice(5), ['other', 'newest']);
  for (const id of ['old', 'newer']) t.like(stateOf(id), { state: 'dropped' });
  t.like(stateOf('newest'), { state: 'sent', messageId: 1 });
});

test('passing news is shown as it is when its turn comes, and gives way to the last word', async t => {
  const { say, live, pass, shown, ids } = outboxAlone(t);
  say(...[1, 2, 3, 4, 5].map(n => rowOf(`first ${n}`)));
  await pass(100);
  for (const part of [0.1, 0.2, 0.3]) live(part);
  await pass(6_000);
  t.deepEqual(
    shown.map(({ part }) => part),
    [0.3],
  );
  say(...[1, 2, 3, 4, 5].map(n => rowOf(`second ${n}`)));
  await idle();
  live(0.9);
  say(edit('last word'));
  await pass(10_000);
  t.is(ids().at(-1), 'last word');
  t.is(shown.length, 1);
});

test('edits and passing news leave three messages of the burst to what matters', async t => {
  const { say, live, pass, shown, times } = outboxAlone(t);
  for (const part of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]) {
    live(part);
    await idle();
  }
  t.is(shown.length, 2);
  say(rowOf('hint 1'), result('result'), rowOf('hint 2'));
  await pass(100);
  t.deepEqual(times('hint 1', 'result', 'hint 2'), [0, 0, 0]);
});

test('the news of many jobs leave sends of the bot to a result', async t => {
  const { outbox, say, pass, times } = outboxAlone(t);
  const news = () => {
    for (let chatId = 1; chatId <= 60; chatId++)
      tell(outbox, { type: 'live', chatId, edits: 'status', job: { jobId: 'job', place: chatId, part: null, preview: null } });
  };
  for (let seconds = 0; seconds < 3; seconds++) {
    news();
    await pass(1_000);
  }
  news();
  say(result('result', { chatId: 99 }));
  await idle(300);
  t.deepEqual(times('result'), [3_000]);
});

test('a clock that is set back silences nobody', async t => {
  const clock = fakeClock();
  let shiftMs = 0;
  const { say, pass, ids } = outboxAlone(t, { clock: { ...clock, now: () => clock.now() + shiftMs } });
  say(...[1, 2, 3, 4, 5].map(n => rowOf(`${n}`)));
  await pass(100);
  shiftMs = -3_600_000;
  say(rowOf('later'));
  await pass(2_000);
  t.is(ids().at(-1), 'later');
});

test('a chat that was told to wait waits, and nobody else does', async t => {
  const { say, pass, times, tried } = outboxAlone(t, {
    deliver: (row, n) => (row.id === 'a' && n === 1 ? { kind: 'retryAfter', ms: 10_000 } : sent),
  });
  say(rowOf('a'), rowOf('b'), rowOf('other', { chatId: 2 }));
  await pass(9_900);
  t.deepEqual(tried, [
    { id: 'a', ms: 0 },
    { id: 'other', ms: 0 },
  ]);
  await pass(1_000);
  t.deepEqual([times('a'), times('b')], [[0, 10_000], [10_000]]);
});

for (const [chats, ms] of [
  [2, 0],
  [3, 30_000],
] as const)
  test(`${chats} chats told to wait at once: all others ${ms ? 'wait as well, until the last of them may' : 'go on'}`, async t => {
    const { say, pass, times } = outboxAlone(t, {
      deliver: ({ chatId }, n) =>
        chatId <= chats && n === 1 ? { kind: 'retryAfter', ms: (chatId % 3) * 10_000 + 10_000 } : sent,
    });
    say(...Array.from({ length: chats }, (_, n) => rowOf(`${n + 1}`, { chatId: n + 1 })));
    await idle();
    say(rowOf('other', { chatId: 9 }));
    await pass(31_000);
    t.deepEqual(times('other'), [ms]);
  });

test('chats that wait for another reason do not count as told to', async t => {
  const { say, pass, times } = outboxAlone(t, {
    deliver: ({ chatId }, n) =>
      n > 1 || chatId > 3 ? sent : chatId === 3 ? { kind: 'retryAfter', ms: 1_000 } : { kind: 'unsent' },
  });
  say(rowOf('1', { chatId: 1 }), rowOf('2', { chatId: 2 }));
  await idle();
  say(rowOf('3', { chatId: 3 }));
  await idle();
  say(rowOf('other', { chatId: 4 }));
  await pass(5_000);
  t.deepEqual(times('other'), [0]);
});

/** A first try that fails when the test says so: what is said meanwhile comes between. */
function failingTry() {
  let fail = () => {};
  const failed = new Promise<Delivery>(resolve => (fail = () => resolve({ kind: 'retryAfter', ms: 5_000 })));
  return { fail: () => fail(), deliver: ({ id }: OutboxRow, n: number) => (id === 'first' && n === 1 ? failed : sent) };
}

test('a hint that has to be tried again lets a result that came meanwhile go first', async t => {
  const { fail, deliver } = failingTry();
  const { say, pass, ids } = outboxAlone(t, { deliver });
  say(rowOf('first'), rowOf('next'));
  await pass(100);
  say(result('result'));
  await idle();
  fail();
  await pass(10_000);
  t.deepEqual(ids(), ['first', 'result', 'first', 'next']);
});

test('an edit that has to be tried again gives way to a newer one', async t => {
  const { fail, deliver } = failingTry();
  const { say, pass, ids, stateOf } = outboxAlone(t, { deliver });
  say(edit('first'));
  await pass(100);
  say(edit('new'));
  await idle();
  fail();
  await pass(10_000);
  t.deepEqual(ids(), ['first', 'new']);
  t.like(stateOf('first'), { state: 'dropped' });
});

test('what certainly did not arrive is tried until it does, with growing pauses', async t => {
  const { say, pass, times, stateOf } = outboxAlone(t, { deliver: (_, n) => (n < 9 ? { kind: 'unsent' } : sent) });
  say(rowOf('hint'));
  await pass(400_000);
  const at = times('hint');
  t.deepEqual(
    at.slice(1).map((ms, n) => (ms - at[n]!) / 1000),
    [2, 4, 8, 16, 32, 64, 64, 64],
  );
  t.like(stateOf('hint'), { state: 'sent' });
});

for (const { row, tries } of [
  { row: edit('edit'), tries: 10 },
  { row: rowOf('hint'), tries: 2 },
])
  test(`a doubt whether it arrived: ${row.rank} is said ${tries} times at most`, async t => {
    const { say, pass, times, stateOf } = outboxAlone(t, { deliver: () => ({ kind: 'ambiguous' }) });
    say(row);
    await pass(1_000_000);
    t.is(times(row.id).length, tries);
    t.like(stateOf(row.id), { state: 'dropped' });
  });

test('a picture outlasts whatever ails Telegram: it is said until it has arrived, and a week at most', async t => {
  const hours = (n: number) => n * 3_600_000;
  let isMended = false;
  const { say, pass, times, stateOf } = outboxAlone(t, { deliver: () => (isMended ? sent : { kind: 'ambiguous' }) });
  say(result('lucky'), { ...result('unlucky'), chatId: 2 });
  await pass(hours(20));
  t.like(stateOf('lucky'), { state: 'pending' });
  t.true(times('lucky').length < 40);
  isMended = true;
  await pass(hours(1));
  for (const id of ['lucky', 'unlucky']) t.like(stateOf(id), { state: 'sent' });
  isMended = false;
  say(result('hopeless'));
  await pass(hours(8 * 24));
  t.like(stateOf('hopeless'), { state: 'dropped' });
});

test('what Telegram told to wait, and what never reached it, is no doubt', async t => {
  const { say, pass, stateOf } = outboxAlone(t, {
    deliver: (_, n) => (n < 9 ? { kind: 'retryAfter', ms: 1_000 } : n === 9 ? { kind: 'ambiguous' } : sent),
  });
  say(rowOf('hint'));
  await pass(200_000);
  t.like(stateOf('hint'), { state: 'sent' });
});

test('a picture in doubt for long, and an edit, hold up nobody', async t => {
  const isDoubtful = ({ id }: { id: string }) => ['poison', 'edit'].includes(id);
  const { say, pass, times, stateOf } = outboxAlone(t, { deliver: row => (isDoubtful(row) ? { kind: 'ambiguous' } : sent) });
  say(edit('edit'), rowOf('hint'));
  await pass(3_000);
  t.like(stateOf('hint'), { state: 'sent' });
  say(result('poison'));
  await pass(600_000);
  const [before, asked] = [times('poison').length, rowOf('later')];
  say(asked);
  await pass(3_000);
  t.like(stateOf('later'), { state: 'sent' });
  t.is(times('poison').length, before);
});

test('an edit that was set aside gives way to a newer one of its message', async t => {
  let failures = 1;
  const { say, pass, ids, stateOf } = outboxAlone(t, { deliver: () => (failures-- > 0 ? { kind: 'ambiguous' } : sent) });
  say(edit('older'));
  await pass(1_000);
  say(edit('newer'));
  await pass(100_000);
  t.deepEqual(ids(), ['older', 'newer']);
  t.like(stateOf('older'), { state: 'dropped' });
  t.like(stateOf('newer'), { state: 'sent' });
});

test('what Telegram refuses is let go of, and the line goes on', async t => {
  const { say, pass, ids, stateOf, writes } = outboxAlone(t, {
    deliver: ({ id }) => (id === 'a' ? { kind: 'refused', blocked: false } : id === 'b' ? { kind: 'stale' } : sent),
  });
  say(result('a'), result('b'), rowOf('c'));
  await pass(100);
  t.deepEqual(ids(), ['a', 'b', 'c']);
  for (const id of ['a', 'b']) t.like(stateOf(id), { state: 'dropped' });
  t.false(writes.some(write => write.do === 'setBlocked'));
});

test('nothing is sent before it is written that it is being sent', async t => {
  let failures = 2;
  const { say, pass, times, writes } = outboxAlone(t, {
    commit(rows) {
      if (rows.some(row => row.do === 'setOutbox' && row.state === 'sending') && failures-- > 0) throw new Error('disk full');
    },
  });
  say(rowOf('hint'));
  await pass(10_000);
  t.deepEqual(times('hint'), [2_000]);
  t.deepEqual(
    writes.flatMap(write => (write.do === 'setOutbox' ? [write.state] : [])),
    ['pending', 'pending', 'sending', 'sent'],
  );
});

test('at the start a result in doubt is said once more, a hint in doubt is let go, and the rest follows in order', async t => {
  const pending = async (): Promise<PendingRow[]> => [
    { ...rowOf('hint in doubt'), state: 'sending', tries: 1 },
    { ...result('result in doubt'), state: 'sending', tries: 1 },
    { ...rowOf('1'), state: 'pending', tries: 0 },
    { ...rowOf('2'), state: 'pending', tries: 0 },
    { ...result('3'), state: 'pending', tries: 0 },
  ];
  const { pass, ids, stateOf, say } = outboxAlone(t, { pending });
  say(rowOf('2'), rowOf('4'));
  await pass(5_000);
  t.deepEqual(ids(), ['result in doubt', '3', '1', '2', '4']);
  t.like(stateOf('hint in doubt'), { state: 'dropped' });
});

test('an outbox that cannot read its rows is started anew and then sends them', async t => {
  let failures = 1;
  const pending = async (): Promise<PendingRow[]> => {
    if (failures-- > 0) throw new Error('locked');
    return [{ ...rowOf('hint'), state: 'pending', tries: 0 }];
  };
  const { pass, ids, observed } = outboxAlone(t, { pending });
  await idle();
  t.is(observed[0]?.step, 'crash:outbox');
  t.deepEqual(ids(), []);
  await pass(1_000);
  t.deepEqual(ids(), ['hint']);
});

test('before a stop what is on its way may arrive, and nothing new is sent', async t => {
  let arrive = () => {};
  const arrived = new Promise<Delivery>(resolve => (arrive = () => resolve(sent)));
  const { outbox, say, pass, ids } = outboxAlone(t, { deliver: ({ id }) => (id === 'a' ? arrived : sent) });
  say(rowOf('a'), rowOf('b'));
  await idle();
  let drained = false;
  const draining = ask(outbox, { type: 'drain' }, 60_000).then(() => (drained = true));
  await idle();
  t.false(drained);
  arrive();
  await draining;
  await pass(2_000);
  t.deepEqual(ids(), ['a']);
});

test('of many chats that wait for the bot, those with results go first, the others in the order in which they came', async t => {
  const { say, tried, pass } = outboxAlone(t);
  say(...Array.from({ length: 60 }, (_, n) => rowOf(`hint-${n}`, { chatId: 100 + n })));
  await pass(0);
  say(result('result', { chatId: 999 }));
  await pass(2_000);
  const order = tried.map(({ id }) => id);
  t.is(order.length, 61);
  t.true(order.indexOf('result') <= 31, `the result came after ${order.indexOf('result')} hints`);
  t.deepEqual(
    order.filter(id => id !== 'result'),
    Array.from({ length: 60 }, (_, n) => `hint-${n}`),
  );
});

// — news, of which there may be one for everybody —

const weekMs = 7 * 86_400_000;

/** Rows with news for `count` people, as the database gives them; `most` is how many were in memory at once. */
function newsFor(count: number, over: (n: number) => Partial<PendingRow> = () => ({})) {
  const row = (n: number): NewsRow => ({
    ...rowOf(`news ${n}`, { rank: 'news', chatId: n, notice: { type: 'weeklyBonus', points: 10 } }),
    ...{ state: 'pending', tries: 0, seq: n },
    ...over(n),
  });
  const asked: number[] = [];
  return {
    asked,
    async news(after: number, limit: number): Promise<NewsRow[]> {
      asked.push(after);
      return Array.from({ length: Math.min(limit, count - after) }, (_, n) => row(after + n + 1));
    },
    read: () => Math.max(...asked),
  };
}

test('news are told to everybody, once each and in order, as fast as the bot may', async t => {
  const { news } = newsFor(500);
  const { pass, ids } = outboxAlone(t, { news });
  await pass(17_000);
  t.deepEqual(
    ids(),
    Array.from({ length: 500 }, (_, n) => `news ${n + 1}`),
  );
});

test('an answer behind 10,000 news is sent at once, also to somebody who has news waiting, and so are fifteen', async t => {
  const { news } = newsFor(10_000);
  const { say, pass, times, ids, tried } = outboxAlone(t, { news });
  await pass(3_000);
  const next = tried.length + 5;
  say(rowOf('answer', { chatId: next }), ...Array.from({ length: 14 }, (_, n) => rowOf(`${n}`, { chatId: 50_000 + n })));
  await idle(60);
  t.deepEqual(times('answer'), [3_000]);
  t.is(ids().filter(id => /^\d+$/.test(id)).length, 14);
  await pass(2_000);
  t.true(ids().includes(`news ${next}`));
});

test('whoever has to wait for the bot waits no longer for the news before', async t => {
  const { news } = newsFor(10_000);
  const { say, pass, tried } = outboxAlone(t, { news });
  await pass(3_000);
  say(...Array.from({ length: 45 }, (_, n) => rowOf(`answer ${n}`, { chatId: 50_000 + n })));
  await pass(1_200);
  const answered = tried.filter(({ id }) => id.startsWith('answer'));
  t.is(answered.length, 45);
  t.true(answered.at(-1)!.ms <= 4_100, `the last was sent after ${answered.at(-1)!.ms - 3_000} ms`);
  t.is(tried.filter(({ id, ms }) => id.startsWith('news') && ms > 3_000 && ms < answered.at(-1)!.ms).length, 0);
});

test('within a chat results, hints, edits and passing news of a job go before news', async t => {
  const { news } = newsFor(1, () => ({ chatId: 1 }));
  const { say, live, pass, tried, shown } = outboxAlone(t, { news: async (...of) => (held ? [] : news(...of)) });
  let held = true;
  say(...[1, 2, 3, 4, 5].map(n => rowOf(`first ${n}`)));
  await pass(100);
  held = false;
  say(rowOf('news', { rank: 'news' }));
  await idle();
  say(edit('edit'), rowOf('hint'), result('result'));
  await pass(1_000);
  live(0.5);
  await pass(20_000);
  t.deepEqual(
    tried.slice(5).map(({ id }) => id),
    ['result', 'hint', 'edit', 'news 1'],
  );
  t.true(shown[0]!.ms < tried.at(-1)!.ms);
});

test('however many news there are, and whatever becomes of them, the outbox holds some hundred', async t => {
  const { news, read } = newsFor(100_000);
  const { pass, tried } = outboxAlone(t, { news, deliver: () => ({ kind: 'unsent' }) });
  await pass(90_000);
  t.true(tried.length >= 1_000);
  t.true(read() <= 400, `${read()}`);
});

test('an outbox that is started anew begins with the first of the news that wait', async t => {
  const { news } = newsFor(300);
  const answers: (() => void)[] = [];
  let starts = 0;
  const { pass, ids, outbox, observed } = outboxAlone(t, {
    pending: async () => (++starts === 2 ? Promise.reject(new Error('locked')) : []),
    news: (after, limit) =>
      new Promise(resolve => {
        answers.push(() => resolve(news(after, limit)));
        if (answers.length === 1) answers[0]!();
      }),
  });
  await pass(3_000);
  t.is(answers.length, 2, 'the second hundred is awaited');
  tell(outbox, { type: 'start' });
  await pass(1_000);
  t.is(observed.filter(({ step }) => step === 'crash:outbox').length, 1);
  const before = ids().length;
  answers[1]!();
  await pass(1_000);
  t.is(ids().length, before, 'what the outbox before has asked for is none of its business');
  answers[2]!();
  await pass(1_000);
  t.is(ids()[before], 'news 1');
});

test('an answer does not wait until it is time for news, where the bot has just said much', async t => {
  const { news } = newsFor(10_000);
  const { say, pass, times } = outboxAlone(t, { news });
  say(...Array.from({ length: 30 }, (_, n) => rowOf(`${n}`, { chatId: 50_000 + n })));
  await idle(100);
  say(rowOf('answer', { chatId: 60_000 }));
  await pass(1_000);
  t.deepEqual(times('answer'), [100]);
});

test('news in doubt, or of a week ago, are not told; others are, and so are those that come later', async t => {
  let count = 450;
  const { pass, ids, stateOf, outbox } = outboxAlone(t, {
    news: (...of) =>
      newsFor(count, n =>
        n === 1 ? { state: 'sending' } : n < 440 ? { at: noon - weekMs - 1 } : { at: noon - weekMs + 60_000 },
      ).news(...of),
  });
  await pass(2_000);
  t.deepEqual(
    ids(),
    Array.from({ length: 11 }, (_, n) => `news ${n + 440}`),
  );
  for (const n of [1, 2, 439]) t.like(stateOf(`news ${n}`), { state: 'dropped' });
  count = 452;
  tell(outbox, { type: 'news' });
  await pass(2_000);
  t.deepEqual(ids().slice(11), ['news 451', 'news 452']);
});

test('news that cannot be read are read later', async t => {
  const { news } = newsFor(3);
  let failures = 2;
  const { pass, ids } = outboxAlone(t, {
    news: (...of) => (failures-- > 0 ? Promise.reject(new Error('locked')) : news(...of)),
  });
  await pass(11_000);
  t.deepEqual(ids(), ['news 1', 'news 2', 'news 3']);
});

test('who has blocked the bot is let go of by news, too, and a doubt is not repeated', async t => {
  const { news } = newsFor(3);
  const { pass, ids, writes, stateOf } = outboxAlone(t, {
    news,
    deliver: ({ chatId }) => (chatId === 1 ? { kind: 'refused', blocked: true } : chatId === 2 ? { kind: 'ambiguous' } : sent),
  });
  await pass(60_000);
  t.deepEqual(ids(), ['news 1', 'news 2', 'news 3']);
  t.deepEqual(
    writes.filter(write => write.do === 'setBlocked'),
    [{ do: 'setBlocked', userId: 1, blocked: true }],
  );
  t.like(stateOf('news 2'), { state: 'dropped' });
});

// — through the whole house —

const open = (t: ExecutionContext, options: StudioOptions = {}): Promise<Studio> =>
  openStudio(t, { clock: fastClock(), ...options });
const personOf = ({ telegram }: { telegram: TelegramStandIn }, id = 1001) => telegram.person(id, { firstName: `Анна ${id}` });
const order = (person: ReturnType<typeof personOf>) => person.sendPhoto(photo, { caption: 'в акварель' });
const done = /Обработка завершена/;

const callsOf = ({ telegram }: Studio, method: string, chatId: number) =>
  telegram.calls.filter(call => call.method === method && call.chatId === chatId);
const outboxOf = (studio: Studio, where: string) =>
  studio.read<{ id: string; state: string; tries: number }>(`SELECT id, state, tries FROM outbox WHERE ${where} ORDER BY seq`);

test('a person who has blocked the bot is let go of; others notice nothing', async t => {
  const studio = await open(t);
  const [anna, boris] = [personOf(studio), personOf(studio, 1002)];
  studio.telegram.faults.always({ kind: 'status', status: 403, chatId: anna.id });
  anna.sendText('/start');
  boris.sendText('/start');
  await boris.waitFor(/Добро пожаловать/);
  const blocked = () => studio.read<{ id: number }>('SELECT id FROM users WHERE blocked = 1');
  await until(async () => (await blocked()).length === 1, 'blocked');
  t.deepEqual(await blocked(), [{ id: anna.id }]);
  t.is(callsOf(studio, 'sendMessage', anna.id).length, 1);
});

test('a message that Telegram cannot take is dropped and the next is sent', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  studio.telegram.faults.next({ kind: 'status', status: 400, description: 'Bad Request: chat not found', method: 'sendMessage' });
  anna.sendText('/start');
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 60 баллов/);
  t.is(callsOf(studio, 'sendMessage', anna.id).length, 2);
  t.deepEqual(
    (await outboxOf(studio, "state = 'dropped'")).map(({ tries }) => tries),
    [1],
  );
});

test('"message is not modified" is a success', async t => {
  const studio = await open(t);
  studio.telegram.faults.always({
    ...({ kind: 'status', status: 400, method: 'editMessageText' } as const),
    description: 'Bad Request: message is not modified: specified new message content is exactly the same',
  });
  const anna = personOf(studio);
  await order(anna);
  await anna.waitFor(done);
  const edits = () => outboxOf(studio, "rank = 'edit'");
  await until(async () => (await edits()).every(({ state }) => state === 'sent'), 'sent');
  t.deepEqual(
    (await edits()).map(({ state, tries }) => [state, tries]),
    [['sent', 1]],
  );
});

test('Telegram asks to wait: the chat waits as long as that, and the result comes', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  studio.telegram.faults.next({ kind: 'status', status: 429, retryAfter: 10, method: 'sendPhoto' });
  await order(anna);
  await anna.waitFor(done);
  const [refused, sentAt] = callsOf(studio, 'sendPhoto', anna.id).map(({ at }) => at);
  t.true(sentAt! - refused! >= 490, 'ten seconds of a time that runs twenty times as fast');
});

test('a result whose sending broke off is said again, and is not lost', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  studio.telegram.faults.next({ kind: 'dropAfterDoing', method: 'sendPhoto' });
  studio.telegram.faults.next({ kind: 'dropBeforeDoing', method: 'sendPhoto' });
  studio.telegram.faults.next({ kind: 'status', status: 502, rawBody: '<html>Bad Gateway</html>', method: 'sendPhoto' });
  await order(anna);
  await studio.step('outbox:sent:jobResult');
  t.is(callsOf(studio, 'sendPhoto', anna.id).length, 4);
  t.is(anna.messages.filter(({ photo: shown, from }) => shown && from === 'bot').length, 2);
  const [account] = await studio.read("SELECT posted, reserved FROM accounts WHERE id = 'user:1001'");
  t.deepEqual(account, { posted: 30, reserved: 0 });
});

test('a hint whose sending breaks off each time is not repeated for ever', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  studio.telegram.faults.always({
    kind: 'dropAfterDoing',
    method: 'sendMessage',
    match: ({ params }) => /Как это работает/.test(`${params['text']}`),
  });
  anna.sendText('/help');
  anna.sendText('/balance');
  await anna.waitFor(/Баланс: 60 баллов/);
  t.is(anna.messages.filter(({ text }) => /Как это работает/.test(text ?? '')).length, 2);
});

test('while Telegram is out of reach nothing is lost: all of it is said once it is back', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  studio.comfy.faults.next('hold');
  await order(anna);
  await studio.comfy.waitFor('started', () => true);
  await studio.telegram.close();
  studio.comfy.release();
  await studio.step('outbox:unsent:jobResult');
  const again = await startTelegram({ token, port: Number(new URL(studio.telegram.url).port) });
  t.teardown(() => again.close());
  const back = personOf({ telegram: again });
  await back.waitFor(done);
  t.is(back.messages.filter(({ photo: shown }) => shown).length, 1);
});

test('answers come in the order of the questions', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  const commands = ['/balance', '/help', '/profile', '/menu', '/balance', '/help'];
  for (const command of commands) anna.sendText(command);
  await studio.step(() => callsOf(studio, 'sendMessage', anna.id).length === 1 + commands.length);
  const words = [/Баланс: 60/, /Как это работает/, /С нами с/, /Главное меню/, /Баланс: 60/, /Как это работает/];
  const texts = callsOf(studio, 'sendMessage', anna.id).map(({ params }) => `${params['text']}`);
  t.deepEqual(
    texts.slice(1).map((text, n) => words[n]!.test(text)),
    words.map(() => true),
  );
});

test('after a crash a result in doubt is said once more and a hint in doubt is not', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  anna.sendText('/help');
  await order(anna);
  await anna.waitFor(done);
  await until(async () => (await outboxOf(studio, "state <> 'sent'")).length === 0, 'settled');
  const database = await openWriter(`${studio.folder}/bot.db`);
  await database.run("UPDATE outbox SET state = 'sending' WHERE rank = 'result' OR notice LIKE '%help%'");
  await database.run("UPDATE outbox SET state = 'pending', message_id = NULL WHERE notice LIKE '%welcome%'");
  await database.close();
  const before = anna.messages.length;
  await studio.reopen();
  await anna.waitFor(done, { after: before });
  await until(async () => (await outboxOf(studio, "state IN ('pending', 'sending')")).length === 0, 'settled');
  t.deepEqual(
    (await outboxOf(studio, "notice LIKE '%help%'")).map(({ state }) => state),
    ['dropped'],
  );
  t.is(anna.messages.filter(({ photo: shown, from }) => shown && from === 'bot').length, 2);
  t.is(callsOf(studio, 'sendMessage', anna.id).filter(({ params }) => /Как это работает/.test(`${params['text']}`)).length, 1);
});

test('a stop lets the message arrive that is on its way, and leaves the rest to the next start', async t => {
  const studio = await open(t);
  const anna = personOf(studio);
  anna.sendText('/start');
  await anna.waitFor(/Добро пожаловать/);
  const hold = studio.telegram.faults.hold({ method: 'sendMessage' });
  anna.sendText('/balance');
  await hold.arrived;
  anna.sendText('/help');
  await studio.step(() => studio.observed.filter(({ step }) => step === 'update:durable').length === 3);
  const reopened = studio.reopen();
  await idle();
  hold.release();
  await reopened;
  await anna.waitFor(/Как это работает/);
  t.is(anna.messages.filter(({ text }) => /Баланс: 60/.test(text ?? '')).length, 1);
  await until(async () => (await outboxOf(studio, "state <> 'sent'")).length === 0, 'settled');
  t.true((await outboxOf(studio, '1 = 1')).every(({ tries }) => tries === 1));
});
