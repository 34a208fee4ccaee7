import type { BubbleHost } from './bubble.ts';
import { openMenu } from './menu.ts';
import { plainText } from './rows.ts';
import { t } from './words.ts';

/** A second click replies, a right click or a long touch opens what can be done with a message. */
export function openMessageMenu(list: HTMLElement, host: BubbleHost): void {
  const messageAt = (event: Event) => {
    const target = event.target as Element;
    if (target.closest('.inline-keyboard, a, .command')) return undefined;
    const id = target.closest<HTMLElement>('.row[data-id]')?.dataset['id'];
    const message = id === undefined ? undefined : host.find(Number(id));
    return message?.service === null ? message : undefined;
  };

  list.addEventListener('dblclick', event => {
    const message = messageAt(event);
    if (!message || (event.target as Element).closest('button')) return;
    getSelection()?.removeAllRanges();
    host.reply(message);
  });
  list.addEventListener('contextmenu', event => {
    const message = messageAt(event);
    if (!message) return;
    event.preventDefault();
    const words = plainText(message.html);
    openMenu({ x: event.clientX, y: event.clientY }, t.messageActions, [
      { label: t.reply, icon: 'reply', test: 'menu-reply', act: () => host.reply(message) },
      ...(words === '' ? [] : [{ label: t.copy, icon: 'copy' as const, act: () => void navigator.clipboard.writeText(words) }]),
    ]);
  });
}
