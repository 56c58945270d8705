import type { LoadJob } from '../lib/core/load/job.ts';

export interface ClosedLoop {
  id: string;
  /** Of a kit server, whose model is `m`. */
  url: string;
  users: number;
  body: string;
  /** Measured, after the head. */
  seconds: number;
  headSeconds: number;
  timeoutMs: number;
  statsPath: string | null;
  utilisationPath?: string;
}

/** A job of one segment: so many users, each with the same request. */
export function closedLoopJob({
  id,
  url,
  users,
  body,
  seconds,
  headSeconds,
  timeoutMs,
  statsPath,
  utilisationPath,
}: ClosedLoop): LoadJob {
  return {
    schema: 'infersweep.load-job.v1',
    id,
    seed: 1,
    timeoutMs,
    maxConnections: users,
    requestLog: false,
    endpoints: {
      server: {
        url,
        method: 'POST',
        path: '/v2/models/m/infer',
        headers: { 'content-type': 'application/json' },
        bodies: [{ id: 'a', content: body, encoding: 'utf8', expected: null }],
        tolerance: { atol: 0, rtol: 0 },
        statsPath,
        ...(utilisationPath === undefined ? {} : { utilisationPath }),
      },
    },
    segments: [
      {
        id: 's',
        endpoint: 'server',
        shape: { kind: 'closed', users },
        seconds: headSeconds + seconds,
        dropSeconds: headSeconds,
      },
    ],
  };
}
