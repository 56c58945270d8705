/** A control group of the kernel for processes of a test: really short of processor time, or really short of memory. */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ControlGroup {
  add(pid: number): void;
  /** Once nobody is in it any more. */
  remove(): void;
}

const MOUNT = '/sys/fs/cgroup';

/**
 * Below the group in which this process is itself. Version 1 of control groups only: version 2 gives no group controllers to
 * one that has processes, so that a test has no place to make its own. Null where it may not.
 */
export function controlGroup(
  controller: 'cpu' | 'memory',
  name: string,
  settings: Record<string, string>,
): ControlGroup | null {
  try {
    const own = readFileSync('/proc/self/cgroup', 'utf8')
      .split('\n')
      .find((line) => line.split(':')[1]?.split(',').includes(controller))!
      .split(':')[2]!;
    const folder = join(MOUNT, controller, own, `${name}-${process.pid}`);
    mkdirSync(folder);
    for (const [file, value] of Object.entries(settings)) writeFileSync(join(folder, file), value);
    return {
      add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
      remove: () => rmdirSync(folder),
    };
  } catch {
    return null;
  }
}
