/** What the threads of one generator tell each other. */
import type { LoadJob, LoadResult } from '../core/load/job.ts';
import type { Share } from '../core/load/share.ts';
import type { SignableRequest, Signature, SigningScope } from '../core/load/signer.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';

export interface WorkerOrder {
  job: LoadJob;
  share: Share;
  canSign: boolean;
}

export type ToWorker =
  /** All begin the segment for which they are ready at this moment of the monotonic clock. */
  | { kind: 'go'; startMs: number }
  | { kind: 'stop' }
  | { kind: 'signed'; id: number; signature: Signature | null; reason: string };

export type FromWorker =
  | { kind: 'ready'; position: number }
  | { kind: 'progress'; progress: LoadProgress }
  | { kind: 'sign'; id: number; request: SignableRequest; scope: SigningScope; timeMs: number }
  | { kind: 'result'; result: LoadResult }
  | { kind: 'refused'; reason: string };
