/**
 * How many requests does a second of client CPU buy? `npm run bench:load -- [--json] [--rounds N] [--seconds S] [--users 16,64,256]`
 *
 * The kit's load engine with everything recorded, wrk and autocannon in turn against the same server, which has a core of its
 * own. CPU is the whole process's, less that of a one-second run of the same client, so that start-up is in none of them.
 * Ratios come from neighbours in one round: a host that others share moves all three.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadJob, LoadResult } from '../lib/core/load/job.ts';
import { median } from '../lib/core/measure/median.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-load-'));
const option = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1]!;
};
const rounds = Number(option('rounds', '3'));
const seconds = Number(option('seconds', '6'));
const SHORT_SECONDS = 1;
const userCounts = option('users', '16,64,256').split(',').map(Number);

/** About 2 KB, as a tokenised text is. */
const ids = Array.from({ length: 384 }, (_, i) => 1000 + i);
const body = JSON.stringify({ inputs: [{ name: 'input_ids', datatype: 'INT64', shape: [1, 384], data: ids }] });
const headers = { 'content-type': 'application/json' };

/** Runs a command on the client's core. */
function onClientCore(command: string[]): Promise<{ stdout: string; cpuSeconds: number }> {
  const args = [join(root, 'bench', 'cpu-of.py'), 'taskset', '-c', '1', ...command];
  const child = spawn('python3', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (d) => (stdout += d));
  child.stderr.on('data', (d) => (stderr += d));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve({ stdout, cpuSeconds: Number(stderr) });
      else reject(new Error(`${command[0]} ended with ${code}: ${stdout}`));
    });
  });
}

interface Run {
  requests: number;
  cpuSeconds: number;
}

async function own(url: string, users: number, seconds: number): Promise<Run> {
  const files = ['job', 'result', 'progress'].map((name) => join(folder, `${name}.json`));
  const job: LoadJob = {
    schema: 'infersweep.load-job.v1',
    id: 'bench',
    seed: 1,
    timeoutMs: 10_000,
    maxConnections: users,
    requestLog: false,
    endpoints: {
      target: {
        url,
        method: 'POST',
        path: '/v2/models/m/infer',
        headers,
        bodies: [{ id: 'a', content: body, encoding: 'utf8', expected: null }],
        tolerance: { atol: 0, rtol: 0 },
        statsPath: null,
      },
    },
    segments: [{ id: 's', endpoint: 'target', shape: { kind: 'closed', users }, seconds, dropSeconds: 0 }],
  };
  writeFileSync(files[0]!, JSON.stringify(job));
  const { cpuSeconds } = await onClientCore([process.execPath, join(root, 'dist', 'lib', 'load', 'main.js'), ...files]);
  const [segment] = (JSON.parse(readFileSync(files[1]!, 'utf8')) as LoadResult).segments;
  if (segment!.good !== segment!.requests) throw new Error(`errors: ${JSON.stringify(segment!.errors)}`);
  return { requests: segment!.good, cpuSeconds };
}

async function wrk(url: string, users: number, seconds: number): Promise<Run> {
  const script = join(folder, 'post.lua');
  writeFileSync(
    script,
    `wrk.method="POST"; wrk.body=[==[${body}]==]; wrk.headers["Content-Type"]="application/json"\n`,
  );
  const { stdout, cpuSeconds } = await onClientCore([
    'wrk',
    '-t1',
    `-c${users}`,
    `-d${seconds}s`,
    '-s',
    script,
    `${url}/v2/models/m/infer`,
  ]);
  return { requests: Number(/(\d+) requests in/.exec(stdout)![1]), cpuSeconds };
}

async function autocannon(url: string, users: number, seconds: number): Promise<Run> {
  const file = join(folder, 'body.json');
  writeFileSync(file, body);
  const entry = join(root, 'node_modules', 'autocannon', 'autocannon.js');
  const options = [
    '-j',
    '-c',
    String(users),
    '-d',
    String(seconds),
    '-m',
    'POST',
    '-H',
    'content-type=application/json',
    '-i',
    file,
  ];
  const { stdout, cpuSeconds } = await onClientCore([process.execPath, entry, ...options, `${url}/v2/models/m/infer`]);
  return { requests: JSON.parse(stdout)['2xx'], cpuSeconds };
}

const clients = { own, wrk, autocannon };
type Client = keyof typeof clients;
const present = (Object.keys(clients) as Client[]).filter(
  (name) => name !== 'wrk' || spawnSync('wrk', ['-v']).error === undefined,
);

const server = spawn('taskset', ['-c', '0', process.execPath, join(root, 'dist', 'bench', 'target.js')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const port = await new Promise<number>((resolve) => server.stdout.once('data', (d) => resolve(Number(d))));
const url = `http://127.0.0.1:${port}`;

const spread = (values: number[]) => ({ min: Math.min(...values), median: median(values)!, max: Math.max(...values) });
const results = [];
try {
  for (const users of userCounts) {
    const perCpuSecond: Record<string, number[]> = {};
    for (let round = 0; round < rounds; round++) {
      // The order turns, so that none always comes after the same one.
      for (let i = 0; i < present.length; i++) {
        const name = present[(i + round) % present.length]!;
        const short = await clients[name](url, users, SHORT_SECONDS);
        const long = await clients[name](url, users, seconds);
        const rate = (long.requests - short.requests) / (long.cpuSeconds - short.cpuSeconds);
        perCpuSecond[name] = [...(perCpuSecond[name] ?? []), rate];
      }
    }
    const against = (other: Client) =>
      present.includes(other) ? spread(perCpuSecond['own']!.map((own, i) => own / perCpuSecond[other]![i]!)) : null;
    results.push({
      users,
      requestsPerCpuSecond: Object.fromEntries(present.map((name) => [name, spread(perCpuSecond[name]!)])),
      ratioToWrk: against('wrk'),
      ratioToAutocannon: against('autocannon'),
    });
  }
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

if (process.argv.includes('--json')) console.log(JSON.stringify({ rounds, seconds, bodyBytes: body.length, results }));
else {
  const text = (s: ReturnType<typeof spread> | null) =>
    s === null ? 'not installed' : `${s.median.toFixed(2)} (${s.min.toFixed(2)} to ${s.max.toFixed(2)})`;
  for (const r of results)
    console.log(
      `${r.users} connections: to wrk ${text(r.ratioToWrk)}, to autocannon ${text(r.ratioToAutocannon)} requests per client CPU-second`,
    );
}
