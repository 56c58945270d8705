/** What a plan is expected to take and to cost, and the most it can: the sum that a run reserves. */
import { confirmLifeSeconds, finalistCount, screenLifeSeconds, ttlSeconds } from './life-seconds.ts';
import type { LoadPlan } from './load-plan.ts';
import type { Plan, PlannedDeployment, Preparation, TargetName } from './plan.ts';
import { TARGET_TIMES } from './time-constants.ts';

/** Sums are shown in cents, rounded up: an estimate must not promise less than it computed, floating-point dust apart. */
const cents = (usd: number) => Math.max(0, Math.ceil(usd * 100 - 1e-9)) / 100;

const usd = (usdPerHour: number, seconds: number) => (usdPerHour * seconds) / 3600;

/** Groups run one after the other. Nobody knows the finalists yet: the slowest are assumed for time, the dearest for money. */
export function estimate(
  preparations: readonly Preparation[],
  deployments: readonly PlannedDeployment[],
  load: LoadPlan,
): Plan['estimate'] {
  const targets = deployments.map(({ configuration }) => configuration.target);
  const groups = new Map<string, { target: TargetName; size: number }>();
  for (const { group, configuration } of deployments) {
    groups.set(group, { target: configuration.target, size: (groups.get(group)?.size ?? 0) + 1 });
  }
  const finalists = finalistCount(load, deployments.length);
  const slowest = [...targets].sort((a, b) => TARGET_TIMES[b].deploySeconds - TARGET_TIMES[a].deploySeconds);
  const confirmLife = confirmLifeSeconds(slowest.slice(0, finalists), load);
  const screening = [...groups.values()].reduce((sum, g) => sum + screenLifeSeconds(g.target, load, g.size), 0);
  const preparing = preparations.reduce((sum, { secondsExpected }) => sum + secondsExpected, 0);
  const secondsExpected = Math.ceil(preparing + screening + confirmLife);
  return { ...cost(deployments, load, finalists, confirmLife), secondsExpected };
}

/** A deployment whose price is unknown makes the cost unknown; `local` is not billed. */
function cost(
  deployments: readonly PlannedDeployment[],
  load: LoadPlan,
  finalists: number,
  confirmLife: number,
): Pick<Plan['estimate'], 'usdExpected' | 'usdWorstCase'> {
  const billed = deployments.filter(({ configuration }) => configuration.target !== 'local');
  const confirming: { expected: number; worst: number }[] = [];
  let expected = 0;
  let worst = 0;
  for (const { usdPerHour, configuration } of billed) {
    if (usdPerHour === null) return { usdExpected: null, usdWorstCase: null };
    const { target } = configuration;
    const atLeast = (seconds: number) => Math.max(seconds, TARGET_TIMES[target].minimumBilledSeconds);
    const screenLife = screenLifeSeconds(target, load, 1);
    expected += usd(usdPerHour, atLeast(screenLife));
    worst += usd(usdPerHour, ttlSeconds(target, screenLife));
    confirming.push({
      expected: usd(usdPerHour, atLeast(confirmLife)),
      worst: usd(usdPerHour, ttlSeconds(target, confirmLife)),
    });
  }
  const dearest = (field: 'expected' | 'worst') =>
    confirming
      .map((costs) => costs[field])
      .sort((a, b) => b - a)
      .slice(0, finalists)
      .reduce((sum, value) => sum + value, 0);
  return { usdExpected: cents(expected + dearest('expected')), usdWorstCase: cents(worst + dearest('worst')) };
}
