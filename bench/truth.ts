/**
 * Does the load engine tell the truth? `npm run bench:truth -- [--json] [--rounds N] [--seconds S] [--workers N]`
 *
 * Rounds of several loads against a server that stamps every answer on the same clock and stops dead now and then. Truth is
 * from the intended time to the stamp; what is printed is by how much the reported percentiles differ from it. The engine and
 * the server each have a core; the time that both waited for theirs says how far the host is to blame.
 *
 * Beside it wrk (where there is one) and autocannon meet the same server, and what they report is held against the same truth:
 * what users who come at that rate have to wait.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Histogram } from '../lib/core/load/histogram.ts';
import type { LoadJob, LoadResult, SegmentResult, Shape } from '../lib/core/load/job.ts';
import { median } from '../lib/core/measure/median.ts';
import { PERCENTILES, peers } from './truth-peers.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-truth-'));
const option = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1]!;
};
const rounds = Number(option('rounds', '3'));
const seconds = Number(option('seconds', '11'));
const workers = Number(option('workers', '1'));
const SERVER_CORE = '0';
const CLIENT_CORES = workers === 1 ? '1' : `0-${availableParallelism() - 1}`;

interface Load {
  name: string;
  shape: Shape;
  server: { holdMs?: number; slots?: number; stopMs?: number; stopEveryMs?: number };
  /** Requests a second that the others are told to send; absent where none of them can follow the shape. */
  peersPerSecond?: number;
}
const loads: Load[] = [
  {
    name: '1000/s of 5 ms, stopped 200 ms in every 10 s',
    shape: { kind: 'constant', ratePerSecond: 1000 },
    server: { holdMs: 5, stopMs: 200, stopEveryMs: 10_000 },
    peersPerSecond: 1000,
  },
  {
    name: '400/s of 20 ms, stopped 2 s in every 10 s',
    shape: { kind: 'constant', ratePerSecond: 400 },
    server: { holdMs: 20, stopMs: 2000, stopEveryMs: 10_000 },
    peersPerSecond: 400,
  },
  {
    name: '800/s Poisson, four slots of 4 ms: load 0.8',
    shape: { kind: 'poisson', ratePerSecond: 800 },
    server: { holdMs: 4, slots: 4 },
    peersPerSecond: 800,
  },
  {
    name: '0 to 1000/s Poisson, stopped 300 ms in every 2 s',
    shape: { kind: 'ramp', arrivals: 'poisson', fromPerSecond: 0, toPerSecond: 1000, rampSeconds: seconds },
    server: { stopMs: 300, stopEveryMs: 2000 },
  },
];

const BODY = '{"inputs":[]}';

interface Stamp {
  id: string;
  doneMs: number;
}

