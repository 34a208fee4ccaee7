/** What the browser loads as it is (HTML, CSS, pictures) goes beside the compiled modules. */
import { cpSync } from 'node:fs';

cpSync('web/sandbox', 'dist/web/sandbox', { recursive: true, filter: path => !path.endsWith('.ts') });
