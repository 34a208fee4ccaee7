/** Run once by `npm run compile`: leaves the database that tests begin with beside them. */
import { openWriter } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { emptyDatabase } from './built.ts';

const database = await openWriter(emptyDatabase);
await migrate(database);
await database.close();
