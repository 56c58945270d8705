/** What a plan is expected to take and to cost, and the most it can: the sum that a run reserves. */
import { cents } from './cents.ts';
import { expectedPrices } from './expected-usd.ts';
import { confirmLifeSeconds, screenLifeSeconds, slowestFinalists } from './life-seconds.ts';
import { confirmLegs, confirmSeconds, screenSeconds } from './load-seconds.ts';
import type { Plan, TargetName } from './plan.ts';
import { searchEstimate } from './search-estimate.ts';
import { type Held, worstCaseUsd } from './worst-case.ts';

/** Groups run one after the other. Nobody knows the finalists yet: the slowest are assumed for time, the dearest for money. */
export function estimate(plan: Held): Plan['estimate'] {
  const { preparations, deployments, load } = plan;
  const { adaptive } = load;
  if (adaptive) return searchEstimate({ ...plan, load: { ...load, adaptive } });
  const groups = new Map<string, { target: TargetName; size: number }>();
  for (const { group, configuration } of deployments) {
    groups.set(group, { target: configuration.target, size: (groups.get(group)?.size ?? 0) + 1 });
  }
  const finalists = slowestFinalists(plan);
  const confirmLife = confirmLifeSeconds(finalists, load);
  const screening = [...groups.values()].reduce((sum, g) => sum + screenLifeSeconds(g.target, load, g.size), 0);
  const preparing = preparations.reduce((sum, { secondsExpected }) => sum + secondsExpected, 0);
  const secondsExpected = Math.ceil(preparing + screening + confirmLife);
  const worst = worstCaseUsd(plan, secondsExpected);
  return {
    usdExpected: expectedUsd(plan, finalists.length, confirmLife, secondsExpected),
    usdWorstCase: worst === null ? null : cents(worst.usd),
    secondsExpected,
  };
}

/** Each deployment once and the dearest of them again; an unknown price makes it unknown, and `local` is not billed. */
function expectedUsd(plan: Held, finalists: number, confirmLife: number, secondsExpected: number): number | null {
  const { deployments, load } = plan;
  const prices = expectedPrices(plan);
  if (prices === null) return null;
  const added = load.refine?.steps ?? 0;
  const screening = deployments.map((planned) =>
    prices.visit({
      planned,
      lifeSeconds: screenLifeSeconds(planned.configuration.target, load, 1),
      loads: load.repeats * (1 + added),
      loadSeconds: load.repeats * screenSeconds(load),
    }),
  );
  // One load meets all that are confirmed: each pays for its own windows and its own check.
  const confirming = deployments.map((planned) =>
    prices.visit({
      planned,
      lifeSeconds: confirmLife,
      loads: (load.repeats * confirmLegs(load)) / Math.max(1, finalists),
      loadSeconds: load.repeats * confirmSeconds(load),
    }),
  );
  const dearest = confirming.sort((a, b) => b - a).slice(0, finalists);
  return cents([...screening, ...dearest].reduce((sum, usd) => sum + usd, prices.rest(secondsExpected)));
}
