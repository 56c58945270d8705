/** Signed requests against a server that checks every signature by itself, as AWS would, and answers 403 to a wrong one. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { requestSigner } from '../../lib/aws/sign-requests.ts';
import type { Signer } from '../../lib/core/load/signer.ts';
import { runLoad } from '../../lib/load/run-load.ts';
import { makeCertificate } from '../support/certificate.ts';
import { bodyOf, endpointOf, jobOf, segmentOf } from '../support/load-job.ts';
import { runLoadProcess } from '../support/load-process.ts';
import { type Expected, refusalOf } from '../support/sigv4-verifier.ts';

const HOUR_MS = 3_600_000;
const identity = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG',
  sessionToken: 'token/with+signs=',
};
const signing = { service: 'sagemaker', region: 'eu-west-1' };
const signer = requestSigner(async () => identity);
const certificate = makeCertificate();

interface Seen {
  refusals: string[];
  signatures: Set<string>;
  dates: string[];
  ids: string[];
}

const servers: Server[] = [];
let seen: Seen;
beforeEach(() => {
  seen = { refusals: [], signatures: new Set(), dates: [], ids: [] };
  vi.stubEnv('AWS_ACCESS_KEY_ID', identity.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', identity.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', identity.sessionToken);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
afterAll(() => certificate?.remove());

/** @param o.aheadMs the server's clock beside this host's; `o.tells` whether it says so in `Date` */
async function serve(o: { tls?: boolean; aheadMs?: number; tells?: boolean } = {}): Promise<string> {
  const { aheadMs = 0, tells = true } = o;
  const listener: RequestListener = async (request, response) => {
    response.sendDate = false;
    const nowMs = Date.now() + aheadMs;
    if (tells) response.setHeader('date', new Date(nowMs).toUTCString());
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (request.headers['x-infersweep-request'] === undefined) {
      response.writeHead(403).end();
      return;
    }
    const expected: Expected = { ...identity, ...signing, nowMs };
    const { method = '', url = '', headers } = request;
    const refusal = refusalOf({ method, url, headers, body: Buffer.concat(pieces) }, expected);
    seen.ids.push(String(headers['x-infersweep-request']));
    seen.signatures.add(String(headers.authorization));
    seen.dates.push(String(headers['x-amz-date']));
    if (refusal !== null) seen.refusals.push(refusal);
    setTimeout(() => response.writeHead(refusal === null ? 200 : 403).end(), 2);
  };
  const server = o.tls
    ? createSecureServer({ key: certificate!.key, cert: certificate!.cert }, listener)
    : createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return o.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
}

const users = segmentOf({ kind: 'closed', users: 3 }, 0.6);
const large = bodyOf(JSON.stringify('x'.repeat(100_000)), null, 'large');
const signedJob = (url: string, segments = [users], change = {}) =>
  jobOf(url, segments, {
    endpoints: { e: endpointOf(url, { signing, bodies: [bodyOf('{"a":1}'), large], ...change }) },
  });

describe('every request is accepted', () => {
  test.for(['plain', 'tls'] as const)('over %s, with one signature for each body', async (how, { skip }) => {
    if (how === 'tls' && certificate === null) skip('openssl is not installed');
    if (certificate !== null) vi.stubEnv('NODE_EXTRA_CA_CERTS', certificate.certPath);
    const url = await serve({ tls: how === 'tls' });
    const shapes = [users, segmentOf({ kind: 'poisson', ratePerSecond: 100 }, 0.6)];
    const { segments } = await runLoadProcess(signedJob(url, shapes), undefined, { entry: 'bin/load-engine.js' });
    expect(seen.refusals).toEqual([]);
    expect(segments.map((s) => [s.errors, s.good === s.requests, s.good > 30])).toEqual([
      [{}, true, true],
      [{}, true, true],
    ]);
    expect(seen.signatures.size).toBe(2);
    expect(new Set(seen.ids).size).toBe(seen.ids.length);
    expect([...seen.signatures].some((s) => s.includes('x-infersweep-request'))).toBe(false);
  });

  test('with a query, characters to escape and headers of the user', async () => {
    const url = await serve();
    const path = '/endpoints/a%20b~c/invocations?z=1&a=x%2Fy&empty=';
    const headers = { 'X-Amzn-SageMaker-Target-Model': 'a b', Accept: 'application/json' };
    const { segments } = await runLoad(signedJob(url, [users], { path, headers }), { signer });
    expect([segments[0]!.errors, seen.refusals]).toEqual([{}, []]);
  });

  test.skipIf(availableParallelism() < 2)('from several threads, which sign through the first', async () => {
    const url = await serve();
    const job = { ...signedJob(url), workers: 2 };
    const { segments } = await runLoadProcess(job, undefined, { entry: 'bin/load-engine.js', pin: false });
    expect([segments[0]!.errors, seen.refusals]).toEqual([{}, []]);
    expect(segments[0]!.connections.opened).toBe(3);
  });
});

