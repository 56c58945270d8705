/**
 * How many requests does a second of client CPU buy?
 * `npm run bench:load -- [--json] [--rounds N] [--seconds S] [--users 16,64,256] [--clients own,wrk,autocannon] [--workers N]
 * [--server nginx|node]`
 *
 * Clients are `own`, `wrk`, `autocannon`, and with `--workers` also `alone` and `workers`: one thread and N threads, both on all
 * cores. What a signature costs is in `bench/load-signed.ts`.
 *
 * The kit's load engine with everything recorded, wrk and autocannon in turn against the same server, which has a core of its
 * own: nginx where there is one, as its worker answers more than a client can ask; a server in Node is about as fast as the
 * clients, so that they wait for it in turns and wake up for single answers. CPU is the whole process's, less that of a
 * one-second run of the same client, so that start-up is in none of them. Ratios come from neighbours in one round: a host that
 * others share moves all three.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../lib/core/measure/median.ts';
import { ownClient, type Run, type RunOn } from './load-own.ts';
import { nginxIsHere, startTarget } from './load-targets.ts';

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

const CLIENT_CORE = '1';
const ALL_CORES = `0-${availableParallelism() - 1}`;
const workers = Number(option('workers', '0'));

const runOn: RunOn = (cores, command) => {
  const args = [join(root, 'bench', 'cpu-of.py'), 'taskset', '-c', cores, ...command];
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
};

async function wrk(url: string, users: number, seconds: number): Promise<Run> {
  const script = join(folder, 'post.lua');
  writeFileSync(
    script,
    `wrk.method="POST"; wrk.body=[==[${body}]==]; wrk.headers["Content-Type"]="application/json"\n`,
  );
  const { stdout, cpuSeconds } = await runOn(CLIENT_CORE, [
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
  const { stdout, cpuSeconds } = await runOn(CLIENT_CORE, [
    process.execPath,
    entry,
    ...options,
    `${url}/v2/models/m/infer`,
  ]);
  return { requests: JSON.parse(stdout)['2xx'], cpuSeconds };
}

const own = (o: Partial<Parameters<typeof ownClient>[4]> = {}) =>
  ownClient(root, folder, body, runOn, { cores: CLIENT_CORE, ...o });
const clients: Record<string, (url: string, users: number, seconds: number) => Promise<Run>> = {
  own: own(),
  wrk,
  autocannon,
  alone: own({ cores: ALL_CORES }),
  workers: own({ cores: ALL_CORES, workers }),
};
/** What each client is held against. */
const against: Record<string, string[]> = {
  own: ['wrk', 'autocannon'],
  workers: ['alone'],
};
const asked = option('clients', workers > 0 ? 'alone,workers' : 'own,wrk,autocannon').split(',');
const unknown = asked.filter((name) => clients[name] === undefined);
if (unknown.length > 0) throw new Error(`no client ${unknown}; there are ${Object.keys(clients)}`);
const present = asked.filter((name) => name !== 'wrk' || spawnSync('wrk', ['-v']).error === undefined);

const { url, stop } = await startTarget(option('server', nginxIsHere() ? 'nginx' : 'node'), root, folder);

const spread = (values: number[]) => ({ min: Math.min(...values), median: median(values)!, max: Math.max(...values) });
const results = [];
try {
  for (const users of userCounts) {
    const perCpuSecond: Record<string, number[]> = {};
    for (let round = 0; round < rounds; round++) {
      // The order turns, so that none always comes after the same one.
      for (let i = 0; i < present.length; i++) {
        const name = present[(i + round) % present.length]!;
        const short = await clients[name]!(url, users, SHORT_SECONDS);
        const long = await clients[name]!(url, users, seconds);
        const rate = (long.requests - short.requests) / (long.cpuSeconds - short.cpuSeconds);
        perCpuSecond[name] = [...(perCpuSecond[name] ?? []), rate];
      }
    }
    const ratio = (name: string, other: string) =>
      spread(perCpuSecond[name]!.map((value, i) => value / perCpuSecond[other]![i]!));
    const pairs = present.flatMap((name) => (against[name] ?? []).map((other) => [name, other] as const));
    results.push({
      users,
      requestsPerCpuSecond: Object.fromEntries(present.map((name) => [name, spread(perCpuSecond[name]!)])),
      ratios: Object.fromEntries(
        pairs.flatMap(([name, other]) => (present.includes(other) ? [[`${name}/${other}`, ratio(name, other)]] : [])),
      ),
    });
  }
} finally {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}

// Ratios hold on a shared host; whoever reads the rates should know how shared it was.
const load = loadavg().map((value) => Number(value.toFixed(2)));
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ rounds, seconds, bodyBytes: body.length, loadAverage: load, results }));
} else {
  const text = ({ min, median: middle, max }: ReturnType<typeof spread>) =>
    `${middle.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
  for (const { users, ratios } of results) {
    for (const [pair, value] of Object.entries(ratios)) {
      console.log(`${users} connections: ${pair} ${text(value)} requests per client CPU-second`);
    }
  }
  console.log(`load average of the host ${load.join(' ')}, this bench included`);
}
