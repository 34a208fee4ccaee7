import type { Message } from '../../src/sandbox/page/wire.ts';
import { type BubbleHost, rowContent } from './bubble.ts';
import { h } from './h.ts';
import { isSameRow, type Row, rowsOf } from './rows.ts';
import { clock, dayOf } from './words.ts';

type Drawn = { row: Row; element: HTMLElement };

/** After this a message has been read out, and its edits no longer are. */
const announcedMs = 1_500;

/** Keeps drawn rows in step with messages: an edited one changes in its place, a new one fades in at the end. */
export function createMessageList(host: BubbleHost) {
  const element = h('div', { is: 'rows' });
  let drawn = new Map<string, Drawn>();
  let known: readonly Message[] | undefined;

  const update = (messages: readonly Message[]): void => {
    if (messages === known) return;
    const isFirst = known === undefined;
    known = messages;
    const next = new Map<string, Drawn>();
    for (const row of rowsOf(messages, dayOf)) next.set(row.key, drawnRow(row, drawn.get(row.key), host, isFirst));
    for (const [key, { element: old }] of drawn) if (!next.has(key)) old.remove();
    drawn = next;
    arrange(element, [...next.values()]);
  };

  const show = (messageId: number): void => {
    const found = [...drawn.values()].find(({ row }) => row.is !== 'day' && row.messages.some(({ id }) => id === messageId));
    if (!found) return;
    found.element.scrollIntoView({ block: 'center', behavior: 'smooth' });
    found.element.classList.remove('lit');
    void found.element.offsetWidth;
    found.element.classList.add('lit');
  };

  return { element, update, show };
}

const drawnRow = (row: Row, old: Drawn | undefined, host: BubbleHost, isFirst: boolean): Drawn => {
  if (old && isSameRow(old.row, row)) return old;
  const element = old?.element ?? rowElement(row, isFirst);
  const before = element.querySelector<HTMLImageElement>('.photo img')?.src;
  const focused = focusedKey(element);
  if (row.is === 'bubble') describe(element, row, host);
  element.replaceChildren(...rowContent(row, host, before));
  if (focused !== null) element.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  return { row, element };
};

const rowElement = (row: Row, isFirst: boolean): HTMLElement => {
  if (row.is === 'day') return h('div', { is: 'row day', role: 'separator' });
  const element = h('div', { is: isFirst ? 'row' : 'row new', test: 'message', 'data-id': row.messages[0]!.id });
  if (row.is === 'service') element.classList.add('service');
  element.dataset['from'] = row.messages[0]!.from;
  setTimeout(() => element.setAttribute('aria-live', 'off'), announcedMs);
  return element;
};

const describe = (element: HTMLElement, { messages, isFirst, isLast }: Row & { is: 'bubble' }, host: BubbleHost): void => {
  const [first] = messages as [Message];
  element.dataset['ids'] = messages.map(({ id }) => id).join(' ');
  element.classList.add(first.from === 'bot' ? 'in' : 'out');
  element.classList.toggle('first', isFirst);
  element.classList.toggle('last', isLast);
  element.setAttribute('role', 'article');
  element.setAttribute('aria-label', `${host.nameOf(first)}, ${clock(messages.at(-1)!.date)}`);
};

const focusedKey = (element: Element): string | null =>
  element.contains(document.activeElement) ? (document.activeElement?.getAttribute('data-key') ?? null) : null;

const arrange = (parent: Element, rows: readonly Drawn[]): void => {
  let place = parent.firstChild;
  for (const { element } of rows) {
    if (element === place) place = place.nextSibling;
    else parent.insertBefore(element, place);
  }
};
