/** What is counted, when, and how a run ends. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Histogram, mergeHistograms } from '../../lib/core/load/histogram.ts';
import { loadResultSchema, type SegmentResult, type Shape } from '../../lib/core/load/job.ts';
import type { LoadProgress } from '../../lib/core/ports/load-generator.ts';
import { runLoad } from '../../lib/load/run-load.ts';
import { bodyOf, endpointOf, jobOf, segmentOf } from '../support/load-job.ts';
import { runLoadProcess } from '../support/load-process.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('closed loop', () => {
  test('each user has one request under way, on a socket of its own', async () => {
    let now = 0;
    let most = 0;
    const sockets = new Set<unknown>();
    const url = await serve((request, response) => {
      sockets.add(request.socket);
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        response.end();
      }, 5);
    });
    const result = await runLoad(jobOf(url, [segmentOf({ kind: 'closed', users: 5 }, 0.5)]));
    const segment = result.segments[0]!;
    expect([most, sockets.size, segment.connections.opened]).toEqual([5, 5, 5]);
    expect(segment.good).toBe(segment.requests);
    expect(segment.good).toBeGreaterThan(100);
    expect(segment.completedInWindow).toBeGreaterThanOrEqual(segment.good - 5);
    expect(loadResultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  test('a user sends its next request right after the answer', async () => {
    const url = await serve((_, response) => response.end());
    const { segments } = await runLoad(jobOf(url, [segmentOf({ kind: 'closed', users: 1 }, 0.3)]));
    const rows = segments[0]!.log!;
    const gaps = rows.slice(1).map((row, i) => row.intendedMs - rows[i]!.doneMs!);
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
    expect(gaps.sort((a, b) => a - b)[gaps.length >> 1]).toBeLessThan(0.2);
  });
});

describe('users that come and go', () => {
  /** Most requests under way at once, in each quarter of a second since the first. */
  async function mostAtOnce(shape: Shape, seconds: number): Promise<{ most: number[]; segment: SegmentResult }> {
    const most: number[] = [];
    let under = 0;
    let first = 0;
    const url = await serve((_, response) => {
      first ||= performance.now();
      under++;
      const quarter = Math.floor((performance.now() - first) / 250);
      most[quarter] = Math.max(most[quarter] ?? 0, under);
      setTimeout(() => {
        under--;
        response.end();
      }, 10);
    });
    const { segments } = await runLoad(jobOf(url, [segmentOf(shape, seconds)]));
    expect(segments[0]!.errors).toEqual({});
    return { most, segment: segments[0]! };
  }

  test('spawn at every step of a phase, and leave when the next begins with fewer', async () => {
    const phases = [
      { initialUsers: 2, spawnRate: 3, everySeconds: 0.5, seconds: 1 },
      { initialUsers: 1, spawnRate: 0, everySeconds: 1, seconds: 1 },
    ];
    const { most, segment } = await mostAtOnce({ kind: 'phases', phases }, 2);
    // The middle of each step: its ends may be a tick away.
    expect([most[0], most[3], most[6]]).toEqual([2, 5, 1]);
    expect(segment.connections.opened).toBe(5);
  });

  test('climb stairs', async () => {
    const { most } = await mostAtOnce({ kind: 'stairs', usersPerStep: 2, steps: 3, stepSeconds: 0.5 }, 1.5);
    expect([most[0], most[3], most[5]]).toEqual([2, 4, 6]);
  });
});

test('a rate that changes is followed, be it drawn or even', async () => {
  const url = await serve((_, response) => response.end());
  const shapes: Shape[] = [
    { kind: 'ramp', arrivals: 'constant', fromPerSecond: 0, toPerSecond: 400, rampSeconds: 1 },
    { kind: 'step', arrivals: 'constant', startPerSecond: 100, addPerSecond: 200, steps: 2, stepSeconds: 0.5 },
    { kind: 'trace', arrivals: 'poisson', ratesPerSecond: [0, 300], intervalSeconds: 0.5 },
  ];
  const { segments } = await runLoadProcess(
    jobOf(
      url,
      shapes.map((shape) => segmentOf(shape, 1)),
    ),
  );
  for (const segment of segments) {
    expect(segment.errors).toEqual({});
    expect(segment.good).toBe(segment.requests);
    expect(segment.durationS).toBeCloseTo(1, 6);
  }
  // 400 / 2; 50 + 150; nothing in the first half and 150 drawn ones in the other.
  expect([segments[0]!.requests, segments[1]!.requests]).toEqual([200, 200]);
  expect(segments[1]!.parts!.map((p) => [p.requests, p.good])).toEqual([
    [50, 50],
    [150, 150],
  ]);
  for (const { parts, requests, latency } of segments) {
    expect(parts!.reduce((sum, p) => sum + p.requests, 0)).toBe(requests);
    expect(mergeHistograms(parts!.map((p) => p.latency)).encode().pairs).toEqual(latency.pairs);
    expect(parts!.reduce((sum, p) => sum + p.durationS, 0)).toBeCloseTo(1, 6);
  }
  const drawn = segments[2]!.log!.map((row) => row.intendedMs);
  expect(Math.abs(drawn.length - 150)).toBeLessThan(5 * Math.sqrt(150));
  expect(Math.max(...drawn) - Math.min(...drawn)).toBeLessThanOrEqual(500);
});

