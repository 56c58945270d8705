/** What an adaptive search is expected to take and to cost, and the most it can. */
import { deploymentKey } from '../catalog/in-place.ts';
import { cents } from './cents.ts';
import type { LoadPlan } from './load-plan.ts';
import type { Plan, PlannedDeployment } from './plan.ts';
import { CHECK_SECONDS, TARGET_TIMES } from './time-constants.ts';
import { type Held, worstCaseUsd } from './worst-case.ts';

/** To the configurations of one device, as `bench:search` switches between them. */
const VISITS_PER_DEVICE = 8;
/** Trials on a visit, before anything is certified, and those that certify. */
const TRIALS_PER_VISIT = 2;
const CONFIRMATIONS = 25;

/**
 * The worst case is one visit to every configuration and all revisits to the dearest, each for its whole time to live; or the
 * budget, where that is less: nothing is deployed that does not fit, and the search ends there with what it has certified.
 */
export function searchEstimate(
  plan: Held & { load: { adaptive: NonNullable<LoadPlan['adaptive']> } },
): Plan['estimate'] {
  const { preparations, deployments, load, budget } = plan;
  const trialSeconds = load.adaptive.trialSeconds + load.dropSeconds;
  const devices = new Map<string, PlannedDeployment[]>();
  for (const d of deployments) {
    const id = `${d.configuration.target}/${d.configuration.instanceType}`;
    devices.set(id, [...(devices.get(id) ?? []), d]);
  }
  let seconds = preparations.reduce((sum, p) => sum + p.secondsExpected, 0);
  let expected = 0;
  let dearestHour = 0;
  for (const own of devices.values()) {
    const { configuration, usdPerHour } = own[0]!;
    const { deploySeconds, teardownSeconds, reloadSeconds } = TARGET_TIMES[configuration.target];
    const visits = Math.min(own.length, VISITS_PER_DEVICE);
    const deploys = reloadSeconds === null ? visits : Math.min(visits, new Set(own.map(deploymentKey)).size);
    const switching = deploys * (deploySeconds + teardownSeconds) + (visits - deploys) * (reloadSeconds ?? 0);
    const lived = switching + visits * (CHECK_SECONDS + TRIALS_PER_VISIT * trialSeconds);
    const hour = configuration.target === 'local' ? 0 : (usdPerHour ?? 0);
    seconds += lived;
    expected += (hour * lived) / 3600;
    dearestHour = Math.max(dearestHour, hour);
  }
  seconds += CONFIRMATIONS * trialSeconds;
  expected += (dearestHour * CONFIRMATIONS * trialSeconds) / 3600;
  const secondsExpected = Math.ceil(seconds);
  const worst = worstCaseUsd(plan, secondsExpected);
  const billed = deployments.filter(({ configuration }) => configuration.target !== 'local');
  if (billed.some((d) => d.usdPerHour === null)) return { usdExpected: null, usdWorstCase: null, secondsExpected };
  if (worst === null) return { usdExpected: cents(expected), usdWorstCase: null, secondsExpected };
  const { usd, dearestVisitUsd } = worst;
  const fits = budget.usd !== null && budget.usd >= Math.max(expected, dearestVisitUsd);
  return {
    usdExpected: cents(Math.min(expected, usd)),
    usdWorstCase: fits ? Math.min(cents(usd), budget.usd!) : cents(usd),
    secondsExpected,
  };
}
