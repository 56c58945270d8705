/** Strategies that know nothing of devices or queues: all points, random points, neighbours of the best point. */
import type { SearchConfiguration, SearchDevice } from '../../lib/core/search/space.ts';
import { drawOf, seedOf } from './draw.ts';
import type { Replay } from './replay.ts';
import { CheapestSoFar, type Track } from './strategy.ts';

/** Trials of the strategies that would not stop by themselves; the numbers of the study. */
const TRIALS = 150;

export function exhaustive(replay: Replay): Track {
  const so = new CheapestSoFar(replay);
  for (const { configurations } of replay.devices) {
    for (const { id } of configurations) for (const load of replay.world.loads(id)) so.load(id, load);
  }
  return so.track();
}

export function random(replay: Replay, seed: number): Track {
  const draw = drawOf(seedOf('random', seed));
  const so = new CheapestSoFar(replay);
  const all = replay.devices.flatMap((d) =>
    d.configurations.flatMap((c) => replay.world.loads(c.id).map((load) => ({ id: c.id, load }))),
  );
  for (let i = 0; i < Math.min(TRIALS, all.length); i++) {
    const at = i + Math.floor(draw.uniform() * (all.length - i));
    [all[i], all[at]] = [all[at]!, all[i]!];
    so.load(all[i]!.id, all[i]!.load);
  }
  return so.track();
}

interface Point {
  device: number;
  configuration: number;
  load: number;
}

/** Steps of one setting, one device or one load at a time; starts again elsewhere when none is better. */
export function hillClimb(replay: Replay, seed: number): Track {
  const draw = drawOf(seedOf('hill', seed));
  const so = new CheapestSoFar(replay);
  const known = new Map<string, number>();
  const value = (p: Point) => {
    const configuration = replay.devices[p.device]!.configurations[p.configuration]!;
    const key = `${configuration.id} ${p.load}`;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const { cost, passed } = so.load(configuration.id, replay.world.loads(configuration.id)[p.load]!);
    const score = passed ? cost : cost * 1e6;
    known.set(key, score);
    return score;
  };
  while (known.size < TRIALS) {
    const before = known.size;
    let at = randomPoint(replay, () => draw.uniform());
    let best = value(at);
    for (let better = true; better && known.size < TRIALS; ) {
      better = false;
      for (const next of neighbours(replay, at)) {
        if (known.size >= TRIALS) break;
        const score = value(next);
        if (score < best) {
          [at, best, better] = [next, score, true];
          break;
        }
      }
    }
    if (known.size === before && before >= pointsOf(replay)) break;
  }
  return so.track();
}

function pointsOf(replay: Replay): number {
  return replay.devices.reduce(
    (n, d) => n + d.configurations.reduce((m, c) => m + replay.world.loads(c.id).length, 0),
    0,
  );
}

function randomPoint(replay: Replay, uniform: () => number): Point {
  const device = Math.floor(uniform() * replay.devices.length);
  const { configurations } = replay.devices[device]!;
  const configuration = Math.floor(uniform() * configurations.length);
  return {
    device,
    configuration,
    load: Math.floor(uniform() * replay.world.loads(configurations[configuration]!.id).length),
  };
}

function neighbours(replay: Replay, { device, configuration, load }: Point): Point[] {
  const at = (d: SearchDevice | undefined, c: number, l: number): Point[] => {
    const found = d?.configurations[c];
    const count = found === undefined ? 0 : replay.world.loads(found.id).length;
    return l < 0 || count === 0
      ? []
      : [{ device: replay.devices.indexOf(d!), configuration: c, load: Math.min(l, count - 1) }];
  };
  const own = replay.devices[device]!;
  const here = own.configurations[configuration]!;
  const settings = own.configurations.flatMap((c, i) => (oneStep(here, c) ? at(own, i, load) : []));
  const devices = [device - 1, device + 1].flatMap((d) =>
    at(replay.devices[d], Math.min(configuration, (replay.devices[d]?.configurations.length ?? 1) - 1), load),
  );
  const loads = [load + 1, load - 1].flatMap((l) =>
    l < replay.world.loads(here.id).length ? at(own, configuration, l) : [],
  );
  return [...loads, ...settings, ...devices];
}

/** They differ in one setting, by one step of two. */
function oneStep(a: SearchConfiguration, b: SearchConfiguration): boolean {
  if (a.batching === null || b.batching === null || a === b) return false;
  const [x, y] = [a.batching, b.batching];
  const ratio = (m: number, n: number) => Math.max(m / n, n / m);
  const apart = [ratio(x.maxBatch, y.maxBatch), ratio(x.instances, y.instances), x.delayMs === y.delayMs ? 1 : 2];
  return apart.filter((r) => r > 1).length === 1 && apart.every((r) => r <= 2);
}