test('the server is asked at the ends of parts, and the generator looks at itself', async () => {
  let count = 0;
  let asked = 0;
  const url = await serve((request, response) => {
    if (request.url !== '/stats') return void response.end(String(count++));
    asked++;
    const ns = { count, ns: count };
    const inference_stats = { success: ns, queue: ns, compute_input: ns, compute_infer: ns, compute_output: ns };
    const process = { pid: 5, cpu_seconds: count / 1000, rss_mib: 64 };
    response.end(
      JSON.stringify({ model_stats: [{ inference_count: count, execution_count: count, inference_stats }], process }),
    );
  });
  const step = { kind: 'step', arrivals: 'constant', startPerSecond: 20, addPerSecond: 40, steps: 2 } as const;
  const job = jobOf(url, [segmentOf({ ...step, stepSeconds: 4 }, 8)], {
    endpoints: { e: endpointOf(url, { statsPath: '/stats' }) },
  });
  const result = await runLoadProcess(job);
  const { parts, server, client } = result.segments[0]!;
  expect(parts!.map((p) => p.requests)).toEqual([80, 240]);
  // Before, at the end of each part, and after the last answer.
  expect(asked).toBe(4);
  const grown = parts!.map((p) => p.server!.after.successCount - p.server!.before.successCount);
  // An end is looked at up to a twentieth of a part late.
  expect(Math.abs(grown[0]! / 80 - 1)).toBeLessThan(0.2);
  expect(Math.abs(grown[1]! / 240 - 1)).toBeLessThan(0.2);
  expect(grown[0]! + grown[1]!).toBeLessThanOrEqual(320);
  expect(parts![1]!.server!.before).toEqual(parts![0]!.server!.after);
  expect(parts![0]!.server!.before).toEqual(server!.before);
  for (const p of parts!) expect(Math.abs(p.server!.seconds! / 4 - 1)).toBeLessThan(0.1);
  const spent = parts!.reduce((sum, p) => sum + p.client!.cpuSeconds, 0);
  expect(spent / client.cpuSeconds).toBeGreaterThan(0.8);
  expect(spent / client.cpuSeconds).toBeLessThan(1.2);
});

test('of several threads one asks, and a server that says nothing costs no part its place', async () => {
  let asked = 0;
  const url = await serve((request, response) => {
    if (request.url === '/stats') asked++;
    response.statusCode = request.url === '/stats' ? 404 : 200;
    response.end();
  });
  const step = { kind: 'step', arrivals: 'constant', startPerSecond: 20, addPerSecond: 0, steps: 2 } as const;
  const job = jobOf(url, [segmentOf({ ...step, stepSeconds: 0.5 }, 1)], {
    endpoints: { e: endpointOf(url, { statsPath: '/stats' }) },
    workers: 2,
  });
  const [segment] = (await runLoadProcess(job, undefined, { pin: false })).segments;
  expect(segment!.parts!.map((p) => [p.requests, p.server])).toEqual([
    [10, undefined],
    [10, undefined],
  ]);
  // Before and after by each, at the two ends by the first.
  expect(asked).toBe(6);
});

