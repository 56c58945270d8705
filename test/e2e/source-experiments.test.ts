/** The sources' experiments at the command line: planned, refused where they cannot run, and their laptop forms run. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import { kit, root } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'sources-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const example = (name: string) => join(root, 'examples', name);

describe('an experiment of a source', () => {
  it('lists its configurations, cost and what cannot be run', async () => {
    const sweep = await kit(['plan', example('triton-instance-sweep')], { cwd });
    expect(sweep.code, sweep.stderr).toBe(0);
    expect(sweep.stdout).toContain('24 configurations');
    expect(sweep.stdout).toContain('30.87 USD expected');
    const batching = await kit(['plan', example('neuron-batching')], { cwd });
    expect(batching.stdout).toContain('cannot be run: load.protocol in-process');
  });

  it.each([
    ['triton-instance-sweep', 2, 'costs money on AWS', '--on aws'],
    ['neuron-batching', 3, 'load.protocol in-process', 'protocol closed'],
    ['graviton-compile', 3, 'load.protocol in-process', 'protocol closed'],
    ['runtime-comparison', 3, 'needs FasterTransformer', 'leave backend fastertransformer out'],
  ])('%s is refused by run with the reason, before anything is prepared', async (name, code, what, fix) => {
    const ended = await kit(['run', example(name)], { cwd });
    expect(ended.code, ended.stderr).toBe(code);
    expect(ended.stderr).toContain(what);
    expect(ended.stderr).toContain(fix);
    expect(ended.stderr).not.toMatch(/run started|prepare:/);
  });
});

/** Measurements of the one run of an experiment, by configuration. */
async function measured(file: string): Promise<Map<string, Measurement>> {
  const folder = mkdtempSync(join(cwd, 'run-'));
  const ended = await kit(['run', example(file)], { cwd: folder });
  // A crowded machine may spoil trials (4); nothing else may go wrong.
  expect([0, 4], ended.stderr).toContain(ended.code);
  const [run] = readdirSync(join(folder, '.infersweep', 'runs'));
  const lines = readFileSync(join(folder, '.infersweep', 'runs', run!, 'measurements.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Measurement).filter((m) => m.purpose === 'screen');
  for (const row of rows) {
    expect(row.golden!.checked).toBeGreaterThan(0);
    expect(row.golden!.wrong).toBe(0);
  }
  return new Map(rows.map((row) => [row.configuration.name, row]));
}

const itemsPerSecond = (m: Measurement) => {
  const stair = m.stairs.at(-1)!;
  return (stair.completedInWindow * m.itemsPerRequest) / stair.durationS;
};

describe('on a laptop', () => {
  it('a batch of six serves eight callers faster than one after the other', async () => {
    const rows = await measured('neuron-batching/laptop.yaml');
    const [alone, batched] = [rows.get('batch-1')!, rows.get('batch-6')!];
    expect(alone.stairs[0]!.meanBatch).toBe(1);
    expect(batched.stairs[0]!.meanBatch).toBeGreaterThan(2);
    // 9 ms an item against 14 ms for six: 3.9 times where every batch is full.
    expect(itemsPerSecond(batched) / itemsPerSecond(alone)).toBeGreaterThan(1.5);
    expect(alone.origin).toBe('emulated');
  });

  it('the pipeline wins at one item a call and loses at six, as in the source', async () => {
    const one = await measured('neuroncore-pipeline/laptop.yaml');
    const six = await measured('neuroncore-pipeline/laptop-b6.yaml');
    const ratio = (rows: Map<string, Measurement>) =>
      itemsPerSecond(rows.get('pipeline')!) / itemsPerSecond(rows.get('data-parallel')!);
    expect(ratio(one)).toBeGreaterThan(ratio(six));
  });
});