describe('a host whose clock is wrong', () => {
  test.each([HOUR_MS, -HOUR_MS])('by %d ms signs by the clock of the server', async (aheadMs) => {
    const url = await serve({ aheadMs });
    const { segments } = await runLoad(signedJob(url), { signer });
    expect([segments[0]!.errors, seen.refusals]).toEqual([{}, []]);
  });

  test('is refused by a server that does not tell its time', async () => {
    const url = await serve({ aheadMs: HOUR_MS, tells: false });
    const { segments } = await runLoad(signedJob(url), { signer });
    expect(Object.keys(segments[0]!.errors)).toEqual(['http-4xx']);
    expect(seen.refusals[0]).toMatch(/expired or not yet current/);
  });
});

test('a signature is renewed before it ends and reused until then', async () => {
  const url = await serve();
  const validMs = 2000;
  const used: [number, number][] = [];
  const short: Signer = {
    sign: async (request, scope, timeMs) => {
      const signature = await signer.sign(request, scope, timeMs);
      used.push([timeMs, timeMs + validMs]);
      return { ...signature, validUntilMs: timeMs + validMs };
    },
  };
  const segments = [segmentOf({ kind: 'closed', users: 1 }, 2.2), segmentOf({ kind: 'closed', users: 1 }, 1.8)];
  const result = await runLoad(signedJob(url, segments, { bodies: [bodyOf('{}')] }), { signer: short });
  expect(seen.refusals).toEqual([]);
  expect(result.segments.map((s) => s.errors)).toEqual([{}, {}]);
  // Every half of its validity, looked at twice a second: three or four in four seconds, whichever segment it falls into.
  expect(used.length).toBeGreaterThanOrEqual(3);
  expect(used.length).toBeLessThanOrEqual(5);
  expect(used.slice(1).every(([at], i) => at < used[i]![1])).toBe(true);
  expect(seen.signatures.size).toBe(used.length);
});

test('the real signer leaves a minute of the five, and less where the credentials end earlier', async () => {
  const request = { method: 'POST', path: '/', headers: { host: 'h' }, body: Buffer.from('') };
  const at = Date.UTC(2026, 0, 1);
  expect((await signer.sign(request, signing, at)).validUntilMs - at).toBe(240_000);
  const ending = requestSigner(async () => ({ ...identity, expiration: new Date(at + 60_000) }));
  expect((await ending.sign(request, signing, at)).validUntilMs - at).toBe(60_000);
});

test('a renewal that fails leaves the old signature in use', async () => {
  const url = await serve();
  let calls = 0;
  const failing: Signer = {
    sign: async (request, scope, timeMs) => {
      if (++calls > 1) throw new Error('the credential service is away');
      return { ...(await signer.sign(request, scope, timeMs)), validUntilMs: timeMs + 1000 };
    },
  };
  const job = signedJob(url, [segmentOf({ kind: 'closed', users: 1 }, 1.5)], { bodies: [bodyOf('{}')] });
  const { segments } = await runLoad(job, { signer: failing });
  expect(calls).toBeGreaterThan(1);
  expect(segments[0]!.errors).toEqual({});
});

test('the server of these tests refuses what was changed after signing', async () => {
  const body = Buffer.from('{"a":1}');
  const request = { method: 'POST', path: '/p?q=1', headers: { host: 'h', 'content-type': 'application/json' }, body };
  const nowMs = Date.UTC(2026, 0, 1);
  const { headers } = await signer.sign(request, signing, nowMs);
  const sent = { method: 'POST', url: '/p?q=1', headers: { ...request.headers, ...headers }, body };
  const expected = { ...identity, ...signing, nowMs };
  expect(refusalOf(sent, expected)).toBeNull();
  expect(refusalOf({ ...sent, body: Buffer.from('{"a":2}') }, expected)).toMatch(/does not match/);
  expect(refusalOf({ ...sent, url: '/p?q=2' }, expected)).toMatch(/does not match/);
  expect(refusalOf(sent, { ...expected, secretAccessKey: 'other' })).toMatch(/does not match/);
  expect(refusalOf(sent, { ...expected, region: 'us-east-1' })).toMatch(/credential/);
  expect(refusalOf(sent, { ...expected, nowMs: nowMs + 301_000 })).toMatch(/expired/);
  expect(refusalOf({ ...sent, headers: request.headers }, expected)).toMatch(/no signature/);
});

describe('refused before anything is sent', () => {
  const url = 'http://127.0.0.1:1';
  test('without anything to sign with', async () => {
    await expect(runLoad(signedJob(url))).rejects.toThrow(/endpoint e asks for signed requests/);
  });
  test('when there are no credentials', async () => {
    const none = requestSigner(() => Promise.reject(new Error('no credentials found')));
    await expect(runLoad(signedJob(url), { signer: none })).rejects.toThrow(
      /cannot sign requests to .*: no credentials found/,
    );
  });
  test('with a header that the signature sets', async () => {
    const job = signedJob(url, [users], { headers: { Authorization: 'Bearer t' } });
    await expect(runLoad(job, { signer })).rejects.toThrow(/sets the header Authorization itself/);
  });
});
