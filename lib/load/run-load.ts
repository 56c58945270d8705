/** Runs a load job, or one generator's part of it, in this process: in this thread, or in as many as the job asks for. */
import type { LoadJob, LoadResult } from '../core/load/job.ts';
import { slotOffsetMs, WHOLE } from '../core/load/share.ts';
import type { Signer } from '../core/load/signer.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';
import { checkJob } from './check-job.ts';
import { nowMs } from './monotonic.ts';
import { runShare } from './run-share.ts';
import { runWorkers } from './run-workers.ts';

export interface RunLoadOptions {
  /** Called about once a second, and once when all is done. */
  onProgress?(progress: LoadProgress): void;
  /** Stops the current segment cleanly; those after it are not run. What was measured is still returned. */
  signal?: AbortSignal;
  /** Number of this generator, from 0, where the job has several. @default 0 */
  generator?: number;
  /** For endpoints with `signing`. @default - such endpoints are refused */
  signer?: Signer;
}

/**
 * Drives the load of `job` and returns what was measured. A dead or misbehaving server is a result, not an exception.
 * @throws LoadJobError when the job cannot be run as written.
 */
export async function runLoad(job: LoadJob, options: RunLoadOptions = {}): Promise<LoadResult> {
  const { generator = 0, signal, signer, onProgress } = options;
  checkJob(job, { generator, canSign: signer !== undefined });
  const share = job.generators === undefined ? WHOLE : { index: generator, of: job.generators };
  const meet = (position: number) => commonMoment(job, position, signal);
  const part = { share, signal, signer, onProgress, meet };
  return (job.workers ?? 1) > 1 ? runWorkers(job, part) : runShare(job, { ...part, cpuScope: 'process' });
}

/** Sleeps until a little before it, so that a segment has its connections and its clock ready in time. */
const EARLY_MS = 50;

/** Generators on different hosts share the epoch; the monotonic clock takes over as soon as the moment is known. */
async function commonMoment(job: LoadJob, position: number, signal: AbortSignal | undefined): Promise<number | null> {
  if (job.startAtMs === undefined) return null;
  const moment = nowMs() + (job.startAtMs + slotOffsetMs(job.segments, position) - Date.now());
  const ms = moment - nowMs() - EARLY_MS;
  if (ms > 0) {
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
    });
  }
  return moment;
}
