import { h } from './h.ts';
import { type IconName, icon } from './icons.ts';

export type MenuItem = { label: string; hint?: string; icon?: IconName; test?: string; isDanger?: boolean; act: () => void };
type Place = Element | { x: number; y: number };

const edge = 8;

/** Opens a menu at a button or a point. Esc and a click elsewhere close it; arrows walk through it. */
export function openMenu(place: Place, label: string, items: readonly MenuItem[]): void {
  const menu = h('div', { is: 'menu', role: 'menu', popover: 'auto', 'aria-label': label });
  menu.append(...items.map(item => itemButton(item, menu)));
  menu.addEventListener('keydown', event => walk(event, menu));
  menu.addEventListener('toggle', event => {
    if ((event as ToggleEvent).newState === 'closed') menu.remove();
  });
  (place instanceof Element ? (place.closest('dialog') ?? document.body) : document.body).append(menu);
  menu.showPopover();
  // A field that loses the focus may move the button that the menu stands at.
  menu.querySelector('button')?.focus();
  put(menu, place);
}

const itemButton = (item: MenuItem, menu: HTMLElement): HTMLElement =>
  h(
    'button',
    {
      type: 'button',
      role: 'menuitem',
      is: item.isDanger ? 'menu-item danger' : 'menu-item',
      test: item.test,
      on: {
        click: () => {
          menu.hidePopover();
          item.act();
        },
      },
    },
    item.icon && icon(item.icon),
    h('span', {}, item.label),
    item.hint !== undefined && h('small', {}, item.hint),
  );

/** Below and inside the window, above when there is no room. */
const put = (menu: HTMLElement, place: Place): void => {
  const at =
    place instanceof Element ? place.getBoundingClientRect() : { left: place.x, right: place.x, top: place.y, bottom: place.y };
  // The rectangle is smaller while the menu still grows.
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isLeft = at.left + width + edge < innerWidth;
  const left = isLeft ? at.left : at.right - width;
  const isBelow = at.bottom + height + edge < innerHeight;
  const top = isBelow ? at.bottom + 4 : at.top - height - 4;
  menu.style.left = `${Math.max(edge, Math.min(left, innerWidth - width - edge))}px`;
  menu.style.top = `${Math.max(edge, top)}px`;
  menu.style.transformOrigin = `${isBelow ? 'top' : 'bottom'} ${isLeft ? 'left' : 'right'}`;
};

const walk = (event: KeyboardEvent, menu: HTMLElement): void => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll('button')];
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  items[(at + step + items.length) % items.length]?.focus();
};
