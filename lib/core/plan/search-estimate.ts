/** What an adaptive search is expected to take and to cost, and the most it can. */
import { deploymentKey } from '../catalog/in-place.ts';
import { cents } from './cents.ts';
import { expectedPrices } from './expected-usd.ts';
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
  const prices = expectedPrices(plan);
  let expected = 0;
  let dearestCertificate = 0;
  for (const own of devices.values()) {
    const [planned] = own as [PlannedDeployment];
    const { deploySeconds, teardownSeconds, reloadSeconds } = TARGET_TIMES[planned.configuration.target];
    const visits = Math.min(own.length, VISITS_PER_DEVICE);
    const deploys = reloadSeconds === null ? visits : Math.min(visits, new Set(own.map(deploymentKey)).size);
    const switching = deploys * (deploySeconds + teardownSeconds) + (visits - deploys) * (reloadSeconds ?? 0);
    const lived = switching + visits * (CHECK_SECONDS + TRIALS_PER_VISIT * trialSeconds);
    seconds += lived;
    const loads = visits * TRIALS_PER_VISIT;
    expected += prices?.visit({ planned, lifeSeconds: lived, loads, loadSeconds: loads * trialSeconds }) ?? 0;
    const certificate = { loads: CONFIRMATIONS, loadSeconds: CONFIRMATIONS * trialSeconds };
    dearestCertificate = Math.max(
      dearestCertificate,
      prices?.visit({ planned, lifeSeconds: certificate.loadSeconds, ...certificate }) ?? 0,
    );
  }
  seconds += CONFIRMATIONS * trialSeconds;
  const secondsExpected = Math.ceil(seconds);
  const worst = worstCaseUsd(plan, secondsExpected);
  if (prices === null || worst === null) return { usdExpected: null, usdWorstCase: null, secondsExpected };
  expected += dearestCertificate + prices.rest(secondsExpected);
  const { usd, dearestVisitUsd } = worst;
  const fits = budget.usd !== null && budget.usd >= Math.max(expected, dearestVisitUsd);
  return {
    usdExpected: cents(Math.min(expected, usd)),
    usdWorstCase: fits ? Math.min(cents(usd), budget.usd!) : cents(usd),
    secondsExpected,
  };
}
