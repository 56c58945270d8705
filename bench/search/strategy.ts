/** What is compared: strategies that spend a replay's time, and what each would have recommended at any moment of it. */
import type { Load, Observation } from '../../lib/core/search/trial.ts';
import { type Pick, type Replay, TRIAL_SECONDS } from './replay.ts';

export interface Stage {
  billedSeconds: number;
  pick: Pick | null;
}

export interface Track {
  /** In order; the last is the recommendation. */
  stages: Stage[];
}

export type Strategy = (replay: Replay, seed: number) => Track | Promise<Track>;

/** What people do: keep the cheapest that passed once. */
export class CheapestSoFar {
  readonly stages: Stage[] = [];
  private readonly replay: Replay;
  private cost = Number.POSITIVE_INFINITY;
  private pick: Pick | null = null;

  constructor(replay: Replay) {
    this.replay = replay;
  }

  load(configuration: string, load: Load): Observation & { cost: number; passed: boolean } {
    const seen = this.replay.run({ id: '', configuration, load, seconds: TRIAL_SECONDS });
    const passed = !seen.failed && seen.latencyMs !== null && seen.latencyMs <= this.replay.slo.latencyMs;
    const cost = this.replay.costAt(configuration, load.kind === 'rate' ? load.perSecond : seen.ratePerSecond);
    if (passed && cost < this.cost) {
      this.cost = cost;
      this.pick = { configuration, load };
      this.stages.push({ billedSeconds: this.replay.billedSeconds, pick: this.pick });
    }
    return { ...seen, cost, passed };
  }

  track(): Track {
    return { stages: [...this.stages, { billedSeconds: this.replay.billedSeconds, pick: this.pick }] };
  }
}
