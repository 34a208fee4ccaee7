/** Every language has the same keys with the same parameters; a missing text does not compile. */
export type Localised<T> = T extends (...args: infer A) => string
  ? (...args: A) => string
  : T extends string
    ? string
    : { [K in keyof T]: Localised<T[K]> };
