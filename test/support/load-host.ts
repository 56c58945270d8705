/**
 * What else ran on this host during an experiment. A timing check that fails while others held the cores says nothing about
 * the client; this is measured from outside, so that a faulty client cannot excuse itself.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Cores that others, the hypervisor included, may take before a host stops being quiet. */
const QUIET_CORES = 0.1;
/** Share of the time that the server, which has one busy thread and a core for it, may wait for that core. */
const QUIET_WAIT = 0.02;
const POLL_MS = 100;
/** Clock ticks of /proc are 10 ms wherever Node runs on Linux. */
const TICKS_PER_SECOND = 100;

export interface HostReport {
  /** Cores used by others, as far as the host tells. */
  othersCores: number;
  /** Share of the time that the server waited for a core. */
  serverWait: number;
  quiet: boolean;
}

export interface HostWatch {
  stop(): HostReport;
}

export function watchHost(server: number, client: number): HostWatch {
  const own = [new Meter(() => processTicks(server)), new Meter(() => processTicks(client))];
  const wait = new Meter(() => runQueueWaitNs(server));
  const idle = new Meter(idleTicks);
  const meters = [...own, wait, idle];
  const poll = () => {
    for (const meter of meters) meter.read();
  };
  poll();
  const startMs = performance.now();
  const timer = setInterval(poll, POLL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      poll();
      const seconds = (performance.now() - startMs) / 1000;
      const ours = own.reduce((sum, meter) => sum + meter.growth, 0) / TICKS_PER_SECOND;
      // Idle time is exact where busy time is only sampled once a tick, and it leaves out what the hypervisor stole.
      const busy = idle.growth === 0 ? ours : coreCount() * seconds - idle.growth / TICKS_PER_SECOND;
      const othersCores = (busy - ours) / seconds;
      const serverWait = wait.growth / 1e9 / seconds;
      return { othersCores, serverWait, quiet: othersCores < QUIET_CORES && serverWait < QUIET_WAIT };
    },
  };
}

/** Growth of a counter whose process may be gone at the end. */
class Meter {
  private readonly source: () => number | null;
  private first: number | null = null;
  private last: number | null = null;

  constructor(source: () => number | null) {
    this.source = source;
  }

  read(): void {
    const value = this.source();
    if (value === null) return;
    this.first ??= value;
    this.last = value;
  }

  get growth(): number {
    return (this.last ?? 0) - (this.first ?? 0);
  }
}

function coreCount(): number {
  return readFileSync('/proc/stat', 'utf8').match(/^cpu\d/gm)!.length;
}

function idleTicks(): number | null {
  try {
    const fields = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/\s+/);
    return Number(fields[4]) + Number(fields[5]);
  } catch {
    return null;
  }
}

function processTicks(pid: number): number | null {
  try {
    // The second field is a name that may hold blanks; user and system time are the 12th and 13th after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return null;
  }
}

function runQueueWaitNs(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[1]))
      .reduce((a, b) => a + b, 0);
  } catch {
    return null;
  }
}
