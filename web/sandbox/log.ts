import type { LogLine } from '../../src/sandbox/page/wire.ts';
import { button, h, shown } from './h.ts';
import { icon } from './icons.ts';
import type { View } from './live.ts';
import type { State } from './store.ts';
import { clockWithSeconds, t } from './words.ts';

/** The bot's log, newest last. It follows the end until it is paused or scrolled away from it. */
export function createLog(): View {
  let isPaused = false;
  let known: readonly LogLine[] = [];
  const empty = h('p', { is: 'log-empty' }, t.emptyLog);
  const lines = h('div', { is: 'log-lines', role: 'log', 'aria-live': 'off', 'aria-label': t.log, tabindex: 0, test: 'log' });
  const pauseButton = button(
    { label: t.pause, is: 'round', test: 'log-pause', on: { click: () => pause(!isPaused) } },
    icon('pause'),
    icon('play'),
  );

  const toEnd = () => {
    if (!isPaused) lines.scrollTop = lines.scrollHeight;
  };
  const pause = (isNow: boolean) => {
    isPaused = isNow;
    const label = isPaused ? t.resume : t.pause;
    pauseButton.classList.toggle('paused', isPaused);
    pauseButton.title = label;
    pauseButton.setAttribute('aria-label', label);
    toEnd();
  };
  const update = ({ log }: State): void => {
    if (log === known) return;
    const kept = known.at(-1);
    const from = kept ? log.lastIndexOf(kept) + 1 : 0;
    if (from === 0) lines.replaceChildren();
    lines.append(...log.slice(from).map(lineOf));
    while (lines.childElementCount > log.length) lines.firstElementChild?.remove();
    known = log;
    shown(empty, log.length === 0);
    toEnd();
  };

  lines.addEventListener('wheel', event => {
    if (event.deltaY < 0 && !isPaused && lines.scrollHeight > lines.clientHeight) pause(true);
  });
  new ResizeObserver(toEnd).observe(lines);
  const element = h(
    'section',
    { is: 'log', 'aria-label': t.log },
    h('header', {}, h('h3', {}, t.log), pauseButton),
    empty,
    lines,
  );
  return { element, update };
}

const lineOf = ({ at, level, text }: LogLine): HTMLElement =>
  h('div', { is: `log-line of-${level}` }, h('time', {}, clockWithSeconds(at)), h('span', {}, text));
