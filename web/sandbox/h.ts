type Child = Node | string | null | undefined | false;
type Listeners = { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void };

/** What an element is made with. `is` are classes, `test` the hook for end-to-end tests, the rest are attributes. */
export type Props = {
  is?: string | undefined;
  test?: string | undefined;
  on?: Listeners;
  [attribute: string]: string | number | boolean | Listeners | null | undefined;
};

/** Makes an element. Strings become text, never markup; `null`, `undefined` and `false` leave an attribute or a child out. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) if (name !== 'on') setAttribute(element, name, value);
  for (const [name, listener] of Object.entries(props.on ?? {})) element.addEventListener(name, listener as EventListener);
  element.append(...children.filter(present));
  return element;
};

const present = (child: Child): child is Node | string => child !== null && child !== undefined && child !== false;

const renamed: Record<string, string> = { is: 'class', test: 'data-test' };

const setAttribute = (element: Element, name: string, value: unknown): void => {
  if (value === null || value === undefined || value === false) return;
  element.setAttribute(renamed[name] ?? name, value === true ? '' : String(value));
};

/** A button that submits nothing and always has a name that can be read out. */
export const button = (props: Props & { label: string }, ...children: Child[]): HTMLButtonElement => {
  const { label, ...rest } = props;
  return h('button', { type: 'button', 'aria-label': label, title: label, ...rest }, ...children);
};

/** Shows or hides without taking the element out. */
export const shown = (element: HTMLElement, isShown: boolean): void => {
  if (element.hidden === isShown) element.hidden = !isShown;
};

/** Sets text only when it differs, so that nothing is read out twice. */
export const say = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text;
};
