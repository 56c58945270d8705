/** What the server says about itself: Triton's statistics extension, plus the process facts that our own server adds. */
import { get as getPlain } from 'node:http';
import { get as getTls } from 'node:https';
import { type ServerCounters, serverCountersSchema } from '../core/load/job.ts';
import type { Origin } from './origin.ts';

const TIMEOUT_MS = 2000;
const MAX_BYTES = 4 << 20;

/** Reads the counters now; null when the server does not answer or does not speak this shape. */
export async function readServerCounters(origin: Origin, path: string): Promise<ServerCounters | null> {
  try {
    return parseServerCounters(JSON.parse(await fetchText(origin, path)));
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
  });
  return counters.success ? counters.data : null;
}

/** NaN, which no schema takes, where there is no number. Triton writes 64-bit counts as numbers, some proxies as strings. */
function numberAt(value: unknown, path: readonly string[]): number {
  let at: unknown = value;
  for (const key of path) at = (at as Record<string, unknown> | null | undefined)?.[key];
  return typeof at === 'string' && at !== '' ? Number(at) : typeof at === 'number' ? at : Number.NaN;
}

function fetchText({ tls, hostname, port, host }: Origin, path: string): Promise<string> {
  const get = tls ? getTls : getPlain;
  return new Promise((resolve, reject) => {
    const request = get({ hostname, port, path, agent: false, headers: { host } }, (response) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > MAX_BYTES) request.destroy(new Error('the statistics are too long'));
        pieces.push(piece);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(pieces).toString());
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    // A whole-exchange limit: a socket timeout would let a server drip for ever.
    const timer = setTimeout(() => request.destroy(new Error('no statistics in time')), TIMEOUT_MS);
    request.on('close', () => clearTimeout(timer));
    request.on('error', reject);
  });
}
