import test from 'ava';
import type { Message, PersonCard, Snapshot } from '../src/sandbox/page/wire.ts';
import { isSameRow, plainText, rowsOf } from '../web/sandbox/rows.ts';
import {
  actionIn,
  emptyState,
  type Happening,
  logLinesMax,
  peopleByLatest,
  reduce,
  type State,
  unreadCount,
} from '../web/sandbox/store.ts';

const person = (id: number, part: Partial<PersonCard> = {}): PersonCard => ({
  id,
  firstName: `Person ${id}`,
  languageCode: 'ru',
  isAdmin: false,
  blocked: false,
  keyboard: null,
  commands: [],
  ...part,
});

const message = (id: number, part: Partial<Message> = {}): Message => ({
  id,
  from: 'bot',
  date: 1_000 + id,
  isEdited: false,
  html: `words ${id}`,
  attachment: null,
  albumId: null,
  replyTo: null,
  buttons: [],
  invoice: null,
  service: null,
  isTaken: true,
  ...part,
});

const snapshot = (part: Partial<Snapshot> = {}): Snapshot => ({
  botName: 'Bot',
  bot: 'running',
  people: [person(1), person(2)],
  messages: { 1: [message(1), message(2)], 2: [] },
  controls: [],
  log: [],
  standIns: { comfyui: true, yookassa: true },
  ...part,
});

const after = (...happenings: Happening[]): State => happenings.reduce(reduce, emptyState);
const begun: Happening = { is: 'snapshot', data: snapshot() };
const arrives = (id: number, part: Partial<Message> = {}, personId = 1): Happening => ({
  is: 'message',
  data: { personId, message: message(id, part) },
});
const ids = (state: State, personId = 1) => state.messages[personId]?.map(({ id }) => id);

test('a snapshot opens the page with everything read', t => {
  const state = after(begun);
  t.is(state.connection, 'open');
  t.is(unreadCount(state, 1), 0);
});

test('a new message stands at its place by id, an edited one takes the place of the old', t => {
  t.deepEqual(ids(after(begun, arrives(5), arrives(4))), [1, 2, 4, 5]);
  const edited = after(begun, arrives(1, { html: 'new', isEdited: true }));
  t.deepEqual(ids(edited), [1, 2]);
  t.is(edited.messages[1]?.[0]?.html, 'new');
});

test('an edit leaves every other message and every other chat the very same object', t => {
  const before = after(begun);
  const edited = reduce(before, arrives(1, { html: 'new' }));
  t.is(edited.messages[1]?.[1], before.messages[1]?.[1]);
  t.is(edited.messages[2], before.messages[2]);
});

test('a message of a person whom the page does not know yet is kept', t => {
  t.deepEqual(ids(after(begun, arrives(9, {}, 7)), 7), [9]);
});

test('a deleted message is gone', t => {
  t.deepEqual(ids(after(begun, { is: 'deleted', data: { personId: 1, messageId: 1 } })), [2]);
});

test('the bot takes messages up to one, and not the later ones', t => {
  const state = after(begun, arrives(3, { from: 'person', isTaken: false }), arrives(4, { from: 'person', isTaken: false }), {
    is: 'taken',
    data: { personId: 1, messageId: 3 },
  });
  t.deepEqual(
    state.messages[1]?.map(({ isTaken }) => isTaken),
    [true, true, true, false],
  );
});

test('only new messages of the bot count as unread: no edits, no service lines, none of the person', t => {
  const away = after(
    begun,
    arrives(2, { isEdited: true }),
    arrives(3),
    arrives(4, { from: 'person' }),
    arrives(5, { service: 'paid' }),
  );
  t.is(unreadCount(away, 1), 1);
  t.is(unreadCount(reduce(away, { is: 'seen', personId: 1 }), 1), 0);
});

test('what was unread when the connection fell is unread after it', t => {
  const messages = { 1: [message(1), message(2), message(3), message(4)], 2: [] };
  const state = after(begun, arrives(3), { is: 'lost' }, { is: 'snapshot', data: snapshot({ messages }) });
  t.is(state.connection, 'open');
  t.is(unreadCount(state, 1), 2);
});

test('a server that begins anew with lower ids is not read in advance', t => {
  const anew = snapshot({ messages: { 1: [message(1)], 2: [] } });
  t.is(unreadCount(after(begun, { is: 'lost' }, { is: 'snapshot', data: anew }, arrives(2)), 1), 1);
});

