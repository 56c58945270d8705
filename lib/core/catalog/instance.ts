/** What an instance type is made of. Facts from `instances.json`, which names their sources. */
import type { TargetName } from '../plan/plan.ts';
import catalog from './instances.json' with { type: 'json' };

export interface Accelerator {
  /** `nvidia-t4`, `aws-inferentia`, … */
  name: string;
  count: number;
  /** Of each one. */
  memoryMib: number;
  /** Of all of them; only on AWS's own chips. */
  neuronCores?: number;
}

export interface Instance {
  /** EC2's name, without `ml.`. */
  type: string;
  family: string;
  arch: 'amd64' | 'arm64';
  vcpu: number;
  memoryMib: number;
  accelerator: Accelerator | null;
}

type Row = Omit<Instance, 'family' | 'accelerator'> & { sagemaker: boolean; accelerator?: Accelerator };
const rows = catalog.instances as Row[];
const SAGEMAKER_PREFIX = 'ml.';

function offeredName(target: TargetName, row: Row): string | null {
  if (target === 'ec2') return row.type;
  return target === 'sagemaker' && row.sagemaker ? SAGEMAKER_PREFIX + row.type : null;
}

function index(target: TargetName): ReadonlyMap<string, Instance> {
  return new Map(
    rows.flatMap((row) => {
      const name = offeredName(target, row);
      if (name === null) return [];
      const { sagemaker: _, ...facts } = row;
      return [[name, { ...facts, family: row.type.split('.')[0]!, accelerator: row.accelerator ?? null }] as const];
    }),
  );
}

const offered: Record<TargetName, ReadonlyMap<string, Instance>> = {
  local: new Map(),
  ec2: index('ec2'),
  sagemaker: index('sagemaker'),
};

/** Names as the target spells them (`ml.` on SageMaker), in catalog order; none for `local`. */
export function instanceTypesOf(target: TargetName): string[] {
  return [...offered[target].keys()];
}

/** Facts of an instance type as the target spells it; null when the target does not offer it. */
export function instanceOf(target: TargetName, instanceType: string): Instance | null {
  return offered[target].get(instanceType) ?? null;
}

/** The instance type that stands for this many cores of the machine the kit runs on. */
export function localInstanceType(cores: number): string {
  return `local-${cores}c`;
}

/** Its inverse: cores of `local-2c`; null for an instance type of any other target. */
export function localCoresOf(instanceType: string): number | null {
  const cores = /^local-(\d+)c$/.exec(instanceType)?.[1];
  return cores === undefined ? null : Number(cores);
}
