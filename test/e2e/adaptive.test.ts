/** An adaptive search of emulated servers on this machine: real processes, real load, sleeping service times. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, kit, leftovers } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'adaptive-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const EXPERIMENT = `schema: infersweep.experiment.v1
name: searched
model: { source: none, inputs: inputs.jsonl }
slo: { percentile: 95, latencyMs: 400, maxErrorRate: 0.01 }
targets:
  - local: { cores: 1 }
runtimes:
  - emulated:
      fixedMs: 100
      perItemMs: 1
      dynamicBatching: [false, { maxBatchSize: 2 }, { maxBatchSize: 4 }, { maxBatchSize: 8 }]
load: { duration: 4s, warmup: 1s }
search: adaptive
`;
const INPUT = { id: '1', inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 8], data: [0, 1, 2, 3, 4, 5, 6, 7] }] };

let ended: Ended;
let folder: string;
const linesOf = (file: string) =>
  readFileSync(join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  writeFileSync(join(cwd, 'experiment.yaml'), EXPERIMENT);
  writeFileSync(join(cwd, 'inputs.jsonl'), `${JSON.stringify(INPUT)}\n`);
  ended = await kit(['run', '.'], { cwd });
  folder = resolve(cwd, /report: (.*)\/report\.html/.exec(ended.stdout)?.[1] ?? '.');
  console.log(ended.stdout);
}, 300_000);

describe('an adaptive search on this machine', () => {
  it('certifies the largest batch', () => {
    expect(ended.code, ended.stderr).toBe(0);
    const { choice } = JSON.parse(readFileSync(join(folder, 'recommendation.json'), 'utf8'));
    expect(choice.configuration).toBe('emulated-batched8');
    const confirmed = linesOf('measurements.jsonl').filter((m) => m.purpose === 'confirm');
    expect(confirmed.filter((m) => m.configuration.name === 'emulated-batched8').length).toBeGreaterThanOrEqual(3);
  });

  it('serves all from one deployment as long as it may live, each under its own settings', () => {
    const { resources } = JSON.parse(readFileSync(join(folder, 'receipt.json'), 'utf8'));
    const measured = linesOf('measurements.jsonl');
    expect(new Set(measured.map((m) => m.configuration.id)).size).toBeGreaterThan(1);
    // A change in place counts as a trial, of which a visit has 24 at most.
    expect(resources.length).toBeLessThanOrEqual(1 + Math.floor((2 * measured.length) / 24));
    for (const { configuration, versions } of measured) {
      const { maxBatchSize = 0 } = configuration.parameters.dynamicBatching || {};
      expect(versions.maxBatchSize).toBe(String(maxBatchSize));
    }
  });

  it('says of the others what was predicted, in its records and in the report', () => {
    const skipped = linesOf('skipped.jsonl');
    expect(skipped.length).toBeGreaterThan(0);
    for (const { row } of skipped) {
      expect(row).toMatchObject({ code: 'search' });
      expect(row.fix).toMatch(/predicted .*cannot win/);
    }
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('skipped:search');
  });

  it('leaves nothing behind, and nothing to do', async () => {
    const status = JSON.parse((await kit(['status', '--json'], { cwd })).stdout);
    expect(status).toMatchObject({ state: 'done', trials: { left: 0 }, live: [] });
    expect(leftovers(cwd)).toEqual([]);
  });
});
