import { openDialog } from './dialog.ts';
import { h } from './h.ts';
import type { View } from './live.ts';
import { wide } from './navigation.ts';
import { createPanel } from './panel.ts';
import { isPanelOpen, keepPanelOpen } from './preferences.ts';
import { t } from './words.ts';

export type PanelPlace = View & { toggle(): void; show(isOpen: boolean): void; end(): void };

/** Where the panel stands: a column that folds on a desktop, a sheet over the chat on a phone. */
export function placePanel(): PanelPlace {
  const aside = h('aside', { is: 'panel-column', 'aria-label': t.panelTitle });
  let close: (() => void) | null = null;
  const panel = createPanel(() => (wide.matches ? show(false) : close?.()));

  const home = () => {
    close = null;
    aside.append(panel.element);
  };
  const show = (isOpen: boolean) => {
    keepPanelOpen(isOpen);
    aside.hidden = !isOpen;
  };
  const openSheet = () => {
    const sheet = openDialog({ label: t.panelTitle, is: 'sheet', onClose: home }, () => [
      h('div', { is: 'grip' }),
      panel.element,
    ]);
    close = sheet.close;
  };
  const toggle = () => {
    if (wide.matches) show(aside.hidden !== false);
    else openSheet();
  };
  const fold = () => close?.();

  home();
  aside.hidden = !isPanelOpen();
  wide.addEventListener('change', fold);
  return { element: aside, update: panel.update, toggle, show, end: () => wide.removeEventListener('change', fold) };
}
