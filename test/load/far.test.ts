/** A server a real network away: the packets of its TCP connections are under way for a while, in a network of the test's own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { SegmentResult } from '../../lib/core/load/job.ts';
import { wan } from '../../lib/core/measure/rules/wan.ts';
import { runLoad } from '../../lib/load/run-load.ts';
import { evidenceOf } from '../support/evidence.ts';
import { jobOf, segmentOf } from '../support/load-job.ts';
import { startServer } from '../support/load-process.ts';

const support = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
/** It takes root, a TUN device and iproute2. */
const canBeFar =
  existsSync('/dev/net/tun') &&
  spawnSync('unshare', ['--net', 'ip', 'tuntap', 'add', 'dev', 'far0', 'mode', 'tun']).status === 0;

const judged = (segments: readonly SegmentResult[]) => wan(evidenceOf([segments]));
const shortest = (segments: readonly SegmentResult[]) => Math.min(...segments.map((s) => s.connections.handshakeMs!));

async function near(): Promise<SegmentResult[]> {
  const server = await startServer('load-misbehaving-server.mjs', { mode: 'good' });
  try {
    const shape = { kind: 'closed' as const, users: 2 };
    return (await runLoad(jobOf(server.url, [segmentOf(shape, 0.6), segmentOf(shape, 0.6)]))).segments;
  } finally {
    await server.stop();
  }
}

test.skipIf(!canBeFar)('each handshake takes the round trip that its packets take, and the rule sees it', async () => {
  const wayMs = 20;
  const command = [
    'python3',
    support('far-network.py'),
    String(wayMs),
    process.execPath,
    support('load-from-afar.mjs'),
  ];
  const { stdout, stderr } = spawnSync('unshare', ['--net', ...command], { encoding: 'utf8', timeout: 60_000 });
  expect(stdout, stderr).not.toBe('');
  const far = JSON.parse(stdout) as SegmentResult[];
  expect(far.every((s) => s.good > 0 && s.good === s.requests)).toBe(true);
  // Packets may wait longer than they were told to, never less.
  expect(shortest(far)).toBeGreaterThanOrEqual(2 * wayMs);
  expect(judged(far)).toMatchObject({ code: 'wan' });
  expect(shortest(await near())).toBeLessThan(shortest(far) / 4);
});

test('a server on this machine is not far away', async () => {
  const segments = await near();
  expect(segments.map((s) => s.connections.opened)).toEqual([2, 2]);
  expect(shortest(segments)).toBeGreaterThan(0);
  expect(judged(segments)).toBeNull();
});
