/** Loads whose rate changes, from the command line to the report: real processes, real load, a sleeping service time. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Histogram } from '../../lib/core/load/histogram.ts';
import { type Measurement, measurementSchema } from '../../lib/core/measure/measurement.ts';
import { planSchema } from '../../lib/core/plan/plan.ts';
import { type Ended, kit, leftovers } from '../support/cli.ts';

const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'changing-')));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const INPUT = { id: '1', inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 8], data: [0, 1, 2, 3, 4, 5, 6, 7] }] };

/** A call takes 20 ms, one at a time: less than 50 a second. */
function write(name: string, load: string): string {
  const folder = join(cwd, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'inputs.jsonl'), `${JSON.stringify(INPUT)}\n`);
  writeFileSync(
    join(folder, 'experiment.yaml'),
    `schema: infersweep.experiment.v1
name: ${name}
model: { source: none, inputs: inputs.jsonl }
slo: { percentile: 95, latencyMs: 400, maxErrorRate: 0.01 }
targets: [{ local: { cores: 1 } }]
runtimes: [{ emulated: { fixedMs: 20, perItemMs: 0, dynamicBatching: false } }]
load: ${load}
`,
  );
  return name;
}

interface Played {
  ended: Ended;
  measurement: Measurement;
  folder: string;
}

async function play(name: string): Promise<Played> {
  const ended = await kit(['run', name], { cwd });
  const folder = resolve(cwd, /report: (.*)\/report\.html/.exec(ended.stdout)?.[1] ?? '.');
  const [line] = readFileSync(join(folder, 'measurements.jsonl'), 'utf8').split('\n');
  return { ended, folder, measurement: measurementSchema.parse(JSON.parse(line!)) };
}

const rate = (s: Measurement['stairs'][number]) => s.completedInWindow / s.durationS;
const p95 = (s: Measurement['stairs'][number]) =>
  Histogram.decode(s.latency).percentile(95) ?? Number.POSITIVE_INFINITY;

let ramp: Played;
let trace: Played;
/** Side by side: servers that sleep, and a few requests a second, leave most of a core to the other. */
beforeAll(async () => {
  const name = write('trace', '{ protocol: trace, trace: { file: day.csv, peakRate: 30, minute: 1s } }');
  const csv = join(cwd, name, 'day.csv');
  const rows = Array.from({ length: 20 }, (_, m) => `${m},${m < 10 ? 600 : 1800}`);
  writeFileSync(csv, ['minute,requests', ...rows].join('\n'));
  [ramp, trace] = await Promise.all([
    play(write('ramp', '{ protocol: ramp, ramp: { initialRate: 2, finalRate: 70, duration: 20s } }')),
    play(name),
  ]);
  // Nothing of the run may need it any more.
  rmSync(csv);
  console.log(ramp.ended.stdout, trace.ended.stdout);
});

describe('a ramp through the limit of a server', () => {
  it('keeps the objective in the first half alone, whose rate is the capacity', () => {
    const { measurement, ended, folder } = ramp;
    expect(ended.code, ended.stderr).toBe(0);
    const [first, second] = measurement.stairs as [Measurement['stairs'][number], Measurement['stairs'][number]];
    expect(measurement.stairs.map((s) => s.id)).toEqual(['ramp-1', 'ramp-2']);
    // Twice and a half as much is asked for, and the queue grows to the end.
    expect(second.requests).toBeGreaterThan(2 * first.requests);
    expect(p95(second)).toBeGreaterThan(3 * p95(first));
    const { choice, warnings } = JSON.parse(readFileSync(join(folder, 'recommendation.json'), 'utf8'));
    expect(choice.capacityPerMinute / 60).toBeCloseTo(rate(first), 6);
    expect(warnings.join('\n')).toContain('over the whole ramp,');
    expect(warnings.join('\n')).toContain('the objective was missed');
  });

  it('has every request in exactly one part', () => {
    const [whole] = ramp.measurement.whole!;
    const sum = (of: (s: Measurement['stairs'][number]) => number) =>
      ramp.measurement.stairs.reduce((all, s) => all + of(s), 0);
    expect(sum((s) => s.requests)).toBe(whole!.requests);
    expect(sum((s) => s.good)).toBe(whole!.good);
    expect(sum((s) => Histogram.decode(s.latency).count)).toBe(Histogram.decode(whole!.latency).count);
    expect(sum((s) => s.durationS) / whole!.durationS).toBeCloseTo(1, 3);
    expect(whole!.split.computeMs).toBeGreaterThan(0);
  });

  it('shows the parts in the report, and leaves nothing behind', async () => {
    const report = await kit(['report', ramp.folder, '--format', 'md'], { cwd });
    expect(report.code, report.stderr).toBe(0);
    expect(readFileSync(join(ramp.folder, 'report.html'), 'utf8')).toContain('over the whole ramp');
    expect(leftovers(cwd)).toEqual([]);
  });
});