describe('the measured window', () => {
  test('the dropped head is loaded and logged, but not counted', async () => {
    const url = await serve((_, response) => setTimeout(() => response.end(), 20));
    const job = jobOf(url, [segmentOf({ kind: 'closed', users: 3 }, 0.6, { dropSeconds: 0.3 })]);
    const segment = (await runLoad(job)).segments[0]!;
    expect(segment.durationS).toBeCloseTo(0.3, 6);
    const from = segment.log![0]!.intendedMs + 300;
    const measured = segment.log!.filter((row) => row.intendedMs >= from).length;
    expect(Math.abs(segment.requests - measured)).toBeLessThanOrEqual(3);
    expect(segment.log!.length).toBeGreaterThan(segment.requests + 20);
    // Those sent in the head but answered in the window, less those answered after it: throughput is by arrival.
    const arrived = segment.log!.filter((row) => row.doneMs! >= from && row.doneMs! < from + 300).length;
    expect(Math.abs(segment.completedInWindow - arrived)).toBeLessThanOrEqual(3);
    expect(Histogram.decode(segment.latency).count).toBe(segment.requests);
    expect(Histogram.decode(segment.serviceTime).count).toBe(segment.requests);
    expect(Histogram.decode(segment.scheduleError).count).toBe(segment.requests);
  });

  test('an open loop runs its whole length though its last request is early', async () => {
    const url = await serve((_, response) => response.end());
    const { segments } = await runLoadProcess(jobOf(url, [segmentOf({ kind: 'constant', ratePerSecond: 2 }, 0.9)]));
    expect(segments[0]).toMatchObject({ requests: 2, good: 2, durationS: expect.closeTo(0.9, 6) as number });
    expect(segments[0]!.client.eventLoopLagMs.max).toBeGreaterThanOrEqual(0);
  });

  test('segments of one job are numbered through and draw different arrivals', async () => {
    const url = await serve((_, response) => response.end());
    const shape = { kind: 'poisson', ratePerSecond: 200 } as const;
    const job = jobOf(url, [segmentOf(shape, 0.4, { id: 'one' }), segmentOf(shape, 0.4, { id: 'two' })]);
    const [one, two] = (await runLoadProcess(job)).segments;
    const ids = [...one!.log!, ...two!.log!].map((row) => Number(row.id));
    expect(ids).toEqual(ids.map((_, i) => i + 1));
    const gaps = (log: NonNullable<typeof one>['log']) =>
      log!.slice(1, 9).map((r, i) => r.intendedMs - log![i]!.intendedMs);
    expect(gaps(one!.log)).not.toEqual(gaps(two!.log));
  });
});

test('bodies are drawn evenly, arrive whole, and again alike from the same seed', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      seen.push(`${request.headers['x-infersweep-request']} ${body.length} ${request.headers['content-type']}`);
      response.end();
    });
  });
  // The second is beyond what is written in one piece, and beyond what a socket takes at once.
  const bodies = [bodyOf('{}', null, 'small'), bodyOf(JSON.stringify('x'.repeat(3_000_000)), null, 'large')];
  const job = jobOf(url, [segmentOf({ kind: 'closed', users: 4 }, 0.7)], {
    endpoints: { e: endpointOf(url, { bodies }) },
  });
  const { log, good, requests } = (await runLoad(job)).segments[0]!;
  expect(good).toBe(requests);
  const lengths = bodies.map((body) => body.content.length);
  expect(seen.sort()).toEqual(log!.map((row) => `${row.id} ${lengths[row.variant]} application/json`));
  const again = (await runLoad(job)).segments[0]!.log!;
  const both = Math.min(again.length, log!.length);
  expect(again.slice(0, both).map((r) => r.variant)).toEqual(log!.slice(0, both).map((r) => r.variant));
  expect(new Set(log!.map((row) => row.variant)).size).toBe(2);
});

test('GET without a body, own headers, and the counters of the server', async () => {
  let count = 0;
  const headers = new Set<string>();
  const url = await serve((request, response) => {
    if (request.url === '/stats') {
      const ns = { count, ns: count * 1000 };
      const inference_stats = { success: ns, queue: ns, compute_input: ns, compute_infer: ns, compute_output: ns };
      const process = { pid: 5, cpu_seconds: 1.5, rss_mib: 64 };
      response.end(
        JSON.stringify({ model_stats: [{ inference_count: count, execution_count: count, inference_stats }], process }),
      );
      return;
    }
    count++;
    headers.add(`${request.method} ${request.headers.authorization} ${request.headers['content-length']}`);
    response.end();
  });
  const endpoint = endpointOf(url, {
    method: 'GET',
    path: '/v2/health/ready',
    headers: { authorization: 'Bearer t' },
    bodies: [bodyOf('')],
    statsPath: '/stats',
  });
  const job = jobOf(url, [segmentOf({ kind: 'closed', users: 1 }, 0.2)], { endpoints: { e: endpoint } });
  const { server, requests } = (await runLoad(job)).segments[0]!;
  expect([...headers]).toEqual(['GET Bearer t undefined']);
  expect(server!.before.inferenceCount).toBe(0);
  expect(server!.after).toEqual({
    inferenceCount: requests,
    executionCount: requests,
    computedCount: requests,
    successCount: requests,
    successNs: requests * 1000,
    queueNs: requests * 1000,
    computeNs: requests * 3000,
    cpuSeconds: 1.5,
    rssMib: 64,
    pid: 5,
  });
});

