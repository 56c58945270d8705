/**
 * The most that a run of a plan holds in the ledger, by the arithmetic of its holds: each deployment for its whole time to
 * live, the reaper's next pass and its deletion, what loads it, hosts that make its artifact, and the controller where that
 * is a task. What is lost and tried again is held again and is not in it: there the budget is the limit.
 */
import { CONTROLLER_TASK_SIZE, LOAD_TASK_SIZE } from '../catalog/lab.ts';
import { servicePrice } from '../catalog/service-price.ts';
import { controllerTtlSeconds } from './controller-life.ts';
import { billedUsdPerHour, holdUsd, hostUsdPerHour } from './hold.ts';
import { finalistCount, preparationTtlSeconds, type Round, timesToLive } from './life-seconds.ts';
import { confirmLegs } from './load-seconds.ts';
import type { Plan, PlannedDeployment, Preparation } from './plan.ts';
import { jobRefusal } from './preparation-job.ts';
import { LAB_TASK, MINIMUM_SECONDS, taskUsd, taskUsdAtMost, taskUsdPerHour } from './task-cost.ts';

export type Held = Pick<Plan, 'region' | 'preparations' | 'deployments' | 'load' | 'budget'>;

/** Everything that is billed beside instances. */
const SERVICES = ['public-ipv4', 'ebs-gp3', 'fargate-vcpu-arm64', 'fargate-gb-arm64'];

/** Whether anything can be held for what is billed beside instances. */
export function servicesHavePrices(region: string | null): boolean {
  return SERVICES.every((id) => !('missing' in servicePrice(id, region)));
}

interface Visit {
  /** Of the deployment alone. */
  instanceUsd: number;
  /** Of its check. */
  checkUsd: number;
  /** Of what loads it after its check. */
  loadUsd: number;
}

const visitUsd = ({ instanceUsd, checkUsd, loadUsd }: Visit) => instanceUsd + checkUsd + loadUsd;

/**
 * What one round of a billed deployment is held for; null without a price of the instance, or of the rest in the region.
 * One load at a time is held, for the whole time to live. Those before it, of an adaptive visit or of steps that were added,
 * are settled by then: they ran one after the other within that time, each billed for a minute at least.
 */
function visitOf(plan: Held): (planned: PlannedDeployment, round: Round) => Visit | null {
  const { region, load } = plan;
  if (!servicesHavePrices(region)) return () => null;
  const ttlOf = timesToLive(plan);
  const taskHour = taskUsdPerHour({ ...LOAD_TASK_SIZE, ...LAB_TASK }, region!);
  const loads = { screen: load.adaptive?.trialsPerVisit ?? 1 + (load.refine?.steps ?? 0), confirm: confirmLegs(load) };
  return (planned, round) => {
    const { target } = planned.configuration;
    const usdPerHour = billedUsdPerHour(target, planned.usdPerHour, region);
    if (usdPerHour === null) return null;
    const seconds = ttlOf(planned, round);
    const one = taskUsdAtMost(taskHour, seconds);
    const settledLoads = loads[round] - 1;
    const settled = settledLoads === 0 ? 0 : taskUsd(taskHour, seconds + settledLoads * MINIMUM_SECONDS);
    return { instanceUsd: holdUsd(target, usdPerHour, seconds), checkUsd: one, loadUsd: one + settled };
  };
}

/** Of a grid or, with `revisits`, of a search; null where it cannot be told. Where nothing is billed: 0. */
export function worstCaseUsd(plan: Held, secondsExpected: number): { usd: number; dearestVisitUsd: number } | null {
  const billed = plan.deployments.filter(({ configuration }) => configuration.target !== 'local');
  if (billed.length === 0) return { usd: 0, dearestVisitUsd: 0 };
  const visit = visitOf(plan);
  const rounds = (round: Round) => billed.map((planned) => visit(planned, round));
  const screens = rounds('screen');
  const confirms = rounds('confirm');
  if (!isKnown(screens) || !isKnown(confirms)) return null;
  const visits = screens.map(visitUsd);
  const dearestVisitUsd = Math.max(...visits);
  const again = plan.load.adaptive ? plan.load.adaptive.revisits * dearestVisitUsd : confirmUsd(plan, confirms);
  const fixed = preparationUsd(plan, billed) + controllerUsd(plan, secondsExpected);
  return { usd: sum(visits) + again + fixed, dearestVisitUsd };
}

const isKnown = (visits: readonly (Visit | null)[]): visits is Visit[] => !visits.includes(null);

/** The dearest, each with a check of its own, under one load. */
function confirmUsd(plan: Held, confirms: readonly Visit[]): number {
  const count = Math.min(finalistCount(plan.load, plan.deployments.length), confirms.length);
  if (count === 0) return 0;
  const each = confirms.map(({ instanceUsd, checkUsd }) => instanceUsd + checkUsd).sort((a, b) => b - a);
  return sum(each.slice(0, count)) + Math.max(...confirms.map(({ loadUsd }) => loadUsd));
}

/** Those that a host of the kit makes for what is billed, and has not made yet; nothing is launched for one whose host has no price. */
export function preparationsOnHosts(
  preparations: readonly Preparation[],
  billed: readonly PlannedDeployment[],
): Preparation[] {
  const wanted = new Set(billed.map(({ preparation }) => preparation));
  return preparations.filter((p) => wanted.has(p.id) && jobRefusal(p) === null && p.cached !== true);
}

function preparationUsd({ preparations, region }: Held, billed: readonly PlannedDeployment[]): number {
  const hold = (preparation: Preparation) =>
    holdUsd('ec2', hostUsdPerHour(preparation.needs!, region), preparationTtlSeconds(preparation));
  return sum(preparationsOnHosts(preparations, billed).map(hold));
}

function controllerUsd({ region, budget, deployments }: Held, secondsExpected: number): number {
  const usdPerHour = taskUsdPerHour({ ...CONTROLLER_TASK_SIZE, ...LAB_TASK }, region!);
  return taskUsdAtMost(usdPerHour, controllerTtlSeconds({ estimate: { secondsExpected }, budget, deployments }));
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, usd) => total + usd, 0);
