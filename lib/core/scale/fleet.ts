/**
 * The one fleet arithmetic: from one instance's capacity and the demand to how many instances serve it and the values of
 * its target tracking. All rates are requests per minute, the unit of SageMakerVariantInvocationsPerInstance.
 */
import { instancesFor } from './instances.ts';
import { tidy } from './tidy.ts';

export const DEFAULT_SAFETY = 0.7;
/** AWS's own default for both directions; used until a measured startup timeline says better. */
export const DEFAULT_COOLDOWN_S = 300;
/** One instance is a single point of failure: two unless the user asks for one. */
export const MIN_AVAILABLE = 2;

export interface FleetInput {
  /** Capacity of one instance. */
  capacityPerMinute: number;
  /** Its lower confidence bound; equal to the capacity for a scalar source. */
  capacityLowerPerMinute: number;
  demand: { requestsPerMinute: number; low: number; peak: number };
  usdPerHour: number | null;
  safety?: number;
  availability?: 'single' | 'multiple';
  /** Instances the account may run, read from the account; null when it was not. */
  quota?: number | null;
}

export interface FleetSize {
  instances: number;
  usdPerHour: number | null;
}

export interface Fleet {
  atCapacity: FleetSize;
  atTarget: FleetSize;
  scaling: {
    targetValue: number;
    minCapacity: number;
    initialCapacity: number;
    maxCapacity: number;
    scaleOutCooldownS: number;
    scaleInCooldownS: number;
    cooldownSource: string;
  };
  warnings: string[];
}

/** @returns null when the lower bound is zero: then no number of instances is known to carry the demand. */
export function fleetFor(input: FleetInput): Fleet | null {
  const { demand, capacityPerMinute, capacityLowerPerMinute, usdPerHour } = input;
  if (capacityPerMinute <= 0 || capacityLowerPerMinute <= 0) return null;
  const target = tidy(capacityLowerPerMinute * (input.safety ?? DEFAULT_SAFETY));
  const size = (perInstance: number): FleetSize => {
    const instances = instancesFor(demand.requestsPerMinute, perInstance);
    return { instances, usdPerHour: usdPerHour === null ? null : tidy(instances * usdPerHour) };
  };
  const atTarget = size(target);
  const floor = input.availability === 'single' ? 1 : MIN_AVAILABLE;
  const min = Math.max(floor, instancesFor(demand.low, target));
  const initial = Math.max(min, atTarget.instances);
  const max = Math.max(initial, instancesFor(demand.peak, target));
  const quota = input.quota ?? null;
  const cap = (n: number) => (quota === null ? n : Math.min(n, quota));
  return {
    atCapacity: size(capacityPerMinute),
    atTarget,
    scaling: {
      targetValue: target,
      minCapacity: cap(min),
      initialCapacity: cap(initial),
      maxCapacity: cap(max),
      scaleOutCooldownS: DEFAULT_COOLDOWN_S,
      scaleInCooldownS: DEFAULT_COOLDOWN_S,
      cooldownSource: 'default',
    },
    warnings: quotaWarnings(max, quota),
  };
}

/** What is said of a quota, or of one that nobody read (null). */
export function quotaWarnings(max: number, quota: number | null): string[] {
  if (quota === null) return [`the account's quota was not read: check that it allows ${max} instances`];
  return max > quota ? [`the quota of ${quota} instances is below the ${max} that the peak needs`] : [];
}
