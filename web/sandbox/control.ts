import type { Control } from '../../src/sandbox/page/wire.ts';
import { control as ask, wordsOf } from './actions.ts';
import { h, say } from './h.ts';
import { toast } from './toast.ts';
import { language } from './words.ts';

export type ControlView = { element: HTMLElement; update(control: Control): void };

/** One thing of the control panel. Its value is the server's; a press or a change only asks for it. */
export function controlView(control: Control): ControlView {
  switch (control.kind) {
    case 'press':
      return pressView(control);
    case 'switch':
      return switchView(control);
    case 'slide':
      return slideView(control);
  }
}

type Of<Kind extends Control['kind']> = Extract<Control, { kind: Kind }>;

const flash = (element: Element, name: 'done' | 'failed'): void => {
  element.classList.remove('done', 'failed');
  void (element as HTMLElement).offsetWidth;
  element.classList.add(name);
};

const change = async (element: HTMLElement, id: string, value?: number | boolean): Promise<void> => {
  element.setAttribute('aria-busy', 'true');
  try {
    await ask(id, value);
    flash(element, 'done');
  } catch (error) {
    flash(element, 'failed');
    toast(wordsOf(error));
  }
  element.removeAttribute('aria-busy');
};

const words = ({ id, label, hint }: Control): HTMLElement =>
  h(
    'span',
    { is: 'control-words' },
    h('b', { id: `label-${id}` }, label[language]),
    h('small', { id: `hint-${id}` }, hint[language]),
  );

/** For a field, which is not named by what stands in it as a button is: its name is read out, and the hint after it. */
const named = ({ id }: Control) => ({ 'aria-labelledby': `label-${id}`, 'aria-describedby': `hint-${id}` });

const pressView = (control: Of<'press'>): ControlView => {
  const element = h('button', { type: 'button', is: 'control press', test: `control-${control.id}` }, words(control));
  element.addEventListener('click', () => void change(element, control.id));
  return { element, update: () => undefined };
};

const switchView = (control: Of<'switch'>): ControlView => {
  const element = h(
    'button',
    { type: 'button', is: 'control switch', role: 'switch', test: `control-${control.id}` },
    words(control),
    h('span', { is: 'knob', 'aria-hidden': 'true' }),
  );
  const isOn = () => element.getAttribute('aria-checked') === 'true';
  element.addEventListener('click', () => void change(element, control.id, !isOn()));
  const update = (now: Control) => now.kind === 'switch' && element.setAttribute('aria-checked', String(now.isOn));
  update(control);
  return { element, update };
};

const slideView = (control: Of<'slide'>): ControlView => {
  const { id, min, max, step, unit } = control;
  const input = h('input', { type: 'range', min, max, step, test: `control-${id}`, ...named(control) });
  const value = h('output');
  const element = h('div', { is: 'control slide' }, h('span', { is: 'control-line' }, words(control), value), input);
  let isHeld = false;
  const show = () => {
    say(value, `${Number(input.value).toLocaleString(language)} ${unit[language]}`);
    input.setAttribute('aria-valuetext', value.textContent ?? '');
    input.style.setProperty('--part', `${((Number(input.value) - min) / (max - min || 1)) * 100}%`);
  };
  const update = (now: Control) => {
    if (now.kind !== 'slide' || isHeld) return;
    input.value = String(now.value);
    show();
  };
  input.addEventListener('input', () => {
    isHeld = true;
    show();
  });
  input.addEventListener('change', () => {
    isHeld = false;
    void change(element, id, Number(input.value));
  });
  update(control);
  return { element, update };
};
