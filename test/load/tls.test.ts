/** The same engine over TLS, against Node's own server with a certificate made here. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { jobOf, segmentOf } from '../support/load-job.ts';
import { runLoadProcess } from '../support/load-process.ts';

const certificate = makeCertificate();

let server: Server;
let url: string;
const seen = { requests: 0, servernames: new Set<unknown>(), protocols: new Set<unknown>() };
/** Larger than a TLS record and a socket buffer, so that answers come in many pieces. */
const answer = Buffer.alloc(300_000, 'x');

beforeAll(async () => {
  if (certificate === null) return;
  server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    seen.requests++;
    const socket = request.socket as import('node:tls').TLSSocket & { servername?: unknown };
    seen.servernames.add(socket.servername);
    seen.protocols.add(socket.alpnProtocol);
    request.resume().on('end', () => setTimeout(() => response.end(answer), 5));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server?.close();
  server?.closeAllConnections();
  certificate?.remove();
  vi.unstubAllEnvs();
});

test.skipIf(certificate === null)('keeps its connections, counts every answer and names the host', async () => {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', certificate!.certPath);
  const shapes = [
    segmentOf({ kind: 'closed', users: 3 }, 0.6),
    segmentOf({ kind: 'constant', ratePerSecond: 100 }, 0.6),
  ];
  const { segments } = await runLoadProcess(jobOf(url, shapes));
  const [closed, open] = segments;
  expect(closed!.errors).toEqual({});
  expect(closed!.good).toBeGreaterThan(10);
  expect(closed!.connections).toMatchObject({ opened: 3, reconnects: 0 });
  expect(closed!.connections.handshakeMs).toBeGreaterThan(0);
  expect(open!.errors).toEqual({});
  expect(open!.good).toBe(60);
  expect(seen.requests).toBe(closed!.requests + open!.requests);
  expect([...seen.servernames]).toEqual(['localhost']);
  expect([...seen.protocols]).toEqual(['http/1.1']);
});

test.skipIf(certificate === null)('a certificate that nobody vouches for is a failed connection', async () => {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', '');
  const before = seen.requests;
  const { segments } = await runLoadProcess(jobOf(url, [segmentOf({ kind: 'closed', users: 1 }, 0.4)]));
  expect(Object.keys(segments[0]!.errors)).toEqual(['connect']);
  expect(segments[0]!.good).toBe(0);
  expect(seen.requests).toBe(before);
});
