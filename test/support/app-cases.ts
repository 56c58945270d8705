/** Contexts of the app for every kind of answer that there is: the winner of each example, each family, each kind of network. */
import { join } from 'node:path';
import type { Configuration } from '../../lib/core/plan/plan.ts';
import type { Recommendation } from '../../lib/core/recommend/recommendation.ts';
import { comparisonFile, withDemand, written } from './app-stacks.ts';
import { root } from './cli.ts';
import { recommendation002 } from './recommendation.ts';

export interface AppCase {
  name: string;
  context: Record<string, string>;
}

const experiment = (example: string) => join(root, 'examples', example);
const DEMAND = 30_000;

/** Examples whose figures choose something once they have a demand; the Triton one states its own. */
export const choosing = [
  'triton-instance-sweep',
  'neuron-batching',
  'neuroncore-pipeline',
  'graviton-compile',
] as const;

export const winners: readonly AppCase[] = choosing.map((name) => ({
  name,
  context: {
    experiment: experiment(name),
    recommendation: written(`${name}.json`, withDemand(name, DEMAND)),
  },
}));

type Runtime = Pick<Configuration, 'name' | 'runtime' | 'parameters'>;
const onGpu: Runtime = recommendation002().deploy!;
const onNeuron: Runtime = {
  name: 'neuron-dp',
  runtime: 'neuron',
  parameters: { mode: 'data-parallel', batch: 1, maxLength: 128 },
};
const onCpu: Runtime = { name: 'compile', runtime: 'torch', parameters: { mode: 'compile', precision: 'bf16' } };

/** The target as the catalog names it, the type, what runs there, and an experiment that may start it. */
const families: readonly [target: 'ec2' | 'sagemaker', type: string, runtime: Runtime, example: string][] = [
  ['ec2', 'g4dn.xlarge', onGpu, 'neuroncore-pipeline'],
  ['ec2', 'inf1.6xlarge', onNeuron, 'neuroncore-pipeline'],
  ['ec2', 'c7g.4xlarge', onCpu, 'graviton-compile'],
  ['ec2', 'c7i.4xlarge', onCpu, 'graviton-compile'],
  ['sagemaker', 'ml.g4dn.12xlarge', onGpu, 'triton-instance-sweep'],
  ['sagemaker', 'ml.inf1.xlarge', onNeuron, 'triton-instance-sweep'],
  ['sagemaker', 'ml.c7g.4xlarge', onCpu, 'triton-instance-sweep'],
];

export const familyCases: readonly AppCase[] = families.map(([target, type, runtime, example]) => ({
  name: type,
  context: {
    experiment: experiment(example),
    recommendation: written(`${type}.json`, unpriced(target, type, runtime)),
  },
}));

export const networkCases: readonly AppCase[] = [
  { name: 'an isolated network', context: { network: 'isolated' } },
  { name: 'a comparison', context: { comparison: comparisonFile() } },
];

/** The golden answer moved to another instance type, of which no price is known. */
function unpriced(target: 'ec2' | 'sagemaker', instanceType: string, runtime: Runtime): Recommendation {
  const golden = recommendation002();
  const choice = {
    ...golden.choice!,
    configuration: runtime.name,
    target,
    instanceType,
    usdPerHour: null,
    usdPerMillion: null,
  };
  const fleet = {
    atCapacity: { ...golden.fleet.atCapacity, usdPerHour: null },
    atTarget: { ...golden.fleet.atTarget, usdPerHour: null },
  };
  return {
    ...golden,
    // Each is a stack of its own, as one experiment is.
    experiment: instanceType.replaceAll('.', '-'),
    choice,
    fleet,
    deploy: { ...runtime, id: `${runtime.name}@${target}/${instanceType}`, target, instanceType },
  };
}

/** A fleet of two to four on a type, with a runtime that it has. */
export function recommendationOn(target: 'ec2' | 'sagemaker', instanceType: string): Recommendation {
  const runtime = instanceType.includes('inf1') ? onNeuron : instanceType.includes('g4dn') ? onGpu : onCpu;
  const found = unpriced(target, instanceType, runtime);
  return { ...found, scaling: { ...found.scaling!, minCapacity: 2, initialCapacity: 2, maxCapacity: 4 } };
}
