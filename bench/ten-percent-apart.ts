/** Two of the kit's servers whose models take 20 and 22 ms, and one comparison of them. */
import type { Endpoint } from '../lib/core/load/job.ts';
import { compareUntilDecided, type Outcome } from '../lib/engine/compare-until-decided.ts';
import { type RunningServer, startKitServer } from './kit-server.ts';
import { runJob } from './load-engine.ts';

const FAST_MS = 20;
const SLOW_MS = 22;
/** More than one, so that the model never waits for a client. */
const USERS = 4;
export const WINDOW_SECONDS = 1;
export const DROP_SECONDS = 0.25;
const BODY = JSON.stringify({
  inputs: [{ name: 'x', shape: [1, 8], datatype: 'FP32', data: [1, 2, 3, 4, 5, 6, 7, 8] }],
});

export interface Rivals {
  fast: string;
  slow: string;
  stop(): Promise<void>;
}

/** @param apart whether their models differ at all. @default true */
export async function startRivals({ apart = true } = {}): Promise<Rivals> {
  const running: RunningServer[] = [];
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()));
  };
  try {
    for (const fixedMs of [FAST_MS, apart ? SLOW_MS : FAST_MS]) {
      running.push(await startKitServer({ adapter: 'emulated', parameters: { fixedMs, perItemMs: 0 } }));
    }
    return { fast: running[0]!.url, slow: running[1]!.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function compare(first: string, second: string, budgetSeconds: number): Promise<Outcome> {
  return compareUntilDecided(
    {
      job: {
        schema: 'infersweep.load-job.v1',
        id: 'paired',
        seed: 1,
        timeoutMs: 10_000,
        maxConnections: USERS,
        requestLog: false,
      },
      first: comparedEndpoint(first),
      second: comparedEndpoint(second),
      shape: { kind: 'closed', users: USERS },
      windowSeconds: WINDOW_SECONDS,
      dropSeconds: DROP_SECONDS,
      budgetSeconds,
    },
    async (job) => (await runJob(job)).segments,
  );
}

export function comparedEndpoint(url: string): Endpoint {
  return {
    url,
    method: 'POST',
    path: '/v2/models/m/infer',
    headers: { 'content-type': 'application/json' },
    bodies: [{ id: 'a', content: BODY, encoding: 'utf8', expected: null }],
    tolerance: { atol: 0, rtol: 0 },
    statsPath: null,
  };
}
