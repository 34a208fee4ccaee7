import { Refusal } from '../refusal.ts';
import type { Control, ControlGroup, Words } from '../wire.ts';

/** One thing of the panel: how it stands now, and what happens when somebody touches it. */
export type Part = {
  readonly id: string;
  describe(): Control;
  act(value: number | boolean | undefined): void | Promise<void>;
};

export type About = { readonly id: string; readonly group: ControlGroup; readonly label: Words; readonly hint: Words };

export const press = (about: About, act: () => void | Promise<void>): Part => ({
  id: about.id,
  describe: () => ({ kind: 'press', ...about }),
  act,
});

export const toggle = (about: About, isOn: () => boolean, turn: (on: boolean) => void | Promise<void>): Part => ({
  id: about.id,
  describe: () => ({ kind: 'switch', ...about, isOn: isOn() }),
  act: value => {
    if (typeof value !== 'boolean') throw new Refusal(400, 'value: true или false', 'value: true or false');
    return value === isOn() ? undefined : turn(value);
  },
});

export type Scale = { readonly min: number; readonly max: number; readonly step: number; readonly unit: Words };

export const slide = (about: About, scale: Scale, value: () => number, set: (value: number) => void): Part => ({
  id: about.id,
  describe: () => ({ kind: 'slide', ...about, ...scale, value: value() }),
  act: asked => {
    const { min, max } = scale;
    if (typeof asked !== 'number' || !(asked >= min && asked <= max))
      throw new Refusal(400, `value: от ${min} до ${max}`, `value: from ${min} to ${max}`);
    set(asked);
  },
});

/** A fault that lasts: `always` says how to take it back. */
export const lasting = (always: () => () => void): { isOn(): boolean; turn(on: boolean): void } => {
  let undo: (() => void) | undefined;
  return {
    isOn: () => undo !== undefined,
    turn: on => {
      undo?.();
      undo = on ? always() : undefined;
    },
  };
};

export const words = (ru: string, en: string): Words => ({ ru, en });
