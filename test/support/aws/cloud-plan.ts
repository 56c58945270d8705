import type { Plan } from '../../../lib/core/plan/plan.ts';
import { emulatedPlan } from '../plans.ts';

export const CLOUD_TYPES = { sagemaker: 'ml.c7i.xlarge', ec2: 'c7i.xlarge' } as const;

/** A plan of emulated servers on AWS: one deployment on SageMaker, screened once, unless `overrides` say otherwise. */
export function cloudPlan(overrides: Record<string, unknown> = {}): Plan {
  return emulatedPlan(cloudExperiment(overrides));
}

/** The document of it, less what `emulatedPlan` gives every one. */
export function cloudExperiment(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    aws: { region: 'us-east-1' },
    model: { source: 'none', inputs: 'inputs.jsonl' },
    targets: [{ sagemaker: { instanceTypes: [CLOUD_TYPES.sagemaker] } }],
    runtimes: [{ emulated: { fixedMs: 1, perItemMs: 1 } }],
    load: { protocol: 'closed', users: 1, duration: '30s' },
    prices: Object.values(CLOUD_TYPES).map((instanceType) => ({
      instanceType,
      usdPerHour: 0.2,
      source: 'a test',
      date: '2026-11-01',
    })),
    budget: { usd: 25 },
    ...overrides,
  };
}
