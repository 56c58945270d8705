/** One replay: a world with prices and objective of its own, a clock that bills, trials that scatter. */
import type { Slo } from '../../lib/core/recommend/goal.ts';
import {
  type Deployed,
  type SearchDevice,
  type SearchSpace,
  switchSeconds,
  usdPerMillionAt,
} from '../../lib/core/search/space.ts';
import type { Load, Observation, Trial } from '../../lib/core/search/trial.ts';
import { CERTIFIABLE, certifiableShare } from './certifiable.ts';
import { type Draw, drawOf, seedOf } from './draw.ts';
import { noisyLatency } from './noisy-latency.ts';
import type { World } from './world.ts';

export interface Pick {
  configuration: string;
  load: Load;
}

export const SETTLE_SECONDS = 5;
export const TRIAL_SECONDS = 60;

export class Replay {
  readonly world: World;
  readonly slo: Slo;
  readonly devices: readonly SearchDevice[];
  billedSeconds = 0;
  trials = 0;
  private deployed: Deployed | null = null;
  private readonly noise: Draw;
  private readonly deviceOf = new Map<string, SearchDevice>();

  constructor(world: World, seed: number, deploySeconds: number) {
    const draw = drawOf(seedOf('redraw', world.name, seed));
    this.world = world;
    this.slo = { ...world.slo, latencyMs: world.slo.latencyMs * draw.log(0.7, 1.4) };
    this.devices = world.devices.map((d) => ({ ...d, deploySeconds, usdPerHour: d.usdPerHour * draw.log(0.7, 1.4) }));
    for (const d of this.devices) for (const c of d.configurations) this.deviceOf.set(c.id, d);
    this.noise = drawOf(seedOf('noise', world.name, seed, deploySeconds));
  }

  get space(): SearchSpace {
    return { slo: this.slo, devices: this.devices, trialSeconds: TRIAL_SECONDS };
  }

  run({ id, configuration, load, seconds }: Pick & { id: string; seconds: number }): Observation {
    this.bill(configuration, seconds);
    const { ratePerSecond, latencyMs, failed } = this.world.truth(configuration, load);
    const noise = this.world.noise(configuration, load);
    const shorter = Math.sqrt(60 / seconds);
    const rate = ratePerSecond * Math.exp(noise.rate * shorter * this.noise.normal());
    const told = noisyLatency(latencyMs ?? Number.NaN, noise.latency * shorter, this.noise);
    const unknown = failed || latencyMs === null;
    return {
      trial: id,
      ratePerSecond: rate,
      rateSpread: noise.rate * shorter,
      latencyMs: unknown ? null : told.latencyMs,
      latencyUpperMs: unknown ? null : told.latencyUpperMs,
      failed,
    };
  }

  answer(trials: readonly Trial[]): Observation[] {
    return trials.map((t) => this.run(t));
  }

  /** USD per million by the true rate; infinite where the true latency breaks the objective. */
  trueCost({ configuration, load }: Pick, share = 1): number {
    const { ratePerSecond, latencyMs, failed } = this.world.truth(configuration, load);
    if (failed || latencyMs === null || latencyMs > share * this.slo.latencyMs) return Number.POSITIVE_INFINITY;
    return this.costAt(configuration, ratePerSecond);
  }

  costAt(configuration: string, ratePerSecond: number): number {
    return usdPerMillionAt(this.deviceOf.get(configuration)!, ratePerSecond);
  }

  private bill(configuration: string, seconds: number): void {
    const device = this.deviceOf.get(configuration)!;
    const next = { device, configuration: device.configurations.find((c) => c.id === configuration)! };
    this.billedSeconds += switchSeconds(this.deployed, next);
    this.deployed = next;
    this.billedSeconds += SETTLE_SECONDS + seconds;
    this.trials++;
  }

  /**
   * The least cost at which any configuration keeps 95 % of the limit: rates to a thousandth, users as listed.
   * @param provable only what its noise lets be certified in forty trials.
   */
  best(provable = false): { cost: number; configuration: string; load: Load } | null {
    let best: { cost: number; configuration: string; load: Load } | null = null;
    const offer = (configuration: string, load: Load) => {
      const share = provable ? certifiableShare(this.world.noise(configuration, load).latency) : CERTIFIABLE;
      const cost = this.trueCost({ configuration, load }, share);
      if (cost < (best?.cost ?? Number.POSITIVE_INFINITY)) best = { cost, configuration, load };
      return cost < Number.POSITIVE_INFINITY;
    };
    const rated: { configuration: string; top: number }[] = [];
    for (const { id } of this.devices.flatMap((d) => d.configurations)) {
      const loads = this.world.loads(id);
      if (loads[0]?.kind === 'users') for (const load of loads) offer(id, load);
      else rated.push({ configuration: id, top: this.world.truth(id, { kind: 'saturate' }).ratePerSecond });
    }
    rated.sort((a, b) => this.costAt(a.configuration, a.top) - this.costAt(b.configuration, b.top));
    for (const { configuration, top } of rated) {
      const challenge = (best as { cost: number } | null)?.cost ?? Number.POSITIVE_INFINITY;
      let low = challenge === Number.POSITIVE_INFINITY ? 0 : this.costAt(configuration, 1) / challenge;
      if (low >= top) break;
      let high = top;
      if (low > 0 && !offer(configuration, { kind: 'rate', perSecond: low * 1.001 })) continue;
      while (high - low > high / 1000) {
        const middle = (low + high) / 2;
        if (offer(configuration, { kind: 'rate', perSecond: middle })) low = middle;
        else high = middle;
      }
    }
    return best;
  }

  exhaustiveSeconds(): number {
    return this.devices.reduce((sum, d) => {
      const points = d.configurations.reduce((n, c) => n + this.world.loads(c.id).length, 0);
      const reloads = (d.configurations.length - 1) * d.reloadSeconds;
      return sum + d.deploySeconds + reloads + points * (SETTLE_SECONDS + TRIAL_SECONDS);
    }, 0);
  }

  /** Every device deployed once. */
  deployFloor(): number {
    return this.devices.reduce((sum, d) => sum + d.deploySeconds, 0);
  }
}
