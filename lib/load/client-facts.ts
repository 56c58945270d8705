/** How the generator itself fared: CPU, delays of its event loop, time its threads waited for a core. */
import { readdirSync, readFileSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { ClientFacts } from '../core/load/job.ts';
import { nowMs } from './monotonic.ts';

const RESOLUTION_MS = 10;

export class ClientFactsMeter {
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private cpu = process.cpuUsage();
  private wait = runQueueWait();
  private startMs = nowMs();
  private facts: ClientFacts | null = null;

  constructor() {
    this.delay.enable();
  }

  /** Starts over: what was spent so far is not part of the measurement. */
  begin(): void {
    this.delay.reset();
    this.wait = runQueueWait();
    this.cpu = process.cpuUsage();
    this.startMs = nowMs();
  }

  /** Facts since `begin`; the first call fixes them. */
  end(): ClientFacts {
    if (this.facts !== null) return this.facts;
    const { user, system } = process.cpuUsage(this.cpu);
    const wall = (nowMs() - this.startMs) / 1000;
    const wait = runQueueWait();
    this.delay.disable();
    const cpuSeconds = (user + system) / 1e6;
    this.facts = {
      cpuSeconds,
      utilisation: wall > 0 ? cpuSeconds / wall : 0,
      eventLoopLagMs: { p99: this.lag(this.delay.percentile(99)), max: this.lag(this.delay.max) },
      runQueueWaitSeconds: waited(this.wait, wait),
    };
    return this.facts;
  }

  /** The monitor records whole timer intervals: what exceeds its own interval is the delay. */
  private lag(ns: number): number {
    return this.delay.count === 0 ? 0 : Math.max(0, ns / 1e6 - RESOLUTION_MS);
  }
}

/** Nanoseconds each thread of this process has waited on a run queue (proc(5), schedstat); null off Linux. */
function runQueueWait(): Map<string, number> | null {
  try {
    const waits = new Map<string, number>();
    for (const task of readdirSync('/proc/self/task')) {
      waits.set(task, Number(readFileSync(`/proc/self/task/${task}/schedstat`, 'utf8').split(' ')[1]));
    }
    return waits;
  } catch {
    return null;
  }
}

function waited(before: Map<string, number> | null, after: Map<string, number> | null): number | null {
  if (before === null || after === null) return null;
  let ns = 0;
  for (const [task, total] of after) ns += total - (before.get(task) ?? 0);
  return ns / 1e9;
}
