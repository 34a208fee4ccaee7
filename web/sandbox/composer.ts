import type { Message, PersonCard } from '../../src/sandbox/page/wire.ts';
import { summary } from './bubble.ts';
import { button, h, say, shown } from './h.ts';
import { icon } from './icons.ts';
import { openMenu } from './menu.ts';
import { isTouch } from './touch.ts';
import { t } from './words.ts';

export type ComposerHost = {
  /** True once the text is sent; false leaves it in the field. */
  send(text: string, replyTo: number | null): Promise<boolean>;
  attach(files: readonly File[]): void;
  toggleKeyboard(): void;
  nameOf(message: Message): string;
};

/** What was being written in each chat, kept while another one is open. */
const drafts = new Map<number, string>();

/** The input field with all that stands around it. */
export function createComposer(personId: number, host: ComposerHost) {
  let replyTo: Message | null = null;
  let registered: PersonCard['commands'] = [];

  const field = h('textarea', {
    is: 'field',
    test: 'composer',
    rows: 1,
    maxlength: 4096,
    placeholder: t.placeholder,
    'aria-label': t.placeholder,
    enterkeyhint: isTouch() ? 'enter' : 'send',
  });
  const sendButton = button({ label: t.send, is: 'send', test: 'send', on: { click: () => void send() } }, icon('send'));
  const files = h('input', { type: 'file', accept: 'image/*', multiple: true, hidden: true, test: 'file-input', tabindex: -1 });
  const keyboardButton = button(
    {
      label: t.hideKeyboard,
      is: 'round',
      test: 'keyboard-toggle',
      on: { pointerdown: () => noteFocus(), click: () => toggleKeyboard() },
    },
    icon('keyboard'),
  );
  const quoteName = h('b');
  const quoteText = h('span');
  const quoteBar = h(
    'div',
    { is: 'quote-bar', hidden: true },
    icon('reply'),
    h('div', {}, quoteName, quoteText),
    button({ label: t.cancelReply, is: 'round', on: { click: () => reply(null) } }, icon('close')),
  );
  const commandsButton = button(
    { label: t.commandsLabel, is: 'round slash', test: 'commands', on: { click: () => commands() } },
    '/',
  );

  const grow = () => {
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
    sendButton.classList.toggle('ready', field.value.trim() !== '');
    drafts.set(personId, field.value);
  };
  const write = (text: string) => {
    field.value = text;
    grow();
  };
  const send = async () => {
    const text = field.value.trim();
    if (text === '') return field.focus();
    const answered = replyTo;
    write('');
    reply(null);
    if (await host.send(text, answered?.id ?? null)) return;
    if (field.value === '') write(text);
    if (!replyTo) reply(answered);
  };
  const reply = (message: Message | null) => {
    replyTo = message;
    shown(quoteBar, message !== null);
    if (!message) return;
    say(quoteName, host.nameOf(message));
    say(quoteText, summary(message));
    field.focus();
  };
  const commands = () =>
    openMenu(
      commandsButton,
      t.commandsLabel,
      registered.map(({ command, description: hint }) => ({
        label: `/${command}`,
        hint,
        act: () => void host.send(`/${command}`, null),
      })),
    );

  new ResizeObserver(grow).observe(field);
  field.addEventListener('input', grow);
  // On a phone the bot's keyboard is away while the phone's is there: then the button only changes one for the other.
  let wasWriting = false;
  const noteFocus = () => {
    wasWriting = isTouch() && document.activeElement === field;
  };
  const toggleKeyboard = () => {
    if (wasWriting) field.blur();
    if (!wasWriting || !keyboardButton.classList.contains('on')) host.toggleKeyboard();
    wasWriting = false;
  };

  field.addEventListener('keydown', event => {
    if (event.key === 'Escape' && replyTo) reply(null);
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || isTouch()) return;
    event.preventDefault();
    void send();
  });
  field.addEventListener('paste', event => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length === 0) return;
    event.preventDefault();
    host.attach(pasted);
  });
  // The field keeps its focus, and a phone its keyboard, while the button is pressed.
  sendButton.addEventListener('pointerdown', event => event.preventDefault());
  files.addEventListener('change', () => {
    host.attach([...(files.files ?? [])]);
    files.value = '';
  });

  const element = h(
    'div',
    { is: 'composer' },
    h(
      'div',
      { is: 'composer-box' },
      quoteBar,
      h(
        'div',
        { is: 'composer-line' },
        commandsButton,
        field,
        keyboardButton,
        button({ label: t.attach, is: 'round', test: 'attach', on: { click: () => files.click() } }, icon('attach')),
        files,
      ),
    ),
    sendButton,
  );
  field.value = drafts.get(personId) ?? '';

  return {
    element,
    field,
    reply,
    /** To be called once the field stands in the page and has a height. */
    placed: grow,
    commands: (list: PersonCard['commands']) => {
      registered = list;
      shown(commandsButton, list.length > 0);
    },
    keyboard: (state: 'none' | 'shown' | 'hidden') => {
      shown(keyboardButton, state !== 'none');
      keyboardButton.classList.toggle('on', state === 'shown');
      const label = state === 'shown' ? t.hideKeyboard : t.showKeyboard;
      keyboardButton.title = label;
      keyboardButton.setAttribute('aria-label', label);
    },
  };
}
