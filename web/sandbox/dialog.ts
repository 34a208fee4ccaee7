import { button, h } from './h.ts';
import { icon } from './icons.ts';
import { t } from './words.ts';

export type Dialog = { element: HTMLDialogElement; close(): void };

type Asked = {
  label: string;
  is?: string;
  test?: string;
  role?: 'dialog' | 'alertdialog';
  /** Called once, however the dialog was closed. */
  onClose?: () => void;
};

/**
 * Opens a modal dialog. The browser keeps the focus inside, closes on Esc and gives the focus back; a click beside closes too.
 */
export function openDialog(asked: Asked, content: (dialog: Dialog) => readonly (Node | false)[]): Dialog {
  const element = h('dialog', {
    is: `dialog ${asked.is ?? ''}`,
    test: asked.test,
    role: asked.role,
    'aria-label': asked.label,
  });
  const dialog: Dialog = { element, close: () => element.close() };
  element.append(...content(dialog).filter(part => part !== false));
  element.addEventListener('pointerdown', event => {
    if (event.target === element && isBeside(element, event)) element.close();
  });
  element.addEventListener('close', () => {
    element.remove();
    asked.onClose?.();
  });
  document.body.append(element);
  element.showModal();
  return dialog;
}

const isBeside = (element: HTMLElement, { clientX, clientY }: PointerEvent): boolean => {
  const box = element.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
};

/** The upper line of a dialog: a title and the cross. */
export const dialogTitle = (title: string, dialog: Dialog): HTMLElement =>
  h(
    'header',
    { is: 'dialog-title' },
    h('h2', {}, title),
    button({ label: t.close, is: 'round', on: { click: dialog.close } }, icon('close')),
  );
