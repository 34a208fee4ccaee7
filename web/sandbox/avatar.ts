import { h } from './h.ts';

const colours = 7;

/** The round sign of a person: initials on a colour that follows from the id. */
export const avatar = (id: number, name: string): HTMLElement =>
  h('span', { is: `avatar colour-${Math.abs(id) % colours}`, 'aria-hidden': 'true' }, initials(name));

export const botAvatar = (): HTMLElement => h('span', { is: 'avatar bot', 'aria-hidden': 'true' }, '🎨');

/** The first letters of the first two words. */
export const initials = (name: string): string =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map(word => [...word][0]!.toUpperCase())
    .join('');
