/** Which trace scaling is judged by: the one on the command line, else the experiment's own, else a smooth day. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decide } from '../../lib/cli/conclude.ts';
import type { Evidence } from '../../lib/cli/open-evidence.ts';
import { simulateEvidence } from '../../lib/cli/simulate-evidence.ts';
import type { ExperimentInput } from '../../lib/core/spec/experiment-schema.ts';
import { cloudExperiment, goodPlan, tracesOf, twoCores } from '../support/experiments.ts';
import { calmRun } from '../support/noisy-runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'simulated-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'other.csv');
writeFileSync(file, 'minute,requests\n0,9000\n1,9000\n2,12000\n');

const day = Array.from({ length: 120 }, (_, m) => 3000 + 200 * Math.min(m, 119 - m));
const traces = tracesOf({ 'day.csv': day });
function evidence(demand: ExperimentInput['demand']): Evidence {
  const plan = goodPlan(cloudExperiment({ demand }), twoCores, traces);
  const { configuration } = plan.deployments[0]!;
  const { measurements } = calmRun(configuration);
  const recommendation = decide(plan, measurements);
  return {
    id: 'run',
    recommendation,
    measurements,
    baseline: undefined,
    text: '',
    folder: null,
    plan,
    published: null,
  };
}

describe('the trace that scaling is judged by', () => {
  const traced = evidence({ trace: 'day.csv' });
  it("is the experiment's own, with its minutes", () => {
    const { trace, scaling } = simulateEvidence(traced, { seeds: 2 });
    expect(trace).toEqual({
      name: 'day.csv',
      minutes: 120,
      requests: day.reduce((a, b) => a + b, 0),
      peakPerMinute: traced.recommendation.demand!.peak,
    });
    expect(scaling!.cooldownSource).toBe('simulated on day.csv with 2 seeds');
  });

  it('is what the command line says, before that', () => {
    expect(simulateEvidence(traced, { seeds: 2, trace: file }).trace).toMatchObject({ name: 'other.csv', minutes: 3 });
    expect(simulateEvidence(traced, { seeds: 2, trace: 'bursts-30m' }).trace.name).toBe('bursts-30m');
  });

  it('is a smooth day where the experiment states rates, and where figures were published', () => {
    const stated = evidence({ requestsPerMinute: 4000 });
    expect(simulateEvidence(stated, { seeds: 2 }).trace.name).toBe('diurnal');
    expect(simulateEvidence({ ...traced, plan: null }, { seeds: 2 }).trace.name).toBe('diurnal');
  });
});
