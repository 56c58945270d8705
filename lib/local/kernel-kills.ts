/** How often the kernel of this machine has ended a process for want of memory. */
import { readFileSync } from 'node:fs';

/** `oom_kill` of /proc/vmstat: of the whole machine, of groups with a limit as well. 0 where there is no such file. */
export function kernelKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
