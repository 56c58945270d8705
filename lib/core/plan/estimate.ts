/** What a plan is expected to take and to cost, and the most it can: the sum that a run reserves. */
import { cents } from './cents.ts';
import { confirmLifeSeconds, screenLifeSeconds, slowestFinalists } from './life-seconds.ts';
import type { LoadPlan } from './load-plan.ts';
import type { Plan, PlannedDeployment, TargetName } from './plan.ts';
import { searchEstimate } from './search-estimate.ts';
import { TARGET_TIMES } from './time-constants.ts';
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
    usdExpected: expectedUsd(deployments, load, finalists.length, confirmLife),
    usdWorstCase: worst === null ? null : cents(worst.usd),
    secondsExpected,
  };
}

/** Of instances; one whose price is unknown makes it unknown, and `local` is not billed. */
function expectedUsd(
  deployments: readonly PlannedDeployment[],
  load: LoadPlan,
  finalists: number,
  confirmLife: number,
): number | null {
  const confirming: number[] = [];
  let screening = 0;
  for (const { usdPerHour, configuration } of deployments) {
    const { target } = configuration;
    if (target === 'local') continue;
    if (usdPerHour === null) return null;
    const usd = (seconds: number) => (usdPerHour * Math.max(seconds, TARGET_TIMES[target].minimumBilledSeconds)) / 3600;
    screening += usd(screenLifeSeconds(target, load, 1));
    confirming.push(usd(confirmLife));
  }
  const dearest = confirming.sort((a, b) => b - a).slice(0, finalists);
  return cents(dearest.reduce((sum, usd) => sum + usd, screening));
}
