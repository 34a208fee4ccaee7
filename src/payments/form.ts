/** A body of `application/x-www-form-urlencoded`, its fields in the order in which they stand. */
export const formOf = (fields: Readonly<Record<string, string | number>>): string =>
  new URLSearchParams(Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])).toString();
