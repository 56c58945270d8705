/** What a search knows: every trial with its answer, by device, and what has been certified. */
import type { Certified } from './certify-rate.ts';
import { type SearchDevice, type SearchSpace, usdPerMillionAt } from './space.ts';
import { type Load, type Observation, sameLoad, type Trial, trialOf } from './trial.ts';

export interface Seen {
  trial: Trial;
  observation: Observation;
}

/** Written as if it ran: yields trials, is sent their observations in order. */
export type Searching<R> = Generator<Trial[], R, readonly Observation[]>;

export class Notebook {
  readonly space: SearchSpace;
  readonly indifference: number;
  private readonly pages = new Map<string, Seen[]>();
  private readonly worked = new Map<string, unknown>();
  trials = 0;
  /** The cheapest that is certified. */
  best: { certified: Certified; usdPerMillion: number } | null = null;

  constructor(space: SearchSpace) {
    this.space = space;
    this.indifference = space.indifference ?? 0.01;
  }

  /** Infinite while nothing is certified. */
  get bestUsdPerMillion(): number {
    return this.best?.usdPerMillion ?? Number.POSITIVE_INFINITY;
  }

  keep(certified: Certified | null): void {
    if (certified === null) return;
    const usdPerMillion = usdPerMillionAt(certified.device, certified.ratePerSecond);
    if (usdPerMillion < this.bestUsdPerMillion) this.best = { certified, usdPerMillion };
  }

  /** What follows from what is written is worked out once. @param key everything that it follows from. */
  remember<T>(key: string, work: () => T): T {
    if (!this.worked.has(key)) this.worked.set(key, work());
    return this.worked.get(key) as T;
  }

  get full(): boolean {
    return this.trials >= (this.space.maxTrials ?? 1000);
  }

  of(device: SearchDevice): readonly Seen[] {
    return this.pages.get(device.id) ?? [];
  }

  on(device: SearchDevice, configuration: string, load?: Load): readonly Seen[] {
    return this.of(device).filter(
      ({ trial }) => trial.configuration === configuration && (load === undefined || sameLoad(trial.load, load)),
    );
  }

  failed(device: SearchDevice, configuration: string): boolean {
    return this.on(device, configuration).some((s) => s.observation.failed);
  }

  *ask(
    device: SearchDevice,
    configuration: string,
    load: Load,
    purpose: Trial['purpose'],
    seconds?: number,
  ): Searching<Seen> {
    const repeat = 1 + this.on(device, configuration, load).filter((s) => s.trial.purpose === purpose).length;
    const trial = trialOf(
      { device: device.id, configuration, load, seconds: seconds ?? this.space.trialSeconds, purpose },
      repeat,
    );
    this.trials++;
    const [observation] = yield [trial];
    const seen = { trial, observation: observation! };
    this.pages.set(device.id, [...this.of(device), seen]);
    return seen;
  }
}
