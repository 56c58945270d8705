/** Runs a load job in this process: its segments one after another, each ending in a result. */
import type { LoadJob, LoadResult } from '../core/load/job.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';
import { checkJob } from './check-job.ts';
import { nowMs } from './monotonic.ts';
import { runSegment } from './run-segment.ts';
import type { Tally } from './tally.ts';
import { Ticker } from './ticker.ts';

export interface RunLoadOptions {
  /** Called about once a second, and once when all is done. */
  onProgress?(progress: LoadProgress): void;
  /** Stops the current segment cleanly; those after it are not run. What was measured is still returned. */
  signal?: AbortSignal;
}

const PROGRESS_MS = 1000;

/**
 * Drives the load of `job` and returns what was measured. A dead or misbehaving server is a result, not an exception.
 * @throws LoadJobError when the job cannot be run as written.
 */
export async function runLoad(job: LoadJob, options: RunLoadOptions = {}): Promise<LoadResult> {
  checkJob(job);
  const result: LoadResult = { schema: 'infersweep.load-result.v1', id: job.id, segments: [] };
  const dead = new Set<string>();
  const numbering = { next: 1 };
  const progress = new ProgressMeter(job, result);
  let ticker: Promise<Ticker> | null = null;
  const getTicker = () => {
    ticker ??= Ticker.create();
    return ticker;
  };
  const timer = setInterval(() => options.onProgress?.(progress.read()), PROGRESS_MS);
  try {
    for (const [position, segment] of job.segments.entries()) {
      if (options.signal?.aborted) break;
      const segmentResult = await runSegment({
        job,
        segment,
        position,
        numbering,
        knownDead: dead.has(segment.endpoint),
        ticker: getTicker,
        signal: options.signal,
        onStart: (tally) => progress.begin(segment.id, tally),
      });
      if (segmentResult.aborted === 'server-died') dead.add(segment.endpoint);
      else if (segmentResult.good > 0) dead.delete(segment.endpoint);
      result.segments.push(segmentResult);
      progress.end();
    }
    options.onProgress?.(progress.read());
  } finally {
    clearInterval(timer);
    await (ticker as Promise<Ticker> | null)?.then((t) => t.close()).catch(() => {});
  }
  return result;
}

/** Snapshots for the live view: never a result. */
class ProgressMeter {
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
