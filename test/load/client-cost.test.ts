/** A few rounds of `npm run bench:load`, whose figures count: here the engine only must not have become a costly client. */
import { execFile, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const bench = new URL('../../dist/bench/load.js', import.meta.url).pathname;
const TWO_CORES = availableParallelism() >= 2;
const HAS_WRK = spawnSync('wrk', ['-v']).error === undefined;

/** Some of what is measured on a quiet host (decision 0014): one that others share moves single rounds by a third. */
test.skipIf(!TWO_CORES || !HAS_WRK)('at least 0.65 times the requests of wrk', () => isNoLessThan('wrk', 0.65));
test.skipIf(!TWO_CORES)('at least 1.2 times the requests of autocannon', () => isNoLessThan('autocannon', 1.2));

async function isNoLessThan(peer: string, least: number): Promise<void> {
  const options = ['--json', '--users', '64', '--rounds', '3', '--seconds', '3', '--server', 'node'];
  const { stdout } = await promisify(execFile)(process.execPath, [bench, ...options, '--clients', `own,${peer}`]);
  const [row] = (JSON.parse(stdout) as { results: { ratios: Record<string, { median: number }> }[] }).results;
  expect(row!.ratios[`own/${peer}`]!.median).toBeGreaterThan(least);
}
