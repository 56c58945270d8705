/** The worlds and the clock that searches are judged by; and a small judgement. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exhaustive, hillClimb, random } from '../../bench/search/baselines.ts';
import { certifiableRoom, certifiableShare } from '../../bench/search/certifiable.ts';
import { ladder } from '../../bench/search/ladder.ts';
import { usersWorld } from '../../bench/search/proposals.ts';
import { Replay } from '../../bench/search/replay.ts';
import { bestOf, scoreOf } from '../../bench/search/score.ts';
import { syntheticWorld } from '../../bench/search/synthetic.ts';
import { measuredWorlds } from '../../bench/search/tables.ts';
import { points } from '../../bench/search/world.ts';
import { configurationOf, measurementOf } from '../support/measurements.ts';

const folder = mkdtempSync(join(tmpdir(), 'infersweep-tables-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('replay', () => {
  const trial = (configuration: string, users: number) => ({
    id: 't',
    configuration,
    load: { kind: 'users', users } as const,
    seconds: 60,
  });

  it('bills a deployment for each change of device and 65 s for each trial', () => {
    const replay = new Replay(usersWorld(), 1, 420);
    replay.run(trial('device-1/only', 1));
    replay.run(trial('device-1/only', 2));
    expect(replay.billedSeconds).toBe(420 + 2 * 65);
    replay.run(trial('device-2/only', 1));
    replay.run(trial('device-1/only', 1));
    expect(replay.billedSeconds).toBe(3 * 420 + 4 * 65);
  });

  it('bills a reload for other settings of the same device', () => {
    const world = syntheticWorld(1);
    const replay = new Replay(world, 1, 30);
    const [a, b] = replay.devices[0]!.configurations;
    for (const { id } of [a!, b!]) replay.run({ id: 't', configuration: id, load: { kind: 'saturate' }, seconds: 60 });
    expect(replay.billedSeconds).toBe(30 + 45 + 2 * 65);
  });

  it('answers alike for one seed, otherwise for another, and scatters as much as it says', () => {
    const answers = (seed: number) => {
      const replay = new Replay(usersWorld(), seed, 420);
      return Array.from({ length: 400 }, () => Math.log(replay.run(trial('device-1/only', 8)).latencyMs!));
    };
    expect(answers(1)).toEqual(answers(1));
    expect(answers(1)).not.toEqual(answers(2));
    const list = answers(3);
    const mean = list.reduce((sum, x) => sum + x, 0) / list.length;
    const spread = Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (list.length - 1));
    expect(spread).toBeGreaterThan(0.045);
    expect(spread).toBeLessThan(0.055);
  });

  it('gives an upper limit that the truth exceeds one time in twenty', () => {
    const replay = new Replay(usersWorld(), 5, 420);
    const truth = replay.world.truth('device-1/only', { kind: 'users', users: 8 }).latencyMs!;
    const below = Array.from({ length: 2000 }, () => replay.run(trial('device-1/only', 8)).latencyUpperMs! < truth);
    const share = below.filter(Boolean).length / below.length;
    expect(share).toBeGreaterThan(0.035);
    expect(share).toBeLessThan(0.065);
  });

  it('knows a best that nothing certifiable undercuts', () => {
    const replay = new Replay(syntheticWorld(4), 4, 420);
    const best = replay.best()!;
    expect(replay.trueCost(best, 0.95)).toBe(best.cost);
    for (const { id } of replay.devices.flatMap((d) => d.configurations)) {
      for (const load of replay.world.loads(id)) {
        expect(replay.trueCost({ configuration: id, load }, 0.95)).toBeGreaterThan(best.cost * 0.995);
      }
    }
  });
});

describe('what its noise lets be certified', () => {
  it('is as near to the limit as half of all sequences of trials pass', () => {
    // A look at each of three trials needs less room than the last of forty, and more than luck gives in one of two.
    const [few, many] = [certifiableRoom(3), certifiableRoom(40)];
    expect(many).toBeLessThan(few / 2);
    // The last of forty looks alone wants 2.3 standard errors of the mean and more, as each trial's limit is widened.
    expect(many).toBeGreaterThan(0.5 * (2.3 / Math.sqrt(40)));
    expect(many).toBeLessThan(2.3 / Math.sqrt(40));
  });

  it('is 95 % of the limit where trials scatter little, and further off where they scatter much', () => {
    expect(certifiableShare(0.03)).toBe(0.95);
    expect(certifiableShare(0.1)).toBe(0.95);
    expect(certifiableShare(0.3)).toBeLessThan(0.92);
    expect(certifiableShare(0.6)).toBeCloseTo(certifiableShare(0.3) ** 2, 9);
  });

  it('is never cheaper than what keeps 95 % of the limit', () => {
    const best = bestOf(new Replay(usersWorld(), 5, 420))!;
    expect(best.provableCost).toBeGreaterThanOrEqual(best.cost);
  });
});

describe('tables', () => {
  it('reads a CSV and interpolates rates, not users', () => {
    const head =
      'device,usd_per_h,configuration,rate_per_s,achieved_per_s,latency_ms,percentile,slo_ms,max_batch,failed';
    const rows = ['d,1,c,100,100,10,95,50,4,0', 'd,1,c,400,380,40,95,50,4,0', 'd,1,c,800,500,,95,50,4,1'];
    writeFileSync(join(folder, 'mine.csv'), [head, ...rows].join('\n'));
    const [world] = measuredWorlds(folder);
    expect(world).toMatchObject({ name: 'mine', slo: { percentile: 95, latencyMs: 50 } });
    expect(points(world!)).toBe(3);
    expect(world!.truth('c', { kind: 'rate', perSecond: 200 }).latencyMs).toBeCloseTo(20, 9);
    expect(world!.truth('c', { kind: 'rate', perSecond: 600 }).failed).toBe(true);
    expect(world!.truth('c', { kind: 'saturate' }).ratePerSecond).toBe(500);
    expect(world!.devices[0]!.configurations[0]!.batching).toEqual({
      line: 'line',
      instances: 1,
      maxBatch: 4,
      delayMs: 0,
    });
    rmSync(join(folder, 'mine.csv'));
  });

  it('says which columns are missing', () => {
    writeFileSync(join(folder, 'short.csv'), 'device,usd_per_h\nd,1');
    expect(() => measuredWorlds(folder)).toThrow(/lacks the columns configuration, achieved_per_s/);
    rmSync(join(folder, 'short.csv'));
  });

  it("reads a run's own measurements", () => {
    const stairs = [
      { users: 1, ratePerSecond: 50, latencyMs: 20 },
      { users: 4, ratePerSecond: 100, latencyMs: 35 },
      { users: 16, ratePerSecond: 110, latencyMs: 150 },
    ];
    const lines = ['a', 'b'].map((name) => JSON.stringify(measurementOf(configurationOf(name), stairs)));
    writeFileSync(join(folder, 'measurements.jsonl'), lines.join('\n'));
    const [world] = measuredWorlds(folder);
    expect(points(world!)).toBe(6);
    const replay = new Replay(world!, 1, 3);
    expect(replay.best()).not.toBeNull();
    expect(
      scoreOf(replay, bestOf(replay)!, ladder(replay), { seed: 1, points: 6, milliseconds: 0 }).regret,
    ).toBeLessThan(0.02);
    rmSync(join(folder, 'measurements.jsonl'));
  });

  it('finds nothing in a folder that is not there', () => {
    expect(measuredWorlds(null)).toEqual([]);
    expect(measuredWorlds(join(folder, 'nowhere'))).toEqual([]);
  });
});

describe('strategies', () => {
  const score = (strategy: (r: Replay, seed: number) => ReturnType<typeof ladder>, world = syntheticWorld(2)) => {
    const replay = new Replay(world, 2, 420);
    return scoreOf(replay, bestOf(replay)!, strategy(replay, 2), { seed: 2, points: points(world), milliseconds: 0 });
  };

  it('ends with a configuration that keeps the objective, for a small part of the time of all', () => {
    for (const seed of [1, 2, 5]) {
      const { violating, none, regret, billedShare } = score(ladder, syntheticWorld(seed));
      expect({ violating, none }).toEqual({ violating: false, none: false });
      expect(regret).toBeLessThan(0.1);
      expect(billedShare).toBeLessThan(0.06);
    }
  });

  it('bills an exhaustive sweep what it says one costs', () => {
    expect(score(exhaustive, usersWorld()).billedShare).toBe(1);
  });

  it('keeps the others to their number of trials', () => {
    expect(score(random).billedShare).toBeLessThan(0.5);
    expect(score(hillClimb).billedSeconds).toBeGreaterThan(150 * 65);
    expect(score(hillClimb, usersWorld()).violating).toBe(false);
  });
});
