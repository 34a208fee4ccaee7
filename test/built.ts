import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './project.ts';

/** `npm test` has just compiled everything; whoever runs a single file may have changed it since. */
const isCompiled = process.env['npm_lifecycle_event'] === 'test';

/** What is started as a process is the compiled project, as it is now. `npm test` has just built it, and builds once. */
export function build(): void {
  if (isCompiled) return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: project, stdio: 'inherit', shell: process.platform === 'win32' });
}

export const emptyDatabase = join(project, 'dist/test/empty.db');

/**
 * Where a house is about to open: the database as migrations leave it, which takes as long as all the rest of a start to make.
 */
export function layEmptyDatabase(path: string): void {
  if (isCompiled && existsSync(emptyDatabase)) cpSync(emptyDatabase, path);
}