test('the time that answers take to arrive, of those that come in pieces and are measured', async () => {
  const url = await serve((_, response) => {
    response.write('first');
    setTimeout(() => response.end('last'), 60);
  });
  const inPieces = (await runLoad(jobOf(url, [segmentOf({ kind: 'closed', users: 2 }, 0.8)]))).segments[0]!;
  const meanMs = Histogram.decode(inPieces.serviceTime).meanMs!;
  expect(inPieces.replyMs! / inPieces.good / meanMs).toBeGreaterThan(0.6);
  expect(inPieces.replyMs! / inPieces.good / meanMs).toBeLessThanOrEqual(1.02);
  const whole = await serve((_, response) => setTimeout(() => response.end('all of it'), 20));
  expect((await runLoad(jobOf(whole, [segmentOf({ kind: 'closed', users: 2 }, 0.3)]))).segments[0]!.replyMs).toBe(0);
});

describe('stopping', () => {
  test('a signal ends the segment at once, keeps what was measured, and runs no other', async () => {
    const url = await serve((_, response) => setTimeout(() => response.end(), 10));
    const shape = { kind: 'closed', users: 2 } as const;
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const job = jobOf(url, [segmentOf(shape, 30, { id: 'one' }), segmentOf(shape, 30, { id: 'two' })]);
    const { segments } = await runLoad(job, { signal: stop.signal });
    expect(segments.map((s) => [s.id, s.aborted, s.errors])).toEqual([['one', 'stopped', {}]]);
    expect(segments[0]!.durationS).toBeGreaterThan(0);
    expect(segments[0]!.durationS).toBeLessThan(30 / 2);
    expect(segments[0]!.good).toBeGreaterThan(0);
  });

  test('a signal given before the start runs nothing', async () => {
    const job = jobOf('http://127.0.0.1:1', [segmentOf({ kind: 'closed', users: 1 }, 30)]);
    expect((await runLoad(job, { signal: AbortSignal.abort() })).segments).toEqual([]);
  });
});

test('progress tells the segment, its rate and its p95 about once a second', async () => {
  const url = await serve((_, response) => setTimeout(() => response.end(), 5));
  const seen: LoadProgress[] = [];
  const job = jobOf(url, [segmentOf({ kind: 'closed', users: 1 }, 1.5)]);
  await runLoad(job, { onProgress: (progress) => seen.push(progress) });
  expect(seen).toHaveLength(2);
  expect(seen[0]).toMatchObject({ segment: 'closed', segmentsDone: 0, segmentsTotal: 1, errors: 0 });
  expect(seen[0]!.ratePerSecond).toBeGreaterThan(80);
  expect(seen[0]!.p95Ms).toBeGreaterThan(5);
  expect(seen[1]).toMatchObject({ segment: null, segmentsDone: 1, ratePerSecond: null, p95Ms: null });
});

test.each([
  ['another scheme', { url: 'ftp://127.0.0.1:1' }, /speaks http and https, not ftp/],
  ['no URL', { url: 'localhost' }, /is not a URL/],
  ['a path in the origin', { url: 'http://127.0.0.1:1/x' }, /origin only/],
  ['a relative path', { path: 'x' }, /must begin with \//],
  ['a line break in a header', { headers: { a: 'b\r\nc: d' } }, /not a legal HTTP header/],
  ['a header of the engine', { headers: { 'Content-Length': '5' } }, /sets the header/],
])('a job with %s is refused', async (_, change, message) => {
  const url = 'http://127.0.0.1:1';
  const job = jobOf(url, [segmentOf({ kind: 'closed', users: 1 }, 1)], { endpoints: { e: endpointOf(url, change) } });
  await expect(runLoad(job)).rejects.toThrow(message);
});

test.each([
  ['an unknown endpoint', { endpoint: 'x' }, /names endpoint x; the job has e/],
  ['nothing to measure', { dropSeconds: 1 }, /nothing is left to measure/],
])('a segment with %s is refused', async (_, change, message) => {
  const segment = segmentOf({ kind: 'closed', users: 1 }, 1, change);
  await expect(runLoad(jobOf('http://127.0.0.1:1', [segment]))).rejects.toThrow(message);
});
