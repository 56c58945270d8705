/** How the generator itself fared: CPU, delays of its event loop, time its threads waited for a core. */
import { readdirSync, readFileSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { ClientFacts } from '../core/load/job.ts';
import { nowMs } from './monotonic.ts';

const RESOLUTION_MS = 10;

/** Whose CPU is meant: one share drives the whole process, or it is one of several threads and answers for itself. */
export type CpuScope = 'process' | 'thread';

export class ClientFactsMeter {
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly scope: CpuScope;
  private start: Usage;
  private facts: ClientFacts | null = null;

  constructor(scope: CpuScope) {
    this.scope = scope;
    this.start = usageNow(scope);
    this.delay.enable();
  }

  /** Starts over: what was spent so far is not part of the measurement. */
  begin(): void {
    this.delay.reset();
    this.start = usageNow(this.scope);
  }

  /** Facts since `begin`; the first call fixes them. */
  end(): ClientFacts {
    if (this.facts !== null) return this.facts;
    const now = usageNow(this.scope);
    const wall = (now.atMs - this.start.atMs) / 1000;
    this.delay.disable();
    const cpuSeconds = now.cpuSeconds - this.start.cpuSeconds;
    this.facts = {
      cpuSeconds,
      utilisation: wall > 0 ? cpuSeconds / wall : 0,
      eventLoopLagMs: { p99: this.lag(this.delay.percentile(99)), max: this.lag(this.delay.max) },
      runQueueWaitSeconds: waitedSeconds(this.start, now),
    };
    return this.facts;
  }

  /** The monitor records whole timer intervals: what exceeds its own interval is the delay. */
  private lag(ns: number): number {
    return this.delay.count === 0 ? 0 : Math.max(0, ns / 1e6 - RESOLUTION_MS);
  }
}

/** What has been spent up to a moment of the monotonic clock. */
export interface Usage {
  cpuSeconds: number;
  /** Nanoseconds on a run queue, by thread. */
  wait: Map<string, number> | null;
  atMs: number;
}

export function usageNow(scope: CpuScope): Usage {
  const own = scope === 'thread' ? threadUsage() : null;
  if (own !== null) return { ...own, atMs: nowMs() };
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, wait: runQueueWait(), atMs: nowMs() };
}

/** Of the calling thread (its clock's thread is not in it); null off Linux, where a thread has to answer for all of them. */
function threadUsage(): Omit<Usage, 'atMs'> | null {
  try {
    const [onCpu, waiting] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    return { cpuSeconds: Number(onCpu) / 1e9, wait: new Map([['self', Number(waiting)]]) };
  } catch {
    return null;
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

export function waitedSeconds({ wait: before }: Usage, { wait: after }: Usage): number | null {
  if (before === null || after === null) return null;
  let ns = 0;
  for (const [task, total] of after) ns += total - (before.get(task) ?? 0);
  return ns / 1e9;
}
