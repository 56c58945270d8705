/** Small load jobs for tests. */
import type { Body, Endpoint, LoadJob, Segment, Shape } from '../../lib/core/load/job.ts';

export function bodyOf(content: string, expected: Body['expected'] = null, id = 'a'): Body {
  return { id, content, encoding: 'utf8', expected };
}

export function endpointOf(url: string, change: Partial<Endpoint> = {}): Endpoint {
  return {
    url,
    method: 'POST',
    path: '/v2/models/m/infer',
    headers: {},
    bodies: [bodyOf('{"inputs":[]}')],
    tolerance: { atol: 1e-4, rtol: 1e-3 },
    statsPath: null,
    ...change,
  };
}

export function segmentOf(shape: Shape, seconds: number, change: Partial<Segment> = {}): Segment {
  return { id: shape.kind, endpoint: 'e', shape, seconds, dropSeconds: 0, ...change };
}

export function jobOf(url: string, segments: Segment[], change: Partial<LoadJob> = {}): LoadJob {
  return {
    schema: 'infersweep.load-job.v1',
    id: 'test',
    seed: 7,
    timeoutMs: 5000,
    maxConnections: 64,
    requestLog: true,
    endpoints: { e: endpointOf(url) },
    segments,
    ...change,
  };
}
