/**
 * What can be looked at while a load goes on, at the ends of its parts: what the generator spent, and what the server counted.
 * The server is asked over a socket of its own, once for each end and by one share alone. Such a reading costs this thread 0.7 ms
 * of work in several short pieces (measured), and a part lasts ten seconds and more.
 */
import type { PartResult, ServerCounters } from '../core/load/job.ts';
import { type Usage, waitedSeconds } from './client-facts.ts';
import { nowMs } from './monotonic.ts';
import type { CountersReading } from './server-counters.ts';
import type { Window } from './tally.ts';

/** Of a part's length: what was seen later than this after one of its ends is not of the part. */
const MAX_LATE = 0.05;

/** One end of a part, and the beginning of the next. */
interface Mark {
  usage: Usage;
  /** Null while nothing is known. */
  counted: { counters: ServerCounters; atMs: number } | null;
}

export interface MarkSources {
  usage(): Usage;
  /** Absent where this share does not ask, or the server does not tell. */
  read?: (() => Promise<CountersReading | null>) | undefined;
  /** Read before the load: what the first part began with. */
  before: ServerCounters | null;
}

export class PartMarks {
  private readonly windows: readonly Window[];
  private readonly sources: MarkSources;
  private readonly marks: Mark[] = [];
  private readonly readings: Promise<void>[] = [];

  /** @param windows of the parts, one after the other */
  constructor(windows: readonly Window[], sources: MarkSources) {
    this.windows = windows;
    this.sources = sources;
  }

  /** Looks at whatever has begun or ended; called every few milliseconds. */
  tick(now: number): void {
    const { windows, marks } = this;
    while (windows.length > 0 && marks.length <= windows.length && now >= this.momentOf(marks.length)) this.look();
  }

  /** Resolves when the last answer of the server is there. */
  async settled(): Promise<void> {
    await Promise.all(this.readings);
  }

  /** What is known of a part beside its requests. */
  factsOf(part: number): Pick<PartResult, 'client' | 'server'> {
    const [from, to] = [this.marks[part], this.marks[part + 1]];
    if (from === undefined || to === undefined) return {};
    const inTime = (times: readonly number[]) => times.every((atMs, i) => this.isInTime(part, part + i, atMs));
    const [before, after] = [from.counted, to.counted];
    const client = {
      cpuSeconds: to.usage.cpuSeconds - from.usage.cpuSeconds,
      runQueueWaitSeconds: waitedSeconds(from.usage, to.usage),
    };
    return {
      ...(inTime([from.usage.atMs, to.usage.atMs]) ? { client } : {}),
      ...(before !== null && after !== null && inTime([before.atMs, after.atMs])
        ? {
            server: {
              before: before.counters,
              after: after.counters,
              seconds: (after.atMs - before.atMs) / 1000,
            },
          }
        : {}),
    };
  }

  private look(): void {
    const { read, before } = this.sources;
    const isFirst = this.marks.length === 0;
    const mark: Mark = { usage: this.sources.usage(), counted: null };
    this.marks.push(mark);
    if (read === undefined) return;
    if (isFirst) {
      // Nothing was asked of the server since.
      mark.counted = before === null ? null : { counters: before, atMs: this.momentOf(0) };
      return;
    }
    this.readings.push(
      read().then((reading) => {
        mark.counted = reading === null ? null : { counters: reading.counters, atMs: nowMs() };
      }),
    );
  }

  private momentOf(mark: number): number {
    return mark === 0 ? this.windows[0]!.startMs : this.windows[mark - 1]!.toMs;
  }

  private isInTime(part: number, mark: number, atMs: number): boolean {
    const { startMs, toMs } = this.windows[part]!;
    return atMs - this.momentOf(mark) <= MAX_LATE * (toMs - startMs);
  }
}
