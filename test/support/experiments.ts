/** Experiments and facts that tests start from. */
import { createHash } from 'node:crypto';
import type { PlanFacts } from '../../lib/core/plan/facts.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import { type PlanAnswer, planExperiment } from '../../lib/core/plan/plan-experiment.ts';
import type { Experiment } from '../../lib/core/spec/experiment.ts';
import type { ExperimentInput } from '../../lib/core/spec/experiment-schema.ts';
import type { Issue } from '../../lib/core/spec/issue.ts';
import { parseExperiment } from '../../lib/core/spec/parse-experiment.ts';
import type { ReadTrace } from '../../lib/core/spec/read-trace.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const twoCores: PlanFacts = { localCores: 2, modelIsFolder: false };

/** The smallest local experiment, with what a test changes. */
export function localExperiment(changes: Partial<ExperimentInput> = {}): ExperimentInput {
  return {
    schema: 'infersweep.experiment.v1',
    name: 'small',
    model: { source: 'model.onnx', inputs: 'inputs.jsonl', golden: 'golden.jsonl' },
    slo: { percentile: 95, latencyMs: 50 },
    targets: [{ local: { cores: 1 } }],
    runtimes: [{ onnxruntime: {} }],
    ...changes,
  };
}

/** One GPU type on SageMaker with Triton, and a checkpoint to prepare. */
export function cloudExperiment(changes: Partial<ExperimentInput> = {}): ExperimentInput {
  return localExperiment({
    name: 'cloud',
    aws: { region: 'us-east-1' },
    model: { source: 's3://bucket/bert/', inputs: 'inputs.jsonl', golden: 'golden.jsonl' },
    targets: [{ sagemaker: { instanceTypes: ['ml.g4dn.xlarge'] } }],
    runtimes: [{ triton: { backend: 'tensorrt', precision: 'fp16' } }],
    ...changes,
  });
}

/** Traces of a minute's requests each, by the name of their file. */
export function tracesOf(files: { [name: string]: readonly number[] }): ReadTrace {
  return (name) => {
    const requests = files[name];
    return requests
      ? { ok: true, trace: { name, stepS: 60, requests } }
      : { ok: false, message: `${name} does not exist` };
  };
}

export function parsed(input: unknown, readTrace?: ReadTrace): Experiment {
  const answer = parseExperiment(input, readTrace);
  if (!answer.ok) throw new Error(`the test's experiment is wrong: ${JSON.stringify(answer.issues, null, 1)}`);
  return answer.experiment;
}

export function issuesOf(input: unknown, readTrace?: ReadTrace): Issue[] {
  const answer = parseExperiment(input, readTrace);
  return answer.ok ? [] : answer.issues;
}

export function planOf(input: unknown, facts: PlanFacts = twoCores, readTrace?: ReadTrace): PlanAnswer {
  return planExperiment({ experiment: parsed(input, readTrace), sha256, kitVersion: '0.0.0', facts });
}

export function goodPlan(input: unknown, facts: PlanFacts = twoCores, readTrace?: ReadTrace): Plan {
  const answer = planOf(input, facts, readTrace);
  if (!answer.ok)
    throw new Error(`no plan: ${JSON.stringify(answer.kind === 'invalid' ? answer.issues : answer.refusal)}`);
  return answer.plan;
}
