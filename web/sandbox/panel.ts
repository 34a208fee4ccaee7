import type { Control, ControlGroup } from '../../src/sandbox/page/wire.ts';
import { type ControlView, controlView } from './control.ts';
import { button, h } from './h.ts';
import { icon } from './icons.ts';
import type { View } from './live.ts';
import { createLog } from './log.ts';
import type { State } from './store.ts';
import { t } from './words.ts';

const groups: readonly ControlGroup[] = ['comfyui', 'telegram', 'yookassa', 'bot'];

/** The control panel: what can be broken and mended, and below it what the bot writes into its log. */
export function createPanel(hide: () => void): View {
  const controls = h('div', { is: 'controls' });
  const log = createLog();
  const element = h(
    'div',
    { is: 'panel' },
    h(
      'header',
      { is: 'panel-header' },
      h('div', {}, h('h2', {}, t.panelTitle), h('p', {}, t.panelHint)),
      button({ label: t.hidePanel, is: 'round', test: 'panel-close', on: { click: hide } }, icon('close')),
    ),
    controls,
    log.element,
  );
  let known: readonly Control[] | undefined;
  let views = new Map<string, ControlView>();

  const update = (state: State): void => {
    log.update(state);
    if (state.controls === known) return;
    if (!known || shape(known) !== shape(state.controls)) rebuild(state.controls);
    else for (const control of state.controls) views.get(control.id)?.update(control);
    known = state.controls;
  };
  const rebuild = (all: readonly Control[]) => {
    views = new Map(all.map(control => [control.id, controlView(control)]));
    controls.replaceChildren(...groups.map(group => groupOf(group, all, views)).filter(part => part !== null));
  };
  return { element, update };
}

/** Controls of the same shape differ in values alone. */
const shape = (controls: readonly Control[]): string =>
  JSON.stringify(controls.map(({ kind, id, group, label }) => [kind, id, group, label]));

const groupOf = (group: ControlGroup, all: readonly Control[], views: Map<string, ControlView>): HTMLElement | null => {
  const mine = all.filter(control => control.group === group);
  if (mine.length === 0) return null;
  return h(
    'section',
    { is: 'control-group', 'aria-label': t.groups[group] },
    h('h3', {}, t.groups[group]),
    h('div', { is: 'control-card' }, ...mine.map(({ id }) => views.get(id)!.element)),
  );
};
