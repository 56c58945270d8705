import { basename, join } from 'node:path';

/** Of the package: two folders up in the sources, three in `dist`. */
const above = join(import.meta.dirname, '..', '..');
export const packageFolder = basename(above) === 'dist' ? join(above, '..') : above;

/** Everything that runs in or under a container: Dockerfiles, servers, scripts of hosts and builds. */
export const containersFolder = join(packageFolder, 'containers');
