/** Servers that are slow for one known reason each, under the load that brings it out, and what the kit takes it for. */

import { utilisationPath } from '../lib/core/load/requests.ts';
import { type Bottleneck, type BottleneckFinding, bottleneckOf } from '../lib/core/measure/bottleneck.ts';
import type { StairMeasurement } from '../lib/core/measure/measurement.ts';
import { mergeStair } from '../lib/core/measure/merge-stair.ts';
import type { Parameters } from '../lib/core/plan/plan.ts';
import { closedLoopJob } from './closed-loop-job.ts';
import { type RunningServer, startKitServer, startScript } from './kit-server.ts';
import { runJob } from './load-engine.ts';
import { PAGED_OUT, pagingMissing } from './paged-out.ts';

export interface KnownBottleneck {
  word: Exclude<Bottleneck, 'unclear'>;
  /** Why it can be nothing else. */
  why: string;
  start(): Promise<RunningServer>;
  users: number;
  /** What the rule is told of the configuration, as a run would. */
  parameters: Parameters;
  body?: string;
  /** Why it cannot be shown on this host; null where it can. */
  missing?(): string | null;
}

const input = { name: 'x', shape: [1, 8], datatype: 'FP32', data: [1, 2, 3, 4, 5, 6, 7, 8] };
const SMALL = JSON.stringify({ inputs: [input] });
/** What a request carries beside its tensor: the server has to parse it to find that out. */
const FREIGHT = Array.from({ length: 20_000 }, (_, i) => i + 0.123);
const LARGE = JSON.stringify({ inputs: [input], parameters: { freight: FREIGHT } });

/** The reference model after a sleep, which needs no processor and so no quiet machine. */
const emulated = (fixedMs: number) => ({ adapter: 'emulated', parameters: { fixedMs, perItemMs: 0 } });

export const knownBottlenecks: readonly KnownBottleneck[] = [
  {
    word: 'client',
    why: 'an answer of 4,000 chunks that is written in one piece and read in 4,000',
    start: () => startScript('chunked-target.js'),
    users: 16,
    parameters: {},
  },
  {
    word: 'front end',
    why: 'one thread reads, computes and writes for eight users: they wait where nobody has read them yet',
    start: () => startKitServer({ ...emulated(10), gunicorn: { workers: 1, threads: 1 } }),
    users: 8,
    parameters: {},
  },
  {
    word: 'queue',
    why: 'eight users for one model that takes one request at a time',
    start: () => startKitServer(emulated(15)),
    users: 8,
    parameters: {},
  },
  {
    word: 'batching wait',
    why: 'two users for batches of eight that wait 60 ms to fill, in front of a model of 3 ms',
    start: () => startKitServer({ ...emulated(3), batching: { maxBatchSize: 8, maxQueueDelayMs: 60 } }),
    users: 2,
    parameters: { dynamicBatching: { maxBatchSize: 8, maxQueueDelayMs: 60 } },
  },
  {
    word: 'compute',
    why: 'one user for a model of 40 ms',
    start: () => startKitServer(emulated(40)),
    users: 1,
    parameters: {},
  },
  {
    word: 'serialisation',
    why: '20,000 numbers to parse for a model that looks at eight',
    start: () => startKitServer({ adapter: 'reference' }),
    users: 2,
    parameters: {},
    body: LARGE,
  },
  {
    word: 'network',
    why: 'requests of two hundred kilobytes over a path that carries half a megabyte a second, to a server that waits for them',
    start: () => startBehindNarrowPath({ adapter: 'reference' }),
    users: 2,
    parameters: {},
    body: LARGE,
  },
  {
    word: 'memory',
    why: 'a model whose pages are taken from it before each request, as on a host with too little memory',
    start: () => startKitServer({ adapter: 'reference' }, PAGED_OUT),
    users: 1,
    parameters: {},
    missing: pagingMissing,
  },
];

async function startBehindNarrowPath(config: Record<string, unknown>): Promise<RunningServer> {
  const server = await startKitServer(config);
  try {
    const path = await startScript('narrow-path.js', new URL(server.url).port);
    return {
      url: path.url,
      stop: async () => {
        await path.stop();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Measured after a head of one second. */
const HEAD_SECONDS = 1;

export interface Judged {
  finding: BottleneckFinding;
  stair: StairMeasurement;
}

/** Starts the server, loads it for some seconds and judges what was seen. */
export async function judge(known: KnownBottleneck, seconds: number): Promise<Judged> {
  const server = await known.start();
  try {
    const { segments } = await runJob(
      closedLoopJob({
        id: 'bottleneck',
        url: server.url,
        users: known.users,
        body: known.body ?? SMALL,
        seconds,
        headSeconds: HEAD_SECONDS,
        timeoutMs: 20_000,
        statsPath: '/v2/models/m/stats',
        utilisationPath,
      }),
    );
    const stair = mergeStair(`users-${known.users}`, segments, HEAD_SECONDS);
    if (stair.good === 0 || stair.good < stair.requests) throw new Error(`errors: ${JSON.stringify(stair.errors)}`);
    return { finding: bottleneckOf({ stair, parameters: known.parameters, serverCores: 1 }), stair };
  } finally {
    await server.stop();
  }
}
