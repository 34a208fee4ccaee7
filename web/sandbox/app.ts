import { createChats } from './chats.ts';
import { h, shown } from './h.ts';
import type { Store } from './live.ts';
import type { Navigation } from './navigation.ts';
import { openNewPerson } from './new-person.ts';
import { placePanel } from './panel-place.ts';
import { createPeople } from './people.ts';
import { chooseLanguage, chooseTheme, theme } from './preferences.ts';
import { type State, unreadCount } from './store.ts';
import { language, t } from './words.ts';

/** Below this the panel makes room for a second chat. */
const roomForAllPx = 1_500;

/** Puts the whole page into `root`, in the language that is spoken now; a change of the language does it anew. */
export function mount(root: HTMLElement, store: Store, navigation: Navigation): void {
  const panel = placePanel();
  const people = createPeople({
    open: navigation.open,
    add: () => openNewPerson(person => navigation.open(person.id)),
    toggleTheme: () => chooseTheme(theme() === 'dark' ? 'light' : 'dark'),
    switchLanguage: () => {
      chooseLanguage(language === 'ru' ? 'en' : 'ru');
      leave();
      mount(root, store, navigation);
    },
  });
  const makeRoom = () => innerWidth < roomForAllPx && panel.show(false);
  const chats = createChats(store, navigation, panel.toggle, makeRoom);
  const lost = h('div', { is: 'lost', role: 'status', test: 'lost', hidden: true }, h('span', { is: 'spinner' }), t.lost);
  const views = [people, chats, panel];

  const update = (state: State): void => {
    root.classList.toggle('in-chat', state.open !== null);
    shown(lost, state.connection === 'lost');
    for (const view of views) view.update(state);
    const unread = state.people.reduce((sum, { id }) => sum + unreadCount(state, id), 0);
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${state.botName ? `${state.botName} · ` : ''}${t.title}`;
  };
  const leave = () => {
    unsubscribe();
    chats.end();
    panel.end();
  };

  const unsubscribe = store.subscribe(update);
  root.replaceChildren(lost, people.element, chats.element, panel.element);
  update(store.get());
}
