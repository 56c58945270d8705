/** Servers that are slow for one known reason each, under real load: `npm run bench:bottleneck` asks ten times of each. */
import { expect, test } from 'vitest';
import { type Judged, judge, knownBottlenecks } from '../../bench/known-bottlenecks.ts';
import { Histogram } from '../../lib/core/load/histogram.ts';
import { summariseUtilisation } from '../../lib/core/measure/utilisation.ts';

const SECONDS = 2;
const CROWDED = 0.5;

test('a known bottleneck is named, or it is said to be unclear', { timeout: 120_000 }, async () => {
  const rows: { known: string; said: string; detail: string }[] = [];
  for (const known of knownBottlenecks.filter(({ word }) => word !== 'network' && word !== 'memory')) {
    const { finding } = await judge(known, SECONDS);
    rows.push({ known: known.word, said: finding.word, detail: finding.detail });
  }
  const right = rows.filter((r) => r.said === r.known);
  const unclear = rows.filter((r) => r.said === 'unclear');
  expect(new Set(rows.map((r) => r.known)).size).toBe(6);
  expect(rows.filter((r) => !right.includes(r) && !unclear.includes(r))).toEqual([]);
  // 58 of 60 are promised: of six, one may be left open.
  expect(right.length, JSON.stringify(unclear)).toBeGreaterThanOrEqual(5);
});

/** Never another word; on a busy host it may take more than one look until it is not left open. */
async function lookedAt(word: 'network' | 'memory'): Promise<Judged> {
  const known = knownBottlenecks.find((k) => k.word === word)!;
  for (let looks = 1; ; looks++) {
    const judged = await judge(known, SECONDS);
    expect([word, 'unclear'], judged.finding.detail).toContain(judged.finding.word);
    if (judged.finding.word === word || looks === 3) return judged;
  }
}

test('a narrow path before a server that waits is the network', { timeout: 120_000 }, async () => {
  const { finding, stair } = await lookedAt('network');
  expect(finding.word, finding.detail).toBe('network');
  // The server sees the bytes of each request come over most of the time that it takes.
  const meanMs = Histogram.decode(stair.serviceTime).meanMs!;
  expect(stair.transfer.requestMs! / meanMs).toBeGreaterThan(0.5);
});

test('a model that does not stay in memory', { timeout: 120_000 }, async (context) => {
  const missing = knownBottlenecks.find((k) => k.word === 'memory')!.missing!();
  if (missing !== null) return context.skip(missing);
  const { finding, stair } = await lookedAt('memory');
  const used = summariseUtilisation([stair.utilisation])!;
  const { hostCores } = used.capacity;
  // Beside others a server waits for its core, and so for less of the time for its pages.
  const crowded = used.hostCpuCores!.mean - used.cpuCores!.mean > CROWDED * hostCores!;
  if (finding.word === 'unclear' && crowded) return context.skip('others use more than half of this host');
  expect(finding.word, finding.detail).toBe('memory');
  // Each request touches 4,096 pages that were taken away.
  expect((used.majorFaultsPerSecond!.mean * stair.durationS) / stair.good).toBeGreaterThan(1000);
});
