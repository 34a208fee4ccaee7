import type { BotState, Control, Events, LogLine, Message, PersonCard, Snapshot } from '../../src/sandbox/page/wire.ts';

export type Connection = 'connecting' | 'open' | 'lost';

export type State = {
  readonly connection: Connection;
  readonly botName: string;
  readonly bot: BotState;
  readonly people: readonly PersonCard[];
  readonly messages: Readonly<Record<number, readonly Message[]>>;
  readonly controls: readonly Control[];
  readonly log: readonly LogLine[];
  readonly standIns: Snapshot['standIns'];
  /** What the bot is doing in a chat. `turn` tells one action from a repeat of it. */
  readonly actions: Readonly<Record<number, { action: string; turn: number }>>;
  /** The last message of each chat that has been looked at. */
  readonly seenUpTo: Readonly<Record<number, number>>;
  /** The chat in the middle; null shows the list on a phone and the first chat on a desktop. */
  readonly open: number | null;
  /** A second chat beside it. */
  readonly pinned: number | null;
};

/** All that can change what the page shows: what the server sent, what became of the connection, what the reader chose. */
export type Happening =
  | { [Name in keyof Events]: { is: Name; data: Events[Name] } }[keyof Events]
  | { is: 'lost' }
  | { is: 'actionOver'; personId: number; turn: number }
  | { is: 'seen'; personId: number }
  | { is: 'open'; personId: number | null }
  | { is: 'pin'; personId: number | null };

export const logLinesMax = 500;

export const emptyState: State = {
  connection: 'connecting',
  botName: '',
  bot: 'starting',
  people: [],
  messages: {},
  controls: [],
  log: [],
  standIns: { comfyui: true, yookassa: true },
  actions: {},
  seenUpTo: {},
  open: null,
  pinned: null,
};

/** The state after a happening. What did not change keeps its identity, so that a view can tell by `===` what to draw anew. */
export function reduce(state: State, happening: Happening): State {
  switch (happening.is) {
    case 'snapshot':
      return afterSnapshot(state, happening.data);
    case 'message':
      return afterMessage(state, happening.data);
    case 'deleted':
      return withMessages(state, happening.data.personId, all => all.filter(({ id }) => id !== happening.data.messageId));
    case 'taken':
      return withMessages(state, happening.data.personId, all => taken(all, happening.data.messageId));
    case 'person':
      return { ...state, people: upserted(state.people, happening.data) };
    case 'action':
      return afterAction(state, happening.data);
    case 'actionOver':
      return state.actions[happening.personId]?.turn === happening.turn ? withoutAction(state, happening.personId) : state;
    case 'bot':
      return { ...state, bot: happening.data };
    case 'controls':
      return { ...state, controls: happening.data };
    case 'log':
      return { ...state, log: [...state.log, happening.data].slice(-logLinesMax) };
    case 'lost':
      return state.connection === 'lost' ? state : { ...state, connection: 'lost' };
    case 'seen':
      return afterSeen(state, happening.personId);
    case 'open':
      return { ...state, open: happening.personId, pinned: state.pinned === happening.personId ? null : state.pinned };
    case 'pin':
      return { ...state, pinned: happening.personId };
  }
}

/** A snapshot is the whole truth. Of a chat that is seen for the first time, everything counts as looked at. */
const afterSnapshot = (state: State, snapshot: Snapshot): State => {
  const isFirst = state.connection === 'connecting';
  const seenUpTo: Record<number, number> = {};
  for (const { id } of snapshot.people) {
    const last = lastId(snapshot.messages[id]);
    seenUpTo[id] = isFirst ? last : Math.min(state.seenUpTo[id] ?? 0, last);
  }
  const isHere = (id: number | null) => (snapshot.people.some(person => person.id === id) ? id : null);
  return {
    ...snapshot,
    log: snapshot.log.slice(-logLinesMax),
    connection: 'open',
    actions: {},
    seenUpTo,
    open: isHere(state.open),
    pinned: isHere(state.pinned),
  };
};

const afterMessage = (state: State, { personId, message }: Events['message']): State => {
  const isNew = !state.messages[personId]?.some(({ id }) => id === message.id);
  const next = withMessages(state, personId, all => inserted(all, message));
  return isNew && message.from === 'bot' ? withoutAction(next, personId) : next;
};

const afterAction = (state: State, { personId, action }: Events['action']): State => {
  const turn = (state.actions[personId]?.turn ?? 0) + 1;
  return { ...state, actions: { ...state.actions, [personId]: { action, turn } } };
};

/** The turn stays behind, so that the end of an old action never ends a new one. */
const withoutAction = (state: State, personId: number): State => {
  const action = state.actions[personId];
  return action && action.action !== ''
    ? { ...state, actions: { ...state.actions, [personId]: { ...action, action: '' } } }
    : state;
};

const afterSeen = (state: State, personId: number): State => {
  const last = lastId(state.messages[personId]);
  return (state.seenUpTo[personId] ?? 0) >= last ? state : { ...state, seenUpTo: { ...state.seenUpTo, [personId]: last } };
};

const withMessages = (state: State, personId: number, change: (all: readonly Message[]) => readonly Message[]): State => {
  const before = state.messages[personId] ?? [];
  const after = change(before);
  return after === before ? state : { ...state, messages: { ...state.messages, [personId]: after } };
};

const inserted = (all: readonly Message[], message: Message): readonly Message[] => {
  const place = all.findIndex(({ id }) => id >= message.id);
  if (place === -1) return [...all, message];
  const rest = all[place]!.id === message.id ? place + 1 : place;
  return [...all.slice(0, place), message, ...all.slice(rest)];
};

const taken = (all: readonly Message[], upTo: number): readonly Message[] =>
  all.map(message => (message.id <= upTo && !message.isTaken ? { ...message, isTaken: true } : message));

const upserted = (people: readonly PersonCard[], person: PersonCard): readonly PersonCard[] =>
  people.some(({ id }) => id === person.id) ? people.map(one => (one.id === person.id ? person : one)) : [...people, person];

const lastId = (all: readonly Message[] | undefined): number => all?.at(-1)?.id ?? 0;

/** How many messages of the bot nobody has looked at. */
export const unreadCount = (state: State, personId: number): number => {
  const seen = state.seenUpTo[personId] ?? 0;
  return (state.messages[personId] ?? []).filter(({ id, from, service }) => id > seen && from === 'bot' && service === null)
    .length;
};

/** What the bot is doing in the chat just now. */
export const actionIn = (state: State, personId: number): string | null => state.actions[personId]?.action || null;

/**
 * People as Telegram orders chats: the one with the latest message first; where nobody has written, whoever speaks `language`.
 */
export const peopleByLatest = (state: State, language = ''): readonly PersonCard[] => {
  const latest = (id: number) => state.messages[id]?.at(-1)?.date ?? 0;
  const speaks = ({ languageCode }: PersonCard) => Number(languageCode === language);
  return [...state.people].sort((a, b) => latest(b.id) - latest(a.id) || speaks(b) - speaks(a));
};
