/** The server ran out of memory: it died of it, or answers errors because of it. */
import type { SegmentResult } from '../../load/job.ts';
import type { ReadyState } from '../../ports/target.ts';
import type { ValidityFinding } from '../validity.ts';
import { errorRate } from './error-rate.ts';
import type { Rule } from './evidence.ts';
import { serverDied } from './server-died.ts';

/** What the target says of a deployment after trouble. */
export interface Ending extends Pick<ReadyState, 'state' | 'reason'> {
  /** Its last lines. */
  log: string;
}

/**
 * The words of those who notice: kernel, CUDA and torch ("out of memory", but not gunicorn's guess at any SIGKILL), torch, ECS
 * and the JVM (OutOfMemoryError), Docker and Kubernetes (OOMKilled), TensorFlow ("OOM when allocating"), CPython (MemoryError),
 * C++ (std::bad_alloc), ENOMEM and torch's CPU allocator ("can't allocate memory"), ONNX Runtime's arena.
 */
const WORDS =
  /(?<!perhaps )\bout of memory\b|OUT_OF_MEMORY|OutOfMemory|\bOOM ?Killed\b|\bOOM when allocating\b|\bMemoryError\b|\bbad_alloc\b|can(?:no|')t allocate memory|Failed to allocate memory for requested buffer/i;
const LONGEST_LINE = 200;
const FIX = 'use an instance type with more memory, a smaller batch, or fewer workers or model instances';

/** A mention in the log of a server that fares well is no finding: engine builders try and give up what does not fit. */
export const oom: Rule = (evidence) => {
  const { ending } = evidence;
  if (ending === null) return null;
  const broken = ending.state === 'failed' || serverDied(evidence) !== null || errorRate(evidence) !== null;
  return broken ? oomIn(ending) : null;
};

/** Whether a deployment that is known to have failed says that it was for want of memory. */
export function oomIn({ reason, log }: Pick<Ending, 'reason' | 'log'>): ValidityFinding | null {
  const line = `${reason ?? ''}\n${log}`.split('\n').find((l) => WORDS.test(l));
  if (line === undefined) return null;
  const clipped = line.trim().slice(0, LONGEST_LINE);
  return { code: 'oom', detail: `the server ran out of memory (${clipped}); ${FIX}` };
}

/** Whether it is worth asking the target how a deployment fares. */
export function inTrouble(windows: readonly Pick<SegmentResult, 'aborted' | 'errors'>[]): boolean {
  return windows.some(
    ({ aborted, errors }) =>
      aborted === 'server-died' || (['connect', 'reset', 'http-5xx'] as const).some((name) => (errors[name] ?? 0) > 0),
  );
}
