import { DatabaseUnusable, holdsHouse } from '../db/database.ts';
import { withoutPassword } from '../db/url.ts';
import { ConfigError } from './config-error.ts';

/**
 * A file that SQLite cannot work with stays one; so does a PostgreSQL that is not there, or does not let us. Any other error is
 * handed back.
 */
export const unopened = (error: Error, url: string, variable = 'DATABASE_URL'): Error =>
  error instanceof DatabaseUnusable || /^SQLITE_(CANTOPEN|NOTADB|READONLY|CORRUPT|PERM|AUTH)\b/.test(error.message)
    ? new ConfigError(
        `${variable} holds ${JSON.stringify(withoutPassword(url))}; it should be a database that opens: ${error.message.replaceAll('\n', ' ')}`,
      )
    : error;

/** For work on a house's rows. Throws ConfigError where there are none: a database that is made here would hold nothing. */
export async function assertHouse(url: string): Promise<void> {
  const found = await holdsHouse(url).catch((error: Error) => {
    throw unopened(error, url);
  });
  if (!found) throw new ConfigError(`DATABASE_URL leads to ${JSON.stringify(withoutPassword(url))}; there is no database`);
}
