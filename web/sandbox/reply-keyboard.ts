import { h, shown } from './h.ts';
import { t } from './words.ts';

/** The bot's keyboard under the input field. */
export function createReplyKeyboard(press: (text: string) => void) {
  const element = h('div', { is: 'reply-keyboard', role: 'group', 'aria-label': t.botKeyboard, hidden: true });
  let drawn: string[][] | null = null;

  const draw = (rows: string[][]) =>
    element.replaceChildren(
      ...rows.map(row =>
        h(
          'div',
          { is: 'reply-row' },
          ...row.map(text =>
            h('button', { type: 'button', is: 'reply-key', test: 'reply-key', on: { click: () => press(text) } }, text),
          ),
        ),
      ),
    );

  return {
    element,
    /** Draws only what has changed, so that a key that has the focus keeps it. */
    update: (rows: string[][] | null, isHidden: boolean): void => {
      if (rows && JSON.stringify(rows) !== JSON.stringify(drawn)) draw(rows);
      drawn = rows;
      shown(element, rows !== null && !isHidden);
    },
  };
}
