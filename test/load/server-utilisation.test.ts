/** The use of the server's host as the load generator gets it, from the kit's own server under load. */
import { expect, test } from 'vitest';
import { closedLoopJob } from '../../bench/closed-loop-job.ts';
import { startKitServer } from '../../bench/kit-server.ts';
import { runJob } from '../../bench/load-engine.ts';
import { utilisationPath } from '../../lib/core/load/requests.ts';
import { mergeStair } from '../../lib/core/measure/merge-stair.ts';
import { summariseUtilisation } from '../../lib/core/measure/utilisation.ts';

test('a loaded server of this kit is seen second by second, and an older one is not missed', {
  timeout: 60_000,
}, async () => {
  const server = await startKitServer({ adapter: 'emulated', parameters: { fixedMs: 5, perItemMs: 0 } });
  const input = { name: 'x', shape: [1, 8], datatype: 'FP32', data: [1, 2, 3, 4, 5, 6, 7, 8] };
  const job = (path: string) =>
    closedLoopJob({
      id: 'utilisation',
      url: server.url,
      users: 4,
      body: JSON.stringify({ inputs: [input] }),
      seconds: 3,
      headSeconds: 1,
      timeoutMs: 10_000,
      statsPath: '/v2/models/m/stats',
      utilisationPath: path,
    });
  try {
    const { segments } = await runJob(job(utilisationPath));
    const stair = mergeStair('users-4', segments, 1);
    const seconds = stair.utilisation!.seconds[0]!;
    expect(seconds.length).toBeGreaterThanOrEqual(2);
    expect(seconds.length).toBeLessThanOrEqual(4);
    expect(seconds.every((s) => s.endS > 1 && s.endS <= 4.01)).toBe(true);
    const gaps = seconds.slice(1).map((s, i) => (s.endS - seconds[i]!.endS) / s.periodS);
    for (const gap of gaps) expect(gap).toBeCloseTo(1, 1);
    const used = summariseUtilisation([stair.utilisation])!;
    // What the server counts of itself, over a window that is not quite the same.
    expect(used.cpuCores!.mean / stair.serverCpuUtilisation!).toBeGreaterThan(0.5);
    expect(used.cpuCores!.mean / stair.serverCpuUtilisation!).toBeLessThan(2);
    expect(used.rssMib!.mean / stair.serverRssMib!).toBeGreaterThan(0.8);
    expect(used.rssMib!.max / stair.serverRssMib!).toBeLessThan(1.25);
    const old = await runJob(job('/v2/not-there'));
    expect(old.segments[0]!.utilisation).toBeUndefined();
    expect(mergeStair('users-4', old.segments, 1).utilisation).toBeNull();
  } finally {
    await server.stop();
  }
});
