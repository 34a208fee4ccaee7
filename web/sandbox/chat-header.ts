import type { PersonCard } from '../../src/sandbox/page/wire.ts';
import { block, wordsOf } from './actions.ts';
import { avatar, botAvatar } from './avatar.ts';
import { button, h, say } from './h.ts';
import { icon } from './icons.ts';
import type { Store, View } from './live.ts';
import { type MenuItem, openMenu } from './menu.ts';
import { actionIn, type State } from './store.ts';
import { toast } from './toast.ts';
import { t } from './words.ts';

export type HeaderHost = {
  isPinned: boolean;
  back(): void;
  beside(anchor: Element): void;
  closeBeside(): void;
  togglePanel(): void;
};

/** The line above a chat: the bot, what it is doing, whose chat it is, and what can be done with it. */
export function createChatHeader(store: Store, person: PersonCard, host: HeaderHost): View {
  const name = h('h2', { is: 'chat-name' });
  const status = h('span', { is: 'chat-status' });
  const dot = h('span', { is: 'dot', 'aria-hidden': 'true' });
  const state = h('span', { is: 'bot-state', test: 'bot-state' });
  const honest = h('p', { is: 'honest', role: 'note' });

  const menu = (event: Event) => openMenu(event.currentTarget as Element, t.menu, menuItems());
  const menuItems = (): MenuItem[] => {
    const isBlocked = store.get().people.find(({ id }) => id === person.id)?.blocked ?? false;
    return [
      {
        label: isBlocked ? t.unblock : t.block,
        icon: 'block',
        test: 'block',
        isDanger: !isBlocked,
        act: () => setBlocked(!isBlocked),
      },
    ];
  };
  const setBlocked = (isBlocked: boolean) => {
    block(person.id, isBlocked).catch(error => toast(wordsOf(error)));
  };

  const element = h(
    'header',
    { is: 'chat-header' },
    h(
      'div',
      { is: 'chat-title' },
      !host.isPinned && button({ label: t.back, is: 'round back', test: 'back', on: { click: host.back } }, icon('back')),
      botAvatar(),
      h('div', { is: 'chat-words' }, name, h('div', { is: 'chat-under' }, dot, state, status)),
      h(
        'span',
        { is: 'whose', title: t.as(person.firstName) },
        avatar(person.id, person.firstName),
        h('span', {}, person.firstName),
      ),
      host.isPinned
        ? button({ label: t.closeBeside, is: 'round', test: 'close-beside', on: { click: host.closeBeside } }, icon('close'))
        : button(
            {
              label: t.besideHint,
              is: 'round beside',
              test: 'beside',
              on: { click: event => host.beside(event.currentTarget as Element) },
            },
            icon('beside'),
          ),
      !host.isPinned &&
        button(
          { label: t.panel, is: 'round panel-button', test: 'panel-toggle', on: { click: host.togglePanel } },
          icon('panel'),
        ),
      button({ label: t.menu, is: 'round', test: 'chat-menu', 'aria-haspopup': 'menu', on: { click: menu } }, icon('more')),
    ),
    honest,
  );

  const update = (all: State): void => {
    const action = all.bot === 'running' ? actionIn(all, person.id) : null;
    say(name, all.botName);
    dot.className = `dot ${all.bot}`;
    say(state, `${t.botWord} · ${t.botStates[all.bot]}`);
    state.classList.toggle('unseen', action !== null);
    say(status, action === null ? '' : actionWords(action));
    say(honest, t.standIns(all.standIns));
  };
  return { element, update };
}

const actionWords = (action: string): string => {
  if (action === 'upload_photo') return t.sendsPhoto;
  return action === 'upload_document' ? t.sendsFile : t.typing;
};
