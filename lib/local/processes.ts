/** Finding and ending the kit's own processes by what they are, not by what somebody remembers of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ListedProcess {
  pid: number;
  args: string[];
}

/** Every process whose command line this user can read. */
export function listProcesses(): ListedProcess[] {
  return existsSync('/proc/self/cmdline') ? listProc() : listPs();
}

function listProc(): ListedProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').filter(Boolean);
        const state = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
        return args.length > 0 && state !== 'Z' ? [{ pid: Number(name), args }] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}

function listPs(): ListedProcess[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match ? [{ pid: Number(match[1]), args: match[2]!.split(/\s+/) }] : [];
  });
}

export function isAlive(pid: number): boolean {
  return listProcesses().some((p) => p.pid === pid);
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** SIGTERM, then SIGKILL after `graceMs`; returns when the process is gone or `graceMs` more have passed. */
export async function endProcess(pid: number, graceMs = 3000): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return; // gone
    }
    for (let waited = 0; waited < graceMs; waited += 20) {
      if (!isAlive(pid)) return;
      await pause(20);
    }
  }
}
