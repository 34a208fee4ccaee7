import { h } from './h.ts';
import { openLink } from './links.ts';
import { t } from './words.ts';

/** What Telegram makes a link of by itself: an address, or a command of the bot. */
const linked = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)»]|(?<![\w/<>@])\/[a-z][a-z0-9_]{0,31}(?![\w/<>@])/gi;

/**
 * The words of a message. This is the one place where HTML from outside becomes markup: the server makes it from entities alone.
 */
export function textOf(html: string, send: (command: string) => void): HTMLElement {
  const text = h('div', { is: 'text', test: 'text' });
  text.innerHTML = html;
  for (const link of text.querySelectorAll('a')) prepareLink(link);
  for (const spoiler of text.querySelectorAll('tg-spoiler')) prepareSpoiler(spoiler);
  for (const node of plainNodes(text)) linkWords(node, send);
  return text;
}

const prepareLink = (link: HTMLAnchorElement): void => {
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.addEventListener('click', event => {
    event.preventDefault();
    openLink(link.href);
  });
};

const prepareSpoiler = (spoiler: Element): void => {
  const reveal = () => {
    spoiler.classList.add('open');
    spoiler.removeAttribute('role');
    spoiler.removeAttribute('aria-label');
  };
  spoiler.setAttribute('role', 'button');
  spoiler.setAttribute('tabindex', '0');
  spoiler.setAttribute('aria-label', t.hidden);
  spoiler.addEventListener('click', reveal);
  spoiler.addEventListener('keydown', event => ['Enter', ' '].includes((event as KeyboardEvent).key) && reveal());
};

const plainNodes = (root: Element): Text[] => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement?.closest('a, code, pre')) nodes.push(node as Text);
  return nodes;
};

const linkWords = (node: Text, send: (command: string) => void): void => {
  const parts: (string | Node)[] = [];
  let at = 0;
  for (const { 0: found, index } of node.data.matchAll(linked)) {
    parts.push(node.data.slice(at, index), found.startsWith('/') ? commandLink(found, send) : addressLink(found));
    at = index + found.length;
  }
  if (parts.length > 0) node.replaceWith(...parts, node.data.slice(at));
};

const commandLink = (command: string, send: (command: string) => void): HTMLElement =>
  h('button', { type: 'button', is: 'command', on: { click: () => send(command) } }, command);

const addressLink = (address: string): HTMLElement => {
  const link = h('a', { href: address }, address);
  prepareLink(link);
  return link;
};
