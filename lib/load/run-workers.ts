/** A job in several threads: each drives its share with its own sockets and histograms; this one only brings them together. */
import { Worker } from 'node:worker_threads';
import type { LoadJob, LoadResult } from '../core/load/job.ts';
import { mergeSegments } from '../core/load/merge-results.ts';
import { nested } from '../core/load/share.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';
import { LoadJobError } from './job-error.ts';
import { nowMs } from './monotonic.ts';
import type { RunShareOptions } from './run-share.ts';
import type { FromWorker, ToWorker, WorkerOrder } from './worker-messages.ts';

/** From the moment when all are ready to the common start: longer than a message takes on a busy host. */
const START_DELAY_MS = 20;

export async function runWorkers(job: LoadJob, options: Omit<RunShareOptions, 'cpuScope'>): Promise<LoadResult> {
  const crew = new Crew(job, options);
  try {
    const parts = await crew.results();
    const result: LoadResult = {
      schema: 'infersweep.load-result.v1',
      id: job.id,
      segments: mergeSegments(parts.map((part) => part.segments)),
    };
    return options.share.of > 1 ? { ...result, share: options.share } : result;
  } finally {
    await crew.close();
  }
}

class Crew {
  private readonly options: Omit<RunShareOptions, 'cpuScope'>;
  private readonly workers: Worker[];
  private readonly progress: LoadProgress[] = [];
  private waiting = 0;
  private readonly stop = () => this.tell({ kind: 'stop' });

  constructor(job: LoadJob, options: Omit<RunShareOptions, 'cpuScope'>) {
    this.options = options;
    this.workers = Array.from({ length: job.workers! }, (_, index) => {
      const share = nested(options.share, { index, of: job.workers! });
      const workerData: WorkerOrder = { job, share, canSign: options.signer !== undefined };
      return new Worker(new URL('./load-worker.js', import.meta.url), { workerData });
    });
    options.signal?.addEventListener('abort', this.stop);
    if (options.signal?.aborted) this.stop();
  }

  async results(): Promise<LoadResult[]> {
    return Promise.all(this.workers.map((worker, index) => this.resultOf(worker, index)));
  }

  async close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.stop);
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private resultOf(worker: Worker, index: number): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`thread ${index} of the load engine ended with ${code}`)));
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'result') resolve(message.result);
        else if (message.kind === 'refused') reject(new LoadJobError(message.reason));
        else if (message.kind === 'ready') this.meet(message.position).catch(reject);
        else if (message.kind === 'progress') this.report(index, message.progress);
        else this.sign(worker, message);
      });
    });
  }

  /** Once the last of them is ready, all get the same moment; they share the monotonic clock. */
  private async meet(position: number): Promise<void> {
    if (++this.waiting < this.workers.length) return;
    this.waiting = 0;
    const startMs = (await this.options.meet(position)) ?? nowMs() + START_DELAY_MS;
    this.tell({ kind: 'go', startMs });
  }

  private report(index: number, progress: LoadProgress): void {
    this.progress[index] = progress;
    // The first worker sets the pace; what the others said last is at most a second old.
    if (index === 0) this.options.onProgress?.(mergeProgress(this.progress.filter((p) => p !== undefined)));
  }

  /** Credentials stay in one place. */
  private sign(worker: Worker, { id, request, scope, timeMs }: Extract<FromWorker, { kind: 'sign' }>): void {
    const answer = (message: ToWorker) => worker.postMessage(message);
    this.options.signer!.sign(request, scope, timeMs).then(
      (signature) => answer({ kind: 'signed', id, signature, reason: '' }),
      (error: Error) => answer({ kind: 'signed', id, signature: null, reason: error.message }),
    );
  }

  private tell(message: ToWorker): void {
    for (const worker of this.workers) worker.postMessage(message);
  }
}

function mergeProgress(parts: readonly LoadProgress[]): LoadProgress {
  const first = parts[0]!;
  const rates = parts.flatMap((p) => p.ratePerSecond ?? []);
  const tails = parts.flatMap((p) => p.p95Ms ?? []);
  return {
    ...first,
    segmentsDone: Math.min(...parts.map((p) => p.segmentsDone)),
    ratePerSecond: rates.length === 0 ? null : rates.reduce((a, b) => a + b),
    p95Ms: tails.length === 0 ? null : Math.max(...tails),
    errors: parts.reduce((total, p) => total + p.errors, 0),
  };
}
