/** What a run is expected to be billed for, of the same things that are held: instances with disk and address, tasks, hosts. */
import { CONTROLLER_TASK_SIZE, LOAD_TASK_SIZE } from '../catalog/lab.ts';
import { billedUsd, billedUsdPerHour, hostUsdPerHour } from './hold.ts';
import type { PlannedDeployment } from './plan.ts';
import { LAB_TASK, taskUsd, taskUsdPerHour } from './task-cost.ts';
import { CHECK_SECONDS, TARGET_TIMES } from './time-constants.ts';
import { type Held, preparationsOnHosts, servicesHavePrices } from './worst-case.ts';

/** One deployment and what loads it. */
export interface ExpectedVisit {
  planned: PlannedDeployment;
  lifeSeconds: number;
  /** Each by a task of its own, besides the one that checks answers. */
  loads: number;
  /** All of them together, without their start. */
  loadSeconds: number;
}

export interface ExpectedPrices {
  /** USD of a visit; 0 on this machine. */
  visit(visit: ExpectedVisit): number;
  /** USD of the controller for so long, and of the hosts that make what has not been made. */
  rest(secondsExpected: number): number;
}

/** Null where a price of any of it is not known. */
export function expectedPrices({ region, preparations, deployments }: Held): ExpectedPrices | null {
  const billed = deployments.filter(({ configuration }) => configuration.target !== 'local');
  if (billed.length === 0) return { visit: () => 0, rest: () => 0 };
  if (!servicesHavePrices(region) || billed.some(({ usdPerHour }) => usdPerHour === null)) return null;
  const task = taskUsdPerHour({ ...LOAD_TASK_SIZE, ...LAB_TASK }, region!);
  const controller = taskUsdPerHour({ ...CONTROLLER_TASK_SIZE, ...LAB_TASK }, region!);
  const hosts = preparationsOnHosts(preparations, billed).map(({ needs, secondsExpected }) => {
    const { deploySeconds, teardownSeconds } = TARGET_TIMES.ec2;
    return billedUsd('ec2', hostUsdPerHour(needs!, region), deploySeconds + secondsExpected + teardownSeconds);
  });
  return {
    visit({ planned, lifeSeconds, loads, loadSeconds }) {
      const { target } = planned.configuration;
      if (target === 'local') return 0;
      const starts = (1 + loads) * TARGET_TIMES[target].generatorSeconds;
      const instance = billedUsd(target, billedUsdPerHour(target, planned.usdPerHour, region), lifeSeconds);
      return instance + taskUsd(task, starts + CHECK_SECONDS + loadSeconds);
    },
    rest: (secondsExpected) => hosts.reduce((sum, usd) => sum + usd, taskUsd(controller, secondsExpected)),
  };
}
