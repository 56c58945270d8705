/** What a replay asks instead of a cloud: true figures of every configuration at every load, and how noisy a trial is. */
import type { Slo } from '../../lib/core/recommend/goal.ts';
import type { SearchDevice } from '../../lib/core/search/space.ts';
import type { Load } from '../../lib/core/search/trial.ts';

export interface Truth {
  ratePerSecond: number;
  /** Percentile of the objective; null when it did not answer. */
  latencyMs: number | null;
  failed: boolean;
}

/** Relative standard errors of a trial of 60 s; they fall with the square root of its length. */
export interface Noise {
  rate: number;
  latency: number;
}

export interface World {
  family: string;
  name: string;
  slo: Slo;
  /** Prices and times are those of the table; a replay redraws them. */
  devices: readonly SearchDevice[];
  /** Every load that an exhaustive sweep would run. */
  loads(configuration: string): readonly Load[];
  truth(configuration: string, load: Load): Truth;
  noise(configuration: string, load: Load): Noise;
}

export function points(world: World): number {
  return world.devices.reduce((sum, d) => sum + d.configurations.reduce((n, c) => n + world.loads(c.id).length, 0), 0);
}