test('an action ends with the next new message, not with an edit, and never by the end of an older action', t => {
  const typing: Happening = { is: 'action', data: { personId: 1, action: 'typing' } };
  const acting = after(begun, typing);
  t.is(actionIn(acting, 1), 'typing');
  t.is(actionIn(reduce(acting, arrives(2, { html: 'edit' })), 1), 'typing');
  t.is(actionIn(reduce(acting, arrives(3)), 1), null);
  const again = [arrives(3), typing].reduce(reduce, acting);
  t.is(actionIn(reduce(again, { is: 'actionOver', personId: 1, turn: 1 }), 1), 'typing');
  t.is(actionIn(reduce(again, { is: 'actionOver', personId: 1, turn: 2 }), 1), null);
});

test('a person is added once and changed in place', t => {
  const state = after(begun, { is: 'person', data: person(3) }, { is: 'person', data: person(1, { blocked: true }) });
  t.deepEqual(
    state.people.map(({ id, blocked }) => [id, blocked]),
    [
      [1, true],
      [2, false],
      [3, false],
    ],
  );
});

test('the person with the latest message stands first', t => {
  t.deepEqual(
    peopleByLatest(after(begun, arrives(50, {}, 2))).map(({ id }) => id),
    [2, 1],
  );
});

test('before anybody has written, whoever speaks the language of the reader stands first', t => {
  const state = after(begun, { is: 'person', data: person(3, { languageCode: 'en' }) });
  const order = (language: string, from: State) => peopleByLatest(from, language).map(({ id }) => id);
  t.is(order('en', { ...state, messages: {} })[0], 3);
  t.is(order('ru', { ...state, messages: {} })[0], 1);
  t.is(order('en', reduce(state, arrives(50, {}, 2)))[0], 2);
});

test('the log keeps its newest lines', t => {
  const line = (n: number): Happening => ({ is: 'log', data: { at: n, level: 'info', text: String(n) } });
  const { log } = after(begun, ...Array.from({ length: logLinesMax + 3 }, (_, n) => line(n)));
  t.is(log.length, logLinesMax);
  t.is(log[0]?.text, '3');
});

test('an open chat is closed when its person is gone, and the same chat never stands beside itself', t => {
  const gone = after(begun, { is: 'open', personId: 2 }, { is: 'snapshot', data: snapshot({ people: [person(1)] }) });
  t.is(gone.open, null);
  t.is(after(begun, { is: 'pin', personId: 2 }, { is: 'open', personId: 2 }).pinned, null);
});

test('happenings that change nothing leave the state as it is', t => {
  const state = after(begun, { is: 'lost' });
  t.is(reduce(state, { is: 'lost' }), state);
  t.is(reduce(state, { is: 'seen', personId: 1 }), state);
  t.is(reduce(state, { is: 'actionOver', personId: 1, turn: 4 }), state);
});

const dayOf = (date: number) => String(Math.floor(date / 1_000_000));

test('rows: a day before its first message, an album in one bubble, a service line by itself', t => {
  const rows = rowsOf(
    [
      message(1),
      message(2, { albumId: 'a', from: 'person' }),
      message(3, { albumId: 'a', from: 'person' }),
      message(4, { service: 'paid' }),
      message(5, { date: 1_000_001 }),
    ],
    dayOf,
  );
  t.deepEqual(
    rows.map(row => (row.is === 'day' ? 'day' : `${row.is} ${row.messages.map(({ id }) => id).join(',')}`)),
    ['day', 'bubble 1', 'bubble 2,3', 'service 4', 'day', 'bubble 5'],
  );
});

test('rows: bubbles of one sender within ten minutes are a group, whose last one has the tail', t => {
  const rows = rowsOf(
    [
      message(1, { date: 0 }),
      message(2, { date: 600 }),
      message(3, { date: 1_201 }),
      message(4, { date: 1_202, from: 'person' }),
    ],
    dayOf,
  );
  t.deepEqual(
    rows.map(row => row.is === 'bubble' && [row.isFirst, row.isLast]),
    [false, [true, false], [false, true], [true, true], [true, true]],
  );
});

test('rows: a row is the same only while its messages and its place in the group are', t => {
  const [one, two] = [message(1), message(2)];
  const [, first] = rowsOf([one], dayOf);
  const [, grouped] = rowsOf([one, two], dayOf);
  const [, again] = rowsOf([one], dayOf);
  const [, edited] = rowsOf([{ ...one }], dayOf);
  t.true(isSameRow(first!, again!));
  t.false(isSameRow(first!, grouped!));
  t.false(isSameRow(first!, edited!));
});

test('the words of a message are those that its reader sees', t => {
  t.is(plainText('<b>5 &lt; 6</b> &amp;amp; <a href="https://x.y/?a=1&amp;b">link</a>'), '5 < 6 &amp; link');
});
