/** What a form says: `a[b][0]=c` is `{a: {b: {0: 'c'}}}`. */
export type Form = { readonly [name: string]: string | Form };

type Growing = { [name: string]: string | Growing };

/**
 * Reads a form, or a query, with keys in brackets; `[]` counts on. Undefined when a name is a value and a room for others at
 * once.
 */
export function formOf(text: string): Form | undefined {
  const form: Growing = Object.create(null);
  for (const [key, value] of new URLSearchParams(text)) if (!put(form, namesOf(key), value)) return undefined;
  return form;
}

const namesOf = (key: string): string[] => {
  const [head = '', ...rest] = key.split('[');
  return [head, ...rest.map(part => part.replace(/\]$/, ''))];
};

function put(form: Growing, [name = '', ...inner]: readonly string[], value: string): boolean {
  const here = name === '' ? String(Object.keys(form).length) : name;
  if (inner.length === 0) {
    if (typeof form[here] === 'object') return false;
    form[here] = value;
    return true;
  }
  const room = (form[here] ??= Object.create(null) as Growing);
  return typeof room === 'object' && put(room, inner, value);
}
