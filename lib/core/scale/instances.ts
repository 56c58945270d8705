/** Instances that carry a demand: ceil(demand / per instance), both in the same unit. Half a machine cannot be rented. */
export function instancesFor(demand: number, perInstance: number): number {
  // 1335 x 3 / 1335 may come out a hair above three.
  return Math.max(1, Math.ceil(demand / perInstance - 1e-9));
}
