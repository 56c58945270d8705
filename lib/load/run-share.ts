/** One share of a job in this thread: its segments one after another, each ending in a result. */
import type { LoadJob, LoadResult } from '../core/load/job.ts';
import type { Share } from '../core/load/share.ts';
import type { Signer } from '../core/load/signer.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';
import type { CpuScope } from './client-facts.ts';
import { EndpointRequests } from './endpoint-requests.ts';
import { PROGRESS_MS, ProgressMeter } from './progress-meter.ts';
import { runSegment } from './run-segment.ts';
import { Ticker } from './ticker.ts';

export interface RunShareOptions {
  share: Share;
  /** Called about once a second, and once when all is done. */
  onProgress?(progress: LoadProgress): void;
  signal: AbortSignal | undefined;
  signer: Signer | undefined;
  cpuScope: CpuScope;
  /** Waits for the common moment of a segment and returns it, on the monotonic clock; null to begin at once. */
  meet(position: number): Promise<number | null>;
}

export async function runShare(job: LoadJob, options: RunShareOptions): Promise<LoadResult> {
  const { share, signal } = options;
  const result: LoadResult = { schema: 'infersweep.load-result.v1', id: job.id, segments: [] };
  if (share.of > 1) result.share = share;
  const dead = new Set<string>();
  // Every share has ids of its own, and so draws bodies of its own.
  const numbering = { next: share.index + 1, step: share.of };
  const progress = new ProgressMeter(job, result);
  const requests = new Map(
    Object.entries(job.endpoints).map(([name, endpoint]) => [name, new EndpointRequests(endpoint, options.signer)]),
  );
  let ticker: Promise<Ticker> | null = null;
  const getTicker = () => {
    ticker ??= Ticker.create();
    return ticker;
  };
  const timer = setInterval(() => options.onProgress?.(progress.read()), PROGRESS_MS);
  try {
    for (const [position, segment] of job.segments.entries()) {
      if (signal?.aborted) break;
      const segmentResult = await runSegment({
        job,
        segment,
        position,
        share,
        requests: requests.get(segment.endpoint)!,
        numbering,
        knownDead: dead.has(segment.endpoint),
        ticker: getTicker,
        signal,
        cpuScope: options.cpuScope,
        meet: () => options.meet(position),
        onStart: (tally) => progress.begin(segment.id, tally),
      });
      if (segmentResult === null) break;
      if (segmentResult.aborted === 'server-died') dead.add(segment.endpoint);
      else if (segmentResult.good > 0) dead.delete(segment.endpoint);
      result.segments.push(segmentResult);
      progress.end();
    }
    options.onProgress?.(progress.read());
  } finally {
    clearInterval(timer);
    for (const each of requests.values()) each.close();
    await (ticker as Promise<Ticker> | null)?.then((t) => t.close()).catch(() => {});
  }
  return result;
}
