/** What other load generators report of a server, in milliseconds by percentile. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PERCENTILES = [50, 95, 99, 99.9] as const;
/** Neither may drop what waits behind a stop as timed out. */
const TIMEOUT_SECONDS = 10;

export interface PeerRun {
  /** Of the repository. */
  root: string;
  /** For scripts; somebody else removes it. */
  folder: string;
  cores: string;
  url: string;
  body: string;
  ratePerSecond: number;
  seconds: number;
}
export type Peer = (run: PeerRun) => Promise<number[]>;

async function output(cores: string, command: string[]): Promise<string> {
  const child = spawn('taskset', ['-c', cores, ...command], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (piece) => (text += piece));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${text}`);
  return text;
}

/** wrk sends as fast as its connections allow and knows no rate. */
const wrk: Peer = async ({ folder, cores, url, body, seconds }) => {
  const script = join(folder, 'percentiles.lua');
  const asked = PERCENTILES.map((p) => `latency:percentile(${p})`).join(', ');
  writeFileSync(
    script,
    `wrk.method="POST"; wrk.body=[==[${body}]==]
function done(summary, latency, requests) io.write("us ", table.concat({${asked}}, " "), "\\n") end
`,
  );
  const options = ['-t1', '-c16', `-d${seconds}s`, '--timeout', `${TIMEOUT_SECONDS}s`, '-s', script];
  const text = await output(cores, ['wrk', ...options, url]);
  return /^us (.*)$/m
    .exec(text)![1]!
    .split(' ')
    .map((us) => Number(us) / 1000);
};

/** autocannon shares the rate out to its connections, and corrects its latencies for requests that it could not send. */
const autocannon: Peer = async ({ root, cores, url, body, ratePerSecond, seconds }) => {
  const entry = join(root, 'node_modules', 'autocannon', 'autocannon.js');
  const rate = [
    '--overallRate',
    String(ratePerSecond),
    '-c',
    '16',
    '-d',
    String(seconds),
    '-t',
    String(TIMEOUT_SECONDS),
  ];
  const text = await output(cores, [process.execPath, entry, '-j', ...rate, '-m', 'POST', '-b', body, url]);
  const { latency } = JSON.parse(text);
  // It keeps 97.5 and no 95.
  return [latency.p50, Number.NaN, latency.p99, latency.p99_9];
};

/** Those that are here. */
export const peers: Readonly<Record<string, Peer>> = {
  ...(spawnSync('wrk', ['-v']).error === undefined ? { wrk } : {}),
  autocannon,
};
