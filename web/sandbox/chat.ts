import type { Message, PersonCard } from '../../src/sandbox/page/wire.ts';
import { block, sendPhotos, sendText, wordsOf } from './actions.ts';
import type { BubbleHost } from './bubble.ts';
import { createChatHeader, type HeaderHost } from './chat-header.ts';
import { createComposer } from './composer.ts';
import { takeDrops, takePastes } from './drop.ts';
import { button, h, say, shown } from './h.ts';
import { icon } from './icons.ts';
import type { Store, View } from './live.ts';
import { createMessageList } from './message-list.ts';
import { openMessageMenu } from './message-menu.ts';
import { openPhotoDraft } from './photo-draft.ts';
import { createPresses } from './presses.ts';
import { createReplyKeyboard } from './reply-keyboard.ts';
import { createAnchor } from './scroll.ts';
import { type State, unreadCount } from './store.ts';
import { toast } from './toast.ts';
import { keepFocus } from './touch.ts';
import { t } from './words.ts';

export type Chat = View & { placed(): void; end(): void };

/** Whether the bot's keyboard is folded away, by person. */
const folded = new Set<number>();

/** One person's chat with the bot. */
export function createChat(store: Store, person: PersonCard, headerHost: HeaderHost): Chat {
  const personId = person.id;
  const messages = (): readonly Message[] => store.get().messages[personId] ?? [];
  const find = (id: number) => messages().find(message => message.id === id);
  const nameOf = ({ from }: Message) => (from === 'bot' ? store.get().botName : person.firstName);

  const send = async (text: string, replyTo: number | null = null): Promise<boolean> => {
    anchor.toEnd();
    return attempt(sendText(personId, text, replyTo));
  };
  const attempt = (sent: Promise<unknown>): Promise<boolean> =>
    sent.then(
      () => true,
      error => {
        toast(wordsOf(error), foot);
        return false;
      },
    );
  const attach = (files: readonly File[]) =>
    openPhotoDraft({
      files,
      caption: '',
      send: ({ files: chosen, caption, as }) => attempt(sendPhotos(personId, chosen, caption, as)),
      tell: text => toast(text, foot),
    });

  const header = createChatHeader(store, person, headerHost);
  const stage = h('div', { is: 'stage' });
  const foot = h('footer', { is: 'foot' });
  const composer = createComposer(personId, {
    send,
    attach,
    nameOf,
    toggleKeyboard: () => {
      if (!folded.delete(personId)) folded.add(personId);
      update(store.get());
    },
  });
  const host: BubbleHost = {
    presses: createPresses(personId, stage, foot, () => store.get().botName),
    send: text => void send(text),
    reply: composer.reply,
    show: id => list.show(id),
    find,
    nameOf,
  };
  const list = createMessageList(host);
  const about = h('div', { is: 'about' }, h('h3', {}, t.whatCanBot), h('p', {}, t.aboutBot));
  const history = h(
    'div',
    { is: 'history', role: 'log', 'aria-live': 'polite', 'aria-label': person.firstName, tabindex: 0 },
    about,
    list.element,
  );
  const anchor = createAnchor(history, list.element, () => update(store.get()));
  const count = h('span', { is: 'count' });
  const down = button(
    { label: t.toBottom(0), is: 'down', test: 'to-bottom', on: { click: () => anchor.toEnd('smooth') } },
    icon('down'),
    count,
  );
  const keyboard = createReplyKeyboard(text => void send(text));
  const start = h('button', { type: 'button', is: 'big', test: 'start', on: { click: () => void send('/start') } }, t.start);
  const unblock = h(
    'button',
    { type: 'button', is: 'big', test: 'unblock', on: { click: () => void attempt(block(personId, false)) } },
    t.unblock,
  );

  foot.append(down, composer.element, start, unblock, keyboard.element);
  stage.append(h('div', { is: 'wallpaper' }), history, foot);
  const element = h(
    'section',
    { is: 'chat', test: `chat-${personId}`, 'aria-label': t.as(person.firstName) },
    header.element,
    stage,
  );
  openMessageMenu(history, host);
  const isOpen = () => !composer.element.hidden;
  takeDrops(stage, isOpen, attach);
  const endPastes = takePastes(() => isOpen() && !headerHost.isPinned, attach);
  keepFocus(stage, composer.field);

  const update = (state: State): void => {
    const all = state.messages[personId] ?? [];
    const card = state.people.find(({ id }) => id === personId) ?? person;
    header.update(state);
    anchor.around(() => {
      shown(about, all.length === 0);
      list.update(all);
      updateFoot(card, all.length === 0);
    });
    updateSeen(state);
  };
  const updateFoot = ({ blocked, keyboard: rows, commands }: PersonCard, isEmpty: boolean) => {
    shown(start, isEmpty && !blocked);
    shown(unblock, blocked);
    shown(composer.element, !isEmpty && !blocked);
    keyboard.update(isEmpty || blocked ? null : rows, folded.has(personId));
    composer.commands(commands);
    composer.keyboard(rows === null ? 'none' : folded.has(personId) ? 'hidden' : 'shown');
  };
  const updateSeen = (state: State) => {
    const unread = unreadCount(state, personId);
    const isAtEnd = anchor.isAtEnd();
    down.classList.toggle('shown', !isAtEnd);
    down.setAttribute('aria-label', t.toBottom(unread));
    say(count, unread > 0 ? String(unread) : '');
    if (isAtEnd && unread > 0 && element.isConnected && document.visibilityState === 'visible')
      store.dispatch({ is: 'seen', personId });
  };

  const seen = () => update(store.get());
  document.addEventListener('visibilitychange', seen);
  return {
    element,
    update,
    placed: () => {
      composer.placed();
      anchor.toEnd();
      if (matchMedia('(pointer: fine)').matches) composer.field.focus({ preventScroll: true });
    },
    end: () => {
      document.removeEventListener('visibilitychange', seen);
      endPastes();
      anchor.end();
    },
  };
}
