import { createHash } from 'node:crypto';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { planExperiment } from '../../lib/core/plan/plan-experiment.ts';
import { parseExperiment } from '../../lib/core/spec/parse-experiment.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The plan of an experiment of emulated servers on this machine, changed by `overrides`. */
export function emulatedPlan(overrides: Record<string, unknown> = {}): Plan {
  const parsed = parseExperiment({
    schema: 'infersweep.experiment.v1',
    name: 'emulated',
    model: { source: 'none', inputs: 'inputs.jsonl', golden: 'golden.jsonl' },
    slo: { percentile: 95, latencyMs: 50 },
    targets: [{ local: { cores: 1 } }],
    runtimes: [{ emulated: { fixedMs: [1, 2, 3, 4], perItemMs: 1 } }],
    load: { protocol: 'capacity', users: [1, 4], rounds: 2, confirm: { finalists: 2, rounds: 2 } },
    ...overrides,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const facts = { localCores: 2, modelIsFolder: null };
  const planned = planExperiment({ experiment: parsed.experiment, sha256, kitVersion: '0.0.0', facts });
  if (!planned.ok) throw new Error(JSON.stringify(planned));
  return planned.plan;
}
