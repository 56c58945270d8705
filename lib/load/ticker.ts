/**
 * The clock of open-loop load: a worker thread that sleeps in Atomics.wait until the next request is due and then wakes the
 * main thread. Timers of the event loop are a millisecond coarse; spinning wastes a core and, by using up its time slice,
 * gets preempted at the worst moments: measured, see docs/decisions/0005-the-clock-of-open-loop-load.md.
 */
import { Worker } from 'node:worker_threads';
import { peakRate } from '../core/load/schedule.ts';
import type { OpenShape } from '../core/load/shape.ts';
import type { Share } from '../core/load/share.ts';

/** Below this rate the worker wakes early and the main thread turns its loop to the exact moment; above it that never sleeps. */
const LEAD_BELOW_PER_SECOND = 2000;
export const LEAD_MS = 0.25;
/** Above it wake-ups are at least this far apart, and each sends all that is due. */
export const FLOOR_MS = 0.1;

/** Slots of the memory both threads share: the last run that was stopped, and whether a message is on its way. */
export const STOPPED = 0;
export const PENDING = 1;

export interface TickPlan {
  shape: OpenShape;
  seed: number;
  share: Share;
  /** The schedule's zero and its end (exclusive), on the monotonic clock. */
  startMs: number;
  endMs: number;
}

/** What the worker is told; `run` lets it see that it was stopped before it began. */
export interface TickOrder extends TickPlan {
  run: number;
}

export function leadMs({ shape, share }: TickPlan): number {
  return peakRate(shape, share) < LEAD_BELOW_PER_SECOND ? LEAD_MS : 0;
}

export class Ticker {
  private readonly worker: Worker;
  private readonly control: Int32Array;
  private onTick: () => void = () => {};
  private lastRun = 0;
  /** Why the worker ended by itself; without it no open loop can go on. */
  failure: Error | null = null;

  private constructor(worker: Worker, control: Int32Array) {
    this.worker = worker;
    this.control = control;
    worker.on('message', () => {
      // Cleared before the work, so that what falls due meanwhile asks again.
      Atomics.store(control, PENDING, 0);
      this.onTick();
    });
    worker.on('error', (error) => {
      this.failure = error as Error;
    });
  }

  /** Resolves once the thread runs, so that no schedule begins before its clock. */
  static async create(): Promise<Ticker> {
    const control = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(new URL('./ticker-worker.js', import.meta.url), { workerData: control });
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    });
    return new Ticker(worker, control);
  }

  /** Calls `onTick` whenever something of the plan is due, or within LEAD_MS of it, until it ends or is stopped. */
  run(plan: TickPlan, onTick: () => void): void {
    this.onTick = onTick;
    this.lastRun++;
    const order: TickOrder = { ...plan, run: this.lastRun };
    this.worker.postMessage(order);
  }

  stop(): void {
    this.onTick = () => {};
    Atomics.store(this.control, STOPPED, this.lastRun);
    Atomics.notify(this.control, STOPPED);
  }

  async close(): Promise<void> {
    this.stop();
    await this.worker.terminate();
  }
}
