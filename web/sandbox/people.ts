import type { PersonCard } from '../../src/sandbox/page/wire.ts';
import { avatar } from './avatar.ts';
import { summary } from './bubble.ts';
import { button, h, shown } from './h.ts';
import { icon } from './icons.ts';
import type { View } from './live.ts';
import { actionIn, peopleByLatest, type State, unreadCount } from './store.ts';
import { language, shortTime, t } from './words.ts';

export type PeopleHost = { open(personId: number): void; add(): void; toggleTheme(): void; switchLanguage(): void };

/** The list of chats: one for each person that the reader plays. */
export function createPeople(host: PeopleHost): View {
  const list = h('div', { is: 'people-list' });
  const hint = h('p', { is: 'people-hint', hidden: true }, t.whoAreYou);
  const cards = new Map<number, { element: HTMLElement; drawn: string }>();
  const element = h(
    'nav',
    { is: 'people', 'aria-label': t.chats },
    h(
      'header',
      { is: 'people-header' },
      h('h1', {}, t.chats),
      button({ label: t.otherLanguage, is: 'round', test: 'language', on: { click: host.switchLanguage } }, icon('globe')),
      button(
        { label: `${t.dark} / ${t.light}`, is: 'round theme', test: 'theme', on: { click: host.toggleTheme } },
        icon('moon'),
        icon('sun'),
      ),
    ),
    hint,
    list,
    h(
      'button',
      { type: 'button', is: 'add-person', test: 'new-person', on: { click: host.add } },
      icon('plus'),
      h('span', {}, t.newPerson),
    ),
  );

  const update = (state: State): void => {
    const people = peopleByLatest(state, language);
    shown(hint, people.length > 0 && people.every(({ id }) => (state.messages[id] ?? []).length === 0));
    for (const person of people) {
      const card = cards.get(person.id) ?? { element: personButton(person, host), drawn: '' };
      cards.set(person.id, card);
      refresh(card, person, state);
    }
    for (const [id, card] of cards) if (!people.some(person => person.id === id)) forget(id, card.element);
    arrange(
      list,
      people.map(({ id }) => cards.get(id)!.element),
    );
  };
  const forget = (id: number, card: HTMLElement) => {
    card.remove();
    cards.delete(id);
  };
  return { element, update };
}

const personButton = (person: PersonCard, host: PeopleHost): HTMLElement =>
  h('button', {
    type: 'button',
    is: 'person',
    test: `person-${person.id}`,
    on: { click: () => host.open(person.id) },
  });

const refresh = (card: { element: HTMLElement; drawn: string }, person: PersonCard, state: State): void => {
  const facts = factsOf(person, state);
  const drawn = JSON.stringify([person, facts]);
  if (drawn === card.drawn) return;
  card.drawn = drawn;
  card.element.classList.toggle('open', facts.isOpen);
  if (facts.isOpen) card.element.setAttribute('aria-current', 'true');
  else card.element.removeAttribute('aria-current');
  card.element.replaceChildren(...inside(person, facts));
};

type Facts = ReturnType<typeof factsOf>;
const factsOf = (person: PersonCard, state: State) => {
  const last = state.messages[person.id]?.at(-1);
  return {
    isOpen: state.open === person.id || state.pinned === person.id,
    unread: unreadCount(state, person.id),
    action: actionIn(state, person.id),
    time: last ? shortTime(last.date) : '',
    isMine: last?.from === 'person' && last.service === null,
    isTaken: last?.isTaken ?? true,
    words: last ? summary(last) : t.noMessages,
    thumbnail: last?.attachment?.kind === 'photo' ? last.attachment.url : null,
  };
};

const inside = (person: PersonCard, facts: Facts): Node[] => [
  avatar(person.id, person.firstName),
  h(
    'span',
    { is: 'person-words' },
    h(
      'span',
      { is: 'person-line' },
      h('b', {}, person.firstName),
      person.isAdmin && h('span', { is: 'badge' }, t.admin),
      person.blocked && icon('block'),
      facts.isMine && h('span', { is: 'ticks' }, icon(facts.isTaken ? 'ticks' : 'tick')),
      h('time', {}, facts.time),
    ),
    h(
      'span',
      { is: 'person-line' },
      h(
        'span',
        { is: facts.action === null ? 'person-last' : 'person-last acting' },
        facts.thumbnail !== null && facts.action === null && h('img', { src: facts.thumbnail, alt: '' }),
        facts.isMine && facts.action === null && h('i', {}, t.you),
        facts.action === null ? facts.words : facts.action === 'upload_photo' ? t.sendsPhoto : t.typing,
      ),
      facts.unread > 0 && h('span', { is: 'unread', 'aria-label': t.unread(facts.unread) }, String(facts.unread)),
    ),
  ),
];

const arrange = (parent: Element, elements: readonly Element[]): void => {
  elements.forEach((element, n) => {
    if (parent.children[n] !== element) parent.insertBefore(element, parent.children[n] ?? null);
  });
};
