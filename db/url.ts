/* Addresses of databases: nothing here opens one. */

/** `sqlite:<path>`, or a PostgreSQL URL that names its database. */
export const isDatabaseUrl = (url: string): boolean =>
  isPostgres(url) ? URL.canParse(url) && new URL(url).pathname.length > 1 : /^sqlite:(?:\/\/\/)?(?!:memory:)./.test(url);

/**
 * The URL of a database for a message to the operator: neither what may be a password where one stands, nor what may be one
 * elsewhere.
 */
export const withoutPassword = (url: string): string =>
  url
    .replace(/:\/\/.*@/s, '://…@')
    .replace(/(:\/\/[^/@:]*:)(?!\d*(?:\/|$))[^/]*/, '$1…')
    .replace(/([?&][^=&]*pass[^=&]*=)[^&]*/gi, '$1…');

export const isPostgres = (url: string): boolean => /^postgres(ql)?(\+asyncpg)?:\/\//.test(url);

/** `sqlite:./x.db`, `sqlite:///./x.db` and `sqlite:////abs/x.db` as paths. */
export const sqlitePath = (url: string): string => url.replace(/^sqlite:(\/\/\/)?/, '');
