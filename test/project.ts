import { pathToFileURL } from 'node:url';

/** The folder of the project, as a path and as a URL: tests run from there, as they are written or compiled. */
export const project = process.cwd();
export const projectUrl = pathToFileURL(`${project}/`);
