/** One run of the load process against the stamping server, and its verdict. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { SegmentResult, Shape } from '../../lib/core/load/job.ts';
import { type HostReport, watchHost } from './load-host.ts';
import { jobOf, segmentOf } from './load-job.ts';
import { builtKit, startLoad, startServer } from './load-process.ts';
import { comparePercentiles, compareWithStamps, type ServerLog, type TruthReport } from './load-truth.ts';

export interface Experiment {
  shape: Shape;
  seconds: number;
  maxConnections?: number;
  server: { holdMs?: number; stopMs?: number; stopEveryMs?: number };
  /** Whether latency percentiles are compared as well. */
  percentiles?: boolean;
  /** Another build of the kit than `dist`. */
  kit?: string;
}

export interface Verdict {
  report: TruthReport;
  segment: SegmentResult;
  host: HostReport;
}

export async function runExperiment(experiment: Experiment): Promise<Verdict> {
  const { shape, seconds, maxConnections = 64 } = experiment;
  const server = await startServer('load-stamp-server.mjs', experiment.server);
  const load = await startLoad(jobOf(server.url, [segmentOf(shape, seconds)], { maxConnections }), experiment.kit);
  try {
    const watch = watchHost(server.process.pid!, load.process.pid!);
    const { code, errors } = await load.ended;
    const host = watch.stop();
    if (code !== 0) throw new Error(`the load generator ended with ${code}: ${errors}`);
    const segment = (await load.result()).segments[0]!;
    const log = (await (await fetch(`${server.url}/log`)).json()) as ServerLog;
    const report = compareWithStamps(segment, log, seconds, { judgeExcess: !experiment.percentiles });
    if (experiment.percentiles) comparePercentiles(report, segment, log);
    return { report, segment, host };
  } finally {
    await load.remove();
    await server.stop();
  }
}

const ATTEMPTS = 4;
/** What a hypervisor takes away is not seen as other load, so that one bad run of a quiet host is looked at twice. */
const QUIET_ATTEMPTS = 2;

/**
 * Runs the experiment and demands that nothing is found. Only times, and only when others held the cores, are worth another
 * try; the limits stay what they are. Skips, with the reason, when the host was never quiet.
 */
export async function expectTruth(experiment: Experiment, skip: (reason: string) => void): Promise<Verdict> {
  let quietRuns = 0;
  for (let attempt = 1; ; attempt++) {
    const verdict = await runExperiment(experiment);
    const { report, host } = verdict;
    expect(report.identity).toEqual([]);
    process.stderr.write(`truth ${JSON.stringify({ ...experiment.shape, ...report.figures, ...host })}\n`);
    if (report.timing.length === 0) return verdict;
    if (host.quiet && ++quietRuns >= QUIET_ATTEMPTS) expect(report.timing).toEqual([]);
    if (attempt < ATTEMPTS) continue;
    skip(`the host was busy in all of ${ATTEMPTS} runs (${JSON.stringify(host)}): ${report.timing.join('; ')}`);
    return verdict;
  }
}

/** Copies the built kit with one piece of one file replaced; the piece must be there exactly once. */
export async function mutateKit(
  file: string,
  from: string,
  to: string,
): Promise<{ kit: string; remove(): Promise<void> }> {
  const kit = await mkdtemp(join(tmpdir(), 'infersweep-mutant-'));
  for (const part of ['lib/core', 'lib/load']) await cp(join(builtKit, part), join(kit, part), { recursive: true });
  await writeFile(join(kit, 'package.json'), '{"type":"module"}');
  await symlink(join(dirname(builtKit), 'node_modules'), join(kit, 'node_modules'));
  const path = join(kit, file);
  const source = await readFile(path, 'utf8');
  expect(source.split(from), `${file} contains ${from} once`).toHaveLength(2);
  await writeFile(
    path,
    source.replace(from, () => to),
  );
  return { kit, remove: () => rm(kit, { recursive: true, force: true }) };
}