/** Starts the server of a load for as long as `use` takes. */
async function served<T>({ server: config }: Load, use: (url: string) => Promise<T>): Promise<T> {
  const script = join(root, 'test', 'support', 'load-stamp-server.mjs');
  const server = spawn('taskset', ['-c', SERVER_CORE, process.execPath, script, JSON.stringify(config)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const port = await new Promise<number>((resolve) => server.stdout.once('data', (d) => resolve(Number(d))));
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    server.kill();
  }
}

async function own(shape: Shape, url: string): Promise<{ segment: SegmentResult; stamps: Stamp[] }> {
  const files = ['job', 'result', 'progress'].map((name) => join(folder, `${name}.json`));
  const bodies = [{ id: 'a', content: BODY, encoding: 'utf8' as const, expected: null }];
  const endpoint = { url, method: 'POST' as const, path: '/', headers: {}, bodies, statsPath: null };
  const job: LoadJob = {
    schema: 'infersweep.load-job.v1',
    id: 'truth',
    seed: 1,
    timeoutMs: 10_000,
    maxConnections: 256,
    requestLog: true,
    endpoints: { e: { ...endpoint, tolerance: { atol: 0, rtol: 0 } } },
    segments: [{ id: 's', endpoint: 'e', shape, seconds, dropSeconds: 0 }],
    workers,
  };
  writeFileSync(files[0]!, JSON.stringify(job));
  const client = ['-c', CLIENT_CORES, process.execPath, join(root, 'dist', 'lib', 'load', 'main.js'), ...files];
  const child = spawn('taskset', client, { stdio: ['pipe', 'inherit', 'inherit'] });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the load engine ended with ${code}`);
  const { stamps } = (await (await fetch(`${url}/log`)).json()) as { stamps: Stamp[] };
  return { segment: (JSON.parse(readFileSync(files[1]!, 'utf8')) as LoadResult).segments[0]!, stamps };
}

/** What users who came when they were meant to had to wait, ascending. */
function truthOf({ segment, stamps }: { segment: SegmentResult; stamps: Stamp[] }): number[] {
  const intended = new Map(segment.log!.map((row) => [row.id, row.intendedMs]));
  const truth = stamps.flatMap(({ id, doneMs }) => (intended.has(id) ? [doneMs - intended.get(id)!] : []));
  if (truth.length !== segment.requests || stamps.length !== truth.length) {
    throw new Error(`${stamps.length} stamps, ${segment.requests} requests, ${truth.length} in both`);
  }
  return truth.sort((a, b) => a - b);
}

/** Relative errors of the reported percentiles, and how late requests were sent. */
async function figuresOf(load: Load): Promise<Record<string, number>> {
  const { shape, peersPerSecond } = load;
  const result = await served(load, (url) => own(shape, url));
  const truth = truthOf(result);
  const errors = (name: string, reported: (p: number, i: number) => number) =>
    Object.fromEntries(
      PERCENTILES.map((p, i) => {
        const met = truth[Math.max(0, Math.ceil((p / 100) * truth.length - 1e-9) - 1)]!;
        return [`${name}p${p}Error`, reported(p, i) / met - 1];
      }),
    );
  const { segment } = result;
  const latency = Histogram.decode(segment.latency);
  const late = Histogram.decode(segment.scheduleError);
  const wait = segment.client.runQueueWaitSeconds;
  const figures: Record<string, number> = {
    ...errors('', (p) => latency.percentile(p)!),
    lateP50Ms: late.percentile(50)!,
    lateP99Ms: late.percentile(99)!,
    clientWaitShare: wait === null ? Number.NaN : wait / segment.durationS,
  };
  if (peersPerSecond === undefined) return figures;
  for (const [name, peer] of Object.entries(peers)) {
    const run = { root, folder, cores: CLIENT_CORES, body: BODY, ratePerSecond: peersPerSecond, seconds };
    const reported = await served(load, (url) => peer({ ...run, url }));
    Object.assign(
      figures,
      errors(`${name} `, (_, i) => reported[i]!),
    );
  }
  return figures;
}

const perLoad = loads.map(() => [] as Record<string, number>[]);
try {
  for (let round = 0; round < rounds; round++) {
    for (const [i, load] of loads.entries()) perLoad[i]!.push(await figuresOf(load));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const spread = (values: number[]) => ({ min: Math.min(...values), median: median(values)!, max: Math.max(...values) });
const results = loads.map(({ name }, i) => ({
  load: name,
  figures: Object.fromEntries(
    Object.keys(perLoad[i]![0]!).map((key) => [key, spread(perLoad[i]!.map((figures) => figures[key]!))]),
  ),
}));
const hostLoad = loadavg().map((value) => Number(value.toFixed(2)));
if (process.argv.includes('--json'))
  console.log(JSON.stringify({ rounds, seconds, workers, loadAverage: hostLoad, results }));
else {
  for (const { load, figures } of results) {
    const text = Object.entries(figures).map(([key, { min, median: middle, max }]) => {
      const shown = (value: number) => (key.endsWith('Error') ? `${(100 * value).toFixed(1)} %` : value.toFixed(2));
      return `  ${key} ${shown(middle)} (${shown(min)} to ${shown(max)})`;
    });
    console.log([load, ...text].join('\n'));
  }
  console.log(`load average of the host ${hostLoad.join(' ')}, this bench included`);
}
