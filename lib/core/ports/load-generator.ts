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
  /** `resultKey` names a LoadResult in the object store. */
  | { state: 'done'; resultKey: string }
  | { state: 'failed'; reason: string }
  /** The generator is gone and left no result. */
  | { state: 'lost' };

export interface LoadGenerator {
  /** Starts the job, or finds the one already started under its id. Returns the handle. */
  start(job: LoadJob): Promise<string>;
  check(handle: string): Promise<LoadState>;
  /** Ends the job early; what was measured is still written. Success when it already ended. */
  stop(handle: string): Promise<void>;
}
