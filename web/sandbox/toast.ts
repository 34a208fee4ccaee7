import { openDialog } from './dialog.ts';
import { h } from './h.ts';
import { t } from './words.ts';

const toastMs = 3_000;

/**
 * A line at the bottom of `place` for three seconds; a newer one takes its place. Over an open dialog it stands in the dialog,
 * which hides all else.
 */
export function toast(text: string, place: Element = document.body): void {
  const host = [...document.querySelectorAll('dialog[open]')].at(-1) ?? place;
  for (const old of host.querySelectorAll(':scope > .toast')) old.remove();
  const element = h('div', { is: 'toast', test: 'toast', role: 'status' }, text);
  host.append(element);
  setTimeout(() => element.classList.add('leaving'), toastMs - 200);
  setTimeout(() => element.remove(), toastMs);
}

/** A word that has to be confirmed. */
export const alertBox = (text: string, title: string): void => {
  openDialog({ label: title, is: 'alert', test: 'alert', role: 'alertdialog' }, dialog => [
    h('h2', {}, title),
    h('p', {}, text),
    h('button', { type: 'button', is: 'plain', autofocus: true, on: { click: dialog.close } }, t.ok),
  ]);
};
