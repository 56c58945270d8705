/**
 * What does a reused signature cost? `node dist/bench/load-signed.js [--json] [--windows N]`
 *
 * One run of the engine in this process: short windows without a signature, with one, with one and the session token of a
 * role, and with as many bytes of another header, in turn, so that whatever else the host does hits all of them. Ratios are of
 * neighbouring windows; signed by a role against padded is the signature's own cost, the rest is that of sending its bytes.
 */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { requestSigner } from '../lib/aws/sign-requests.ts';
import type { Endpoint, LoadJob } from '../lib/core/load/job.ts';
import type { Signer } from '../lib/core/load/signer.ts';
import { median } from '../lib/core/measure/median.ts';
import { pairedLogRatio } from '../lib/core/measure/paired-ratio.ts';
import { runLoad } from '../lib/load/run-load.ts';
import { startTarget } from './load-targets.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const at = process.argv.indexOf('--windows');
const windows = at < 0 ? 60 : Number(process.argv[at + 1]);
const WINDOW = { seconds: 0.5, dropSeconds: 0.1 };
const USERS = 64;
/** A role's session token has about this many characters; it is most of what a signature adds to a request. */
const TOKEN = 'x'.repeat(1000);
const ids = Array.from({ length: 384 }, (_, i) => 1000 + i);
const body = JSON.stringify({ inputs: [{ name: 'input_ids', datatype: 'INT64', shape: [1, 384], data: ids }] });

spawnSync('taskset', ['-cp', '1', String(process.pid)]);
const { url, stop } = await startTarget('node', root, '');

const keys = { accessKeyId: 'ASIAEXAMPLEEXAMPLE00', secretAccessKey: 'secret' };
const user = requestSigner(async () => keys);
const role = requestSigner(async () => ({ ...keys, sessionToken: TOKEN }));
/** The region tells for whom: one generator has one signer. */
const signer: Signer = {
  sign: (request, scope, timeMs) => (scope.region === 'role' ? role : user).sign(request, scope, timeMs),
};
const endpoint = (region?: string, headers: Record<string, string> = {}): Endpoint => ({
  url,
  method: 'POST',
  path: '/v2/models/m/infer',
  headers,
  bodies: [{ id: 'a', content: body, encoding: 'utf8', expected: null }],
  tolerance: { atol: 0, rtol: 0 },
  statsPath: null,
  ...(region === undefined ? {} : { signing: { service: 'sagemaker', region } }),
});
const signed = await role.sign(
  { method: 'POST', path: '/v2/models/m/infer', headers: { host: new URL(url).host }, body: Buffer.from(body) },
  { service: 'sagemaker', region: 'role' },
  Date.now(),
);
const bytes = Object.entries(signed.headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
const padded = endpoint(undefined, { 'x-pad': 'x'.repeat(bytes - 'x-pad: '.length - 2) });
const endpoints = { plain: endpoint(), user: endpoint('user'), role: endpoint('role'), padded };
const names = ['plain', 'user', 'role', 'padded'] as const;
const job: LoadJob = {
  schema: 'infersweep.load-job.v1',
  id: 'bench',
  seed: 1,
  timeoutMs: 10_000,
  maxConnections: USERS,
  requestLog: false,
  endpoints,
  // Two windows first for the compiler; then every second round runs backwards.
  segments: Array.from({ length: windows + 2 }, (_, i) => (i % 2 === 0 ? names : [...names].reverse())).flatMap(
    (order, i) =>
      order.map((name) => ({
        id: `${i}/${name}`,
        endpoint: name,
        shape: { kind: 'closed' as const, users: USERS },
        ...WINDOW,
      })),
  ),
};

let result: Awaited<ReturnType<typeof runLoad>>;
try {
  result = await runLoad(job, { signer });
} finally {
  await stop();
}
const rates = (name: string) =>
  result.segments
    .filter((segment) => segment.endpoint === name)
    .slice(2)
    .map(({ good, client }) => good / client.cpuSeconds);
const pairs = [
  ['user', 'plain'],
  ['role', 'plain'],
  ['padded', 'plain'],
  ['role', 'padded'],
] as const;
const results = pairs.map(([name, other]) => {
  const [a, b] = [rates(name), rates(other)];
  const interval = pairedLogRatio(a, b);
  return {
    pair: `${name}/${other}`,
    medianRatio: median(a.map((rate, i) => rate / b[i]!)),
    low: interval === null ? null : Math.exp(interval.low),
    high: interval === null ? null : Math.exp(interval.high),
  };
});
const loadAverage = loadavg().map((value) => Number(value.toFixed(2)));
if (process.argv.includes('--json'))
  console.log(JSON.stringify({ windows, bodyBytes: body.length, signatureBytes: bytes, loadAverage, results }));
else {
  for (const { pair, medianRatio, low, high } of results) {
    const range = `95 % interval of the mean ${low?.toFixed(3)} to ${high?.toFixed(3)}`;
    console.log(`${pair} ${medianRatio?.toFixed(3)} requests per client CPU-second (${range})`);
  }
  console.log(`load average of the host ${loadAverage.join(' ')}, this bench included`);
}
