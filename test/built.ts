import { execFileSync } from 'node:child_process';
import { project } from './project.ts';

/** What is started as a process is the compiled project, as it is now. `npm test` has just built it, and builds once. */
export function build(): void {
  if (process.env['npm_lifecycle_event'] === 'test') return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: project, stdio: 'inherit', shell: process.platform === 'win32' });
}
