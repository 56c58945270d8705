/** Instance types of one fleet compared by what each was measured to carry. */
import { instancesFor } from './instances.ts';
import { tidy } from './tidy.ts';

export interface MeasuredCapacity {
  readonly instanceType: string;
  /** Requests per minute that one instance carries inside the latency limit. */
  readonly capacityPerMinute: number;
}

export interface CapacityWeight {
  instanceType: string;
  /** Whole multiples of the weakest type, as Auto Scaling counts in `WeightedCapacity`; at least 1. */
  weight: number;
}

export function capacityWeights(types: readonly MeasuredCapacity[]): CapacityWeight[] {
  const weakest = Math.min(...types.map(({ capacityPerMinute }) => capacityPerMinute));
  return types.map(({ instanceType, capacityPerMinute }) => ({
    instanceType,
    weight: Math.round(capacityPerMinute / weakest),
  }));
}

interface Bounds {
  targetValue: number;
  minCapacity: number;
  maxCapacity: number;
}

/**
 * Scaling values that hold whichever types the fleet is made of: every instance is planned to carry what the weakest
 * can, so the demand that `bounds` served with the first type takes more instances.
 *
 * @param capacityPerMinute of the type that `bounds` was made for
 */
export function boundsOfMix<B extends Bounds>(
  bounds: B,
  capacityPerMinute: number,
  others: readonly MeasuredCapacity[],
): B {
  const weakest = Math.min(capacityPerMinute, ...others.map((other) => other.capacityPerMinute));
  const targetValue = tidy((bounds.targetValue * weakest) / capacityPerMinute);
  const carriedBy = (instances: number) => instancesFor(instances * bounds.targetValue, targetValue);
  return {
    ...bounds,
    targetValue,
    minCapacity: carriedBy(bounds.minCapacity),
    maxCapacity: carriedBy(bounds.maxCapacity),
  };
}
