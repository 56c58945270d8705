/** Snapshots for the live view: never a result. */
import type { LoadJob, LoadResult } from '../core/load/job.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';
import { nowMs } from './monotonic.ts';
import type { Tally } from './tally.ts';

export const PROGRESS_MS = 1000;

export class ProgressMeter {
  private readonly job: LoadJob;
  private readonly result: LoadResult;
  private segment: string | null = null;
  private tally: Tally | null = null;
  private pastErrors = 0;
  private lastGood = 0;
  private lastAt = nowMs();

  constructor(job: LoadJob, result: LoadResult) {
    this.job = job;
    this.result = result;
  }

  begin(segment: string, tally: Tally): void {
    this.segment = segment;
    this.tally = tally;
    this.lastGood = 0;
    this.lastAt = nowMs();
  }

  end(): void {
    this.pastErrors += this.tally?.badInAll ?? 0;
    this.segment = null;
    this.tally = null;
  }

  read(): LoadProgress {
    const now = nowMs();
    const good = this.tally?.goodInAll ?? 0;
    const seconds = (now - this.lastAt) / 1000;
    const ratePerSecond = this.tally === null || seconds <= 0 ? null : (good - this.lastGood) / seconds;
    this.lastGood = good;
    this.lastAt = now;
    return {
      segment: this.segment,
      segmentsDone: this.result.segments.length,
      segmentsTotal: this.job.segments.length,
      ratePerSecond,
      p95Ms: this.tally?.latency.percentile(95) ?? null,
      errors: this.pastErrors + (this.tally?.badInAll ?? 0),
    };
  }
}
