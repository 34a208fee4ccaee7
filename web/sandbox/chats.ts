import type { PersonCard } from '../../src/sandbox/page/wire.ts';
import { type Chat, createChat } from './chat.ts';
import { h } from './h.ts';
import type { Store, View } from './live.ts';
import { openMenu } from './menu.ts';
import type { Navigation } from './navigation.ts';
import { openNewPerson } from './new-person.ts';
import type { State } from './store.ts';
import { t } from './words.ts';

/** The middle of the page: the open chat, and beside it the pinned one. */
export function createChats(
  store: Store,
  navigation: Navigation,
  togglePanel: () => void,
  makeRoom: () => void,
): View & { end(): void } {
  const empty = h('p', { is: 'no-chat' }, h('span', { is: 'pill' }, t.connecting));
  const element = h('main', { is: 'chats' }, empty);
  const places: { open: Placed | null; pinned: Placed | null } = { open: null, pinned: null };
  type Placed = { personId: number; chat: Chat };

  const pin = (personId: number | null) => {
    if (personId !== null) makeRoom();
    store.dispatch({ is: 'pin', personId });
  };
  /** One other person is taken at once, of several one is chosen, and without any a new one is made. */
  const beside = (anchor: Element) => {
    const state = store.get();
    if (state.pinned !== null) return pin(null);
    const others = state.people.filter(({ id }) => id !== state.open);
    if (others.length === 0) return openNewPerson(person => pin(person.id));
    if (others.length === 1) return pin(others[0]!.id);
    openMenu(
      anchor,
      t.besideWhom,
      others.map(({ id, firstName }) => ({ label: firstName, act: () => pin(id) })),
    );
  };
  const make = (person: PersonCard, isPinned: boolean): Chat =>
    createChat(store, person, { isPinned, back: navigation.back, beside, closeBeside: () => pin(null), togglePanel });

  const place = (slot: 'open' | 'pinned', personId: number | null, state: State) => {
    const now = places[slot];
    const person = state.people.find(({ id }) => id === personId) ?? null;
    if (now && now.personId === person?.id) return now.chat.update(state);
    now?.chat.end();
    now?.chat.element.remove();
    places[slot] = person && { personId: person.id, chat: make(person, slot === 'pinned') };
    const chat = places[slot]?.chat;
    if (!chat) return;
    chat.update(state);
    if (slot === 'open') element.prepend(chat.element);
    else element.append(chat.element);
    chat.placed();
    // Only what is in the page counts as seen.
    chat.update(state);
  };
  const update = (state: State): void => {
    empty.hidden = state.people.some(({ id }) => id === state.open);
    place('open', state.open, state);
    place('pinned', state.pinned, state);
    empty.firstElementChild!.textContent = state.connection === 'connecting' ? t.connecting : t.chooseChat;
    element.classList.toggle('two', places.pinned !== null);
  };
  return {
    element,
    update,
    end: () => {
      places.open?.chat.end();
      places.pinned?.chat.end();
    },
  };
}
