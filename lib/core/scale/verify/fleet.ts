/** What a deployment tells of its fleet while the load steps. */

/** Instances at one moment. */
export interface FleetCount {
  /** Asked for by scaling. */
  desired: number;
  /** Started, whether or not they take requests. */
  running: number;
  /** Take requests. */
  instances: number;
}

export interface FleetSample extends FleetCount {
  /** After the step. */
  atSeconds: number;
}

/** One change that scaling made or failed to make, in AWS's own words. */
export interface ScalingActivity {
  id: string;
  /** `Successful`, `Failed`, `InProgress`, `Pending`, `Overridden`, `Unfulfilled`. */
  status: string;
  description: string;
  /** null where AWS gives none. */
  reason: string | null;
}

const REFUSED = ['Failed', 'Unfulfilled'];

/** Those with which nothing came of a change. */
export function refused(activities: readonly ScalingActivity[]): ScalingActivity[] {
  return activities.filter(({ status }) => REFUSED.includes(status));
}

/**
 * Where a scale-out stopped: at scaling, at the instances, or at the balancer.
 *
 * @param last what was counted at last
 */
export function whereItStopped(
  expected: number,
  { desired, running, instances }: FleetCount,
  activities: readonly ScalingActivity[],
): string {
  const why = refused(activities).at(0);
  if (why !== undefined) return `scaling was refused: ${why.reason ?? why.description}`;
  if (desired < expected) return `scaling asked for ${desired}`;
  if (running < expected) return `scaling asked for ${desired} and ${running} run: instances are missing`;
  return `${running} run and ${instances} pass the health check`;
}