describe('a trace of ten quiet and ten busy minutes', () => {
  it('sends three times as much in the second half, and both keep the objective', () => {
    const { ended, measurement } = trace;
    expect(ended.code, ended.stderr).toBe(0);
    const [quiet, busy] = measurement.stairs as [Measurement['stairs'][number], Measurement['stairs'][number]];
    expect(rate(busy) / rate(quiet)).toBeGreaterThan(2);
    expect(rate(busy) / rate(quiet)).toBeLessThan(4.5);
    expect(ended.stdout).toContain('over the whole trace,');
    expect(ended.stdout).toContain('the objective was kept');
  });

  it('lies in the plan, and is decided without its file', async () => {
    const plan = planSchema.parse(JSON.parse(readFileSync(join(trace.folder, 'plan.json'), 'utf8')));
    const rates = [...Array(10).fill(10), ...Array(10).fill(30)];
    expect(plan.load.stairs).toEqual([
      { id: 'trace', shape: { kind: 'trace', arrivals: 'poisson', ratesPerSecond: rates, intervalSeconds: 1 } },
    ]);
    const again = await kit(['recommend', trace.folder, '--json'], { cwd });
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).choice.capacityPerMinute / 60).toBeCloseTo(rate(trace.measurement.stairs[1]!), 6);
  });
});

describe('plan', () => {
  it('says how long and how much, and judges nothing that it cannot', async () => {
    const name = write('steps', '{ protocol: step, step: { initialRate: 2, addedRate: 4, steps: 3, every: 20s } }');
    const ended = await kit(['plan', name], { cwd });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toContain(
      'load: a step of 60 s with about 360 requests to each configuration, judged over all of it and in 3 parts of 2 to 10/s, 1 repeat',
    );
    expect(ended.stdout).toContain('warning: 1 of 3 parts of the load have too few requests to judge p95');
  });

  it('says which minutes a demand comes from', async () => {
    const name = 'fleet';
    mkdirSync(join(cwd, name));
    writeFileSync(join(cwd, name, 'inputs.jsonl'), `${JSON.stringify(INPUT)}\n`);
    writeFileSync(join(cwd, name, 'day.csv'), 'minute,requests\n0,3000\n1,30000\n2,12000\n');
    writeFileSync(
      join(cwd, name, 'experiment.yaml'),
      `schema: infersweep.experiment.v1
name: fleet
aws: { region: us-east-1 }
model: { source: s3://bucket/bert/, inputs: inputs.jsonl }
slo: { percentile: 95, latencyMs: 500 }
demand: { trace: day.csv }
targets: [{ sagemaker: { instanceTypes: [ml.g4dn.xlarge] } }]
runtimes: [{ triton: { backend: tensorrt, precision: fp16 } }]
`,
    );
    const ended = await kit(['plan', name], { cwd });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toContain(
      'demand 15000/min (low 3000, peak 30000): mean, quietest and busiest of the 3 minutes of day.csv',
    );
  });
});
