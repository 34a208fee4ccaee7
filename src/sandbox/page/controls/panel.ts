import { Refusal } from '../refusal.ts';
import type { Control } from '../wire.ts';
import type { Part } from './part.ts';

/** All that can be touched, in the order shown. */
export class Panel {
  readonly #parts: ReadonlyMap<string, Part>;
  readonly #onChange: (controls: Control[]) => void;

  constructor(parts: readonly Part[], onChange: (controls: Control[]) => void) {
    this.#parts = new Map(parts.map(part => [part.id, part]));
    this.#onChange = onChange;
  }

  get controls(): Control[] {
    return [...this.#parts.values()].map(part => part.describe());
  }

  /** Refuses (404) what is not there and (400) a value that does not fit. */
  async act(id: string, value: number | boolean | undefined): Promise<void> {
    const part = this.#parts.get(id);
    if (!part) throw new Refusal(404, 'Такого переключателя нет.', 'There is no such control.');
    await part.act(value);
    this.#onChange(this.controls);
  }
}
