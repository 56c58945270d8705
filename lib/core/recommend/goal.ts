/** What a configuration is judged by. */
export type Objective = 'minimize-cost' | 'minimize-latency' | 'maximize-throughput' | 'balanced';

export interface Slo {
  percentile: number;
  latencyMs: number;
  maxErrorRate: number;
}

export interface Demand {
  requestsPerMinute: number;
  low: number;
  peak: number;
}

export interface Goal {
  objective: Objective;
  sloMs: number;
  /** null when no demand was stated. */
  demandPerMinute: number | null;
  /** A question of what-if: loads that were only screened answer where the confirmed one cannot. */
  whatIf?: boolean;
}
