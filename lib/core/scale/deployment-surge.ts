/** How many instances a fleet may reach while a new version replaces the old one, task by task. */

/** A quarter of the fleet at a time keeps a deployment short without doubling the bill. */
const SURGE_PERCENT = 125;

export interface FleetBounds {
  minCapacity: number;
  maxCapacity: number;
  /** Instances the account may run; null when it was not read. */
  quotaInstances: number | null;
}

export interface DeploymentSurge {
  /** ECS's `maximumPercent`. */
  maximumPercent: number;
  /** Instances that the group must be able to hold: the peak and the surge, within the quota. */
  maxInstances: number;
  /** What the quota or its absence costs; empty when all is well. */
  warnings: string[];
}

/**
 * ECS rounds `count x maximumPercent / 100` down, so at the smallest fleet the percentage must still leave room for one
 * task more: with one task per instance a deployment of two tasks at 125 % would wait for ever.
 */
export function deploymentSurge({ minCapacity, maxCapacity, quotaInstances }: FleetBounds): DeploymentSurge {
  const oneMore = Math.ceil((100 * (minCapacity + 1)) / minCapacity);
  const maximumPercent = Math.max(SURGE_PERCENT, oneMore);
  const wanted = Math.floor((maxCapacity * maximumPercent) / 100);
  return {
    maximumPercent,
    maxInstances: quotaInstances === null ? wanted : Math.min(wanted, quotaInstances),
    warnings: quotaWarnings(maxCapacity, wanted, quotaInstances),
  };
}

function quotaWarnings(maxCapacity: number, wanted: number, quotaInstances: number | null): string[] {
  if (quotaInstances === null)
    return [
      `the account's quota was not read: check that it allows ${wanted} instances, ${maxCapacity} at the peak and the rest during a deployment`,
    ];
  return quotaInstances === maxCapacity
    ? [
        `the quota of ${quotaInstances} instances leaves none for a deployment at the peak, which will wait until the load falls`,
      ]
    : [];
}
