/** The container's process as it is bundled: its job from a bucket, its result into it, with the task's credentials. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TaskExchange } from '../../lib/aws/task-exchange.ts';
import { type LoadJob, loadResultSchema } from '../../lib/core/load/job.ts';
import { jobKeys } from '../../lib/core/load/job-keys.ts';
import { mergeResults } from '../../lib/core/load/merge-results.ts';
import { LoopbackAws } from '../support/aws/loopback-aws.ts';
import { endpointOf, jobOf, segmentOf } from '../support/load-job.ts';
import { type RunningServer, startServer } from '../support/load-process.ts';
import { refusalOf } from '../support/sigv4-verifier.ts';

const loadgen = fileURLToPath(new URL('../../containers/loadgen/', import.meta.url));
const identity = { accessKeyId: 'ASIATASK', secretAccessKey: 'of-the-task', sessionToken: 'of-its-role' };
const region = 'eu-central-1';

let s3: LoopbackAws;
let aws: Server;
let target: RunningServer;
let refusals: string[];
let signedRequests = 0;

/** Credentials of the task as ECS hands them out and an endpoint that wants signatures, in one server; S3 is another. */
beforeEach(async () => {
  refusals = [];
  s3 = await LoopbackAws.start();
  s3.world.nowMs = Date.now();
  s3.world.buckets.set('results', new Map());
  s3.gates.push(({ request }) => {
    if (request.accessKeyId !== identity.accessKeyId) refusals.push('not the task');
  });
  signedRequests = 0;
  aws = createServer(async (request, response) => {
    if (request.url === '/credentials') {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = identity;
      response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token, Expiration, RoleArn: 'arn' }));
      return;
    }
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const sent = { method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(pieces) };
    const refusal = refusalOf(sent, { ...identity, service: 'sagemaker', region, nowMs: Date.now() });
    if (request.method === 'POST') {
      signedRequests++;
      if (refusal !== null) refusals.push(refusal);
    }
    response.writeHead(refusal === null ? 200 : 403).end();
  });
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  target = await startServer('load-stamp-server.mjs', { holdMs: 5 });
});
afterEach(async () => {
  await target.stop();
  aws.closeAllConnections();
  await new Promise((resolve) => aws.close(resolve));
  await s3.close();
});
const running = new Set<ReturnType<typeof spawn>>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});
beforeAll(() => {
  execFileSync(process.execPath, [`${loadgen}bundle.mjs`], { stdio: 'pipe' });
});

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function start(args: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [`${loadgen}app/run.mjs`, ...args], {
    // Nothing of this machine: only what a task is given.
    env: {
      PATH: process.env['PATH'],
      AWS_REGION: region,
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${urlOf(aws)}/credentials`,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      INFERSWEEP_BUCKET: 'results',
      INFERSWEEP_PREFIX: 'runs/r1/',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => (errors += text));
  const ended = new Promise<{ code: number | null; errors: string }>((resolve) =>
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, errors });
    }),
  );
  return { child, ended };
}

const keysOf = (folder: string) => jobKeys(folder);
const keys = keysOf('trial-1');
const at = (key: string) => `runs/r1/${key}`;
const objects = () => s3.world.buckets.get('results')!;
const text = (key: string) => objects().get(key)?.toString();
const put = (key: string, content: string) => objects().set(key, Buffer.from(content));
const store = (job: LoadJob, folder = 'trial-1') => put(at(keysOf(folder).job), JSON.stringify(job));
const resultOf = (folder = 'trial-1') => loadResultSchema.parse(JSON.parse(text(at(keysOf(folder).result))!));
const users = segmentOf({ kind: 'closed', users: 2 }, 0.5);

describe('a task', () => {
  test('fetches its job, signs with its own credentials and writes its result', async () => {
    const url = urlOf(aws);
    const signing = { service: 'sagemaker', region };
    store(jobOf(url, [users], { endpoints: { e: endpointOf(url, { signing, path: '/endpoints/x/invocations' }) } }));
    expect(await start(['trial-1']).ended).toMatchObject({
      code: 0,
      errors: expect.not.stringMatching(/error/i) as string,
    });
    const [segment] = resultOf().segments;
    expect([segment!.errors, refusals]).toEqual([{}, []]);
    expect(segment!.good).toBeGreaterThan(20);
    expect(signedRequests).toBe(segment!.log!.length);
    expect(JSON.parse(text(at(keys.progress))!)).toMatchObject({ segmentsDone: 1, segmentsTotal: 1 });
    expect([...objects().keys()].sort()).toEqual([keys.progress, keys.result, keys.job].map(at).sort());
  });

  test('is one of several when its environment says so, and their results merge', async () => {
    const open = segmentOf({ kind: 'constant', ratePerSecond: 100 }, 1);
    const job = jobOf(target.url, [open], { generators: 2, startAtMs: Date.now() + 4000 });
    for (const folder of ['trial-1/0', 'trial-1/1']) store(job, folder);
    const tasks = [
      start([], { INFERSWEEP_JOB: 'trial-1/0' }),
      start([], { INFERSWEEP_JOB: 'trial-1/1', INFERSWEEP_GENERATOR: '1' }),
    ];
    expect((await Promise.all(tasks.map((t) => t.ended))).map((e) => e.code)).toEqual([0, 0]);
    const parts = [resultOf('trial-1/0'), resultOf('trial-1/1')];
    expect(parts.map((p) => p.segments[0]!.requests)).toEqual([50, 50]);
    expect(mergeResults(parts).segments[0]).toMatchObject({ requests: 100, good: 100 });
  });

  test('reports every few seconds, and on SIGTERM writes what it has', async () => {
    store(jobOf(target.url, [segmentOf({ kind: 'closed', users: 2 }, 120)]));
    const task = start(['trial-1']);
    for (let i = 0; i < 200 && text(at(keys.progress)) === undefined; i++) await sleep(100);
    expect(JSON.parse(text(at(keys.progress))!)).toMatchObject({ segment: 'closed', segmentsDone: 0 });
    task.child.kill('SIGTERM');
    expect((await task.ended).code).toBe(0);
    expect(resultOf().segments[0]).toMatchObject({ aborted: 'stopped', errors: {} });
  });

  test('works on files where it is given three, without a bucket, in several threads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'load-task-'));
    const files = ['job', 'result', 'progress'].map((name) => join(folder, `${name}.json`));
    const workers = Math.min(2, availableParallelism());
    writeFileSync(files[0]!, JSON.stringify(jobOf(target.url, [users], { workers })));
    expect((await start(files, { INFERSWEEP_BUCKET: '' }).ended).code).toBe(0);
    const { segments } = loadResultSchema.parse(JSON.parse(readFileSync(files[1]!, 'utf8')));
    expect(segments[0]).toMatchObject({ errors: {}, aborted: null });
    expect(s3.world.calls).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('started again after its result is there, does nothing', async () => {
    store(jobOf(target.url, [users]));
    put(at(keys.result), '{"first":true}');
    expect(await start(['trial-1']).ended).toMatchObject({
      code: 0,
      errors: expect.stringMatching(/already/) as string,
    });
    expect(text(at(keys.result))).toBe('{"first":true}');
    expect(await (await fetch(`${target.url}/log`)).json()).toEqual({ stamps: [] });
  });

  test('that ends after another attempt leaves that one’s result', async () => {
    store(jobOf(target.url, [segmentOf({ kind: 'closed', users: 1 }, 2)]));
    const task = start(['trial-1']);
    for (let i = 0; i < 200 && !s3.world.calls.includes('s3:GetObject'); i++) await sleep(20);
    put(at(keys.result), '{"first":true}');
    expect(await task.ended).toMatchObject({
      code: 0,
      errors: expect.stringMatching(/another attempt was faster/) as string,
    });
    expect(text(at(keys.result))).toBe('{"first":true}');
  });

  test('leaves its last words when it fails', async () => {
    store(jobOf(target.url, [segmentOf({ kind: 'closed', users: 1 }, 1, { endpoint: 'x' })]));
    expect((await start(['trial-1']).ended).code).toBe(2);
    expect(text(at(keys.error))).toMatch(/names endpoint x/);
    expect(text(at(keys.result))).toBeUndefined();
  });

  test.each([
    ['no job in the bucket', ['trial-1'], {}, /specified key does not exist/],
    ['no bucket', ['trial-1'], { INFERSWEEP_BUCKET: '' }, /INFERSWEEP_BUCKET is not set/],
    ['no folder', [], {}, /usage: run\.mjs/],
    ['no word for a folder', ['a b'], {}, /expected words of letters/],
  ])('says what is missing: %s', async (_what, args, environment, message) => {
    const { code, errors } = await start(args, environment).ended;
    expect([code, errors]).toEqual([2, expect.stringMatching(message)]);
  });
});

test('a result is written once, whoever writes it', async () => {
  const client = new S3Client({
    endpoint: s3.url,
    region,
    credentials: identity,
    maxAttempts: 1,
  });
  const exchange = new TaskExchange(client, { bucket: 'results', prefix: '', folder: 'h/3' });
  expect(await exchange.hasResult()).toBe(false);
  expect([await exchange.putResult('1'), await exchange.putResult('2')]).toEqual([true, false]);
  expect(await exchange.hasResult()).toBe(true);
  expect(text('h/3/result.json')).toBe('1');
  client.destroy();
});
