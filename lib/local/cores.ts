/** Who runs on which core: servers from the first allowed one up, the client on the last, never both on one. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

let atStart: number[] | undefined;

/** Ids of the cores that this process was given when it started, whatever it pinned itself to since. */
export function allowedCores(): number[] {
  atStart ??= readAllowedCores();
  return atStart;
}

/** Counted from 0 where the system does not tell. */
function readAllowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (list) return parseCoreList(list);
  } catch {
    // Not Linux: no affinity to read.
  }
  return Array.from({ length: availableParallelism() }, (_, i) => i);
}

/** `0-2,5` → [0, 1, 2, 5]. */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
  });
}

let taskset: boolean | undefined;

/** Whether processes can be pinned here. */
export function canPin(): boolean {
  taskset ??= spawnSync('taskset', ['--version']).status === 0;
  return taskset;
}

/** Puts `command` on the given cores where the system can; elsewhere unchanged. */
export function pinned(cores: readonly number[], command: readonly string[]): string[] {
  return canPin() && cores.length > 0 ? ['taskset', '-c', cores.join(','), ...command] : [...command];
}

/** Keeps this process, its threads included, off the servers' cores. */
export function pinSelf(cores: readonly number[]): void {
  if (canPin() && cores.length > 0) spawnSync('taskset', ['-a', '-c', '-p', cores.join(','), String(process.pid)]);
}

export interface CoreSplit {
  server: number[];
  client: number[];
  /** Cores for everything else of the kit: all but the servers'. */
  others: number[];
}

/**
 * Splits the allowed cores for deployments of `serverCores` cores each. With a single core both sides share it.
 * @throws RangeError when the servers would take the client's core.
 */
export function splitCores(allowed: readonly number[], serverCores: number): CoreSplit {
  if (allowed.length === 1) return { server: [...allowed], client: [...allowed], others: [...allowed] };
  if (serverCores > allowed.length - 1) {
    throw new RangeError(`${serverCores} server cores would take the client's: this machine has ${allowed.length}`);
  }
  return {
    server: allowed.slice(0, serverCores),
    client: allowed.slice(-1),
    others: allowed.slice(serverCores),
  };
}
