/** Which quota an instance counts against, and in what. Codes from `quotas.json`, which names their source. */
import type { TargetName } from '../plan/plan.ts';
import { instanceOf } from './instance.ts';
import type { Purchase } from './price.ts';
import catalog from './quotas.json' with { type: 'json' };

/** One service quota of an account and region. */
export interface QuotaKey {
  service: 'sagemaker' | 'ec2' | 'fargate';
  /** null where no source names it: then it is found by its name alone. */
  code: string | null;
  /** As Service Quotas spells it; for EC2 its beginning, because families were added to the words in brackets. */
  name: string;
  /** SageMaker counts instances of one type, EC2 virtual CPUs of a family. */
  unit: 'instances' | 'vcpus';
}

/** One quota as the account has it. */
export interface Quota extends QuotaKey {
  code: string;
  value: number;
  /** Taken now, of the same unit; null where it was not counted. */
  inUse: number | null;
  /** False: the account's own value is not shown, and this is AWS's default. */
  applied: boolean;
}

interface FamilyRow {
  family: keyof typeof ON_DEMAND;
  types: string;
  onDemand: string;
  spot: string | null;
}

/** Names of the EC2 quotas, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html. */
const ON_DEMAND = {
  'g-vt': 'Running On-Demand G and VT instances',
  inf: 'Running On-Demand Inf instances',
  standard: 'Running On-Demand Standard',
  trn: 'Running On-Demand Trn instances',
  p: 'Running On-Demand P instances',
} as const;
const SPOT = {
  'g-vt': 'All G and VT Spot Instance Requests',
  inf: 'All Inf Spot Instance Requests',
  standard: 'All Standard',
  trn: 'All Trn Spot Instance Requests',
  p: 'All P',
} as const;

/** Of load generators, which are Fargate tasks; name and code as Service Quotas lists them (gruntwork-io/terraform-aws-utilities). */
export const loadQuota: QuotaKey = {
  service: 'fargate',
  code: 'L-3032A538',
  name: 'Fargate On-Demand vCPU resource count',
  unit: 'vcpus',
};

const families = catalog.ec2 as FamilyRow[];
const endpointCodes: Readonly<Record<string, string>> = catalog.sagemaker;

/** The quota of an instance type as the target spells it; null on `local` and where no family is known. */
export function quotaOf(target: TargetName, instanceType: string, purchase: Purchase = 'on-demand'): QuotaKey | null {
  if (target === 'local') return null;
  if (target === 'sagemaker') {
    const name = `${instanceType} for endpoint usage`;
    return { service: 'sagemaker', code: endpointCodes[instanceType] ?? null, name, unit: 'instances' };
  }
  const row = families.find(({ types }) => new RegExp(types).test(instanceType));
  if (!row) return null;
  const spot = purchase === 'spot';
  return {
    service: 'ec2',
    code: spot ? row.spot : row.onDemand,
    name: (spot ? SPOT : ON_DEMAND)[row.family],
    unit: 'vcpus',
  };
}

/** How much of its quota one instance takes; null where its virtual CPUs are not known. */
export function quotaUnits(target: TargetName, instanceType: string): number | null {
  return target === 'ec2' ? (instanceOf('ec2', instanceType)?.vcpu ?? null) : 1;
}

const isOf = (key: QuotaKey) => (quota: Quota) => quota.service === key.service && quota.name.startsWith(key.name);

/** The quota as it was read; null where it was not. */
export function findQuota(quotas: readonly Quota[], key: QuotaKey): Quota | null {
  return quotas.find(isOf(key)) ?? null;
}

/**
 * Most instances of a type that the account may run, whatever runs now: what caps `maxCapacity`. null where the quota was
 * not read from the account, because AWS's default says nothing of it.
 */
export function quotaInstances(
  quotas: readonly Quota[],
  target: TargetName,
  instanceType: string,
  purchase: Purchase = 'on-demand',
): number | null {
  const key = quotaOf(target, instanceType, purchase);
  const units = quotaUnits(target, instanceType);
  const quota = key && findQuota(quotas, key);
  return quota?.applied && units !== null ? Math.floor(quota.value / units) : null;
}
