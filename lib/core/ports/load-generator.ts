import type { LoadJob } from '../load/job.ts';

/** A snapshot for the live view; never a result. */
export type LoadProgress = {
  segment: string | null;
  segmentsDone: number;
  segmentsTotal: number;
  ratePerSecond: number | null;
  p95Ms: number | null;
  errors: number;
};

export type LoadState =
  | { state: 'running'; progress: LoadProgress | null }
  /** `resultKey` names a LoadResult in the object store. `usd`: what the generator itself cost; absent where it is free. */
  | { state: 'done'; resultKey: string; usd?: number }
  | { state: 'failed'; reason: string; usd?: number }
  /** The generator is gone and left no result. */
  | { state: 'lost' };

export interface LoadGenerator {
  /** The most that this job can cost if it must end after so many seconds; absent where a generator is free. */
  usdAtMost?(job: LoadJob, seconds: number): number;
  /** Starts the job, or finds the one already started under its id. Returns the handle. `tags` go on what it creates. */
  start(job: LoadJob, tags: { [key: string]: string }): Promise<string>;
  check(handle: string): Promise<LoadState>;
  /** Ends the job early; what was measured is still written. Success when it already ended. */
  stop(handle: string): Promise<void>;
}
