/** What a deployment needs to scale, in the shape of `recommendation.scaling`. */
export interface ScalingValues {
  /** Requests per minute that each instance is to carry. */
  targetValue: number;
  minCapacity: number;
  initialCapacity: number;
  maxCapacity: number;
  scaleOutCooldownS: number;
  scaleInCooldownS: number;
}

/** Bounds that take effect at a time, whatever the cooldowns (a scheduled action). */
export interface ScheduledBounds {
  atS: number;
  minCapacity: number;
  maxCapacity: number;
}
