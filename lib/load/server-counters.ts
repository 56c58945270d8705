/** What the server says about itself: Triton's statistics extension, plus the process facts that our own server adds. */
import { type ServerCounters, serverCountersSchema } from '../core/load/job.ts';
import { fetchText } from './fetch-text.ts';
import type { Origin } from './origin.ts';

export interface CountersReading {
  counters: ServerCounters;
  /** From the open socket to the head of the answer. */
  readMs: number;
}

/** Reads the counters now; null when the server does not answer or does not speak this shape. */
export async function readServerCounters(origin: Origin, path: string): Promise<CountersReading | null> {
  try {
    const { text, readMs } = await fetchText(origin, path);
    const counters = parseServerCounters(JSON.parse(text));
    return counters === null ? null : { counters, readMs };
  } catch {
    return null;
  }
}

/** Sums all models and versions of a statistics answer; null when it is none. */
export function parseServerCounters(answer: unknown): ServerCounters | null {
  const { model_stats: models, process } = (answer ?? {}) as { model_stats?: unknown; process?: unknown };
  if (!Array.isArray(models) || models.length === 0) return null;
  const sum = (...path: string[]) => models.reduce<number>((total, model) => total + numberAt(model, path), 0);
  const ns = (part: string) => sum('inference_stats', part, 'ns');
  const own = (name: string) => {
    const value = numberAt(process, [name]);
    return Number.isNaN(value) ? null : value;
  };
  const counters = serverCountersSchema.safeParse({
    inferenceCount: sum('inference_count'),
    executionCount: sum('execution_count'),
    successCount: sum('inference_stats', 'success', 'count'),
    successNs: ns('success'),
    queueNs: ns('queue'),
    computeNs: ns('compute_input') + ns('compute_infer') + ns('compute_output'),
    cpuSeconds: own('cpu_seconds'),
    rssMib: own('rss_mib'),
    pid: own('pid'),
    ...known('receiveNs', sum('front_stats', 'receive', 'ns')),
    // Triton's `success` counts what its response cache answered, the compute counts do not.
    ...known('computedCount', sum('inference_stats', 'compute_infer', 'count')),
    ...periodsOf(process),
  });
  return counters.success ? counters.data : null;
}

function known<K extends string>(key: K, value: number): { [k in K]?: number } {
  return Number.isNaN(value) ? {} : ({ [key]: value } as { [k in K]?: number });
}

/** Of our own server, where a quota is in force. */
function periodsOf(process: unknown): Pick<ServerCounters, 'cpuPeriods'> {
  const [count, throttled] = ['count', 'throttled'].map((name) => numberAt(process, ['cpu_periods', name])) as [
    number,
    number,
  ];
  return Number.isNaN(count + throttled) ? {} : { cpuPeriods: { count, throttled } };
}

/** NaN, which no schema takes, where there is no number. Triton writes 64-bit counts as numbers, some proxies as strings. */
function numberAt(value: unknown, path: readonly string[]): number {
  let at: unknown = value;
  for (const key of path) at = (at as Record<string, unknown> | null | undefined)?.[key];
  return typeof at === 'string' && at !== '' ? Number(at) : typeof at === 'number' ? at : Number.NaN;
}
